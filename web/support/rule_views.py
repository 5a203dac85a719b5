"""Automation rules: what they say, how often they acted, trying one on past tickets, changing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from tickets.models import AutomationRule
from tickets.selectors import rule_history, rules_with_runs
from tickets.services import rules
from web.support.rule_forms import RuleForm, in_words
from web.support.views import lead, staff


@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """In the order in which they act, with what they did in the last 30 days."""
    staff(request)
    rows = [(rule, runs, *in_words(rule)) for rule, runs in rules_with_runs(timezone.now())]
    return render(request, "support/rules.html", {"rows": rows})


def _rule(code: str) -> AutomationRule:
    rule = AutomationRule.objects.filter(code=code).first()
    if rule is None:
        raise NotFound(_("No such rule."))
    return rule


def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Change a rule. "Try" says which past tickets it would have reached, and changes nothing."""
    by = lead(request)
    rule = _rule(code) if code else None
    form = RuleForm(request.POST or None, initial=RuleForm.initial_of(rule) if rule else {})
    trial = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "try":
            trial = rules.try_rule(conditions=form.conditions())
        else:
            try:
                rule = rules.save_rule(
                    by=by,
                    rule=rule,
                    title=form.cleaned_data["title"],
                    trigger=form.cleaned_data["trigger"],
                    conditions=form.conditions(),
                    actions=form.actions(),
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Version %(n)d is kept.") % {"n": rule.version})
                return redirect("support:rule", code=rule.code)
    return render(
        request,
        "support/rule.html",
        {
            "rule": rule,
            "form": form,
            "trial": trial,
            "history": rule_history(rule) if rule else [],
        },
        status=400 if form.errors else 200,
    )


@require_POST
def act(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """On, off, earlier, later: one button each."""
    by, rule = lead(request), _rule(code)
    if what in {"on", "off"}:
        rules.switch_rule(by=by, rule=rule, is_active=what == "on")
    elif what in {"earlier", "later"}:
        rules.move_rule(by=by, rule=rule, up=what == "earlier")
    else:
        raise NotFound(_("No such action."))
    return redirect("support:rules")

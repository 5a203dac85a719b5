"""A rule as a form: one field per condition and per action, each left empty when it plays no part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import Article, AutomationRule, FormField, Team, Ticket
from tickets.services.submit import IMPACT_PRIORITY
from web.support.team_forms import LANGUAGES, topics

_IMPACTS = {
    "blocked": _("I can’t go on"),
    "money": _("Money is at stake"),
    "danger": _("Somebody is in danger"),
    "hindered": _("It hinders me"),
    "question": _("A question"),
}
_NUMBERS = ("due_within_minutes", "older_than_hours", "reopened_at_least", "transferred_at_least")
_LISTS = ("category", "language", "impact", "priority", "side", "channel", "state")
_WORDS = ("words_any", "words_none")


def _several(label: Any, *, size: int = 4) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=[], widget=forms.SelectMultiple(attrs={"size": size})
    )


def _words(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=hint,
    )


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=100_000)


class RuleForm(forms.Form):
    title = forms.CharField(label=_("Name of the rule"), max_length=120)
    trigger = forms.ChoiceField(label=_("Looked at when"), choices=AutomationRule.Trigger.choices)

    if_category = _several(_("Topic is one of"), size=8)
    if_words_any = _words(_("Text contains one of"), _("One word or phrase a line, in any language."))
    if_words_none = _words(_("Text contains none of"), _("One word or phrase a line."))
    if_language = _several(_("Language is one of"))
    if_impact = _several(_("Effect is one of"))
    if_priority = _several(_("Priority is one of"))
    if_side = _several(_("Sent by"))
    if_channel = _several(_("Came by"))
    if_state = _several(_("State is one of"))
    if_missing = forms.ChoiceField(label=_("Not answered in the form"), required=False)
    if_unassigned = forms.ChoiceField(
        label=_("Taken on"),
        required=False,
        choices=[("", "—"), ("yes", _("by nobody")), ("no", _("by somebody"))],
    )
    if_due_within_minutes = _count(_("Answer due within minutes"))
    if_older_than_hours = _count(_("Older than hours"))
    if_reopened_at_least = _count(_("Opened again at least"))
    if_transferred_at_least = _count(_("Handed on at least"))

    do_topic = forms.ChoiceField(label=_("Give it the topic"), required=False)
    do_route = forms.ChoiceField(label=_("Give it to the team"), required=False)
    do_tier = forms.ChoiceField(label=_("Raise to tier"), required=False, choices=[("", "—"), ("2", "2")])
    do_priority = forms.ChoiceField(label=_("Set the priority"), required=False)
    do_tag = forms.SlugField(label=_("Mark with a word"), required=False, max_length=40)
    do_answer_from_article = forms.ChoiceField(label=_("Answer from the article"), required=False)
    do_ask_for = forms.ChoiceField(label=_("Ask for, the clock waits"), required=False)
    do_escalate = forms.SlugField(
        label=_("Escalate, with the reason"),
        required=False,
        max_length=40,
        help_text=_("One word, for the figures."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every_topic = [(row.code, row.path) for row in topics()]
        questions = [(row.key, row.text("label")) for row in FormField.objects.order_by("key")]
        none: list[tuple[str, Any]] = [("", "—")]
        self._choose("if_category", [*every_topic, ("by-email", _("E-mail without a form"))])
        self._choose("if_language", LANGUAGES)
        self._choose("if_impact", [(key, _IMPACTS[key]) for key in IMPACT_PRIORITY])
        self._choose("if_priority", Ticket.Priority.choices)
        self._choose("if_side", Ticket.Side.choices)
        self._choose("if_channel", Ticket.Channel.choices)
        self._choose("if_state", Ticket.State.choices)
        self._choose("if_missing", none + questions)
        self._choose("do_topic", none + every_topic)
        self._choose("do_route", none + [(t.code, t.label) for t in Team.objects.filter(is_active=True)])
        self._choose("do_priority", none + list(Ticket.Priority.choices))
        articles = Article.objects.filter(is_published=True).order_by("slug").values_list("slug", flat=True)
        self._choose("do_answer_from_article", none + [(slug, slug) for slug in articles])
        self._choose("do_ask_for", none + questions)

    def _choose(self, name: str, choices: Any) -> None:
        """Offer these, and what the rule says already, even if it is gone by now."""
        stored = self.initial.get(name)
        known = {value for value, _label in choices}
        gone = [stored] if isinstance(stored, str) and stored not in known else []
        self.fields[name].choices = [*choices, *((value, value) for value in gone)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.conditions():
            self.add_error(None, _("Without a condition it would act on every ticket."))
        if not self.actions():
            self.add_error(None, _("Choose what the rule does."))
        return data

    def conditions(self) -> dict[str, Any]:
        """The conditions as they are stored; what was left empty is not there."""
        data = self.cleaned_data
        found: dict[str, Any] = {name: data.get(f"if_{name}") for name in _LISTS if data.get(f"if_{name}")}
        for name in _WORDS:
            lines = [line.strip() for line in (data.get(f"if_{name}") or "").splitlines() if line.strip()]
            if lines:
                found[name] = lines
        if data.get("if_missing"):
            found["missing"] = data["if_missing"]
        if data.get("if_unassigned"):
            found["unassigned"] = data["if_unassigned"] == "yes"
        for name in _NUMBERS:
            if data.get(f"if_{name}") is not None:
                found[name] = data[f"if_{name}"]
        return found

    def actions(self) -> list[dict[str, Any]]:
        """The actions in the order of the form: topic and team first, words to the person last."""
        found: list[dict[str, Any]] = []
        for name in self.fields:
            value = self.cleaned_data.get(name) if name.startswith("do_") else None
            if value:
                found.append({name.removeprefix("do_"): int(value) if name == "do_tier" else value})
        return found

    @staticmethod
    def initial_of(rule: AutomationRule) -> dict[str, Any]:
        """What the form shows of a stored rule."""
        start: dict[str, Any] = {"title": rule.title, "trigger": rule.trigger}
        for name, value in rule.conditions.items():
            if name in _WORDS:
                value = "\n".join(value)
            elif name == "unassigned":
                value = "yes" if value else "no"
            start[f"if_{name}"] = value
        for action in rule.actions:
            start |= {f"do_{name}": value for name, value in action.items()}
        return start

    def parts(self, start: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(start)]

    @property
    def if_parts(self) -> list[forms.BoundField]:
        return self.parts("if_")

    @property
    def do_parts(self) -> list[forms.BoundField]:
        return self.parts("do_")


def in_words(rule: AutomationRule) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Conditions and actions of a rule, each as (what, which) for a reader."""
    names = RuleForm.base_fields
    whens = [(_label(names, f"if_{name}"), _shown(value)) for name, value in rule.conditions.items()]
    dos = [
        (_label(names, f"do_{name}"), _shown(value))
        for action in rule.actions
        for name, value in action.items()
    ]
    return whens, dos


def _label(names: Mapping[str, forms.Field], name: str) -> str:
    return str(names[name].label) if name in names else name


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("by nobody") if value else _("by somebody"))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""Pages of the people who run the platform."""

from datetime import timedelta

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import require_staff
from accounts.models import StaffRole
from web.templatetags.clock_strip import Strip


class SampleForm(forms.Form):
    """Every kind of control, one of them with an error."""

    subject = forms.CharField(label=_("Subject"), help_text=_("One line says enough."))
    topic = forms.ChoiceField(label=_("Topic"), choices=[("a", _("Delivery")), ("b", _("Refund"))])
    text = forms.CharField(label=_("What happened"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    copy = forms.BooleanField(label=_("Send me a copy"), required=False)


@login_required
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, drawn by the templates that the pages use."""
    require_staff(request.user, *StaffRole.values)
    now = timezone.now().replace(second=0, microsecond=0)
    received = now - timedelta(hours=22, minutes=46)
    deadline = received + timedelta(hours=24)
    night = (now - timedelta(hours=17), now - timedelta(hours=2))
    answered = now - timedelta(hours=3)
    strips = {
        _("Running"): Strip(now - timedelta(hours=5), now, "running", now + timedelta(hours=19)),
        _("Due soon"): Strip(received, now, "soon", deadline, closed=[night]),
        _("In time"): Strip(received, now, "in_time", deadline, answered, [night]),
        _("Missed"): Strip(received, now, "missed", now - timedelta(hours=1), end=now),
        _("Not counted"): Strip(received, now, "excluded", None, closed=[night]),
    }
    return render(
        request,
        "ops/styleguide.html",
        {
            "strips": strips.items(),
            "form": SampleForm({"subject": "", "topic": "a"}),
            "moments": [now - timedelta(minutes=m) for m in (1, 95, 60 * 30, 60 * 24 * 12, 60 * 24 * 400)],
            "page": Paginator(range(95), 20).page(2),
            "badges": [
                ("", "", _("Plain")),
                ("ok", "check", _("Delivered")),
                ("warn", "clock", _("Waiting")),
                ("bad", "alert", _("Missed")),
                ("acc", "info", _("Running")),
            ],
        },
    )

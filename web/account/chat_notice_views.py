"""How a person hears of messages when away, and the link in the e-mails that stops them."""

from django import forms
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest
from chat.models import NoticeSettings
from chat.selectors.people import notice_settings_of
from chat.services.away_mail import read_token, stop_by_token
from core.errors import NotFound

MAIL = [
    (NoticeSettings.Mail.OFF, _("No e-mail")),
    (NoticeSettings.Mail.INSTANT, _("Soon: one e-mail per conversation, after two minutes")),
    (NoticeSettings.Mail.DIGEST, _("Gathered: one e-mail for all conversations, at most once an hour")),
]


class NoticeForm(forms.ModelForm):
    class Meta:
        model = NoticeSettings
        fields = [
            "browser",
            "mail",
            "mail_after_min",
            "shows_text",
            "has_quiet_hours",
            "quiet_from",
            "quiet_to",
            "is_invisible",
        ]
        labels = {
            "browser": _("Show notices of new messages in this browser"),
            "shows_text": _("Show the text of messages in notices and e-mails"),
            "has_quiet_hours": _("Quiet hours: no e-mail and no browser notices"),
            "quiet_from": _("From"),
            "quiet_to": _("To"),
            "is_invisible": _("Don’t show others that I am here"),
        }
        help_texts = {
            "shows_text": _("Without it they name who wrote, and nothing of what was written."),
            "is_invisible": _("Messages are delivered and marked as read as before."),
        }
        widgets = {
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_to": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    mail = forms.ChoiceField(label=_("E-mail about unread messages"), choices=MAIL)
    mail_after_min = forms.TypedChoiceField(
        label=_("Gathered e-mails leave when I have been away for"),
        coerce=int,
        choices=[(n, _("%(n)d minutes") % {"n": n}) for n in (5, 10, 30, 60, 240)],
    )


@login_required
@require_http_methods(["GET", "POST"])
def chat_notices(request: SignedInRequest) -> HttpResponse:
    row = notice_settings_of(request.user.pk)
    form = NoticeForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        flash.success(request, gettext("Saved."))
        return redirect("account:chat_notices")
    context = {"form": form, "zone": request.user.time_zone}
    return render(request, "account/chat_notices.html", context, status=400 if form.errors else 200)


@csrf_exempt  # Mail programs post here by themselves (RFC 8058); the token is the proof.
@require_http_methods(["GET", "POST"])
def stop_mail(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, because mail scanners follow links; POST stops the e-mails. Works without logging in."""
    person = stop_by_token(token) if request.method == "POST" else read_token(token)
    if person is None:
        raise NotFound(gettext("This link is not complete. Open your notice settings instead."))
    return render(
        request, "account/stop_mail.html", {"is_done": request.method == "POST", "email": person.email}
    )

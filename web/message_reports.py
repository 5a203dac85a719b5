"""Reporting one message, for both sides: the very message with its neighbours, why, and a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import SignedInRequest
from accounts.models import User
from chat.access import Side, Viewer, viewer_of
from chat.models import Conversation, Message
from chat.selectors import is_hidden_from, message_text_for, messages_after, messages_before, side_of
from chat.services.scanning import subject_of
from compliance.models import Report
from compliance.services.reports import report
from core.errors import DomainError, NotFound

AROUND = 2
TO_CHOOSE_FROM = 30
# What a person would say, the most frequent first; each names the rule that reviewers check first.
ABOUT_SHOPS = [
    ("diverting_transactions", _("They want me to pay or buy outside Parley")),
    ("contact_redirect", _("They push me to another app, phone or address")),
    ("fraud", _("It looks like a scam")),
    ("additional_payments", _("They ask for extra money")),
    ("feedback_tampering", _("They press me about a review")),
    ("soliciting_personal_info", _("They ask for personal data that the order does not need")),
    ("harassment", _("They insult or threaten me")),
    ("sexual_content", _("It is sexual")),
    ("prohibited_products", _("They offer something illegal")),
    ("counterfeit_ip", _("They offer fakes")),
    ("misleading_offer", _("What they say about the product is not true")),
    ("spam", _("It is advertising I did not ask for")),
    ("minor_safety", _("A child could be in danger")),
]
ABOUT_CUSTOMERS = [
    ("harassment", _("They insult or threaten us")),
    ("fraud", _("It looks like a scam")),
    ("spam", _("It is advertising, or the same message again and again")),
    ("feedback_tampering", _("They press us with a review")),
    ("diverting_transactions", _("They want to buy outside Parley")),
    ("sexual_content", _("It is sexual")),
    ("prohibited_products", _("They ask for something illegal")),
    ("minor_safety", _("A child could be in danger")),
]


class ReportForm(forms.Form):
    policy = forms.ChoiceField(label=_("What is wrong with it?"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Anything else we should know"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, side: Side) -> None:
        super().__init__(data)
        choices = ABOUT_SHOPS if side == Side.CUSTOMER else ABOUT_CUSTOMERS
        self.fields["policy"].choices = choices  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Line:
    """One message as its reader sees it."""

    message: Message
    text: str
    is_ours: bool
    is_reported: bool


def message_to_report(request: HttpRequest, conversation: Conversation, viewer: Viewer) -> Message | None:
    """The other side's message named in ``?message=ID``; None if none is named; ``NotFound`` if it is not one
    that this person may read."""
    number = request.GET.get("message", "")
    if not number:
        return None
    rows = Message.objects.select_related("conversation__shop", "author").filter(conversation=conversation)
    message = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    if message is None or not _may_be_reported(message, viewer) or is_hidden_from(viewer, message):
        raise NotFound(gettext("No such message."))
    return message


def _may_be_reported(message: Message, viewer: Viewer) -> bool:
    return side_of(message.author_kind) not in (viewer.side, Side.STAFF)


def lines_around(message: Message, viewer: Viewer) -> list[Line]:
    """The message with its neighbours on both sides, as the viewer sees them."""
    conversation = message.conversation
    before = messages_before(conversation, message.seq, viewer=viewer, limit=AROUND).messages
    after = messages_after(conversation, message.seq, viewer=viewer, limit=AROUND).messages
    return [_line(each, viewer, reported=set()) for each in [*before, message, *after]]


def lines_to_choose(conversation: Conversation, viewer: Viewer, *, reporter: User) -> list[Line]:
    """The other side's latest messages, newest first, to pick the one to report."""
    page = messages_before(conversation, conversation.last_seq + 1, viewer=viewer, limit=3 * TO_CHOOSE_FROM)
    theirs = [message for message in page.messages if _may_be_reported(message, viewer)]
    reported = reported_ids([message.pk for message in theirs], reporter=reporter)
    return [_line(message, viewer, reported=reported) for message in theirs[::-1][:TO_CHOOSE_FROM]]


def _line(message: Message, viewer: Viewer, *, reported: set[int]) -> Line:
    text = message_text_for(message, viewer).body
    is_ours = side_of(message.author_kind) == viewer.side
    return Line(message, text, is_ours, message.pk in reported)


def reported_ids(message_ids: list[int], *, reporter: User) -> set[int]:
    """Those of these messages that this person has reported."""
    rows = Report.objects.filter(
        reporter=reporter, case__subject_kind="message", case__subject_id__in=message_ids
    )
    return set(rows.values_list("case__subject_id", flat=True))


def report_of(message: Message, *, reporter: User) -> Report | None:
    rows = Report.objects.filter(reporter=reporter, case__subject_kind="message", case__subject_id=message.pk)
    return rows.select_related("case").order_by("pk").first()


def report_page(
    request: SignedInRequest,
    conversation: Conversation,
    *,
    side: Side,
    template: str,
    here: str,
    context: Mapping[str, Any],
) -> HttpResponse:
    """Choose a message, then say why (``?message=ID``), then the receipt. A second report changes nothing.

    ``here``: the page's own address without the message.
    """
    viewer = viewer_of(request.user, conversation)
    message = message_to_report(request, conversation, viewer)
    shown = {**context, "conversation": conversation, "message": message}
    if message is None:
        lines = lines_to_choose(conversation, viewer, reporter=request.user)
        return render(request, template, {**shown, "choices": lines})
    if receipt := report_of(message, reporter=request.user):
        return render(request, template, {**shown, "receipt": receipt})
    form = ReportForm(request.POST or None, side=side)
    if request.method == "POST" and form.is_valid():
        try:
            report(
                subject=subject_of(message),
                reporter=request.user,
                policy_code=form.cleaned_data["policy"],
                text=form.cleaned_data["text"],
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(f"{here}?message={message.pk}")
    shown |= {"form": form, "lines": lines_around(message, viewer)}
    return render(request, template, shown, status=422 if form.errors else 200)

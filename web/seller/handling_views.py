"""Seller Center: what is done with conversations, one at a time or many. Each is the target of a form."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest
from chat.models import Conversation
from chat.services import assigning, bulk, handling, labels, notes, snoozing
from core.errors import DomainError, Invalid
from shops.access import get_shop
from shops.capabilities import Capability
from shops.models import Shop
from web.seller.inbox_list import ids_in, place_of
from web.seller.messages_views import own_conversation
from web.seller.snooze_times import read_until
from web.templatetags.parley import short_time

STATUS_WORDS = {
    Conversation.Status.RESOLVED: lambda: gettext("Resolved. It opens again when the customer writes."),
    Conversation.Status.OPEN: lambda: gettext("Open again."),
    Conversation.Status.SPAM: lambda: gettext("Marked as spam."),
}
NAMED = 3  # So many of those that failed are named in the notice; the others are counted.


def _to_conversation(request: SignedInRequest, shop: Shop, pk: int, fragment: str = "") -> HttpResponse:
    """Back to the thread, in the view from which it was opened."""
    answer = redirect("seller:conversation", slug=shop.slug, pk=pk)
    answer["Location"] += place_of(request).query(select="") + fragment
    return answer


def _on_conversation(
    needed: Capability,
) -> Callable[[Callable[..., str | None]], Callable[..., HttpResponse]]:
    """A form's target that does one thing with a conversation and goes back to its thread.

    The action gets the request, the conversation and what else stands in the address; it may return where on
    the page to go.
    """

    def with_action(act: Callable[..., str | None]) -> Callable[..., HttpResponse]:
        @login_required
        @require_POST
        @wraps(act)
        def view(request: SignedInRequest, slug: str, pk: int, **more: int) -> HttpResponse:
            shop = get_shop(request.user, slug, needed)
            conversation = own_conversation(request.user, shop, pk)
            return _to_conversation(request, shop, pk, act(request, conversation, **more) or "")

        return view

    return with_action


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def change_status(request: SignedInRequest, conversation: Conversation) -> None:
    """Resolve, reopen or mark as spam."""
    status = request.POST.get("status", "")
    handling.change_status(conversation=conversation, status=status, actor=request.user)
    flash.success(request, STATUS_WORDS[Conversation.Status(status)]())


@_on_conversation(Capability.ASSIGN)
def change_assignee(request: SignedInRequest, conversation: Conversation) -> None:
    """To one member, with a note if there is one, or to nobody with an empty ``member``."""
    asked = request.POST.get("member", "")
    note = request.POST.get("note", "")
    if asked and not _is_number(asked):
        raise Invalid(gettext("This person does not answer customers for the shop."))
    assigning.assign_by_hand(
        conversation=conversation, to_id=int(asked) if asked else None, by=request.user, note=note
    )
    conversation.refresh_from_db(fields=["assigned_to"])
    who = conversation.assigned_to
    word = gettext("Assigned to %(name)s.") % {"name": who} if who else gettext("Not assigned.")
    flash.success(request, word)


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def snooze(request: SignedInRequest, conversation: Conversation) -> None:
    """``until``: the key of a choice, ``at`` with the local time in ``at``, or ``now`` to wake it."""
    key = request.POST.get("until", "")
    if key == "now":
        snoozing.wake(conversation=conversation)
        flash.success(request, gettext("Back in the list."))
        return
    now = timezone.now()
    try:
        until = read_until(key, request.POST.get("at", ""), now=now)
        snoozing.snooze(conversation=conversation, until=until)
    except DomainError as error:
        flash.error(request, error.message)
        return
    flash.success(
        request,
        gettext("Snoozed until %(time)s, or until the customer writes. The clock goes on.")
        % {"time": short_time(timezone.localtime(until), timezone.localtime(now))},
    )


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def mark_no_answer(request: SignedInRequest, conversation: Conversation) -> None:
    """A mark for the team. It changes no clock; the page offers the dispute that might."""
    is_on = request.POST.get("on") == "1"
    snoozing.mark_no_answer_needed(conversation=conversation, on=is_on)
    if is_on:
        flash.success(request, gettext("Marked. The clock goes on: only a dispute can change what counts."))
    else:
        flash.success(request, gettext("The mark is gone."))


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def put_labels(request: SignedInRequest, conversation: Conversation) -> None:
    """Exactly the labels that are ticked."""
    wanted = {int(each) for each in request.POST.getlist("label") if _is_number(each)}
    labels.set_labels(conversation=conversation, label_ids=wanted, by=request.user)
    flash.success(request, gettext("Labels saved."))


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def write_note(request: SignedInRequest, conversation: Conversation) -> str:
    """Add a private note, or with ``note`` change that one."""
    body, note_id = request.POST.get("body", ""), request.POST.get("note", "")
    try:
        if _is_number(note_id):
            notes.edit_note(conversation=conversation, note_id=int(note_id), by=request.user, body=body)
        else:
            notes.write_note(conversation=conversation, author=request.user, body=body)
    except Invalid as error:
        flash.error(request, error.message)
    return "#end"


@_on_conversation(Capability.REPLY_TO_CUSTOMERS)
def remove_note(request: SignedInRequest, conversation: Conversation, note_id: int) -> None:
    notes.remove_note(conversation=conversation, note_id=note_id, by=request.user)
    flash.success(request, gettext("The note is deleted."))


# --- Many at once ---


@login_required
@require_POST
def do_many(request: SignedInRequest, slug: str) -> HttpResponse:
    """``do`` names the action, such as ``assign:7``, ``label:2``, ``snooze:3h`` or ``resolve``.

    ``ids`` are the conversations; with ``everything`` it is all of the view in the address, up to a limit.
    """
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    place = place_of(request)
    back = redirect("seller:messages", slug=shop.slug)
    back["Location"] += place.query()
    try:
        wish = _wish_of(request)
        if request.POST.get("everything"):
            ids = ids_in(place, shop=shop, user=request.user, most=bulk.MOST)
        else:
            ids = [int(each) for each in request.POST.getlist("ids") if _is_number(each)]
        outcome = bulk.carry_out(shop=shop, by=request.user, ids=ids, wish=wish)
    except DomainError as error:
        if error.status not in (400, 409):
            raise
        flash.error(request, error.message)
        return back
    _tell(request, outcome)
    if outcome.changed:
        back["Location"] = _with(back["Location"], f"undo={outcome.step.pk}")
    return back


@login_required
@require_POST
def undo(request: SignedInRequest, slug: str, step_id: UUID) -> HttpResponse:
    """Take a step back, as far as nobody has changed the conversations since."""
    shop = get_shop(request.user, slug, Capability.READ_MESSAGES)
    back = redirect("seller:messages", slug=shop.slug)
    back["Location"] += place_of(request).query()
    try:
        outcome = bulk.undo(step_id=step_id, by=request.user)
    except DomainError as error:
        flash.error(request, error.message)
        return back
    flash.success(
        request,
        ngettext("Undone for %(n)s conversation.", "Undone for %(n)s conversations.", len(outcome.done))
        % {"n": len(outcome.done)},
    )
    _tell_failures(request, outcome)
    return back


def _wish_of(request: SignedInRequest) -> bulk.Wish:
    action, _colon, detail = request.POST.get("do", "").partition(":")
    if action == "assign":
        if detail and not _is_number(detail):
            raise Invalid(gettext("This person does not answer customers for the shop."))
        return bulk.Wish(action, member_id=int(detail) if detail else None)
    if action in ("label", "unlabel"):
        return bulk.Wish(action, label_id=int(detail) if _is_number(detail) else None)
    if action == "snooze":
        until = read_until(detail, request.POST.get("at", ""), now=timezone.now())
        return bulk.Wish(action, until=until)
    return bulk.Wish(action)


def _tell(request: SignedInRequest, outcome: bulk.Outcome) -> None:
    n = len(outcome.done)
    if n:
        flash.success(
            request,
            ngettext("Done for %(n)s conversation.", "Done for %(n)s conversations.", n) % {"n": n},
        )
    if n == bulk.MOST:
        flash.warning(request, gettext("At most %(n)s at once: do it again for the rest.") % {"n": bulk.MOST})
    _tell_failures(request, outcome)


def _tell_failures(request: SignedInRequest, outcome: bulk.Outcome) -> None:
    if not outcome.failed:
        return
    named = [f"{failure.name or '?'}: {failure.message}" for failure in outcome.failed[:NAMED]]
    if len(outcome.failed) > NAMED:
        named.append(gettext("and %(n)s more") % {"n": len(outcome.failed) - NAMED})
    flash.error(request, gettext("Not done: %(list)s") % {"list": "; ".join(named)})


def _with(address: str, parameter: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{parameter}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19

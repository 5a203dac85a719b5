"""Correction messages: owed for each decision that a shop said something wrong about a product, sent once."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from chat.models import Conversation, Correction, Message
from chat.services.messages import send_message
from compliance.models import Case, Decision
from core.errors import Conflict, Invalid
from notifications.services import notify, withdraw
from shops.capabilities import Capability
from shops.models import Product
from shops.selectors import member_ids_with

POLICIES = frozenset({"misleading_offer"})
SUBJECTS = frozenset({"message", "message_files"})
OWED = "correction_due"
OVERDUE = "correction_overdue"
WITHIN = timedelta(hours=48)
# The same words to other customers in these days are the same mistake.
LOOKS_BACK = timedelta(days=30)
MOST_CONVERSATIONS = 200
MOST_CHARACTERS = 2_000
_SPACE = UUID(
    "6c3f7f6e-2e0a-5a39-9a53-0b8c6bd6a1c4"
)  # makes client references of a decision and a conversation


@transaction.atomic
def owe(*, case_id: int, policy_code: str) -> Correction | None:
    """Note that the shop owes a correction for this upheld case. Again: the same one."""
    if policy_code not in POLICIES:
        return None
    case = Case.objects.select_related("shop", "decision").get(pk=case_id)
    is_owed = case.subject_kind in SUBJECTS and case.is_of_the_shop
    if not is_owed or case.decision is None or case.shop is None or case.is_imported:
        return None
    conversations = _where_it_was_said(case)
    correction, is_new = Correction.objects.get_or_create(
        decision=case.decision,
        defaults={
            "shop": case.shop,
            "conversation_ids": conversations,
            "due_at": case.decision.decided_at + WITHIN,
        },
    )
    if is_new:
        notify(
            user_ids=member_ids_with(case.shop.pk, Capability.LODGE_APPEAL),
            kind=OWED,
            subject_key=_key(correction),
            context={"shop": case.shop.name, "customers": len(conversations), "hours": 48},
            url=reverse("seller:violation", args=[case.shop.slug, case.decision.pk]),
            mail_delay=timedelta(seconds=10),
        )
    return correction


def remind_overdue(*, now: datetime | None = None, limit: int = 100) -> int:
    """Remind shops, once each, of corrections whose time is over. How many were. Safe beside itself."""
    now = now or timezone.now()
    late = Correction.objects.filter(state=Correction.State.DUE, due_at__lte=now, reminded_at=None)
    with transaction.atomic():
        rows = list(
            late.select_for_update(of=("self",), skip_locked=True)
            .select_related("shop")
            .order_by("pk")[:limit]
        )
        for row in rows:
            notify(
                user_ids=member_ids_with(row.shop_id, Capability.LODGE_APPEAL),
                kind=OVERDUE,
                subject_key=_key(row),
                context={"shop": row.shop.name, "customers": len(row.conversation_ids)},
                url=reverse("seller:violation", args=[row.shop.slug, row.decision_id]),
            )
        Correction.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_at=now)
    return len(rows)


@transaction.atomic
def no_longer_owe(*, decision_id: int) -> None:
    """The decision fell: nothing has to be put right, nobody is asked to. What was sent stays."""
    due = Correction.objects.filter(decision_id=decision_id, state=Correction.State.DUE)
    for correction in due.select_for_update():
        correction.state = Correction.State.WITHDRAWN
        correction.save(update_fields=["state"])
        for kind in (OWED, OVERDUE):
            withdraw(subject_key=_key(correction), kind=kind)


def suggested_text(correction: Correction) -> str:
    """A first draft with the facts of the product card; the shop edits it."""
    case = correction.decision.case
    said_at = Message.objects.filter(pk=correction.decision.subject_id).values_list("created_at", flat=True)
    day = date_format(timezone.localtime(said_at[0]), "j F Y") if said_at else ""
    lines = [_("A correction to our message of %(day)s: what we wrote was not right.") % {"day": day}]
    product = _product(case)
    if product is not None:
        price = f"{product.price_cents / 100:.2f} {product.currency}"
        lines.append(
            _("What counts for “%(title)s” is the product page: %(price)s.")
            % {"title": product.title, "price": price}
        )
        if product.warranty:
            lines.append(_("Warranty: %(warranty)s.") % {"warranty": product.warranty})
    else:
        lines.append(_("What counts is the product page."))
    lines.append(_("We are sorry for the mistake."))
    return " ".join(lines)


def send(*, correction: Correction, text: str, by: User) -> Correction:
    """Send the correction to everybody concerned, once. What was interrupted goes on when it is sent again.

    The caller has checked that this person may answer for the shop. The text is scanned like every message.
    """
    text = text.strip()
    if not text:
        raise Invalid(_("Write the correction."), code="text_missing")
    with transaction.atomic():
        row = Correction.objects.select_for_update().get(pk=correction.pk)
        if row.state != Correction.State.DUE:
            raise Conflict(_("This correction has been sent already."), code="already_sent")
        row.text = row.text or text[:MOST_CHARACTERS]
        row.save(update_fields=["text"])
    for conversation in Conversation.objects.filter(pk__in=row.conversation_ids).order_by("pk"):
        # The reference is made of both, so a second try stores no second message.
        send_message(
            conversation=conversation,
            author=by,
            body=row.text,
            client_ref=uuid5(_SPACE, f"{row.decision_id}:{conversation.pk}"),
            author_kind=Message.AuthorKind.MEMBER,
        )
        row.done_ids = [*row.done_ids, conversation.pk]
    with transaction.atomic():
        row.state, row.sent_by, row.sent_at = Correction.State.SENT, by, timezone.now()
        row.save(update_fields=["state", "sent_by", "sent_at", "done_ids"])
        record(
            action="correction.sent",
            actor=by,
            target_type="decision",
            target_id=row.decision_id,
            changes={"shop": row.shop_id, "conversations": len(row.done_ids)},
        )
    return row


def correction_of(decision: Decision) -> Correction | None:
    return Correction.objects.select_related("decision__case", "sent_by").filter(decision=decision).first()


def _key(correction: Correction) -> str:
    return f"correction:{correction.pk}"


def _where_it_was_said(case: Case) -> list[int]:
    """The conversation of the message, and those that got the same words from the shop in the last days."""
    found = [case.conversation_id] if case.conversation_id else []
    message = Message.objects.filter(pk=case.subject_id).first()
    if (
        message is not None
        and case.shop is not None
        and case.subject_kind == "message"
        and message.body.strip()
    ):
        same = Message.objects.filter(
            conversation__shop=case.shop,
            author_kind__in=[Message.AuthorKind.MEMBER, Message.AuthorKind.AUTO],
            body=message.body,
            created_at__gt=message.created_at - LOOKS_BACK,
        )
        found += same.values_list("conversation_id", flat=True)[:MOST_CONVERSATIONS]
    return list(dict.fromkeys(found))


def _product(case: Case | None) -> Product | None:
    if case is None or case.conversation_id is None:
        return None
    row = Conversation.objects.select_related("product").filter(pk=case.conversation_id).first()
    return row.product if row is not None else None

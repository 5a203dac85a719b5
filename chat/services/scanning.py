"""The full scan of every message: claimed by row, done in batches, recorded once.

Certain path: ``sweep`` takes what nobody finished. Fast path: a task that was told the ids. Both claim rows
with a lease, so any number of workers may run beside each other and any of them may be killed: its lease runs
out and another goes on. Recording is idempotent, so a scan that is done twice records once.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from chat.models import Message, MessageScan
from chat.selectors import surroundings
from chat.serializers import time_json
from chat.services import handling
from chat.services.consents import standing_pairs
from chat.services.message_store import HISTORY
from chat.services.messages import sender_of
from chat.services.outreach import sent_of
from chat.services.search_words import learn_words
from compliance.models import Finding
from compliance.selectors.cases import is_cleared
from compliance.services.cases import open_case
from compliance.services.findings import Subject, record_findings
from compliance.services.screening import ScanItem, Screening, Sender, Sent, scan_texts
from compliance.services.sms_rule import speaks_of_sms
from shops.models import OrderLine, Product, Shop

logger = logging.getLogger(__name__)

BATCH = 50
IMPORT_BATCH = 500
LEASE = timedelta(seconds=45)  # Far above what a batch takes; a killed worker's messages wait no longer.
OVERDUE = timedelta(seconds=10)  # The sweeper leaves younger ones to the fast path.
MAX_ATTEMPTS = 5
# What could not be scanned may be anything, so the case is filed under a grave policy.
UNSCANNED_POLICY = "fraud"


def scan_messages(ids: Sequence[int]) -> int:
    """Scan those of these messages that still wait; how many were done."""
    done = 0
    for start in range(0, len(ids), BATCH):
        done += _scan_claimed(_claim(ids=ids[start : start + BATCH]))
    return done


def sweep(*, limit: int = 2_000) -> int:
    """Scan what the fast path left: waiting too long, or leased by somebody who never came back."""
    done = 0
    while done < limit and (claimed := _claim()):
        done += _scan_claimed(claimed)
    return done


def _claim(ids: Sequence[int] | None = None) -> list[int]:
    """Lease up to a batch of scans, oldest first: those of these messages, or whatever is overdue."""
    arguments: dict[str, Any] = {
        "lease": LEASE,
        "overdue": OVERDUE,
        "ids": list(ids) if ids is not None else None,
        "batch": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE chat_messagescan SET state = 'leased', leased_until = now() + %(lease)s,
                                        attempts = attempts + 1
            WHERE id IN (
                SELECT id FROM chat_messagescan
                WHERE CASE WHEN %(ids)s::bigint[] IS NULL
                           THEN state = 'pending' AND created_at < now() - %(overdue)s
                             OR state = 'leased' AND leased_until < now()
                           ELSE message_id = ANY(%(ids)s)
                            AND (state = 'pending' OR leased_until < now()) END
                  AND state IN ('pending', 'leased')
                ORDER BY created_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
            )
            RETURNING id
            """,
            arguments,
        )
        return [row[0] for row in cursor.fetchall()]


def _scan_claimed(scan_ids: Sequence[int]) -> int:
    scans = list(
        MessageScan.objects.filter(pk__in=scan_ids)
        .select_related("message__conversation__shop", "message__conversation__customer")
        .select_related("message__conversation__product")
        .order_by("message_id")
    )
    if not scans:
        return 0
    learn_words([scan.message_id for scan in scans])
    items = scan_items([scan.message for scan in scans])
    try:
        screenings = scan_texts(items)
    except Exception:
        logger.exception("A batch could not be scanned; its messages are tried one by one.")
        return sum(_scan_alone(scan, item) for scan, item in zip(scans, items, strict=True))
    clean = [scan.pk for scan, found in zip(scans, screenings, strict=True) if not found.findings]
    MessageScan.objects.filter(pk__in=clean).update(state=MessageScan.State.DONE, finished_at=timezone.now())
    done = len(clean)
    for scan, screening in zip(scans, screenings, strict=True):
        if screening.findings:
            done += _record_or_note(scan, screening)
    return done


def scan_imported(messages: Sequence[Message]) -> int:
    """Scan messages that were just imported and whose scans this process holds; how many findings came of it.

    The messages lie in whole conversations' order, so their history is at hand.
    """
    if not messages:
        return 0
    scan_ids = list(
        MessageScan.objects.filter(message__in=messages, state=MessageScan.State.LEASED).values_list(
            "pk", flat=True
        )
    )
    for start in range(0, len(scan_ids), IMPORT_BATCH):
        _scan_claimed(scan_ids[start : start + IMPORT_BATCH])
    return Finding.objects.filter(subject_kind="message", subject_id__in=[m.pk for m in messages]).count()


def finish_imports() -> None:
    """Scan what an earlier import left behind, and wait for what somebody else is scanning right now."""
    while True:
        waiting = MessageScan.objects.filter(
            message__is_imported=True, state__in=[MessageScan.State.PENDING, MessageScan.State.LEASED]
        )
        ids = list(waiting.values_list("message_id", flat=True)[:BATCH])
        if not ids:
            return
        if not _scan_claimed(_claim(ids=ids)):
            time.sleep(0.5)


def _scan_alone(scan: MessageScan, item: ScanItem) -> int:
    try:
        screening = scan_texts([item])[0]
    except Exception as error:
        _note_failure(scan, error)
        return 0
    return _record_or_note(scan, screening)


def _record_or_note(scan: MessageScan, screening: Screening) -> int:
    try:
        _record(scan, screening)
    except Exception as error:
        _note_failure(scan, error)
        return 0
    return 1


@transaction.atomic
def _record(scan: MessageScan, screening: Screening) -> None:
    message = scan.message
    if screening.findings:
        record_findings(subject=subject_of(message), screening=screening, ruleset=scan.ruleset)
        # A person who cleared the message has the last word over any later ruleset.
        if not message.is_imported and not is_cleared("message", message.pk):
            _hide(message, screening)
    scan.state = MessageScan.State.DONE
    scan.finished_at = timezone.now()
    scan.save(update_fields=["state", "finished_at"])


def _hide(message: Message, screening: Screening) -> None:
    """What the fast pass missed is hidden now. Imports are history and stay as they are."""
    if screening.must_withhold:
        handling.hide_message(message.pk, "withhold", screening.mask_spans)
    elif screening.mask_spans:
        handling.hide_message(message.pk, "mask", screening.mask_spans)


def _note_failure(scan: MessageScan, error: Exception) -> None:
    """Back to the queue; after too many attempts a person decides. Never taken for clean."""
    logger.error("Message %s could not be scanned.", scan.message_id, exc_info=error)
    with transaction.atomic():
        failed = scan.attempts >= MAX_ATTEMPTS
        scan.state = MessageScan.State.FAILED if failed else MessageScan.State.PENDING
        scan.last_error = f"{type(error).__name__}: {error}"[:200]
        scan.save(update_fields=["state", "last_error"])
        if failed:
            open_case(
                subject=subject_of(scan.message),
                policy_code=UNSCANNED_POLICY,
                source="finding",
                evidence={"needs_person": f"The scan failed {scan.attempts} times: {scan.last_error}"},
            )


def scan_items(messages: Sequence[Message]) -> list[ScanItem]:
    """What the engine may know about each message, in the same order. One query for all histories."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.id, ARRAY(
                SELECT e.author_kind || ':' || e.body FROM chat_message e
                WHERE e.conversation_id = m.conversation_id AND e.seq < m.seq
                ORDER BY e.seq DESC LIMIT %s)
            FROM chat_message m WHERE m.id = ANY(%s)
            """,
            [HISTORY, [message.pk for message in messages]],
        )
        earlier = dict(cursor.fetchall())
    consents = _standing_consents(messages)
    sent = sent_of(messages)
    ordered = _ordered(messages)
    return [
        scan_item(
            message,
            history=[split_line(line) for line in reversed(earlier[message.pk])],
            shop=message.conversation.shop,
            customer=message.conversation.customer,
            product=message.conversation.product or ordered.get(message.conversation.order_id or 0),
            has_sms_consent=_pair_of(message) in consents,
            sent=sent.get(message.pk),
        )
        for message in messages
    ]


def _standing_consents(messages: Sequence[Message]) -> set[tuple[int, int]]:
    """Whose customers agreed to SMS, asked only for messages that speak of SMS."""
    pairs = {_pair_of(message) for message in messages if speaks_of_sms(message.body)}
    return standing_pairs(pairs) if pairs else set()


def _ordered(messages: Sequence[Message]) -> dict[int, Product]:
    """By order id, for conversations about an order of one product: the card as it was then."""
    orders = {
        message.conversation.order_id
        for message in messages
        if message.conversation.order_id and message.conversation.product_id is None
    }
    if not orders:
        return {}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order_id__in=orders).select_related("order"):
        lines.setdefault(line.order_id, []).append(line)
    return {order: _card_of(found[0]) for order, found in lines.items() if len(found) == 1}


def _card_of(line: OrderLine) -> Product:
    """The product as the customer bought it; not to be saved."""
    return Product(
        title=line.title,
        price_cents=line.price_cents,
        currency=line.terms.get("currency") or line.order.currency,
        warranty=line.terms.get("warranty", ""),
        description=line.terms.get("description", ""),
    )


def _pair_of(message: Message) -> tuple[int, int]:
    return message.conversation.shop_id, message.conversation.customer_id


def scan_item(
    message: Message,
    *,
    history: Sequence[tuple[Sender, str]],
    shop: Shop,
    customer: User,
    product: Product | None,
    has_sms_consent: bool = False,
    sent: Sent | None = None,
) -> ScanItem:
    return ScanItem(
        text=message.body,
        sender=sender_of(message.author_kind),
        history=history,
        shop=shop,
        customer_name=str(customer),
        product=product,
        has_sms_consent=has_sms_consent,
        sent=sent,
    )


def split_line(line: str) -> tuple[Sender, str]:
    """``kind:text`` as (the engine's word for the sender, text)."""
    kind, _, text = line.partition(":")
    return sender_of(kind), text


def subject_of(message: Message) -> Subject:
    """The message as compliance keeps it: its text, and what was said around it, frozen."""
    conversation = message.conversation
    context = [
        {
            "sender": sender_of(near.author_kind),
            "text": near.body,
            "at": time_json(near.created_at),
            "seq": near.seq,
        }
        for near in surroundings(message.pk)
    ]
    return Subject(
        kind="message",
        id=message.pk,
        shop_id=conversation.shop_id,
        author_id=message.author_id,
        author_kind=message.author_kind,
        text=message.body,
        occurred_at=message.created_at,
        conversation_id=conversation.pk,
        context=context,
        is_imported=message.is_imported,
        people=[pk for pk in (conversation.customer_id, message.author_id) if pk],
    )

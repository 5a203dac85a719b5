"""The full scan of every message: claimed by row, done in batches, recorded once.

Certain path: ``sweep`` takes what nobody finished. Fast path: a task that was told the ids. Both claim rows
with a lease, so any number of workers may run beside each other and any of them may be killed: its lease runs
out and another goes on. Recording is idempotent, so a scan that is done twice records once.

A batch costs a fixed number of statements (``chat.services.scan_queue``); only messages that have to be
hidden now, which the pass before storing has missed, take their own transactions.
"""

import logging
import time
from collections import Counter
from collections.abc import Collection, Sequence

from django.db import connection, transaction

from accounts.models import User
from chat.models import Message, MessageScan
from chat.serializers import time_json
from chat.services import handling, scan_queue
from chat.services.consents import standing_pairs
from chat.services.enclosures import SUBJECT_KIND
from chat.services.message_store import HISTORY
from chat.services.messages import sender_of
from chat.services.outreach import sent_of
from chat.services.scan_queue import Claimed, Neighbour
from chat.services.search_words import learn_words
from compliance.models import Finding
from compliance.selectors.cases import cleared
from compliance.services.cases import open_case
from compliance.services.findings import Found, Subject, record_all
from compliance.services.screening import ScanItem, Screening, Sender, Sent, scan_texts
from compliance.services.sms_rule import speaks_of_sms
from files.selectors import subjects_with_uploads
from shops.models import OrderLine, Product, Shop

logger = logging.getLogger(__name__)

BATCH = 100  # as many as a task is told at most
IMPORT_BATCH = 500
MAX_ATTEMPTS = 5
# What could not be scanned may be anything, so the case is filed under a grave policy.
UNSCANNED_POLICY = "fraud"
FILES_KIND = "message_files"  # A message's files, which are judged apart and decided with its words.


def scan_messages(ids: Sequence[int]) -> list[int]:
    """Scan those of these messages that still wait, and others while there is room; the messages done."""
    done = []
    for start in range(0, len(ids), BATCH):
        done += _scan_claimed(scan_queue.claim(ids[start : start + BATCH], batch=BATCH))
    return done


def sweep(*, limit: int = 2_000) -> int:
    """Scan what the fast path left: waiting too long, or leased by somebody who never came back."""
    done = 0
    while done < limit and (claimed := scan_queue.claim_overdue(batch=BATCH)):
        done += len(_scan_claimed(claimed))
    # One at least, however many others wait, and last: it may be what kills this process.
    while claimed := scan_queue.claim_suspect():
        done += len(_scan_claimed(claimed))
        if done >= limit:
            break
    return done


def _scan_claimed(scan_ids: Sequence[int]) -> list[int]:
    """Scan what this process holds; the ids of the messages done."""
    if not scan_ids:
        return []
    claimed = []
    for scan in scan_queue.load(scan_ids):
        if scan.attempts > MAX_ATTEMPTS:  # Whoever took it up never came back: it may be what kills them.
            _give_up(scan, "its worker ended without a word")
        else:
            claimed.append(scan)
    if not claimed:
        return []
    learn_words([(scan.message.pk, scan.message.body) for scan in claimed])
    items = _items_with(
        [scan.message for scan in claimed],
        [scan.history for scan in claimed],
        again={scan.message.pk for scan in claimed if scan.is_again},
    )
    try:
        screenings = scan_texts(items)
    except Exception:
        logger.exception("A batch could not be scanned; its messages are tried one by one.")
        return [pk for scan, item in zip(claimed, items, strict=True) for pk in _scan_alone(scan, item)]
    clean = [scan for scan, screening in zip(claimed, screenings, strict=True) if not screening.findings]
    scan_queue.finish([scan.scan_id for scan in clean], is_clean=True)
    flagged = [pair for pair in zip(claimed, screenings, strict=True) if pair[1].findings]
    return [scan.message.pk for scan in clean] + _record(flagged)


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
        claimed = scan_queue.claim(ids) or scan_queue.claim_overdue(batch=BATCH) or scan_queue.claim_suspect()
        if not _scan_claimed(claimed):
            time.sleep(0.5)


def _scan_alone(scan: Claimed, item: ScanItem) -> list[int]:
    try:
        screening = scan_texts([item])[0]
    except Exception as error:
        _note_failure(scan, error)
        return []
    return _record_or_note(scan, screening)


def _record(flagged: Sequence[tuple[Claimed, Screening]]) -> list[int]:
    """Keep what was found in all of these together, or one by one where that fails; the messages done."""
    if not flagged:
        return []
    try:
        return _record_together(flagged)
    except Exception:
        logger.exception("The findings of a batch could not be kept; its messages are tried one by one.")
    return [pk for scan, screening in flagged for pk in _record_or_note(scan, screening)]


def _record_or_note(scan: Claimed, screening: Screening) -> list[int]:
    try:
        return _record_together([(scan, screening)])
    except Exception as error:
        _note_failure(scan, error)
        return []


def _record_together(flagged: Sequence[tuple[Claimed, Screening]]) -> list[int]:
    """Findings and cases in one commit with the end of the scans, but for messages that must be hidden.

    Those are finished together with their hiding, each in a transaction of its own: it locks a conversation.
    """
    with transaction.atomic():
        subjects = subjects_of([scan.message for scan, _ in flagged])
        for each_once in _rounds(flagged):
            record_all(
                [
                    Found(subjects[scan.message.pk], screening, scan.ruleset)
                    for scan, screening in each_once
                    if screening.findings
                ]
            )
        visible = [(scan, screening) for scan, screening in flagged if _must_hide(scan.message, screening)]
        # A person who cleared the message has the last word over any later ruleset.
        free = cleared("message", [scan.message.pk for scan, _ in visible]) if visible else set()
        to_hide = {scan.scan_id: screening for scan, screening in visible if scan.message.pk not in free}
        scan_queue.finish([scan.scan_id for scan, _ in flagged if scan.scan_id not in to_hide])
    done = []
    for scan, _screening in flagged:
        if scan.scan_id in to_hide and not _hide_or_note(scan, to_hide[scan.scan_id]):
            continue
        done.append(scan.message.pk)
    return done


def _rounds(flagged: Sequence[tuple[Claimed, Screening]]) -> list[list[tuple[Claimed, Screening]]]:
    """The same, each message once a round: it may wait under an old and a new ruleset."""
    rounds: list[list[tuple[Claimed, Screening]]] = []
    times: Counter[int] = Counter()
    for scan, screening in flagged:
        turn = times[scan.message.pk]
        times[scan.message.pk] += 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append((scan, screening))
    return rounds


def _must_hide(message: Message, screening: Screening) -> bool:
    """Whether the message stands more open than it may. Imports are history and stay as they are."""
    if message.is_imported or message.state == Message.State.WITHHELD:
        return False
    if screening.must_withhold:
        return True
    if not screening.mask_spans:
        return False
    merged = handling.merge_spans([*message.mask_spans, *screening.mask_spans])
    return message.state != Message.State.MASKED or merged != message.mask_spans


def _hide_or_note(scan: Claimed, screening: Screening) -> bool:
    """What the fast pass missed is hidden now; False if that failed and comes again."""
    mode = "withhold" if screening.must_withhold else "mask"
    try:
        with transaction.atomic():
            handling.hide_message(scan.message.pk, mode, screening.mask_spans)
            scan_queue.finish([scan.scan_id])
    except Exception as error:
        _note_failure(scan, error)
        return False
    return True


def _note_failure(scan: Claimed, error: Exception) -> None:
    """Back to the queue; after too many attempts a person decides. Never taken for clean."""
    logger.error("Message %s could not be scanned.", scan.message.pk, exc_info=error)
    words = f"{type(error).__name__}: {error}"[:200]
    if scan.attempts >= MAX_ATTEMPTS:
        _give_up(scan, words)
        return
    MessageScan.objects.filter(pk=scan.scan_id).update(state=MessageScan.State.PENDING, last_error=words)


@transaction.atomic
def _give_up(scan: Claimed, words: str) -> None:
    MessageScan.objects.filter(pk=scan.scan_id).update(state=MessageScan.State.FAILED, last_error=words)
    tries = min(scan.attempts, MAX_ATTEMPTS)
    open_case(
        subject=subject_of(scan.message),
        policy_code=UNSCANNED_POLICY,
        source="finding",
        evidence={"needs_person": f"The scan failed {tries} times: {words}"},
    )


def scan_items(messages: Sequence[Message], *, is_again: bool = False) -> list[ScanItem]:
    """What the engine may know about each message, in the same order. One query for all histories.

    ``is_again``: an older ruleset has judged these messages.
    """
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
    histories = [earlier[message.pk][::-1] for message in messages]
    return _items_with(messages, histories, again={message.pk for message in messages} if is_again else ())


def _items_with(
    messages: Sequence[Message], histories: Sequence[Sequence[str]], *, again: Collection[int]
) -> list[ScanItem]:
    """``histories``: ``kind:text`` of what was said before each message, oldest first.

    ``again``: ids of messages that an older ruleset has judged. The product's card may have been edited since
    and nobody keeps when, so they are not compared with it; the copy in an order stays as it was.
    """
    consents = _standing_consents(messages)
    sent = sent_of(messages)
    ordered = _ordered(messages)
    return [
        scan_item(
            message,
            history=[split_line(line) for line in history],
            shop=message.conversation.shop,
            customer=message.conversation.customer,
            product=(None if message.pk in again else message.conversation.product)
            or ordered.get(message.conversation.order_id or 0),
            has_sms_consent=_pair_of(message) in consents,
            sent=sent.get(message.pk),
        )
        for message, history in zip(messages, histories, strict=True)
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
    return subjects_of([message])[message.pk]


def subjects_of(messages: Sequence[Message]) -> dict[int, Subject]:
    """The same for many, by the message's id. Two queries."""
    ids = [message.pk for message in messages]
    around, with_files = scan_queue.neighbours(ids), subjects_with_uploads(SUBJECT_KIND, ids)
    return {
        message.pk: _subject(message, around[message.pk], has_files=str(message.pk) in with_files)
        for message in messages
    }


def _subject(message: Message, around: Sequence[Neighbour], *, has_files: bool) -> Subject:
    conversation = message.conversation
    context = [
        {
            "sender": sender_of(near.author_kind),
            "text": near.body,
            "at": time_json(near.created_at),
            "seq": near.seq,
        }
        for near in around
    ]
    return Subject(
        kind=SUBJECT_KIND,
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
        joins=FILES_KIND if has_files else "",
    )

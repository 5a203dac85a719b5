"""The files of messages: the full judgement after they were sent, and what people's decisions do to them.

The case about a message's files has the kind ``message_files`` and the message's id. While a case about its
text is open it is a part of that case, and the other way round: one decision settles both.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import prefetch_related_objects

from chat.models import Message
from chat.services import handling
from chat.services.enclosures import SUBJECT_KIND
from chat.services.messages import sender_of
from chat.services.scanning import FILES_KIND, UNSCANNED_POLICY, scan_items, subject_of
from compliance.models import Case
from compliance.selectors.cases import is_cleared
from compliance.services import attachments
from compliance.services.attachments import Examination, Held, Setting
from compliance.services.cases import Subject, open_case
from compliance.services.findings import record_findings
from compliance.services.screening import ScanItem
from files.models import Upload
from files.selectors import uploads_of
from files.services import hold, scan_again

FILES = FILES_KIND


def judge(subject_id: str, uploads: Sequence[Upload], failure: str = "") -> None:
    """Judge the files of one message; with ``failure`` nobody could, so they are held and a person looks.

    Safe to repeat: findings and cases are kept once, holding twice changes nothing.
    """
    message = (
        Message.objects.select_related("conversation__shop", "conversation__customer")
        .select_related("conversation__product")
        .get(pk=subject_id)
    )
    found = None if failure else attachments.examine(uploads, _setting_of(message, scan_items([message])[0]))
    with transaction.atomic():
        subject = _subject_of(message, found)
        if found is None:
            evidence = {"needs_person": failure, "must_withhold": True}
            open_case(subject=subject, policy_code=UNSCANNED_POLICY, source="finding", evidence=evidence)
            held: Held = {upload.pk: (Upload.Held.WITHHELD, ()) for upload in uploads}
        else:
            _record(subject, found)
            held = found.held
        if is_cleared(FILES, message.pk):
            # A person who cleared the files has the last word over any later check.
            held = {upload.pk: (Upload.Held.NOT, ()) for upload in uploads}
        _hold_all(message, uploads, held)


def examine_again(messages: Sequence[Message], items: Sequence[ScanItem]) -> dict[int, Examination]:
    """What the ruleset in force says to stored files, from what was read of them then; by message id.

    ``items``: what the engine may know of each message, in the same order. Files that still wait for their
    scan are left to it. Nothing is read anew, stored or held here.
    """
    attached = uploads_of(SUBJECT_KIND, [message.pk for message in messages])
    prefetch_related_objects([upload for uploads in attached.values() for upload in uploads], "reading")
    return {
        message.pk: attachments.examine(uploads, _setting_of(message, item))
        for message, item in zip(messages, items, strict=True)
        if (uploads := attached.get(str(message.pk)))
        and not any(upload.state == Upload.State.QUARANTINED for upload in uploads)
    }


def record_again(message: Message, found: Examination, *, ruleset: str, opens_case: bool) -> None:
    """Store what a later ruleset found in a message's files. What is shown of them stays as it is."""
    record_findings(
        subject=_subject_of(message, found),
        screening=found.screening,
        ruleset=ruleset,
        open_case=opens_case,
        evidence=found.evidence,
    )


def _setting_of(message: Message, item: ScanItem) -> Setting:
    return Setting(
        sender=sender_of(message.author_kind),
        caption=message.body,
        history=item.history,
        shop=item.shop,
        customer_name=item.customer_name,
        product=item.product,
    )


def _subject_of(message: Message, found: Examination | None) -> Subject:
    return replace(subject_of(message), kind=FILES, text=found.text if found else "", joins=SUBJECT_KIND)


def _record(subject: Subject, found: Examination) -> None:
    if found.screening.findings:
        record_findings(subject=subject, screening=found.screening, evidence=found.evidence)
    elif found.needs_person and not is_cleared(FILES, subject.id):
        must_withhold = {"must_withhold": found.screening.must_withhold}
        open_case(
            subject=subject,
            policy_code=found.unread_policy,
            source="finding",
            evidence=found.evidence | must_withhold,
        )


def _hold_all(message: Message, uploads: Sequence[Upload], held: Held) -> None:
    """Hold or show each file, and tell connected clients once if that changes anything for the other side."""
    changed = [
        hold(upload=upload, held=held[upload.pk][0], boxes=held[upload.pk][1])
        for upload in uploads
        if upload.pk in held
    ]
    if any(changed):
        is_hidden = any(state for state, _ in held.values())
        handling.announce_files(message.pk, are_hidden=is_hidden)


def hide_files(message_id: int, mode: str, spans: Sequence[Sequence[int]]) -> None:
    """A decision hides files of this message, or places in them."""
    case = Case.objects.filter(subject_kind=FILES, subject_id=message_id).order_by("-pk").first()
    message = Message.objects.filter(pk=message_id).first()
    if case is None or message is None:
        return
    uploads = uploads_of(SUBJECT_KIND, [message_id])[str(message_id)]
    wanted = attachments.held_by_decision(case, mode, spans)
    if not case.evidence.get("files"):
        wanted = {str(upload.public_id): (Upload.Held.WITHHELD, ()) for upload in uploads}
    named = {
        upload.pk: wanted[str(upload.public_id)] for upload in uploads if str(upload.public_id) in wanted
    }
    _hold_all(message, uploads, named)


def show_files(message_id: int) -> None:
    """Everything is shown again. What could not be scanned is scanned again first; malware stays away."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return
    uploads = uploads_of(SUBJECT_KIND, [message_id])[str(message_id)]
    for upload in uploads:
        if upload.state == Upload.State.FAILED:
            scan_again(upload=upload)
    _hold_all(message, uploads, {upload.pk: (Upload.Held.NOT, ()) for upload in uploads})

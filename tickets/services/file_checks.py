"""Files of tickets are judged like those of chat; the desk always sees them whole.

Pictures of people who ask for help are evidence: what is written in them was often written by somebody else,
so their texts accuse nobody. Malware, known files and nudity count.
"""

from collections.abc import Sequence

from django.db import transaction

from compliance.models import Case
from compliance.selectors.cases import is_cleared
from compliance.services import attachments
from compliance.services.attachments import Examination, Setting
from compliance.services.cases import Subject, open_case
from compliance.services.findings import record_findings
from files.models import Upload
from files.selectors import uploads_of
from files.services import hold, scan_again
from tickets.models import Ticket, TicketEvent
from tickets.services.screening import author_kind_of, is_report, sender_of

FILES = "ticket_event_files"
UPLOADS = "ticket_event"  # subject kind under which the files themselves are attached
UNSCANNED_POLICY = "fraud"


def judge(subject_id: str, uploads: Sequence[Upload], failure: str = "") -> None:
    """Judge the files of one ticket entry. Safe to repeat."""
    event = TicketEvent.objects.select_related("ticket__category", "ticket__shop").get(pk=subject_id)
    sender = sender_of(event.ticket, event)
    setting = Setting(
        sender=sender, caption=event.body, shop=event.ticket.shop, reads_texts=sender != "customer"
    )
    found = None if failure else attachments.examine(uploads, setting)
    with transaction.atomic():
        subject = _subject_of(event, found)
        if found is None:
            evidence = {"needs_person": failure, "must_withhold": True}
            open_case(subject=subject, policy_code=UNSCANNED_POLICY, source="finding", evidence=evidence)
        else:
            _record(event.ticket, subject, found)
        # Only what was found is held: a gap has no case here that could ever set the file free.
        is_free = is_cleared(FILES, event.pk) or (found is not None and not found.screening.findings)
        for upload in uploads:
            held, boxes = (Upload.Held.WITHHELD, ()) if found is None else found.held[upload.pk]
            hold(upload=upload, held=Upload.Held.NOT if is_free else held, boxes=() if is_free else boxes)


def _record(ticket: Ticket, subject: Subject, found: Examination) -> None:
    """Findings are kept; a case is opened unless the ticket reports somebody, which quotes what it reports.

    A file that nobody could read needs no case of its own here: a person of the desk opens every ticket.
    """
    if found.screening.findings:
        record_findings(
            subject=subject,
            screening=found.screening,
            open_case=not is_report(ticket),
            evidence=found.evidence,
        )


def _subject_of(event: TicketEvent, found: Examination | None) -> Subject:
    ticket = event.ticket
    return Subject(
        kind=FILES,
        id=event.pk,
        shop_id=ticket.shop_id,
        author_id=event.author_id,
        author_kind=author_kind_of(ticket, event),
        text=found.text if found else "",
        occurred_at=event.created_at,
        conversation_id=ticket.conversation_id,
    )


def hide_files(event_id: int, mode: str, spans: Sequence[Sequence[int]]) -> None:
    """A decision hides files of this entry, or places in them."""
    case = Case.objects.filter(subject_kind=FILES, subject_id=event_id).order_by("-pk").first()
    if case is None:
        return
    wanted = attachments.held_by_decision(case, mode, spans)
    for upload in uploads_of(UPLOADS, [event_id])[str(event_id)]:
        if not case.evidence.get("files"):
            hold(upload=upload, held=Upload.Held.WITHHELD)
        elif str(upload.public_id) in wanted:
            held, boxes = wanted[str(upload.public_id)]
            hold(upload=upload, held=held, boxes=boxes)


def show_files(event_id: int) -> None:
    """Everything is shown again. What could not be scanned is scanned again first; malware stays away."""
    for upload in uploads_of(UPLOADS, [event_id])[str(event_id)]:
        if upload.state == Upload.State.FAILED:
            scan_again(upload=upload)
        hold(upload=upload, held=Upload.Held.NOT)

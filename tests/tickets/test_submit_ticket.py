import re
from datetime import datetime

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, connection, transaction

from core.errors import Conflict, Invalid, RateLimited
from notifications.services import send_waiting_mail
from tests.tickets.conftest import fresh, kinds, submission
from tickets.access import guest_key, own_tickets, parse_number, ticket_by_guest_key
from tickets.models import Ticket, TicketEvent
from tickets.services.submit import GUEST_PER_DAY, still_matches, submit_ticket


def test_a_ticket_gets_a_number_nobody_can_guess_with_a_check_character(ticket):
    assert re.fullmatch(r"T-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", ticket.number)
    assert parse_number(ticket.number.lower().replace("-", " ")) == ticket.number


def test_sending_the_same_form_again_gives_the_same_ticket_and_one_mail(customer, categories):
    form = submission(customer)

    first, second = submit_ticket(form), submit_ticket(form)

    assert (first.duplicate, second.duplicate) == (False, True)
    assert second.ticket.pk == first.ticket.pk
    assert Ticket.objects.count() == 1
    assert send_waiting_mail() == 1


def test_somebody_elses_form_reference_is_refused(customer, stranger, categories):
    form = submission(customer)
    submit_ticket(form)

    with pytest.raises(Conflict):
        submit_ticket(submission(stranger, submit_ref=form.submit_ref))


def test_category_routes_and_impact_sets_the_priority(customer, categories):
    calm = submit_ticket(submission(customer, impact="hindered")).ticket
    stuck = submit_ticket(submission(customer, code="technical-page", impact="blocked")).ticket
    danger = submit_ticket(submission(customer, code="report-abuse", impact="danger")).ticket

    assert (calm.team.code, calm.priority) == ("payments", "normal")
    assert (stuck.team.code, stuck.priority) == ("technical", "high")
    assert (danger.team.code, danger.priority) == ("safety", "urgent")


@pytest.mark.parametrize(
    ("sent", "promised"),
    [
        ("2026-11-19T18:48Z", "2026-11-20T18:48Z"),  # Thursday to Friday.
        ("2026-11-20T18:00Z", "2026-11-23T18:00Z"),  # Friday to Monday: the week-end does not count.
        ("2026-11-21T20:00Z", "2026-11-24T08:00Z"),  # Saturday: the clock starts Monday 00:00 in Los Angeles.
        ("2026-11-25T18:00Z", "2026-11-27T18:00Z"),  # Thanksgiving does not count.
        ("2026-03-06T20:00Z", "2026-03-09T19:00Z"),  # Clocks spring forward: 24 real hours, an hour earlier.
        ("2026-10-30T20:00Z", "2026-11-02T21:00Z"),  # And back.
    ],
)
def test_the_promise_counts_business_hours_over_week_ends_holidays_and_clock_changes(
    customer, categories, sent, promised
):
    with time_machine.travel(sent, tick=False):
        ticket = submit_ticket(submission(customer)).ticket

    assert ticket.answer_due_at == datetime.fromisoformat(promised.replace("Z", "+00:00"))


def test_the_receipt_mail_has_number_promise_in_the_readers_zone_and_digest(customer, categories):
    customer.time_zone = "America/Chicago"
    customer.save()
    with time_machine.travel("2026-11-19T16:48Z", tick=False):
        ticket = submit_ticket(submission(customer)).ticket
        send_waiting_mail()

    letter = mail.outbox[0]
    html = letter.alternatives[0].content
    assert ticket.number in letter.subject
    for body in (letter.body, html):
        assert ticket.number in body
        assert "20 Nov" in body
        assert "10:48" in body
        assert ticket.digest in body.replace(" ", "")
    assert letter.extra_headers["Reply-To"] == f"support+{ticket.number}@parley.example"


def test_the_digest_proves_what_was_sent(ticket):
    assert still_matches(ticket)

    ticket.subject = "Something else"

    assert not still_matches(ticket)


def test_history_cannot_be_edited_or_deleted(ticket):
    with pytest.raises(DatabaseError), transaction.atomic():
        TicketEvent.objects.filter(ticket=ticket).update(body="something nicer")
    with pytest.raises(DatabaseError), transaction.atomic():
        TicketEvent.objects.filter(ticket=ticket).delete()


def test_a_guest_follows_by_a_signed_link_only(categories):
    ticket = submit_ticket(submission(guest="browser-one")).ticket

    assert ticket.side == "guest"
    assert ticket_by_guest_key(ticket.number, guest_key(ticket)) == ticket
    with pytest.raises(Exception, match="not valid"):
        ticket_by_guest_key(ticket.number, "0" * 40)
    assert list(own_tickets(None, "browser-one")) == [ticket]
    assert not own_tickets(None, "browser-two").exists()
    ticket.guest_link_version = 2
    ticket.save()
    assert not own_tickets(None, "browser-one").exists()


def test_a_guest_mail_goes_out_with_the_signed_link(categories):
    ticket = submit_ticket(submission(language="es", time_zone="Europe/Madrid")).ticket

    send_waiting_mail()

    assert mail.outbox[0].to == ["guest@example.org"]
    assert f"/help/tickets/{ticket.number}/?k={guest_key(ticket)}" in mail.outbox[0].body


def test_feedback_never_becomes_a_ticket(customer, categories):
    with pytest.raises(Invalid):
        submit_ticket(submission(customer, code="feedback"))


def test_nobody_to_answer_to_is_refused(categories):
    with pytest.raises(Invalid):
        submit_ticket(submission(guest_email=""))


def test_a_guest_cannot_flood_the_desk(categories):
    for _ in range(GUEST_PER_DAY):
        submit_ticket(submission())

    with pytest.raises(RateLimited):
        submit_ticket(submission())


def test_an_earlier_ticket_is_linked_on_both_sides(customer, ticket):
    later = submit_ticket(submission(customer, follows=ticket)).ticket

    assert later.follows == ticket
    assert list(ticket.followed_by.all()) == [later]
    assert "linked" in kinds(later)


def test_a_changed_promise_does_not_move_old_due_times(ticket, helper):
    before = ticket.answer_due_at
    policy = ticket.category.sla_code
    from_rows = type(ticket)._meta.apps.get_model("tickets", "SlaPolicy").objects
    from_rows.filter(code=policy).update(first_answer={"urgent": 1, "high": 1, "normal": 1, "low": 1})

    assert fresh(ticket).answer_due_at == before
    assert fresh(ticket).sla["first_answer"] == 1440


def test_events_are_numbered_without_gaps(customer, ticket):
    assert list(ticket.events.values_list("no", flat=True)) == list(range(1, ticket.last_event_no + 1))


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE subject_kind = 'ticket_event'")
        return cursor.fetchone()[0]


def test_ticket_texts_are_scanned_and_a_report_may_quote_what_it_reports(owner, shop, categories):
    words = "message me on whatsapp +1 415 555 0142 and pay by paypal"

    submit_ticket(submission(owner, code="report-scam", description=words, side="seller", shop=shop))
    assert count("compliance_finding") > 0
    assert count("compliance_case") == 0

    submit_ticket(submission(owner, code="technical-page", description=words, side="seller", shop=shop))
    assert count("compliance_case") == 1


def test_a_plain_problem_has_no_findings(ticket):
    assert count("compliance_finding") == 0

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from core.errors import Conflict, Forbidden, Invalid, RateLimited
from notifications.models import Notice
from notifications.services import send_waiting_mail
from tests.tickets.conftest import fresh, kinds, submission
from tickets.models import Category, RuleRun, SlaPolicy, Team, Ticket
from tickets.services import assignment, automation, conversation, desk, merging, slas
from tickets.services.reference_data import sync_categories
from tickets.services.submit import submit_ticket

THURSDAY = datetime.fromisoformat("2026-11-19T16:48:00+00:00")


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


def test_claiming_is_for_one_and_a_colleague_is_told(ticket, helper, colleague):
    assignment.claim(ticket=ticket, agent=helper)

    with pytest.raises(Conflict):
        assignment.claim(ticket=ticket, agent=colleague)
    assert fresh(ticket).state == "open"


def test_the_next_ticket_is_the_one_that_is_due_first_in_my_teams(customer, helper):
    with at(THURSDAY):
        submit_ticket(submission(customer, code="report-fake"))  # Another team's, and due earlier.
        calm = submit_ticket(submission(customer)).ticket
        urgent = submit_ticket(submission(customer, code="payment-wrong", impact="danger")).ticket

    assert assignment.claim_next(agent=helper) == urgent
    assert assignment.claim_next(agent=helper) == calm
    assert assignment.claim_next(agent=helper) is None


def test_an_answer_is_mailed_and_ends_the_promise(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
    with at(THURSDAY + timedelta(hours=3)):
        conversation.reply(ticket=ticket, agent=helper, body="Try it again now.")

    ticket = fresh(ticket)
    assert (ticket.state, ticket.answer_due_at, ticket.first_answer_working_s) == ("open", None, 3 * 3600)
    send_waiting_mail()
    assert "Try it again now." in mail.outbox[-1].body
    assert helper.display_name not in mail.outbox[-1].body


def test_asking_for_more_stops_the_clock_until_the_person_answers(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
    with at(THURSDAY + timedelta(hours=2)):
        conversation.hold(ticket=ticket, agent=helper, reason="We wait for the bank.")
    assert fresh(ticket).answer_due_at is None
    with at(THURSDAY + timedelta(hours=12)):
        conversation.add_information(ticket=ticket, author=customer, body="Any news?")

    ticket = fresh(ticket)
    assert ticket.state == "open"
    # Ten hours stood still: due Friday 16:48 UTC plus ten hours.
    assert ticket.answer_due_at == THURSDAY + timedelta(hours=34)


def test_a_second_question_gets_the_same_promise_again(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
        conversation.reply(ticket=ticket, agent=helper, body="Which card?", then="waiting_customer")
    with at(THURSDAY + timedelta(hours=1)):
        conversation.add_information(ticket=ticket, author=customer, body="The blue one.")

    assert fresh(ticket).answer_due_at == THURSDAY + timedelta(hours=25)


def test_a_transfer_keeps_place_and_due_time_and_needs_a_reason(ticket, helper):
    before = fresh(ticket)
    team = Team.objects.get(code="technical")

    with pytest.raises(Invalid):
        assignment.transfer(ticket=ticket, agent=helper, team=team, reason=" ")
    assignment.transfer(
        ticket=ticket,
        agent=helper,
        team=team,
        reason="It is a fault of the page.",
        category=Category.objects.get(code="technical-page"),
    )

    after = fresh(ticket)
    assert after.team == team
    assert (after.queued_at, after.answer_due_at) == (before.queued_at, before.answer_due_at)
    event = after.events.get(kind="transferred")
    assert (event.data["misrouted"], event.is_public) == (True, False)


def test_two_agents_never_answer_past_each_other(ticket, helper, colleague):
    seen = fresh(ticket).last_event_no
    conversation.reply(ticket=ticket, agent=colleague, body="I have it.")

    with pytest.raises(Conflict) as refusal:
        conversation.reply(ticket=ticket, agent=helper, body="Me too.", seen_event_no=seen)

    assert refusal.value.code == "ticket_moved_on"
    assert kinds(fresh(ticket)).count("replied") == 1


def test_a_double_click_on_answer_sends_one_answer(ticket, helper):
    ref = uuid4()
    conversation.reply(ticket=ticket, agent=helper, body="Done.", client_ref=ref)
    conversation.reply(ticket=ticket, agent=helper, body="Done.", client_ref=ref)

    assert kinds(fresh(ticket)).count("replied") == 1


def test_solved_reopens_for_fourteen_days_and_then_is_closed(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
        conversation.reply(ticket=ticket, agent=helper, body="Repaired.", then="solved")
    with at(THURSDAY + timedelta(days=13, hours=23)):
        conversation.add_information(ticket=ticket, author=customer, body="Still broken.")
        assert fresh(ticket).state == "open"
        assert fresh(ticket).reopened_count == 1
        assert fresh(ticket).answer_due_at is not None
        conversation.solve(ticket=ticket, by=helper)
    with at(THURSDAY + timedelta(days=28)):
        with pytest.raises(Conflict):
            conversation.add_information(ticket=ticket, author=customer, body="Once more.")
        assert conversation.close_old() == 1
        assert conversation.close_old() == 0
    assert fresh(ticket).state == "closed"


def test_a_promise_about_to_break_is_escalated_once_and_a_broken_one_is_marked(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
    due = ticket.answer_due_at

    assert slas.sweep_due(now=due - timedelta(hours=7)) == 0
    assert slas.sweep_due(now=due - timedelta(hours=5)) == 1
    assert slas.sweep_due(now=due - timedelta(hours=5)) == 0
    assert fresh(ticket).tier == 2
    assert slas.sweep_due(now=due) == 1
    assert slas.sweep_due(now=due + timedelta(hours=1)) == 0
    assert fresh(ticket).breached_at == due
    told = Notice.objects.filter(user=helper).values_list("kind", flat=True)
    assert sorted(told) == ["ticket_breached", "ticket_escalated"]


def test_a_waiting_ticket_is_never_escalated(customer, categories, helper):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
        conversation.reply(ticket=ticket, agent=helper, body="Which one?", then="waiting_customer")

    assert slas.sweep_due(now=THURSDAY + timedelta(days=30)) == 0
    assert fresh(ticket).breached_at is None


def test_asking_how_far_it_is_works_once_a_day_and_after_the_promise(customer, categories):
    with at(THURSDAY):
        ticket = submit_ticket(submission(customer)).ticket
        with pytest.raises(Conflict):
            conversation.nudge(ticket=ticket, author=customer)
    with at(THURSDAY + timedelta(hours=25)):
        conversation.nudge(ticket=ticket, author=customer)
        with pytest.raises(RateLimited):
            conversation.nudge(ticket=ticket, author=customer)
    assert fresh(ticket).tier == 2


def test_merging_keeps_the_longer_wait_and_leads_from_the_old_number(customer, categories, helper):
    with at(THURSDAY):
        old = submit_ticket(submission(customer)).ticket
    with at(THURSDAY + timedelta(hours=5)):
        new = submit_ticket(submission(customer)).ticket
        merging.merge(source=old, target=new, agent=helper)

    assert fresh(old).merged_into == new
    assert fresh(new).queued_at == THURSDAY
    with pytest.raises(Conflict, match=new.number):
        conversation.add_information(ticket=old, author=customer, body="Hello?")
    with pytest.raises(Conflict):
        merging.merge(source=new, target=old, agent=helper)


def test_tickets_of_different_people_cannot_be_merged(customer, stranger, categories, helper):
    one = submit_ticket(submission(customer)).ticket
    other = submit_ticket(submission(stranger)).ticket

    with pytest.raises(Forbidden):
        merging.merge(source=one, target=other, agent=helper)


def test_a_second_matter_becomes_a_ticket_of_its_own(customer, ticket, helper):
    event = conversation.add_information(ticket=ticket, author=customer, body="Also my bowl is broken.")

    made = merging.split(
        ticket=ticket,
        event=event,
        agent=helper,
        subject="Broken bowl",
        category=Category.objects.get(code="returns-damaged"),
    )

    assert made.events.get(no=1).body == "Also my bowl is broken."
    assert (made.requester, made.follows, made.team.code) == (customer, ticket, "orders")


def test_notes_are_for_colleagues(customer, ticket, helper):
    event = conversation.add_note(ticket=ticket, agent=helper, body="Looks like fraud.")

    assert not event.is_public
    assert send_waiting_mail() == 1  # Only the receipt.


def test_satisfaction_is_rated_once_solved(customer, ticket, helper):
    with pytest.raises(Conflict):
        conversation.rate(ticket=ticket, score=5, author=customer)
    conversation.reply(ticket=ticket, agent=helper, body="Done.", then="solved")
    conversation.rate(ticket=ticket, score=2, reason="speed", author=customer)
    conversation.rate(ticket=ticket, score=4, reason="speed", author=customer)

    assert fresh(ticket).rating.score == 4
    assert kinds(fresh(ticket)).count("rated") == 2


def test_rules_answer_from_an_article_and_keep_the_place_in_the_line(customer, categories, articles):

    ticket = submit_ticket(submission(customer, code="returns-refund", impact="question")).ticket

    ticket = fresh(ticket)
    event = ticket.events.get(author_kind="automation", kind="replied")
    assert "When a refund reaches your account" in event.body
    assert ticket.auto_answered_at is not None
    assert ticket.first_answered_at is None
    assert ticket.answer_due_at is not None
    assert (ticket.state, ticket.tags) == ("new", ["auto-answered"])


def test_an_automatic_answer_speaks_the_persons_language(customer, categories, articles):

    ticket = submit_ticket(
        submission(customer, code="returns-refund", impact="question", language="es")
    ).ticket

    assert ticket.events.filter(author_kind="automation", kind="replied").exists()


def test_words_of_danger_make_a_ticket_urgent_and_route_it(customer, categories):
    ticket = submit_ticket(
        submission(customer, description="The seller says he comes to my house with a knife.")
    ).ticket

    ticket = fresh(ticket)
    assert (ticket.priority, ticket.team.code, ticket.tier) == ("urgent", "safety", 2)
    assert ticket.answer_due_at <= ticket.created_at + timedelta(days=3)


def test_a_missing_order_is_asked_for_when_the_form_could_not(customer, categories):
    ticket = submit_ticket(submission(customer, code="orders-not-arrived", channel="chat")).ticket

    ticket = fresh(ticket)
    assert (ticket.state, ticket.is_paused) == ("waiting_customer", True)
    assert "order" in ticket.events.get(kind="asked").body.lower()


def test_a_rule_runs_once_per_ticket_with_its_version(customer, categories):
    ticket = submit_ticket(submission(customer, description="There is a bomb in the parcel")).ticket
    automation.run_rules(fresh(ticket), trigger="created")

    assert RuleRun.objects.filter(ticket=ticket).count() == 1
    assert RuleRun.objects.get(ticket=ticket).rule_version == 1


def test_syncing_again_changes_nothing_and_a_changed_promise_is_a_new_version(categories):
    before = SlaPolicy.objects.count()
    sync_categories()
    assert SlaPolicy.objects.count() == before
    SlaPolicy.objects.filter(code="standard").update(first_answer={"urgent": 1})

    sync_categories()

    assert SlaPolicy.objects.get(code="standard", is_current=True).version == 2


def test_prepared_answers_fill_their_placeholders(ticket, helper):
    from_rows = ticket._meta.apps.get_model("tickets", "AnswerTemplate").objects
    template = from_rows.get(code="refund-on-its-way", language="en")

    text = desk.fill_template(template, ticket, helper)

    assert "Hello Priya Raman" in text
    assert ticket.number in text
    assert "{{" not in text


def test_bulk_does_what_it_can_and_says_what_it_could_not(customer, helper, colleague):
    free = submit_ticket(submission(customer)).ticket
    taken = submit_ticket(submission(customer)).ticket
    assignment.claim(ticket=taken, agent=colleague)

    done, refused = desk.bulk(agent=helper, tickets=[free, taken], what="claim")

    assert done == 1
    assert refused == [f"{taken.number}: A colleague has taken this ticket already."]


def test_a_higher_priority_shortens_the_promise_and_a_lower_one_moves_nothing(ticket, helper):
    before = fresh(ticket).answer_due_at
    assignment.set_priority(ticket=ticket, agent=helper, priority="low")
    assert fresh(ticket).answer_due_at == before

    assignment.set_priority(ticket=ticket, agent=helper, priority="urgent")

    assert fresh(ticket).answer_due_at < before
    assert Ticket.objects.get().created_at < timezone.now()

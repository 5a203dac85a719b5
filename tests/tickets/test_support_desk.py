import csv
import io
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import UserFactory
from tests.tickets.conftest import fresh, submission
from tickets.models import Article, SavedView, Ticket
from tickets.selectors import figures
from tickets.selectors.figures import safe_cell
from tickets.services import conversation
from tickets.services.articles import note_deflected
from tickets.services.submit import submit_ticket


def as_user(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", ["", "figures/", "articles/", "figures/tickets.csv"])
def test_the_desk_is_closed_to_everybody_else(path, ticket, customer, owner):
    for client in (Client(), as_user(customer), as_user(owner)):
        assert client.get(f"/support/{path}").status_code in {302, 403}
        assert client.get(f"/support/{ticket.number}/").status_code in {302, 403}


def test_the_queue_shows_what_is_due_first_and_finds_by_number_and_words(ticket, customer, helper):
    other = submit_ticket(submission(customer, subject="Points are gone", impact="danger")).ticket
    desk = as_user(helper)

    page = desk.get("/support/?team=mine").content.decode()
    assert page.index(other.number) < page.index(ticket.number)
    typed = ticket.number.lower().replace("-", "")
    assert desk.get("/support/", {"q": typed})["Location"] == f"/support/{ticket.number}/"
    found = desk.get("/support/", {"q": "points gon"})
    assert found["Location"] == f"/support/{other.number}/"
    assert "Nothing found" in desk.get("/support/", {"q": "zebra"}).content.decode()


def test_an_agent_answers_with_a_prepared_answer(ticket, helper):
    desk = as_user(helper)
    page = desk.get(f"/support/{ticket.number}/", {"template": "refund-on-its-way"}).content.decode()
    assert "your refund left us today" in page

    form = {"body": "On its way.", "client_ref": uuid4(), "seen": fresh(ticket).last_event_no}
    reply = desk.post(f"/support/{ticket.number}/reply/", form | {"then": "solved"})

    assert reply.status_code == 302
    assert fresh(ticket).state == "solved"


def test_an_answer_written_while_something_came_in_is_kept_and_shown_again(ticket, customer, helper):
    seen = fresh(ticket).last_event_no
    conversation.add_information(ticket=ticket, author=customer, body="I found the reason.")

    form = {"body": "My long answer.", "client_ref": uuid4(), "seen": seen, "then": "open"}
    page = as_user(helper).post(f"/support/{ticket.number}/reply/", form)

    html = page.content.decode()
    assert page.status_code == 409
    assert "My long answer." in html
    assert "I found the reason." in html


def test_every_button_of_the_desk_works(ticket, customer, helper):
    desk = as_user(helper)
    do = f"/support/{ticket.number}/do/"
    team = ticket.team_id
    desk.post(do + "claim/")
    assert fresh(ticket).assignee == helper
    desk.post(do + "hold/", {"waiting_for": "on_hold", "reason": "We ask the bank."})
    assert fresh(ticket).state == "on_hold"
    desk.post(do + "resume/")
    desk.post(do + "priority/", {"priority": "high"})
    assert fresh(ticket).priority == "high"
    desk.post(do + "transfer/", {"team": team, "tier": "2", "reason": "Needs a senior."})
    assert (fresh(ticket).tier, fresh(ticket).assignee) == (2, None)
    desk.post(do + "solve/")
    assert fresh(ticket).state == "solved"
    assert desk.post(do + "explode/").status_code == 404


def test_views_are_kept_per_agent_and_can_be_shared(helper, colleague):
    desk = as_user(helper)
    desk.post("/support/views/", {"name": "My payments", "query": "team=payments"})
    desk.post("/support/views/", {"name": "Late ones", "query": "late=1", "shared": "on"})

    theirs = as_user(colleague).get("/support/").content.decode()

    assert "Late ones" in theirs
    assert "My payments" not in theirs
    assert SavedView.objects.get(name="My payments").query == "team=payments"


def test_the_pulse_tells_of_news(ticket, customer, helper):
    desk = as_user(helper)
    before = desk.get(f"/support/{ticket.number}/pulse/").json()["last_event_no"]
    conversation.add_information(ticket=ticket, author=customer, body="More.")

    assert desk.get(f"/support/{ticket.number}/pulse/").json()["last_event_no"] > before


def test_figures_put_speed_and_effect_side_by_side(ticket, customer, helper):
    conversation.reply(ticket=ticket, agent=helper, body="Done.", then="solved")
    conversation.rate(ticket=ticket, score=5, author=customer)
    reopened = submit_ticket(submission(customer)).ticket
    conversation.reply(ticket=reopened, agent=helper, body="Done.", then="solved")
    conversation.add_information(ticket=reopened, author=customer, body="No.")
    note_deflected(visit="x", category=ticket.category, article=None)

    f = figures(since=timezone.now() - timezone.timedelta(days=1), now=timezone.now())

    assert (f.received, f.open_now) == (2, 1)
    assert (f.promise_kept.part, f.promise_kept.whole) == (2, 2)
    assert (f.reopened.part, f.reopened.whole) == (1, 2)
    assert (f.satisfied.part, f.satisfied.whole) == (1, 1)
    assert (f.deflected.part, f.deflected.whole) == (1, 1)
    assert f.by_category[0][1] == 2
    assert as_user(helper).get("/support/figures/").status_code == 200


def test_the_export_has_a_row_per_ticket_and_no_personal_data(ticket, customer, helper):
    answer = as_user(helper).get("/support/figures/tickets.csv")
    text = b"".join(answer.streaming_content).decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["number"] for row in rows] == [ticket.number]
    assert customer.email not in text
    assert customer.display_name not in text
    assert safe_cell("=1+1") == "'=1+1"


def test_an_article_is_written_looked_at_and_published_in_versions(categories, articles, helper):
    desk = as_user(helper)
    article = Article.objects.get(slug="chat-with-a-shop")
    typed = {
        "slug": article.slug,
        "topic": article.topic_id,
        "kind": "article",
        "language": "en",
        "title": "Chat with a shop, now with stickers",
        "summary": "How to.",
        "keywords": "sticker",
        "body": "# Big\n\n<script>alert(1)</script> [x](javascript:alert(1)) **bold**",
    }
    where = f"/support/articles/{article.slug}/en/"

    look = desk.post(where, typed | {"do": "look"}).content.decode()
    assert "<strong>bold</strong>" in look
    assert "<script>alert" not in look
    assert 'href="javascript' not in look
    assert article.texts.filter(language="en").count() == 1
    desk.post(where, typed | {"do": "publish"})

    assert list(article.texts.filter(language="en").values_list("version", "is_current")) == [
        (1, False),
        (2, True),
    ]
    assert "now with stickers" in Client().get(f"/help/a/{article.slug}/").content.decode()


def test_one_of_ten_thousand_tickets_is_found(ticket, customer, helper):
    columns = [field.column for field in Ticket._meta.concrete_fields if field.column != "id"]
    changed = {
        "number": "'X-' || lpad(n::text, 8, '0')",
        "submit_ref": "gen_random_uuid()",
        "subject": "'Parcel ' || n || ' of the blue line'",
        "search": "to_tsvector('simple', 'Parcel ' || n || ' of the blue line')",
    }
    values = ", ".join(changed.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tickets_ticket ({', '.join(columns)}) "
            f"SELECT {values} FROM tickets_ticket, generate_series(1, 10000) AS n WHERE id = %s",
            [ticket.pk],
        )
        cursor.execute("ANALYZE tickets_ticket")
    desk = as_user(helper)
    for words, number in (("parcel 7341", "X-00007341"), (ticket.number, ticket.number)):
        page = desk.get("/support/", {"q": words}, follow=True)
        assert number in page.content.decode()
    nobody = desk.get("/support/", {"q": UserFactory().email}, follow=True)
    assert "X-0000" not in nobody.content.decode()
    assert desk.get("/support/?state=all").status_code == 200

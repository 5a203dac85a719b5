"""The door for a second opinion, against a real server: what is sent, what is believed, what it may cost."""

import json
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone

from compliance.models import Case, Decision, Finding, OpinionDay
from compliance.services import second_opinion
from compliance.services.masking import without_personal_data

pytestmark = pytest.mark.django_db


class Outsider(ThreadingHTTPServer):
    """Answers what it is told to and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self.answer: object = {"categories": {"contact_redirect": 0.9}}
        self.status = 200
        self.delay = 0.0


class Handler(BaseHTTPRequestHandler):
    server: Outsider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.server.headers.append(dict(self.headers))
        time.sleep(self.server.delay)
        answer = self.server.answer
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def outsider(settings):
    server = Outsider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SECOND_OPINION_URL = f"http://127.0.0.1:{server.server_port}/judge"
    settings.SECOND_OPINION_TIMEOUT = 2.0
    yield server
    server.shutdown()
    server.server_close()


def test_nobody_is_asked_unless_an_address_is_set(open_case, settings):
    open_case()

    assert settings.SECOND_OPINION_URL == ""
    assert second_opinion.ask_waiting() == 0
    assert not OpinionDay.objects.exists()


def test_an_opinion_that_agrees_is_written_beside_the_finding_and_decides_nothing(outsider, open_case):
    case = open_case()

    assert second_opinion.ask_waiting() == 1
    assert second_opinion.ask_waiting() == 0

    finding = Finding.objects.get()
    assert (finding.opinion, finding.opinion_score, finding.opinion_by) == ("agrees", 0.9, "classifier")
    assert len(outsider.asked) == 1
    case.refresh_from_db()
    assert case.is_open
    assert not Decision.objects.exists()


def test_an_opinion_that_disagrees_clears_nothing(outsider, open_case):
    case = open_case()
    outsider.answer = {"category": "none", "score": 0.99}

    second_opinion.ask_waiting()

    assert Finding.objects.get().opinion == "disagrees"
    case.refresh_from_db()
    assert case.is_open


def test_a_chat_model_is_asked_in_its_own_form(outsider, open_case, settings):
    settings.SECOND_OPINION_KIND, settings.SECOND_OPINION_MODEL = "chat", "small-judge"
    settings.SECOND_OPINION_KEY = "sesame"
    text = 'Sure! ```json\n{"categories": {"contact_redirect": 0.8, "weather": 1}}\n```'
    outsider.answer = {"choices": [{"message": {"content": text}}]}
    open_case()

    second_opinion.ask_waiting()

    asked = outsider.asked[0]
    assert asked["model"] == "small-judge"
    assert "contact_redirect" in asked["messages"][0]["content"]
    assert outsider.headers[0]["Authorization"] == "Bearer sesame"
    assert (Finding.objects.get().opinion, Finding.objects.get().opinion_by) == ("agrees", "small-judge")


def test_personal_data_stay_in_the_house_unless_configured(outsider, open_case, customer, settings):
    text = "Hi Priya, ring 312-555-0178 or mail a.b@example.org about order 48197-0021, Raman"
    open_case(text=text, people=(customer.pk,))
    second_opinion.ask_waiting()
    settings.SECOND_OPINION_PERSONAL = True
    open_case(text=text, people=(customer.pk,))
    second_opinion.ask_waiting()

    masked, whole = (asked["text"] for asked in outsider.asked)
    for secret in ("Priya", "Raman", "0178", "a.b@", "48197", "0021"):
        assert secret not in masked
    assert "order" in masked
    assert whole == text


def test_cases_of_the_restricted_queue_are_never_sent(outsider, open_case):
    open_case("minor_safety")

    assert second_opinion.ask_waiting() == 0
    assert outsider.asked == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"not json", 200),
        (b"[]", 200),
        (b'{"categories": {"fraud": NaN}}', 200),
        (b'{"categories": {"fraud": "high"}}', 200),
        (b"{" * 100_000, 200),
        ({"categories": {}}, 500),
        ({"categories": {"contact_redirect": 1}}, 302),
    ],
)
def test_an_unusable_answer_is_no_opinion(outsider, open_case, answer, status):
    outsider.answer, outsider.status = answer, status
    open_case()

    assert second_opinion.ask_waiting() == 0

    finding = Finding.objects.get()
    assert (finding.opinion, finding.opinion_at is None) == ("", False)
    assert OpinionDay.objects.get().failures == 1
    assert len(outsider.asked) == 1


def test_a_slow_outsider_is_not_waited_for(outsider, open_case, settings):
    settings.SECOND_OPINION_TIMEOUT = 0.1
    outsider.delay = 0.5
    open_case()

    assert second_opinion.ask_waiting() == 0
    assert "timed out" in OpinionDay.objects.get().last_error


def test_the_door_shuts_after_failures_in_a_row_and_opens_again(outsider, open_case):
    outsider.status = 500
    for _ in range(5):
        open_case()

    second_opinion.ask_waiting()
    assert len(outsider.asked) == second_opinion.FAILURES

    outsider.status = 200
    assert second_opinion.ask_waiting() == 0
    OpinionDay.objects.update(shut_until=timezone.now() - timedelta(seconds=1))
    assert second_opinion.ask_waiting() == 2
    assert OpinionDay.objects.get().failures == 0


def test_the_daily_budget_is_kept(outsider, open_case, settings):
    settings.SECOND_OPINION_DAILY = 2
    for _ in range(4):
        open_case()

    second_opinion.ask_waiting()
    second_opinion.ask_waiting()

    assert len(outsider.asked) == 2
    assert OpinionDay.objects.get().calls == 2


def test_an_outsider_that_is_gone_holds_up_nothing(open_case, settings):
    settings.SECOND_OPINION_URL = "http://127.0.0.1:9/"
    case = open_case()

    assert second_opinion.ask_waiting() == 0
    assert Case.objects.get(pk=case.pk).is_open


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("my address is 12 Oak Street, ring twice", "12 Oak"),
        ("entrega en calle Mayor 14 por favor", "Mayor 14"),
        ("Lieferung an Hauptstraße 5", "Hauptstraße 5"),
        ("Thanks, my name is Ana Ruiz and I wait", "Ana Ruiz"),
        ("Dear Mr. Okafor, it left today", "Okafor"),
        ("find me as @marigold.threads", "marigold"),
        ("parcel 9400 1000 0000 0555 0123", "0555"),
        ("see https://tide.example/x?me=5", "tide.example"),
        ("call two one two, five five five, oh one nine nine", "nine nine"),
    ],
)
def test_personal_data_of_many_forms_are_taken_out(text, gone):
    assert gone not in without_personal_data(text)


def test_prices_and_sizes_stay():
    text = "It is $45 for two, size 38, 20 % off until May"

    assert without_personal_data(text) == text

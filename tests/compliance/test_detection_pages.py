"""The console says how good the check is, and why each finding was made."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.models import Rescan
from compliance.engine.findings import Finding as Found
from compliance.models import Case, Finding
from compliance.selectors import detection
from compliance.services.findings import Subject, record_findings
from compliance.services.review_queue import claim
from compliance.services.screening import Screening, current_ruleset, language_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    def get(user, name, *args, **query):
        client.force_login(user)
        return client.get(reverse(f"console:{name}", args=args), query)

    return get


@pytest.fixture
def judged(open_case):
    """A case with an outcome."""

    def make(policy, status):
        case = open_case(policy)
        Case.objects.filter(pk=case.pk).update(status=status, settled_at=timezone.now())
        return case

    return make


def test_observed_precision_is_what_reviewers_confirmed(page, reviewer, judged):
    for status in ("upheld", "upheld", "dismissed", "overturned", "open"):
        judged("contact_redirect", status)

    rows = detection.observed(since=timezone.now() - timedelta(days=1))

    assert [(row.code, row.found, row.decided, row.upheld) for row in rows] == [("contact_redirect", 5, 4, 2)]
    assert rows[0].precision == 0.5
    assert rows[0].interval[0] < 0.5 < rows[0].interval[1]
    assert "50 %" in page(reviewer, "detection", rulesets="all").text


def test_the_page_can_be_narrowed_to_a_rule_a_language_and_the_ruleset_in_force(page, reviewer, judged):
    judged("contact_redirect", "upheld")
    Finding.objects.update(lang="es")
    since = timezone.now() - timedelta(days=1)

    assert detection.observed(since=since, lang="es")
    assert not detection.observed(since=since, lang="de")
    assert not detection.observed(since=since, ruleset=current_ruleset())
    assert "No findings in this time" in page(reviewer, "detection", policy="fraud", rulesets="all").text


def test_figures_of_the_restricted_queue_are_for_senior_reviewers(judged):
    judged("minor_safety", "upheld")
    since = timezone.now() - timedelta(days=1)

    assert not detection.observed(since=since)
    assert detection.observed(since=since, restricted=True)


def test_measured_figures_come_with_date_files_and_intervals(page, reviewer, tmp_path, monkeypatch):
    row = {"lines": 40, "positives": 20, "flagged": 20, "precision": 0.9, "recall": 0.8, "f1": 0.85}
    row |= {"recall_interval": [0.6, 0.92], "false_alarm_rate": 0.1, "false_alarm_interval": [0.03, 0.3]}
    category = {"lines": 20, "returned": 20, "precision": 0.9, "recall": 0.8, "f1": 0.85}
    category["recall_interval"] = [0.6, 0.92]
    stored = {"date": "2026-03-02", "ruleset": "abc", "files": ["lines.jsonl"], **row}
    stored["by"] = {"category": {"fraud": category}, "lang": {"tl": row}}
    (tmp_path / "evaluation.json").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(detection, "EVALUATION", tmp_path / "evaluation.json")

    text = page(reviewer, "detection").text

    for words in ("lines.jsonl", "2 Mar", "80 %", "60–92 %", "70–97 %", "Tagalog", "may be out of date"):
        assert words in text


def test_without_a_measurement_the_page_says_how_to_make_one(page, reviewer, tmp_path, monkeypatch):
    monkeypatch.setattr(detection, "EVALUATION", tmp_path / "none.json")

    assert "Not measured yet" in page(reviewer, "detection").text


@pytest.mark.parametrize("name", ["detection", "rescans"])
def test_others_than_reviewers_are_turned_away(page, agent, customer, name):
    assert page(agent, name).status_code == 403
    assert page(customer, name).status_code == 403


def test_only_the_lead_and_policy_managers_start_a_rescan(client, reviewer, third_reviewer):
    address = reverse("console:start_rescan")
    client.force_login(reviewer)
    assert client.post(address, {"days": "30"}).status_code == 403

    client.force_login(third_reviewer)
    response = client.post(address, {"days": "30"}, follow=True)

    assert "has seen all messages" in response.text
    assert Rescan.objects.get().requested_by == third_reviewer


@pytest.mark.parametrize("days", ["", "0", "-3", "99999", "¹", "x"])
def test_impossible_days_start_nothing(client, third_reviewer, days):
    client.force_login(third_reviewer)
    client.post(reverse("console:start_rescan"), {"days": days})

    assert not Rescan.objects.exists()


def test_the_newest_rescan_stands_first(page, reviewer):
    for number in (1, 2):
        Rescan.objects.create(
            ruleset=f"r{number}", newest_id=9, cursor=5, total=0, state="done", finished_at=timezone.now()
        )

    text = page(reviewer, "rescans").text

    assert text.index("r2</td>") < text.index("r1</td>")


def test_a_running_rescan_shows_how_far_it_is(page, reviewer):
    job = Rescan.objects.create(
        ruleset="r2", newest_id=9, cursor=5, total=200, done=50, worked_seconds=5, state="running"
    )

    text = page(reviewer, "rescan", job.pk).text

    assert "50 of 200" in text
    assert 'value="25"' in text
    assert "10.0" in text  # messages a second
    assert "25" in page(reviewer, "rescans").text


@pytest.fixture
def explained(shop):
    """A case whose finding carries all that a detector may say."""

    def make(**more):
        found = Found(
            "contact_redirect",
            "links",
            3,
            "mail",
            0.93,
            8,
            24,
            "lena at tide dot",
            "squashed",
            "mail address",
        )
        found = Found(**{**{name: getattr(found, name) for name in found.__slots__}, **more})
        subject = Subject(
            kind="listing",
            id=7,
            shop_id=shop.pk,
            author_id=None,
            author_kind="member",
            text="write to lena at tide dot example please",
            occurred_at=timezone.now(),
        )
        record_findings(subject=subject, screening=Screening((found,), False, (), "r7"))
        return Case.objects.get()

    return make


def test_a_finding_explains_itself_on_the_case(page, reviewer, explained):
    case = explained(model=0.97, agrees=True, explanation="mail address (the model agrees, 97%)")
    claim(case_id=case.pk, reviewer=reviewer)
    Finding.objects.update(opinion="disagrees", opinion_score=0.2, opinion_by="judge-1")

    text = page(reviewer, "case", case.reference).text

    for words in (
        "mail address <q",
        "lena at tide dot",
        "93 % sure",
        "characters 9 to 24",
        "figures and signs read as the letters",
        "The models agree (97 %)",
        "Second opinion (judge-1): disagrees, 20 %",
        "links.mail 3",
        "r7",
    ):
        assert words in text
    assert "the model agrees, 97%" not in text


def test_a_finding_of_two_rulesets_is_explained_once(page, reviewer, explained):
    case = explained()
    row = Finding.objects.get()
    row.pk, row.ruleset, row._state.adding = None, "r8", True
    row.save()

    text = page(reviewer, "case", case.reference).text

    assert text.count("links.mail 3") == 1
    assert "r8" in text


def test_what_only_a_model_thinks_is_no_draft_of_facts(page, reviewer, explained):
    case = explained(
        detector="model", rule="contact_redirect", model=0.8, agrees=False, explanation="The model takes …"
    )
    claim(case_id=case.pk, reviewer=reviewer)

    text = page(reviewer, "case", case.reference).text

    assert "No rule points the same way" in text
    assert "The model takes …: “" not in text


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Is the walnut board still there?", "en"),
        ("Ya salió tu paquete y llega el martes con los demás", "es"),
        ("包裹明天上午发出", "zh"),
        ("明日の午前中に発送します", "ja"),
        ("Посылка уйдёт завтра", "ru"),
        ("555 0147", ""),
    ],
)
def test_the_language_of_a_text_is_guessed_for_the_figures(text, lang):
    assert language_of(text) == lang

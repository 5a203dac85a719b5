from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction

from compliance import signals
from compliance.engine.findings import Finding as Found
from compliance.models import Case, CaseEvent, Finding, Severity
from compliance.services.findings import Subject, record_findings
from compliance.services.screening import Screening, screen_text

pytestmark = pytest.mark.django_db

TEXT = "Call me on 312-555-0178 please"


def found(policy="contact_redirect", start=11, end=23, rule="us", detector="phones", confidence=0.9):
    return Found(policy, detector, 1, rule, confidence, start, end, TEXT[start:end], explanation="why")


def screening(*findings, ruleset="r1", must_withhold=False):
    spans = tuple((f.start, f.end) for f in findings if f.detector == "phones")
    return Screening(tuple(findings), must_withhold, spans, ruleset)


def subject(shop, **more):
    values = {
        "kind": "message",
        "id": 41,
        "shop_id": shop.pk,
        "author_id": 7,
        "author_kind": "member",
        "text": TEXT,
        "occurred_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "conversation_id": 5,
        "context": [{"sender": "customer", "text": "Where is it?", "at": "2026-03-02T09:59:00Z", "seq": 1}],
    }
    return Subject(**{**values, **more})


def test_findings_open_one_case_with_its_evidence(shop):
    record_findings(subject=subject(shop), screening=screening(found()))

    case = Case.objects.get()
    assert case.reference.startswith("C-")
    assert (case.policy_code, case.severity, case.status) == ("contact_redirect", Severity.MEDIUM, "open")
    assert case.evidence["text"] == TEXT
    assert case.evidence["context"][0]["text"] == "Where is it?"
    assert case.evidence["mask_spans"] == [[11, 23]]
    assert case.evidence["findings"][0]["matched"] == "312-555-0178"
    assert Finding.objects.get().case == case
    assert list(case.events.values_list("kind", flat=True)) == ["opened"]


def test_recording_the_same_findings_again_changes_nothing(shop):
    first = record_findings(subject=subject(shop), screening=screening(found()))
    again = record_findings(subject=subject(shop), screening=screening(found()))

    assert [row.pk for row in again] == [row.pk for row in first]
    assert (Finding.objects.count(), Case.objects.count(), CaseEvent.objects.count()) == (1, 1, 1)


def test_no_findings_open_no_case(shop):
    assert record_findings(subject=subject(shop), screening=screening()) == []
    assert not Case.objects.exists()


def test_several_findings_of_one_message_open_one_case_named_after_the_gravest(shop):
    record_findings(
        subject=subject(shop),
        screening=screening(found(), found("fraud", 0, 4, "advance", "phrases", 0.7)),
    )

    case = Case.objects.get()
    assert (case.policy_code, case.severity) == ("fraud", Severity.HIGH)
    assert case.findings.count() == 2


def test_a_later_scan_joins_the_open_case_and_may_raise_it(shop):
    record_findings(subject=subject(shop), screening=screening(found()))
    record_findings(
        subject=subject(shop), screening=screening(found(), found("minor_safety", 0, 4, "g", "model"))
    )

    case = Case.objects.get()
    assert (case.policy_code, case.severity) == ("minor_safety", Severity.CRITICAL)
    assert case.is_restricted
    assert len(case.evidence["findings"]) == 1  # as it was when the case was opened
    assert case.findings.count() == 2


def test_a_new_ruleset_finding_the_same_after_the_decision_opens_nothing_new(shop):
    record_findings(subject=subject(shop), screening=screening(found()))
    Case.objects.update(status="dismissed")
    record_findings(subject=subject(shop), screening=screening(found(), ruleset="r2"))

    assert Case.objects.count() == 1
    assert Finding.objects.filter(case__isnull=True).count() == 0


def test_a_new_suspicion_after_the_decision_opens_a_second_case(shop):
    record_findings(subject=subject(shop), screening=screening(found()))
    Case.objects.update(status="dismissed")
    record_findings(subject=subject(shop), screening=screening(found("fraud", rule="x"), ruleset="r2"))

    assert sorted(Case.objects.values_list("policy_code", "status")) == [
        ("contact_redirect", "dismissed"),
        ("fraud", "open"),
    ]


def test_findings_without_a_case_are_kept(shop):
    record_findings(subject=subject(shop), screening=screening(found()), open_case=False)

    assert Finding.objects.get().case is None


def test_the_database_refuses_to_change_the_evidence(shop):
    record_findings(subject=subject(shop), screening=screening(found()))

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Case.objects.update(evidence={"text": "nothing to see"})
    Case.objects.update(is_escalated=True)  # the rest of the row stays alive


def test_opening_a_case_is_announced_once(shop):
    heard = []

    def hear(**fact):
        heard.append((fact["subject_kind"], fact["subject_id"], fact["shop_id"], fact["source"]))

    signals.case_opened.connect(hear)
    try:
        record_findings(subject=subject(shop), screening=screening(found()))
        record_findings(subject=subject(shop), screening=screening(found()))
    finally:
        signals.case_opened.disconnect(hear)

    assert heard == [("message", 41, shop.pk, "finding")]


def test_the_engines_own_result_goes_through(shop):
    text = "Please call me on +1 312 555 0178"
    result = screen_text(text=text, sender="seller", shop=shop)
    record_findings(subject=subject(shop, text=text), screening=result)

    assert Case.objects.get().policy_code == "contact_redirect"
    assert Finding.objects.get().ruleset == result.ruleset


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_message_make_one_case_and_one_finding(shop):
    def work():
        try:
            record_findings(subject=subject(shop), screening=screening(found()))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (Case.objects.count(), Finding.objects.count(), CaseEvent.objects.count()) == (1, 1, 1)

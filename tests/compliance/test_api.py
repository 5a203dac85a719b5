import pytest
from rest_framework.test import APIClient

from compliance.models import Appeal, Decision
from compliance.services.review_queue import claim
from tests.compliance.conftest import FACTS

pytestmark = pytest.mark.django_db

WORDS = "It is the carrier's public line."
VERDICT = {"outcome": "uphold", "policy": "contact_redirect", "reason": "clear", "facts": FACTS}


def api(user=None):
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def test_a_shop_reads_its_health(shop, agent, uphold):
    decision = uphold()
    answer = api(agent).get(f"/api/v1/shops/{shop.slug}/health").json()

    assert answer["points"] == 3
    assert answer["next"] == {"points": 12, "title": "Campaigns close", "in": 9}
    line = answer["violations"][0]
    assert (line["decision"], line["state"], line["points"]) == (decision.pk, "appealable", 3)
    statement = api(agent).get(f"/api/v1/shops/{shop.slug}/violations/{decision.pk}").json()
    assert statement["facts"] == FACTS


def test_an_owner_lodges_follows_and_withdraws_an_appeal(shop, owner, uphold):
    decision = uphold()
    body = {"decision": decision.pk, "ground": "allowed", "text": WORDS}
    lodged = api(owner).post(f"/api/v1/shops/{shop.slug}/appeals", body, format="json")

    assert (lodged.status_code, lodged.json()["status"]) == (201, "filed")
    again = api(owner).post(f"/api/v1/shops/{shop.slug}/appeals", body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_open")
    address = f"/api/v1/shops/{shop.slug}/appeals/{lodged.json()['reference']}"
    assert api(owner).get(address).json()["timeline"][0]["kind"] == "filed"
    assert api(owner).delete(address).json()["status"] == "withdrawn"


def test_the_answer_names_no_member_of_staff(shop, owner, second_reviewer, uphold):
    uphold()
    text = api(owner).get(f"/api/v1/shops/{shop.slug}/health").content.decode()

    assert "decided_by" not in text
    assert "reviewer" not in text


def test_an_agent_cannot_appeal(shop, agent, uphold):
    body = {"decision": uphold().pk, "ground": "allowed", "text": WORDS}

    assert api(agent).post(f"/api/v1/shops/{shop.slug}/appeals", body, format="json").status_code == 403
    assert not Appeal.objects.exists()


def test_strangers_and_visitors_get_nothing(shop, other_agent, stranger, uphold, open_case):
    decision, case = uphold(), open_case()
    own = [
        f"shops/{shop.slug}/health",
        f"shops/{shop.slug}/violations/{decision.pk}",
        f"shops/{shop.slug}/appeals",
    ]
    for address in own:
        assert api(other_agent).get(f"/api/v1/{address}").status_code == 404
        assert api(stranger).get(f"/api/v1/{address}").status_code == 404
        assert api().get(f"/api/v1/{address}").status_code == 403
    for address in ("cases", f"cases/{case.reference}"):
        assert api(stranger).get(f"/api/v1/{address}").status_code == 403


def test_a_reviewer_works_through_the_queue(shop, owner, reviewer, open_case):
    case = open_case()
    client = api(reviewer)
    assert [row["reference"] for row in client.get("/api/v1/cases").json()["cases"]] == [case.reference]
    refused = client.post(f"/api/v1/cases/{case.reference}/decision", VERDICT, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_claimed")

    assert client.post(f"/api/v1/cases/{case.reference}/claim").json()["claimed_by"] == reviewer.pk
    done = client.post(f"/api/v1/cases/{case.reference}/decision", VERDICT, format="json")

    assert (done.status_code, done.json()["points"]) == (201, 3)
    assert Decision.objects.get().decided_by == reviewer


def test_a_decision_on_a_case_that_has_changed_since_it_was_read_is_refused(reviewer, open_case):
    case = open_case()
    client = api(reviewer)
    seen = client.get(f"/api/v1/cases/{case.reference}").json()["seen"]
    client.post(f"/api/v1/cases/{case.reference}/claim")
    case.findings.update(policy_code="fraud")
    verdict = {"outcome": "dismiss", "reason": "clear", "seen": seen}

    refused = client.post(f"/api/v1/cases/{case.reference}/decision", verdict, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "something_new")


def test_a_plain_reviewer_does_not_see_restricted_cases(reviewer, second_reviewer, open_case):
    case = open_case("minor_safety")

    assert api(reviewer).get("/api/v1/cases").json()["total"] == 0
    assert api(reviewer).get(f"/api/v1/cases/{case.reference}").status_code == 404
    assert api(second_reviewer).get(f"/api/v1/cases/{case.reference}").json()["is_restricted"] is True


def test_the_second_person_confirms(shop, owner, second_reviewer, third_reviewer, open_case):
    case = open_case("malware")
    claim(case_id=case.pk, reviewer=second_reviewer)
    body = VERDICT | {"policy": "malware"}
    first = api(second_reviewer).post(f"/api/v1/cases/{case.reference}/decision", body, format="json")
    assert first.json() == {"decision": None, "points": None, "waits_for_second_person": True}

    claim(case_id=case.pk, reviewer=third_reviewer)
    address = f"/api/v1/cases/{case.reference}/second-opinion"
    second = api(third_reviewer).post(address, {"agree": True}, format="json")
    assert second.json()["points"] == 48


@pytest.mark.parametrize(
    "query,code", [("severity=odd", "unknown_severity"), ("status=odd", "unknown_status")]
)
def test_unknown_filters_are_refused_with_a_code(reviewer, query, code):
    assert api(reviewer).get(f"/api/v1/cases?{query}").json()["code"] == code

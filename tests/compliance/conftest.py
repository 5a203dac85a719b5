"""Cases to decide, without any chat: compliance knows its subjects by kind and id only."""

from datetime import UTC, datetime

import pytest

from accounts.models import StaffRole, User
from accounts.services import grant_staff_role
from compliance import signals
from compliance.engine.findings import Finding as Found
from compliance.models import Case
from compliance.services.decisions import Verdict, decide
from compliance.services.findings import Subject, record_findings
from compliance.services.review_queue import claim
from compliance.services.screening import Screening
from shops.models import Shop
from tests.factories import ShopMemberFactory, UserFactory

TEXT = "Call me on 312-555-0178 please"
FACTS = "You gave a phone number that the order did not need."
SIGNALS = ("content_hidden", "content_restored", "case_settled", "decision_reversed", "restriction_changed")


@pytest.fixture
def third_reviewer(db: None) -> User:
    user = UserFactory(email="third-reviewer@example.com")
    grant_staff_role(user=user, role=StaffRole.TS_LEAD)
    return user


@pytest.fixture
def manager(shop: Shop) -> User:
    return ShopMemberFactory(shop=shop, user__email="manager@example.com", role="manager").user


@pytest.fixture
def open_case(shop: Shop):
    """Opens a case about a new message each time."""
    numbers = iter(range(100, 200))

    def make(policy: str = "contact_redirect", **more) -> Case:
        number = next(numbers)
        span = (11, 23) if policy == "contact_redirect" else (0, 4)
        detector = "phones" if policy == "contact_redirect" else "phrases"
        found = Found(policy, detector, 1, "rule", 0.9, *span, TEXT[slice(*span)], explanation="why")
        subject = {
            "kind": "listing",
            "id": number,
            "shop_id": shop.pk,
            "author_id": None,
            "author_kind": "member",
            "text": TEXT,
            "occurred_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
            "conversation_id": 5,
        } | more
        spans = (span,) if detector == "phones" else ()
        record_findings(subject=Subject(**subject), screening=Screening((found,), False, spans, "r1"))
        return Case.objects.get(subject_id=number)

    return make


@pytest.fixture
def uphold(open_case, reviewer):
    """Claims and upholds a new case; gives its decision."""

    def make(policy: str = "contact_redirect", by: User = reviewer, points: int | None = None, **more):
        case = open_case(policy, **more)
        claim(case_id=case.pk, reviewer=by)
        verdict = Verdict("uphold", "clear", policy_code=policy, points=points, facts=FACTS)
        return decide(case_id=case.pk, reviewer=by, verdict=verdict).decision

    return make


@pytest.fixture
def heard():
    """Every fact that compliance announces, as (name, the values)."""
    facts: list[tuple[str, dict]] = []
    receivers = []
    for name in SIGNALS:

        def hear(name: str = name, **fact):
            facts.append((name, {k: v for k, v in fact.items() if k not in ("signal", "sender")}))

        getattr(signals, name).connect(hear, weak=False)
        receivers.append((name, hear))
    yield facts
    for name, hear in receivers:
        getattr(signals, name).disconnect(hear)

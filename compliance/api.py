"""Compliance's part of ``/api/v1/``: a shop's health and appeals; the review queue for staff's own tools."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.access import SignedInApiRequest
from compliance.access import get_case, get_shop_appeal, get_violation, visible_cases
from compliance.models import Case, Severity
from compliance.selectors.cases import QueueFilter, queue
from compliance.selectors.health import appeals_of, health_of
from compliance.serializers import (
    AnswerInput,
    AppealInput,
    ProposalAnswerInput,
    VerdictInput,
    appeal_json,
    case_json,
    health_json,
)
from compliance.services import appeals, decisions, review_queue
from compliance.services.decisions import Verdict
from compliance.services.policies import current_scheme
from core.errors import Invalid
from shops.access import get_shop
from shops.capabilities import Capability

PAGE = 100


class ShopHealth(APIView):
    """Points, milestones, restrictions and violations of a shop."""

    def get(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.READ_HEALTH)
        return Response(health_json(health_of(shop, current_scheme(), now=timezone.now())))


class Statement(APIView):
    """The statement of reasons of one violation, as it was sent."""

    def get(self, request: SignedInApiRequest, slug: str, decision_id: int) -> Response:
        return Response(get_violation(request.user, slug, decision_id).statement.body)


class Appeals(APIView):
    """GET lists the shop's appeals; POST lodges one."""

    def get(self, request: SignedInApiRequest, slug: str) -> Response:
        shop = get_shop(request.user, slug, Capability.READ_HEALTH)
        return Response({"appeals": [appeal_json(row) for row in appeals_of(shop)]})

    def post(self, request: SignedInApiRequest, slug: str) -> Response:
        asked = _checked(AppealInput, request.data)
        decision = get_violation(request.user, slug, asked["decision"])
        appeal = appeals.lodge(
            decision_id=decision.pk,
            user=request.user,
            ground=asked["ground"],
            text=asked["text"],
            file_ids=[str(key) for key in asked.get("files", [])],
        )
        return Response(appeal_json(appeal), status=201)


class OneAppeal(APIView):
    """GET shows an appeal; POST answers the reviewer's question; DELETE withdraws it."""

    def get(self, request: SignedInApiRequest, slug: str, reference: str) -> Response:
        return Response(appeal_json(get_shop_appeal(request.user, slug, reference)))

    def post(self, request: SignedInApiRequest, slug: str, reference: str) -> Response:
        asked = _checked(AnswerInput, request.data)
        row = get_shop_appeal(request.user, slug, reference)
        files = [str(key) for key in asked.get("files", [])]
        appeal = appeals.answer_question(
            appeal_id=row.pk, user=request.user, text=asked["text"], file_ids=files
        )
        return Response(appeal_json(appeal))

    def delete(self, request: SignedInApiRequest, slug: str, reference: str) -> Response:
        row = get_shop_appeal(request.user, slug, reference)
        return Response(appeal_json(appeals.withdraw(appeal_id=row.pk, user=request.user)))


class Cases(APIView):
    """The queue, gravest and oldest first: ``?severity=high&policy=…&status=open``."""

    def get(self, request: SignedInApiRequest) -> Response:
        query = request.query_params
        wanted = QueueFilter(
            severity=_severity(query.get("severity", "")),
            policy=query.get("policy", ""),
            shop=query.get("shop", ""),
            status=_status(query.get("status", Case.Status.OPEN)),
        )
        rows = queue(visible_cases(request.user), wanted, reviewer_id=request.user.pk)
        return Response({"cases": [case_json(row) for row in rows[:PAGE]], "total": rows.count()})


class OneCase(APIView):
    """A case with its frozen evidence."""

    def get(self, request: SignedInApiRequest, reference: str) -> Response:
        row = get_case(request.user, reference)
        review_queue.note_reading(case=row, reviewer=request.user)
        return Response(case_json(row, whole=True))


class Claim(APIView):
    """POST takes a case for 15 minutes or prolongs one's own claim; DELETE gives it back."""

    def post(self, request: SignedInApiRequest, reference: str) -> Response:
        row = get_case(request.user, reference)
        return Response(case_json(review_queue.claim(case_id=row.pk, reviewer=request.user)))

    def delete(self, request: SignedInApiRequest, reference: str) -> Response:
        row = get_case(request.user, reference)
        return Response(case_json(review_queue.release(case_id=row.pk, reviewer=request.user)))


class Decide(APIView):
    """POST settles a claimed case; ``decision`` is null while a second person must confirm."""

    def post(self, request: SignedInApiRequest, reference: str) -> Response:
        asked = _checked(VerdictInput, request.data)
        row = get_case(request.user, reference)
        verdict = Verdict(
            outcome=asked["outcome"],
            reason=asked["reason"],
            policy_code=asked["policy"],
            points=asked["points"],
            facts=asked["facts"],
        )
        outcome = decisions.decide(case_id=row.pk, reviewer=request.user, verdict=verdict, seen=asked["seen"])
        return Response(_outcome(outcome), status=201)


class AnswerProposal(APIView):
    """POST is the second person's yes or no."""

    def post(self, request: SignedInApiRequest, reference: str) -> Response:
        asked = _checked(ProposalAnswerInput, request.data)
        row = get_case(request.user, reference)
        outcome = decisions.answer_proposal(
            case_id=row.pk,
            reviewer=request.user,
            agree=asked["agree"],
            reason=asked["reason"],
            seen=asked["seen"],
        )
        return Response(_outcome(outcome), status=201)


def _checked(shape: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    asked = shape(data=data)
    asked.is_valid(raise_exception=True)
    checked: dict[str, Any] = asked.validated_data
    return checked


def _severity(name: str) -> int | None:
    if not name:
        return None
    if name.upper() not in Severity.names:
        raise Invalid(_("A severity is low, medium, high or critical."), code="unknown_severity")
    return int(Severity[name.upper()])


def _status(name: str) -> str:
    if name not in Case.Status.values:
        raise Invalid(_("There is no such status."), code="unknown_status")
    return name


def _outcome(outcome: decisions.Outcome) -> dict[str, Any]:
    decision = outcome.decision
    return {
        "decision": decision.pk if decision else None,
        "points": decision.points if decision else None,
        "waits_for_second_person": decision is None and outcome.proposal is not None,
    }

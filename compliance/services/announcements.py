"""Telling people about decisions and appeals: who, with which words, and again when it changes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from compliance.models import Appeal, Case, Decision, Restriction, Statement
from compliance.services.statements import kind_words
from notifications.selectors import users_told
from notifications.services import notify, withdraw
from shops.capabilities import Capability
from shops.selectors import member_ids_with

MAIL_DELAY = timedelta(seconds=10)  # a reviewer may undo within this time
STATEMENT = "statement"
WARNING = "formal_warning"
OVERTURNED = "decision_overturned"
REPORT_ANSWERED = "report_answered"
EFFECTS = ("is_lesson", "points", "points_until", "balance", "addressee", "hidden", "warning", "restrictions")


def key_of(decision: Decision) -> str:
    return f"decision:{decision.pk}"


def send_statement(decision: Decision, statement: Statement) -> None:
    """The statement of reasons to the shop's owners and managers, or to the person who wrote the content."""
    context = _about(decision) | {
        "reference": statement.reference,
        "facts": decision.facts,
        "clause": statement.body["policy"]["clause"],
        "measures": _measures(statement.body),
        "is_automatic": decision.is_automatic,
        "appeal_until": statement.body["redress"]["appeal_until"] or "",
    }
    delay = timedelta(0) if decision.is_automatic else MAIL_DELAY
    notify(
        user_ids=_addressees(decision),
        kind=STATEMENT,
        subject_key=key_of(decision),
        context=context,
        url=page_of(decision),
        mail_delay=delay,
    )
    if decision.effects.get("warning"):
        notify(
            user_ids=_addressees(decision),
            kind=WARNING,
            subject_key=key_of(decision),
            context=context | {"points": decision.effects["after"], "warning": decision.effects["warning"]},
            url=_health_page(decision),
            mail_delay=delay,
        )


def take_back(decision: Decision) -> None:
    """An undone decision: its notices go, and mail that has not left stays."""
    for kind in (STATEMENT, WARNING):
        withdraw(subject_key=key_of(decision), kind=kind)


def tell_overturned(appeal: Appeal, *, lifted: list[Restriction]) -> None:
    """Everybody who was told of the decision, who runs the shop now or who appealed hears that it fell."""
    decision = appeal.decision
    told = users_told(key_of(decision))
    notify(
        user_ids={*told, *_addressees(decision), appeal.lodged_by_id},
        kind=OVERTURNED,
        subject_key=key_of(decision),
        context=_about(decision)
        | {
            "answer": appeal.answer,
            "lifted": [kind_words(row) for row in lifted],
            "reference": appeal.reference,
        },
        url=page_of(decision),
    )


def tell_about_appeal(appeal: Appeal, kind: str, **more: Any) -> None:
    """A step of an appeal, to the shop's owners and managers and to whoever lodged it."""
    decision = appeal.decision
    notify(
        user_ids={*_addressees(decision), appeal.lodged_by_id},
        kind=f"appeal_{kind}",
        subject_key=f"appeal:{appeal.pk}",
        context=_about(decision) | {"reference": appeal.reference, **more},
        url=appeal_page(appeal),
    )


def tell_reporters(case: Case, *, upheld: bool, dedupe: str = "") -> None:
    """Whoever reported the content hears what came of it; nothing about points or measures."""
    reporters = list(case.reports.values_list("reporter_id", flat=True))
    if reporters:
        notify(
            user_ids=reporters,
            kind=REPORT_ANSWERED,
            subject_key=f"case:{case.pk}",
            dedupe=dedupe or f"decision:{case.decision_id}",
            context={"upheld": upheld, "shop": case.shop.name if case.shop else ""},
        )


def page_of(decision: Decision) -> str:
    if decision.shop is None or not decision.is_against_shop:
        return _personal_page(decision)
    return reverse("seller:violation", args=[decision.shop.slug, decision.pk])


def _personal_page(decision: Decision) -> str:
    """Where a person who is no shop reads the statement about a message of theirs."""
    reference = Statement.objects.filter(decision=decision).values_list("reference", flat=True).first()
    return reverse("account:statement", args=[reference]) if reference else ""


def appeal_page(appeal: Appeal) -> str:
    return reverse("seller:appeal", args=[appeal.shop.slug, appeal.reference])


def _health_page(decision: Decision) -> str:
    return reverse("seller:health", args=[decision.shop.slug]) if decision.shop else ""


def _addressees(decision: Decision) -> list[int]:
    if decision.is_against_shop and decision.shop_id is not None:
        return member_ids_with(decision.shop_id, Capability.LODGE_APPEAL)
    return [decision.author_id] if decision.author_id else []


def _measures(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a mail needs to say the effects in its reader's language."""
    content = {"kind": body["content"]["kind"]} if body["content"] else None
    return {name: body[name] for name in EFFECTS} | {"content": content}


def _about(decision: Decision) -> dict[str, Any]:
    version = decision.policy_version
    return {
        "shop": decision.shop.name if decision.shop else "",
        "against_shop": decision.is_against_shop,
        "policy": version.title if version else "",
        "points": decision.points,
        "is_lesson": decision.is_lesson,
        "has_content": decision.case_id is not None,
        "platform_name": settings.PLATFORM_NAME,
    }

"""Announcing SMS with offers to a customer who has agreed to none is spam.

It stands beside the engine because it needs a record of the marketplace: who agreed to what.
"""

import re
from dataclasses import replace

from compliance.engine.findings import Finding
from compliance.engine.pipeline import Result

DETECTOR, RULE, VERSION = "sms", "without_consent", 1
CONFIDENCE = 0.8

_SEND = r"(?:send|text|sms|message)"
_OFFERS = r"(?:offers?|deals?|discounts?|coupons?|promotions?|promos?|sales?|new arrivals|marketing)"
_SMS = r"(?:sms|text messages?|texts)"
_MENTIONS = re.compile(
    rf"\b(?:we|i|our (?:team|shop|store))(?:'ll| will| can| may|'d like to| would like to)?(?: also)? "
    rf"(?:text|sms) (?:you|your)\b.{{0,60}}?\b{_OFFERS}\b"
    rf"|\b{_SEND} you\b.{{0,40}}?\b{_OFFERS}\b.{{0,40}}?\b(?:by|via|per|over|through) {_SMS}\b"
    rf"|\b{_SEND} you\b.{{0,30}}?\b{_SMS}\b.{{0,30}}?\b(?:with|about|for) "
    rf"(?:our |new |the |latest )*{_OFFERS}\b"
    rf"|\b{_OFFERS} (?:by|via|per|over) {_SMS}\b"
    rf"|\b(?:ofertas|descuentos|promociones|cupones)\b.{{0,30}}\bpor (?:sms|mensajes? de texto)\b"
    rf"|短信.{{0,8}}(?:优惠|促销|折扣|活动)|(?:优惠|促销|折扣).{{0,8}}短信",
    re.IGNORECASE | re.DOTALL,
)
_TRIGGER = re.compile(r"sms|text|mensaje|短信", re.IGNORECASE)
# The longest text in which the rule looks, so that its time is bounded.
_READ = 4_000


def speaks_of_sms(text: str) -> bool:
    """Whether it is worth asking for a consent at all."""
    return _TRIGGER.search(text[:_READ]) is not None


def with_sms_rule(result: Result, text: str, *, sender: str, has_consent: bool) -> Result:
    """The result and, for a shop's words to a customer without a standing opt-in, one finding more.

    With an opt-in, what the engine called spam because of the same words is no spam.
    """
    if sender not in ("seller", "auto") or not speaks_of_sms(text):
        return result
    match = _MENTIONS.search(text[:_READ])
    if match is None:
        return result
    start, end = match.span()
    if has_consent:
        kept = tuple(
            found
            for found in result.findings
            if found.policy != "spam" or found.end <= start or found.start >= end
        )
        return replace(result, findings=kept)
    finding = Finding(
        "spam",
        DETECTOR,
        VERSION,
        RULE,
        CONFIDENCE,
        start,
        end,
        match.group(),
        "original",
        "announces SMS with offers, and this customer has not agreed to SMS of this shop",
    )
    return replace(result, findings=(*result.findings, finding))

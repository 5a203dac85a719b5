"""The worst forms, in plain words, are held back by the rules alone; reports of them are not."""

import pytest

from compliance.engine.context import Context
from compliance.engine.pipeline import screen


@pytest.mark.parametrize(
    "text, policy",
    [
        ("I will kill your family, you worthless idiot", "harassment"),
        ("te voy a matar", "harassment"),
        ("ich bringe dich um wenn du nicht zahlst", "harassment"),
        ("you stupid bitch", "harassment"),
        ("send me nude pics, I want to see your tits", "sexual_content"),
        ("This is the security team, your account is suspended, send us your password", "fraud"),
    ],
)
@pytest.mark.parametrize("sender", ["seller", "customer"])
def test_the_plainest_forms_are_held_back_before_delivery(text, policy, sender):
    result = screen(text, Context(sender=sender))
    assert result.must_withhold
    assert policy in [finding.policy for finding in result.findings]


@pytest.mark.parametrize(
    "text",
    [
        "The courier told me: I will kill you. Please help",
        "My wife will kill me if it is late",
        "This heat kills me",
        "The poster says I will kill you, from the film",
        "We will never ask for your password.",
    ],
)
def test_who_reports_or_jests_is_not_held_back(text):
    assert not screen(text, Context(sender="customer")).must_withhold


def test_money_that_frees_a_parcel_is_asked_on_top():
    result = screen("You must pay $12 more for the parcel or it stays here.", Context(sender="seller"))
    assert [finding.policy for finding in result.findings] == ["additional_payments"]


def test_a_price_for_paying_elsewhere_diverts_and_asks_nothing_on_top():
    result = screen("$140 instead of $165 if you pay by Zelle", Context(sender="seller"))
    assert [finding.policy for finding in result.findings] == ["diverting_transactions"]


@pytest.mark.parametrize(
    "text, policy",
    [
        ("Zapłać mi przelewem poza stroną", "diverting_transactions"),
        ("תכתוב לי בוואטסאפ", "contact_redirect"),
    ],
)
def test_polish_and_hebrew_are_read(text, policy):
    assert [finding.policy for finding in screen(text, Context(sender="seller")).findings] == [policy]


def test_figures_glued_to_number_words_are_masked_whole():
    text = "my nmbr is 4one5 five55 01three2"
    spans = screen(text, Context(sender="seller")).mask_spans
    assert any(text[start:end] == "4one5 five55 01three2" for start, end in spans)

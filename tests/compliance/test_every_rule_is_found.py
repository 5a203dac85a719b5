"""Each rule in plain words: the whole engine finds it, names it first and leaves ordinary talk alone."""

import pytest

from compliance.engine.context import Context, Turn
from compliance.engine.pipeline import Result, scan_batch
from compliance.taxonomy import policies_by_code

ADVERT = "New arrivals and a flash sale in our shop, 30% off all lamps this week!"
VIOLATIONS = [
    ("minor_safety", "are you 13? cute. send me a nude pic and keep it our secret from your parents"),
    ("harassment", "You stupid cow, I know where you live and I will come for you."),
    ("harassment", "people of your race should not be allowed to buy here, you filthy animal"),
    (
        "prohibited_products",
        "I can also sell you a gun without any license or papers, and cocaine if you like",
    ),
    ("counterfeit_ip", "We only sell AAA replicas, same logo, nobody sees a difference."),
    ("gambling", "Every buyer spins our casino wheel: bet 5 dollars and win up to 500!"),
    (
        "fraud",
        "Your account is locked. Send me the one-time code from your bank now so that we can unlock it.",
    ),
    ("malware", "download and run this setup.exe, turn off your antivirus first"),
    (
        "data_privacy",
        "I gave the phone number from your order to my cousin, she will call you about insurance",
    ),
    ("sexual_content", "I sell my nudes too, want to see me naked? hot sex videos for you"),
    ("diverting_transactions", "order on our own website instead, 15% off there and no platform fee"),
    ("additional_payments", "Before we ship you have to pay a 12 dollar restocking fee to us on top."),
    ("contact_redirect", "text me on whatsapp +1 212 555 0147"),
    ("soliciting_personal_info", "Please send me your email address, your password and your date of birth."),
    ("cancel_request", "Please cancel the order yourself, choose 'changed my mind' as the reason."),
    ("feedback_tampering", "Leave us five stars and we send you a 10 dollar gift card."),
    ("misleading_offer", "This pan cures cancer and never breaks, guaranteed for 100 years"),
    ("spam", ADVERT),
]


def results(*texts: str, sender: str = "seller") -> list[Result]:
    return scan_batch([(text, Context(sender=sender)) for text in texts])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """Text -> codes of its findings, surest first. Spam is the same advert a third time."""
    told_twice = (Turn("seller", ADVERT), Turn("seller", ADVERT + "!"))
    items = [(text, Context(history=told_twice if code == "spam" else ())) for code, text in VIOLATIONS]
    return {
        text: [finding.policy for finding in sorted(result.findings, key=lambda one: -one.confidence)]
        for (text, _), result in zip(items, scan_batch(items), strict=True)
    }


@pytest.mark.parametrize(("code", "text"), VIOLATIONS)
def test_a_plain_violation_is_found_under_its_rule(code, text, found):
    assert found[text][:1] == [code]


def test_there_is_a_line_for_every_rule_about_words():
    by_evaluation = {"low_response_rate"}  # Judged from the ledger of the week, not from words.

    assert {code for code, _ in VIOLATIONS} == set(policies_by_code()) - by_evaluation


def test_ordinary_talk_beside_each_rule_is_left_alone():
    talk = results(
        "Your parcel left the warehouse this morning and arrives on Friday.",
        "Please pay only through the cart, we never ask for Zelle or Venmo.",
        "The return is free of charge, the label comes with the parcel.",
        "To cancel, open the order and press cancel, as you asked.",
        "A review is welcome, good or bad, whenever you have a minute.",
        "The toy gun is orange and shoots foam darts, for children from 8 years.",
        "Never run a program that somebody sends you in a chat.",
    )

    assert [result.findings for result in talk] == [()] * 7


def test_customers_are_held_to_what_harms_people_and_not_to_the_rules_of_shops():
    threat, wishes = results(
        "you stupid idiot, I will find you and kill you",
        "call me on 212 555 0147, please cancel my order, I want to pay with venmo",
        sender="customer",
    )

    assert [finding.policy for finding in threat.findings] == ["harassment"]
    assert threat.must_withhold
    assert wishes.findings == ()

"""Advertising told by behaviour: to many, to people who never wrote, again, and after "please stop"."""

import pytest

from compliance.engine.context import Context, Outreach, Turn
from compliance.engine.detectors.repeats import RepeatDetector
from compliance.engine.fingerprint import distance, fingerprint
from compliance.engine.pipeline import scan_batch
from compliance.engine.reading import Reading

ADVERT = "New arrivals and a flash sale in our shop, 30% off all lamps this week!"
NOTICE = "Your parcel was sent this morning, the tracking number is on the order page."


def rules(text, *history, **facts):
    outreach = Outreach(**facts) if facts else None
    context = Context("seller", tuple(Turn(*turn) for turn in history), outreach=outreach)
    return [finding.rule for finding in RepeatDetector().find(Reading(text), context)]


@pytest.mark.parametrize(
    "one, other",
    [
        (f"Hi Anna! {ADVERT}", f"Dear Maximilian, {ADVERT} 🔥🔥"),
        (ADVERT, ADVERT.replace("30", "25").upper()),
        (ADVERT, "new arrivals & flash sale in our shop - 30% off all lamps this weekend"),
        (
            "亲，全场清仓大促，买一送一，今天最后一天，快来抢购",
            "王姐，全场清仓大促，买一送一，今天最后一天，快来抢购哦",
        ),
    ],
)
def test_copies_with_another_name_number_or_emoji_are_nearly_the_same(one, other):
    assert distance(fingerprint(one), fingerprint(other)) <= 16


def test_the_customers_name_makes_no_difference():
    one = fingerprint("Our lamps miss you, Anna Maria, come and see them all", name="Anna Maria")
    other = fingerprint("Our lamps miss you, Bartholomew, come and see them all", name="Bartholomew")
    assert one == other


@pytest.mark.parametrize(
    "one, other",
    [
        (ADVERT, NOTICE),
        (ADVERT, "The lamp is made of oak and brass and comes with two spare bulbs, it is 40 cm high."),
        (
            "亲，全场清仓大促，买一送一，今天最后一天，快来抢购",
            "亲，您的包裹已经发出，请注意查收，有问题随时联系我们",
        ),
    ],
)
def test_other_texts_are_far_apart(one, other):
    assert distance(fingerprint(one), fingerprint(other)) > 20


def test_short_texts_have_no_fingerprint():
    assert fingerprint("thank you!") is None
    assert fingerprint("\ud83d" * 30 + " . ! ?") is None


def test_one_advert_to_many_who_had_not_written_explains_itself():
    context = Context(
        "seller", outreach=Outreach(customers=14, not_written=11, minutes=120, has_written=True)
    )
    (result,) = scan_batch([(ADVERT, context)])
    finding = next(finding for finding in result.findings if finding.detector == "repeats")
    assert (finding.policy, finding.rule) == ("spam", "fan_out")
    assert finding.explanation.startswith(
        "Nearly the same advertising was sent to 14 customers in 2 hours, 11 of whom had not written."
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"customers": 4, "not_written": 4, "has_written": True},
        {"customers": 9, "not_written": 2, "has_written": True},
        {"customers": 14, "not_written": 14, "consent": "given"},
    ],
)
def test_few_copies_answers_and_customers_who_agreed_are_no_round_of_advertising(facts):
    assert rules(ADVERT, **facts) == []


def test_the_same_notice_about_an_order_to_many_customers_is_no_advertising():
    assert rules(NOTICE, customers=40, not_written=40) == []
    (result,) = scan_batch([(NOTICE, Context("seller", outreach=Outreach(40, 40, 60)))])
    assert result.findings == ()


@pytest.mark.parametrize(
    "facts, rule",
    [
        ({"has_written": False}, "no_customer_turn"),
        ({"has_written": True, "is_muted": True}, "muted"),
        ({"has_written": True, "consent": "withdrawn"}, "consent_withdrawn"),
    ],
)
def test_advertising_to_who_never_wrote_muted_or_took_back_consent_is_found(facts, rule):
    assert rules(ADVERT, **facts) == [rule]
    assert rules(NOTICE, **facts) == []


def test_the_same_advert_again_in_other_words_is_found_from_the_history():
    history = [
        ("customer", "thanks, the lamp arrived"),
        ("seller", f"Hello Ana! {ADVERT}"),
        ("customer", "i only need my invoice"),
    ]
    assert rules("hello ana, new arrivals and a FLASH SALE: 35% off all lamps this week only!!", *history)
    assert rules("Last chance! Everything must go, buy 2 get 1, today only", *history) == ["adverts"]


STOPPED = [
    ("seller", ADVERT),
    ("customer", "Please stop sending me this."),
    ("platform", "The parcel was delivered."),
    ("customer", "The lamp has a scratch on its foot."),
    ("seller", "Sorry to hear that. A new foot is on its way."),
    ("customer", "Thanks."),
]


def test_advertising_long_after_please_stop_is_found_from_the_history():
    assert rules("Summer sale! 20% off everything, today only", *STOPPED) == ["after_stop"]
    assert rules("The new foot was sent today.", *STOPPED) == []


def test_a_customer_who_asks_again_after_please_stop_gets_an_answer():
    asked = ("customer", "Do you have any promotion on bulbs by now?")
    assert rules("Yes, the bulbs are in the summer sale, 20% off this week only", *STOPPED, asked) == []


def test_a_saved_reply_that_answers_each_time_is_no_repetition():
    reply = "Yes, there is a promotion: 10% off all lamps this week, it comes off in the cart."
    history = [
        ("customer", "any discount on lamps?"),
        ("seller", reply),
        ("customer", "and if I order on friday, is there still a discount?"),
    ]
    assert rules(reply, *history) == []
    neutral = "Please send us your order number so that we can look it up for you."
    history = [("customer", "my lamp is late"), ("seller", neutral), ("customer", "it is about the lamp"),
               ("seller", neutral), ("customer", "which number?")]  # fmt: skip
    assert rules(neutral, *history) == []


def test_again_and_again_without_an_answer_is_found():
    text = "Are you still there? Please have a look at our beautiful lamps."
    assert rules(text, ("seller", text), ("seller", text + "!"))[0] in ("repeated", "adverts")


def test_a_customer_repeating_themselves_breaks_nothing():
    context = Context("customer", (Turn("customer", ADVERT), Turn("customer", ADVERT)))
    assert list(RepeatDetector().find(Reading(ADVERT), context)) == []

"""Money on top of the order, personal data, reviews, cancelling, misleading offers, advertising."""

from compliance.engine.findings import gettext_noop
from compliance.engine.rules.base import Rule

_MONEY = gettext_noop("Asks for money on top of the order.")
_TIP = gettext_noop("Asks for a tip.")
_ASKED = gettext_noop("Asks for personal data that the order does not need.")
_CANCELLED = gettext_noop("Asks the customer to cancel the order.")
_CANCEL_PAID = gettext_noop("Offers something for cancelling the order.")
_STARS = gettext_noop("Asks for a good review.")
_PAID_STARS = gettext_noop("Offers something for a review.")
_OTHER_STARS = gettext_noop("Presses to change or remove a review.")
_FORCED_STARS = gettext_noop("Threatens over a review.")
_CLAIM = gettext_noop("Promises more than a product can keep.")
_CURE = gettext_noop("Promises a cure or an effect on health.")
_ADVERT = gettext_noop("Advertising that nobody asked for.")
_EXTRA = "additional_payments"
_DATA = "soliciting_personal_info"
_CANCEL = "cancel_request"
_REVIEW = "feedback_tampering"
_MISLEAD = "misleading_offer"
_FREE = ("warning", "free_of", "on_platform")

OFFER_RULES: tuple[Rule, ...] = (
    Rule(
        _EXTRA,
        "fee_with_amount",
        ("fee_noun", "money", "extra_word"),
        _MONEY,
        within=70,
        unless_sentence=_FREE,
    ),
    Rule(
        _EXTRA,
        "fee_with_number",
        ("fee_noun", "number", "extra_word"),
        _MONEY,
        within=50,
        unless_sentence=_FREE,
    ),
    Rule(
        _EXTRA,
        "fee_before_shipping",
        ("fee_noun", "extra_word", "before_ship"),
        _MONEY,
        within=90,
        unless_sentence=_FREE,
        unless_clause=(),
    ),
    Rule(
        _EXTRA,
        "amount_before_shipping",
        ("money", "before_ship", "extra_word|pay_verb"),
        _MONEY,
        within=80,
        unless_sentence=_FREE,
        unless_clause=(),
    ),
    Rule(
        _EXTRA,
        "extra_amount",
        ("extra_word", "money"),
        _MONEY,
        within=25,
        unless_sentence=_FREE,
        unless=("price_instead",),
    ),
    Rule(
        _EXTRA,
        "fee_paid_by_app",
        ("fee_noun", "pay_app|money_method|account_word", "money|number"),
        _MONEY,
        within=80,
        unless_sentence=("warning",),
    ),
    Rule(_EXTRA, "fee_paid", ("fee_noun", "pay_verb", "money"), _MONEY, within=60, unless_sentence=_FREE),
    Rule(_EXTRA, "tip", ("tip_word", "money|extra_word|before_ship|pay_verb"), _TIP, within=70),
    Rule(
        _EXTRA,
        "amount_paid_by_app",
        ("money", "pay_app|money_method", "extra_word|before_ship"),
        _MONEY,
        within=80,
        unless=("price_instead",),
    ),
    Rule(
        _EXTRA,
        "amount_or_kept",
        ("money", "kept_back", "pay_verb|extra_word"),
        _MONEY,
        confidence=0.88,
        within=80,
        unless_sentence=("warning",),
    ),
    Rule(
        _DATA,
        "data_asked",
        ("personal_data", "ask_data"),
        _ASKED,
        within=35,
        unless_sentence=("warning", "secret_code"),
    ),
    Rule(_DATA, "data_asked_far", ("personal_data", "ask_data"), _ASKED, within=80, unless=("order_data",)),
    Rule(_DATA, "data_twice", ("personal_data", "ask_data", "personal_data"), _ASKED, within=70),
    Rule(
        _DATA,
        "data_short",
        ("personal_data",),
        _ASKED,
        longest=40,
        unless=("no", "warning", "order_data", "on_platform"),
        confidence=0.6,
    ),
    Rule(
        _CANCEL,
        "cancel_asked",
        ("cancel_verb", "cancel_request_word", "order_noun"),
        _CANCELLED,
        within=50,
        not_after=("cancel_verb",),
    ),
    Rule(
        _CANCEL,
        "cancel_asked_directly",
        ("cancel_verb", "cancel_request_word"),
        _CANCELLED,
        within=25,
        not_after=("cancel_verb",),
    ),
    Rule(
        _CANCEL,
        "cancel_with_reason",
        ("cancel_verb", "cancel_reason"),
        _CANCELLED,
        within=110,
        across=True,
        unless_clause=(),
        not_after=("cancel_verb",),
    ),
    Rule(
        _CANCEL,
        "cancel_for_reason",
        ("cancel_verb", "cancel_reason", "cancel_request_word"),
        _CANCELLED,
        within=110,
        across=True,
        unless_clause=(),
        not_after=("cancel_verb",),
    ),
    Rule(
        _CANCEL,
        "cancel_rewarded",
        ("cancel_verb", "reward"),
        _CANCEL_PAID,
        within=80,
        across=True,
        unless_clause=(),
        not_after=("cancel_verb",),
    ),
    Rule(
        _REVIEW,
        "five_stars_asked",
        ("five_words", "review_ask"),
        _STARS,
        within=50,
        unless=("review_button",),
    ),
    Rule(
        _REVIEW,
        "review_asked",
        ("review_noun", "review_ask"),
        _STARS,
        within=25,
        unless=("review_button", "review_place"),
    ),
    Rule(
        _REVIEW,
        "review_rewarded",
        ("review_noun", "reward"),
        _PAID_STARS,
        within=80,
        across=True,
        unless=("review_button",),
    ),
    Rule(_REVIEW, "five_stars_rewarded", ("five_words", "reward"), _PAID_STARS, within=90, across=True),
    Rule(
        _REVIEW,
        "review_changed",
        ("negative_review|review_noun", "review_change"),
        _OTHER_STARS,
        within=45,
        unless=("review_button",),
    ),
    Rule(
        _REVIEW,
        "review_changed_for",
        ("review_noun|negative_review", "review_change", "reward"),
        _OTHER_STARS,
        within=110,
        across=True,
        unless_clause=(),
    ),
    Rule(
        _REVIEW,
        "review_threat",
        ("negative_review", "threat"),
        _FORCED_STARS,
        within=110,
        across=True,
        unless_clause=(),
    ),
    Rule(
        _REVIEW,
        "five_stars_short",
        ("five_words",),
        _STARS,
        longest=60,
        unless=("review_button", "no", "warning"),
        confidence=0.7,
    ),
    Rule(_MISLEAD, "health_cure", ("health_claim", "false_claim"), _CURE, within=90, across=True),
    Rule(_MISLEAD, "health_twice", ("health_claim", "health_claim"), _CURE, within=60),
    Rule(_MISLEAD, "claims_twice", ("false_claim", "false_claim"), _CLAIM, within=60),
    Rule(_MISLEAD, "claims_three", ("false_claim", "false_claim", "false_claim"), _CLAIM, within=90),
    # "10% off for 2, 15% off for 3" is a list of prices.
    Rule("spam", "promotion_twice", ("promo_word", "promo_word"), _ADVERT, within=60, distinct=True),
    Rule(
        "spam",
        "promotion_three",
        ("promo_word", "promo_word", "promo_word"),
        _ADVERT,
        within=90,
        across=True,
        distinct=True,
    ),
    Rule(
        "spam",
        "promotion_cheaper",
        ("promo_word", "promo_word", "cheaper"),
        _ADVERT,
        within=90,
        across=True,
        distinct=True,
    ),
)

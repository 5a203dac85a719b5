"""Contact outside the chat, sales and payments off the platform."""

from compliance.engine.rules.base import Rule

_CONTACT = "contact_redirect"
_DIVERT = "diverting_transactions"
_AWAY = "Points to a place outside this chat."
_SALE = "Moves the purchase, the payment or the discount off the platform."
_ON = ("on_platform",)

REDIRECT_RULES: tuple[Rule, ...] = (
    Rule(_CONTACT, "messenger_invited", ("messenger", "contact_verb"), _AWAY, within=45, unless_sentence=("warning", "on_platform")),
    Rule(_CONTACT, "messenger_faster", ("messenger", "faster"), _AWAY, within=60, unless_sentence=("warning", "on_platform")),
    Rule(_CONTACT, "messenger_named", ("messenger", "handle_word|group_room"), _AWAY, within=60),
    Rule(_CONTACT, "messenger_elsewhere", ("messenger", "elsewhere"), _AWAY, within=80, unless_clause=(), across=True),
    Rule(_CONTACT, "messenger_short", ("messenger",), _AWAY, longest=45, unless=("warning", "on_platform", "no"), confidence=0.7),
    Rule(_CONTACT, "weak_messenger_named", ("messenger_weak", "handle_word"), _AWAY, within=25),
    Rule(_CONTACT, "weak_messenger_invited", ("messenger_weak", "chat_verb"), _AWAY, within=12),
    Rule(_CONTACT, "weak_messenger_group", ("messenger_weak", "group_room"), _AWAY, within=30),
    Rule(_CONTACT, "weak_messenger_elsewhere", ("messenger_weak", "elsewhere|faster"), _AWAY, within=40, unless_clause=()),
    Rule(_CONTACT, "app_described", ("app_hint", "contact_verb|chat_verb"), _AWAY, within=45),
    Rule(_CONTACT, "app_described_named", ("app_hint", "handle_word|group_room|elsewhere"), _AWAY, within=70, across=True),
    Rule(_CONTACT, "group_elsewhere", ("group_room", "elsewhere"), _AWAY, within=60, unless_clause=(), across=True),
    Rule(_CONTACT, "group_invited", ("group_room", "contact_verb"), _AWAY, within=30),
    Rule(_CONTACT, "code_to_scan", ("qr", "contact_verb|group_room|visit"), _AWAY, within=70),
    Rule(_CONTACT, "code_elsewhere", ("qr", "elsewhere|messenger|site_own|handle_word"), _AWAY, within=90, across=True),
    Rule(_CONTACT, "own_site", ("site_own", "contact_verb|chat_verb"), _AWAY, within=50),
    Rule(_CONTACT, "own_site_elsewhere", ("site_own", "elsewhere|handle_word"), _AWAY, within=60),
    Rule(_CONTACT, "talk_elsewhere", ("elsewhere", "contact_verb"), _AWAY, within=40, unless_clause=()),
    Rule(_CONTACT, "talk_elsewhere_named", ("elsewhere", "handle_word"), _AWAY, within=60, unless_clause=()),
    Rule(_CONTACT, "address_to_visit", ("visit", "street"), _AWAY, within=60),
    Rule(_DIVERT, "pay_app_paid", ("pay_app", "pay_verb"), _SALE, within=40, unless_sentence=("warning", "on_platform", "free_of")),
    Rule(_DIVERT, "pay_app_cheaper", ("pay_app", "cheaper"), _SALE, within=80, unless_sentence=("warning", "on_platform"), unless_clause=()),
    Rule(_DIVERT, "pay_app_off_platform", ("pay_app", "off_platform"), _SALE, within=80, unless_clause=()),
    Rule(_DIVERT, "pay_app_short", ("pay_app",), _SALE, longest=50, unless=("warning", "on_platform", "no"), confidence=0.7),
    Rule(_DIVERT, "money_off_platform", ("money_method", "off_platform"), _SALE, within=80, unless_clause=()),
    Rule(_DIVERT, "money_cheaper", ("money_method", "cheaper"), _SALE, within=70, unless_clause=(), unless_sentence=("warning", "on_platform")),
    Rule(_DIVERT, "money_visit", ("money_method", "visit"), _SALE, within=80),
    Rule(_DIVERT, "off_platform_cheaper", ("off_platform", "cheaper"), _SALE, within=80, unless_clause=(), across=True),
    Rule(_DIVERT, "off_platform_paid", ("off_platform", "pay_verb"), _SALE, within=40, unless_clause=()),
    Rule(_DIVERT, "off_platform_bought", ("off_platform", "buy_verb"), _SALE, within=50, unless_clause=()),
    Rule(_DIVERT, "off_platform_said", ("off_platform", "platform_word"), _SALE, within=40, unless_clause=(), confidence=0.7),
    Rule(_DIVERT, "site_bought", ("site_own", "buy_verb"), _SALE, within=60),
    Rule(_DIVERT, "site_cheaper", ("site_own", "cheaper"), _SALE, within=90, unless_clause=(), across=True),
    Rule(_DIVERT, "site_paid", ("site_own", "pay_verb"), _SALE, within=40),
    Rule(_DIVERT, "market_bought", ("other_market", "buy_verb"), _SALE, within=60),
    Rule(_DIVERT, "market_cheaper", ("other_market", "cheaper"), _SALE, within=90, unless_clause=(), across=True),
    Rule(_DIVERT, "messenger_bought", ("messenger", "buy_verb"), _SALE, within=60),
    Rule(_DIVERT, "messenger_cheaper", ("messenger", "cheaper"), _SALE, within=90, unless_clause=(), across=True),
    Rule(_DIVERT, "messenger_paid", ("messenger", "money_method|pay_app"), _SALE, within=60),
    Rule(_DIVERT, "group_cheaper", ("group_room|messenger_weak|app_hint", "cheaper"), _SALE, within=60, unless_clause=()),
    Rule(_DIVERT, "group_bought", ("group_room", "buy_verb"), _SALE, within=50),
    Rule(_DIVERT, "visit_cheaper", ("visit", "cheaper"), _SALE, within=80, unless_clause=(), across=True),
    Rule(_DIVERT, "code_cheaper", ("qr", "cheaper|buy_verb|pay_verb"), _SALE, within=80),
    Rule(_DIVERT, "elsewhere_cheaper", ("elsewhere", "cheaper"), _SALE, within=60, unless_clause=()),
    Rule(_DIVERT, "cut_avoided", ("platform_word", "cheaper", "money_method|pay_verb|off_platform"), _SALE, within=80, unless_clause=(), unless_sentence=("warning", "on_platform")),
    Rule(_DIVERT, "cancel_and_buy_elsewhere", ("cancel_verb", "site_own|other_market|off_platform|messenger|pay_app|group_room"), _SALE, within=110, across=True, unless_clause=()),
    Rule(_DIVERT, "account_to_pay", ("account_word", "pay_verb"), _SALE, within=40, unless_sentence=("warning", "on_platform", "free_of")),
    Rule(_DIVERT, "account_cheaper", ("account_word", "cheaper"), _SALE, within=80, unless_sentence=("warning", "on_platform"), unless_clause=()),
)

"""Harassment, sexual content, minors, fraud, malware, forbidden goods, other customers' data."""

from compliance.engine.rules.base import CUSTOMER, EVERYONE, Rule

_RUDE = "Insults or demeans somebody."
_THREAT = "Threatens somebody."
_SEXUAL = "Sexual content or an advance."
_MINOR = "A minor and secrecy, gifts or meeting alone: the pattern of grooming."
_FRAUD = "Deceives for gain."
_HARMFUL = "Tries to get software or remote access onto a device."
_FORBIDDEN = "Offers goods that may not be sold."
_FAKE = "Offers a fake, replica or unlicensed copy."
_BETTING = "Invites to gamble."
_PRIVATE = "Discloses or misuses a customer's personal data."

CONDUCT_RULES: tuple[Rule, ...] = (
    Rule("harassment", "insulted_directly", ("severe_insult",), _RUDE, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("harassment", "insulted", ("insult", "you_word"), _RUDE, within=20, senders=EVERYONE, unless_sentence=()),
    Rule("harassment", "insulted_twice", ("insult", "insult"), _RUDE, within=40, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("harassment", "threatened", ("threat",), _THREAT, senders=EVERYONE, unless_sentence=(), confidence=0.7),
    Rule("harassment", "threatened_person", ("threat", "you_word"), _THREAT, within=25, senders=EVERYONE, unless_sentence=()),
    Rule("harassment", "threatened_twice", ("threat", "threat"), _THREAT, within=60, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("harassment", "threatened_and_insulted", ("threat", "insult"), _THREAT, within=80, senders=EVERYONE, unless_clause=(), unless_sentence=(), across=True),
    Rule("sexual_content", "sexual_twice", ("sexual", "sexual"), _SEXUAL, within=60, senders=EVERYONE, unless_clause=()),
    Rule("sexual_content", "sexual_to_person", ("sexual", "you_word"), _SEXUAL, within=20, senders=EVERYONE),
    Rule("sexual_content", "sexual_three", ("sexual", "sexual", "sexual"), _SEXUAL, within=90, senders=EVERYONE, unless_clause=(), across=True),
    Rule("minor_safety", "minor_and_secrecy", ("minor_word", "secrecy"), _MINOR, within=140, across=True, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("minor_safety", "minor_and_secrecy_twice", ("minor_word", "secrecy", "secrecy"), _MINOR, within=160, across=True, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("minor_safety", "minor_and_sexual", ("minor_word", "sexual"), _MINOR, within=60, senders=EVERYONE, confidence=0.7),
    Rule("fraud", "one_time_code_asked", ("secret_code", "give_me"), _FRAUD, within=60, senders=EVERYONE),
    Rule("fraud", "posed_as_platform", ("impersonation", "phish_action"), _FRAUD, within=110, across=True, senders=EVERYONE, unless_clause=()),
    Rule("fraud", "posed_twice", ("impersonation", "impersonation"), _FRAUD, within=110, across=True, senders=EVERYONE, unless_clause=()),
    Rule("fraud", "scheme", ("scam_offer", "scam_offer"), _FRAUD, within=80, across=True, senders=EVERYONE),
    Rule("fraud", "scheme_three", ("scam_offer", "scam_offer", "scam_offer"), _FRAUD, within=110, across=True, senders=EVERYONE, unless_clause=()),
    Rule("fraud", "scheme_with_money", ("scam_offer", "money"), _FRAUD, within=60, senders=EVERYONE),
    Rule("fraud", "scheme_with_fee", ("scam_offer", "fee_noun", "money|number"), _FRAUD, within=90, across=True, senders=EVERYONE),
    Rule("fraud", "account_data_for_refund", ("personal_data", "reward", "phish_action"), _FRAUD, within=90, across=True),
    Rule("malware", "file_to_open", ("malware_file", "install_verb"), _HARMFUL, within=60, senders=EVERYONE, unless_sentence=()),
    Rule("malware", "file_twice", ("malware_file", "malware_file"), _HARMFUL, within=90, across=True, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("malware", "file_twice_to_open", ("malware_file", "malware_file", "install_verb"), _HARMFUL, within=110, across=True, senders=EVERYONE, unless_clause=(), unless_sentence=()),
    Rule("prohibited_products", "drug_offered", ("drug", "illicit_cue"), _FORBIDDEN, within=70, across=True, unless_clause=()),
    Rule("prohibited_products", "drug_twice", ("drug", "drug"), _FORBIDDEN, within=60),
    Rule("prohibited_products", "drug_offered_twice", ("drug", "illicit_cue", "illicit_cue"), _FORBIDDEN, within=110, across=True, unless_clause=()),
    Rule("prohibited_products", "weapon_offered", ("weapon", "illicit_cue"), _FORBIDDEN, within=70, across=True, unless_clause=()),
    Rule("prohibited_products", "weapon_twice", ("weapon", "weapon"), _FORBIDDEN, within=60),
    Rule("prohibited_products", "weapon_offered_twice", ("weapon", "illicit_cue", "illicit_cue"), _FORBIDDEN, within=110, across=True, unless_clause=()),
    Rule("prohibited_products", "wildlife_offered", ("wildlife", "illicit_cue"), _FORBIDDEN, within=80, across=True, unless_clause=()),
    Rule("prohibited_products", "wildlife_offered_twice", ("wildlife", "illicit_cue", "illicit_cue"), _FORBIDDEN, within=110, across=True, unless_clause=()),
    Rule("prohibited_products", "papers_offered", ("document_goods", "illicit_cue"), _FORBIDDEN, within=70, across=True),
    Rule("prohibited_products", "papers_twice", ("document_goods", "document_goods"), _FORBIDDEN, within=60),
    Rule("prohibited_products", "papers_offered_twice", ("document_goods", "illicit_cue", "illicit_cue"), _FORBIDDEN, within=110, across=True),
    Rule("counterfeit_ip", "fake_offered", ("fake_word", "fake_word"), _FAKE, within=80, across=True, unless_clause=()),
    Rule("counterfeit_ip", "fake_three", ("fake_word", "fake_word", "fake_word"), _FAKE, within=110, across=True, unless_clause=()),
    Rule("counterfeit_ip", "fake_short", ("fake_word",), _FAKE, longest=70, confidence=0.6),
    Rule("counterfeit_ip", "fake_priced", ("fake_word", "money"), _FAKE, within=70),
    Rule("counterfeit_ip", "fake_with_cue", ("fake_word", "illicit_cue"), _FAKE, within=60),
    Rule("gambling", "gamble_twice", ("gamble", "gamble"), _BETTING, within=60),
    Rule("gambling", "gamble_three", ("gamble", "gamble", "gamble"), _BETTING, within=100, across=True, unless_clause=()),
    Rule("gambling", "gamble_paid", ("gamble", "money"), _BETTING, within=50),
    Rule("gambling", "gamble_rewarded", ("gamble", "reward"), _BETTING, within=60),
    Rule("gambling", "gamble_short", ("gamble",), _BETTING, longest=45, confidence=0.6),
    Rule("data_privacy", "other_customer_disclosed", ("another_customer", "data_detail"), _PRIVATE, within=60),
    Rule("data_privacy", "other_customer_disclosed_twice", ("another_customer", "data_detail", "data_detail"), _PRIVATE, within=80, across=True),
    Rule("data_privacy", "data_misused", ("misuse_data",), _PRIVATE, confidence=0.7),
    Rule("data_privacy", "data_misused_detail", ("misuse_data", "data_detail|messenger|group_room"), _PRIVATE, within=60),
    Rule("harassment", "customer_extortion", ("negative_review", "threat"), _THREAT, within=90, across=True, senders=CUSTOMER, confidence=0.5),
)

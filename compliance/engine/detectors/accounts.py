"""Finds bank, card and wallet accounts, with their checksums where they have one."""

import hashlib
import re
from collections.abc import Iterator

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.numbers import is_counted, runs
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER
from compliance.engine.traits import CODE, MONEY

_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ \-]?[a-z0-9]){11,30}(?![a-z0-9])")
_ETHEREUM = re.compile(r"(?<!\w)0x[0-9a-f]{40}(?!\w)")
_BECH32 = re.compile(r"(?<!\w)(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{20,80}(?!\w)")
_BASE58 = re.compile(r"(?<![A-Za-z0-9])[13LMT9D][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])")
_CASHTAG = re.compile(r"(?<![\w$])\$\s?([a-z][a-z0-9_-]{2,20})(?![\w$])")
_SORT_CODE = re.compile(r"(?<!\d)\d{2}-\d{2}-\d{2}(?!\d)")
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# Four groups of four figures; nothing but a card is parted by these signs.
_CARD = re.compile(r"(?<![\w.])[2-6]\d{3}([ ._/*~\-])\d{4}\1\d{4}\1\d{4}(?![\w])")
_ODD_IN_CARDS = frozenset("_/*~")
_ACCOUNT_REACH = 45
_WALLET = gettext_noop("A wallet address.")
_BANK = gettext_noop("A bank account (IBAN).")
_PAY_NAME = gettext_noop("A name to send money to.")
_ACCOUNT = gettext_noop("A number of an account or a card.")
# Countries in the SWIFT registry of IBANs; tracking numbers begin with other letters.
_IBAN_COUNTRY_CODES = """
    AD AE AL AT AZ BA BE BG BH BI BR BY CH CR CY CZ DE DJ DK DO EE EG ES FI FK FO FR GB GE GI GL GR GT HR HU
    IE IL IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MN MR MT MU NI NL NO OM PK PL PS PT QA RO RS RU
    SA SC SD SE SI SK SM SO ST SV TL TN TR UA VA VG XK YE
"""
IBAN_COUNTRIES = frozenset(_IBAN_COUNTRY_CODES.split())
_CARD_LENGTHS = range(13, 20)


def is_iban(text: str) -> bool:
    """Whether the letters and digits pass the ISO 13616 check (mod 97)."""
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    if not 15 <= len(plain) <= 34 or plain[:2].upper() not in IBAN_COUNTRIES:
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_card(digits: str) -> bool:
    """Whether the digits have a card's length and first digit and pass the Luhn check."""
    if len(digits) not in _CARD_LENGTHS or digits[0] not in "23456" or len(set(digits)) == 1:
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_base58check(text: str) -> bool:
    """Whether a Bitcoin or Tron address has its right checksum."""
    number = 0
    for char in text:
        number = number * 58 + _ALPHABET.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    data = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(data) != 25:
        return False
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def is_bech32(text: str) -> bool:
    """Whether a segwit address has its right checksum (BIP 173 or BIP 350)."""
    prefix, _, data = text.rpartition("1")
    values = [_BECH32_ALPHABET.find(char) for char in data]
    if not prefix or min(values, default=-1) < 0:
        return False
    check = 1
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix] + values
    for value in expanded:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check in (1, 0x2BC830A3)


class AccountDetector:
    """Accounts to which money could go outside the platform."""

    name = "accounts"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER or not (
            reading.traits.flags & (CODE | MONEY)
            or reading.has("account_word")
            or reading.traits.figures > _CARD_LENGTHS[0]
        ):
            return
        for start, end, rule, confidence, explanation in _places(reading):
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule=rule,
                confidence=confidence,
                start=start,
                end=end,
                explanation=explanation,
            )
        if not reading.traits.flags & CODE:
            return
        # Base 58 is case-sensitive: read in the original text, whose places need no map.
        for match in _BASE58.finditer(reading.text):
            sure = is_base58check(match.group())
            if sure or reading.has("pay_app", "wallet_word"):
                yield Finding(
                    policy="contact_redirect",
                    detector=self.name,
                    version=self.version,
                    rule="wallet",
                    confidence=0.97 if sure else 0.85,
                    start=match.start(),
                    end=match.end(),
                    matched=match.group(),
                    explanation=_WALLET,
                )


def _places(reading: Reading) -> Iterator[tuple[int, int, str, float, str]]:
    text = reading.folded.text
    if reading.traits.flags & CODE:
        for match in _ETHEREUM.finditer(text):
            yield *match.span(), "wallet", 0.97, _WALLET
        for match in _BECH32.finditer(text):
            if is_bech32(match.group()) or reading.has("pay_app", "wallet_word"):
                yield *match.span(), "wallet", 0.97, _WALLET
        for match in _IBAN.finditer(text):
            end = _iban_end(text, match)
            if end:
                yield match.start(), end, "iban", 0.97, _BANK
            elif reading.has("iban_word"):
                yield *match.span(), "iban", 0.85, _BANK
    for match in _CARD.finditer(text) if reading.traits.figures >= _CARD_LENGTHS[0] else ():
        if match[1] in _ODD_IN_CARDS or is_card(re.sub(r"\D", "", match.group())):
            yield *match.span(), "account_number", 0.86, _ACCOUNT
    if "$" in text:
        for match in _CASHTAG.finditer(text):
            yield *match.span(), "cashtag", 0.85, _PAY_NAME
    if reading.has("account_word"):
        yield from _numbered_accounts(reading)


def _iban_end(text: str, match: re.Match[str]) -> int:
    """Where a valid IBAN within the match ends; a following word may have been swallowed."""
    end = match.end()
    while end > match.start() + 14:
        if is_iban(text[match.start() : end]):
            return end
        end -= 1
    return 0


def _numbered_accounts(reading: Reading) -> Iterator[tuple[int, int, str, float, str]]:
    """A number announced as an account or a card to pay to."""
    hits = reading.hits["account_word"]
    for run in runs(reading.folded.text, with_words=reading.traits.number_words > 0):
        if (
            len(run.digits) < 6
            or is_counted(run)
            or not any(
                0 <= run.start - hit.end <= _ACCOUNT_REACH or 0 <= hit.start - run.end <= 15 for hit in hits
            )
        ):
            continue
        if any(0 <= run.start - hit.end <= 20 for hit in reading.hits.get("id_cue", ())):
            continue
        yield run.start, run.end, "account_number", 0.85, _ACCOUNT

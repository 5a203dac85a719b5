"""Amounts of money in chat: signs, codes and words of 18 languages, and every way to write a number.

"$1,299.00", "1.299,00 €", "1 299 руб", "RM 25", "25 ribu", "25k", "二十五元", "2万5千円", "3만원".
Reads folded texts (``text.fold``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from compliance.engine.text import fold_text

# Currency -> how it is written. A sign that several currencies share stands for all of them.
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "COP", "CLP", "ARS", "TWD"})
_PESOS = frozenset({"MXN", "COP", "CLP", "ARS", "PHP"})
_YENS = frozenset({"CNY", "JPY"})
_RUPEES = frozenset({"INR", "PKR", "IDR"})
_WRITTEN: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"USD"}), "us$ usd dlls"),
    (frozenset({"CAD"}), "c$ ca$ cad"),
    (frozenset({"AUD"}), "a$ au$ aud"),
    (frozenset({"SGD"}), "s$ sgd"),
    (frozenset({"HKD"}), "hk$ hkd"),
    (frozenset({"TWD"}), "nt$ twd"),
    (frozenset({"BRL"}), "r$ brl reais real"),
    (frozenset({"MXN"}), "mx$ mxn varos pesitos"),
    (
        _DOLLARS,
        "$ dollar dollars bucks dolares dolar dolars 刀 美元 долларов доллара баксов دولار डॉलर ดอลลาร์ đô",
    ),
    (frozenset({"EUR"}), "€ eur euro euros евро 欧元 ユーロ 유로 يورو"),
    (frozenset({"GBP"}), "£ gbp pound pounds quid"),
    (frozenset({"CHF"}), "chf franken fr."),
    (_YENS, "¥"),
    (frozenset({"CNY"}), "cny rmb yuan 元 块 塊 人民币"),
    (frozenset({"JPY"}), "jpy yen 円 えん"),
    (frozenset({"KRW"}), "₩ krw won 원"),
    (frozenset({"INR"}), "₹ inr रुपये रुपए रु rupees rupee"),
    (_RUPEES, "rs rs."),
    (frozenset({"VND"}), "₫ vnd dong d đ"),
    (frozenset({"THB"}), "฿ thb baht บาท"),
    (frozenset({"PHP"}), "₱ php piso"),
    (_PESOS, "pesos peso"),
    (frozenset({"RUB"}), "₽ rub руб руб. рублей рубля рубль р р."),
    (frozenset({"TRY"}), "₺ try tl lira liraya"),
    (frozenset({"MYR"}), "rm myr ringgit"),
    (frozenset({"IDR"}), "rp rp. idr rupiah"),
    (frozenset({"SAR"}), "sar ريال ريالا"),
    (frozenset({"AED"}), "aed درهم"),
    (frozenset({"EGP"}), "egp جنيه"),
    (frozenset({"PLN"}), "pln zl zł"),
    (frozenset({"SEK", "NOK", "DKK"}), "kr sek nok dkk"),
)
# "25k" says thousands of whatever is meant; "25 ribu" names the currency too.
_SCALES: tuple[tuple[str, int, frozenset[str]], ...] = (
    ("k", 1_000, frozenset()),
    ("ribu", 1_000, frozenset({"IDR"})),
    ("rb", 1_000, frozenset({"IDR"})),
    ("juta", 1_000_000, frozenset({"IDR"})),
    ("jt", 1_000_000, frozenset({"IDR"})),
    ("nghin", 1_000, frozenset({"VND"})),
    ("ngan", 1_000, frozenset({"VND"})),
    ("trieu", 1_000_000, frozenset({"VND"})),
    ("тыс.", 1_000, frozenset()),
    ("тыс", 1_000, frozenset()),
    ("тысяч", 1_000, frozenset()),
    ("mil", 1_000, frozenset()),
    ("bin", 1_000, frozenset({"TRY"})),
    ("พัน", 1_000, frozenset({"THB"})),
    ("الف", 1_000, frozenset()),
    ("हजार", 1_000, frozenset({"INR"})),
    ("만", 10_000, frozenset({"KRW"})),
    ("천", 1_000, frozenset({"KRW"})),
    ("万", 10_000, frozenset()),
    ("千", 1_000, frozenset()),
)
_OF_WORD = {fold_text(word): codes for codes, words in _WRITTEN for word in words.split()}
_OF_SCALE = {fold_text(word): (factor, codes) for word, factor, codes in _SCALES}
# Letters of scripts whose words end: a sign or a script without spaces may go on.
_SPACED = re.compile("[a-z\u0400-\u04ff\u0600-\u06ff\u0900-\u097f]")


def _either(words: "dict[str, frozenset[str]] | dict[str, tuple[int, frozenset[str]]]", *, end: bool) -> str:
    """An alternation, longest first; words of spaced scripts end (or begin) where a word does."""
    parts = []
    for word in sorted(words, key=len, reverse=True):
        edge = word[-1] if end else word[0]
        guard = "" if not _SPACED.match(edge) else r"(?![^\W\d_])" if end else r"(?<![^\W_])"
        parts.append(re.escape(word) + guard if end else guard + re.escape(word))
    return "|".join(parts)


_CHINESE = "零一二三四五六七八九十百千万两"
_NUMBER = r"\d{1,3}(?:[ .,'\u00a0]\d{3}){1,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?P<before>{_either(_OF_WORD, end=False)})[^\S\n]?(?<![\d.,])(?P<first>{_NUMBER})"
    rf"(?:[^\S\n]?(?P<first_scale>{_either(_OF_SCALE, end=True)}))?"
    rf"|(?<![\d.,])(?P<second>{_NUMBER}|[{_CHINESE}]{{1,12}})"
    rf"(?:[^\S\n]?(?P<scale>{_either(_OF_SCALE, end=True)})(?P<rest>\d(?=千))?千?)?"
    rf"(?:[^\S\n]?(?P<after>{_either(_OF_WORD, end=True)}))?"
)
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1_000}
_MOST = 60


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in a folded text; ``currencies``: those that its sign or word may mean.

    ``last_group``: its value if what stands before the last space is no part of it, as in "iPhone 14 799 €".
    """

    start: int
    end: int
    value: Decimal
    currencies: frozenset[str]
    last_group: Decimal | None = None


def amounts(text: str) -> Iterator[Amount]:
    """The sums of money in a folded text, at most 60. A number without a currency is none."""
    found = 0
    for match in _AMOUNT.finditer(text):
        amount = _amount(match)
        if amount is not None:
            found += 1
            yield amount
            if found == _MOST:
                return


def _amount(match: re.Match[str]) -> Amount | None:
    number = match["first"] or match["second"]
    scale = match["first_scale"] or match["scale"]
    factor, implied = _OF_SCALE[scale] if scale else (1, frozenset[str]())
    written = match["before"] or match["after"]
    currencies = _OF_WORD[written] if written else implied
    if not currencies:
        return None
    value = read_number(number)
    if value is None:
        return None
    value = value * factor
    if match["rest"]:
        value += int(match["rest"]) * 1_000
    last = read_number(number.rsplit(" ", 1)[1]) if " " in number else None
    return Amount(match.start(), match.end(), value, currencies, None if last is None else last * factor)


def read_number(text: str) -> Decimal | None:
    """A number in any usual form: the last separator before one or two digits is the decimal one."""
    if text[0] in _CHINESE:
        return _chinese(text)
    digits = re.sub(r"[ '\u00a0]", "", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0 and len(digits) - last - 1 <= 2:
        whole, decimals = re.sub("[.,]", "", digits[:last]), digits[last + 1 :]
        return Decimal(f"{whole}.{decimals}")
    return Decimal(re.sub("[.,]", "", digits))


def _chinese(text: str) -> Decimal | None:
    """Han numerals: 二十五, 一百零五, 三千, 两万五千."""
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign == "万":
            total, section, digit = (section + digit or 1) * 10_000, 0, 0
        else:
            section += (digit or 1) * _TENS[sign]
            digit = 0
    value = total + section + digit
    return Decimal(value) if value else None

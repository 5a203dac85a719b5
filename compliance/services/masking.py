"""Takes personal data out of a text before it leaves the house."""

import re
from collections.abc import Iterable

from compliance.services.screening import screen_text

_MAIL = re.compile(r"[^\s@<>]+\s?@\s?[^\s@<>]+\.[^\s@<>]+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@\w{3,}")
# Four digits or more, however grouped: telephone, order and tracking numbers, cards. Prices stay.
_NUMBER = re.compile(r"(?<![\d$€£¥])\+?\(?\d(?:[\s()./\-–]{0,2}\d){3,}(?:[A-Za-z]{0,3})")
_MIXED = re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,}(?:-?[A-Z0-9]{2,})+\b")  # TA-0087-X
_STREET = re.compile(
    r"\b\d{1,5}[a-z]?,?\s+(?:\w+\.?\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|blvd|court|way)\b\.?"
    r"|\b(?:calle|avenida|av|rua|rue|via|jalan|jl|đường)\.?\s+(?:\w+\s+){1,4}\d{1,5}\b"
    r"|\b\w+(?:straße|strasse|str\.|weg|platz|gasse)\s+\d{1,4}[a-z]?\b"
    r"|[\u4e00-\u9fff]{1,8}(?:路|街|巷|弄|丁目|通り)\d{0,5}(?:号|番地)?",
    re.IGNORECASE,
)
_NAME = r"[^\W\d_][\w'’-]+(?:\s+[A-ZÀ-ÞА-Я][\w'’-]+)?"
_TITLE = r"(?:mr|mrs|ms|miss|dr|sr|sra|herr|frau|mme|monsieur|madame)\b\.?"
_ADDRESSED = re.compile(
    rf"\b(?i:(?:hi|hello|hey|dear|hola|querid[oa]|bonjour|hallo|liebe[r]?|olá|ciao)\b,?(?:\s+{_TITLE})?|{_TITLE})"
    rf"\s+(?=[A-ZÀ-ÞА-Я])({_NAME})"
)
_INTRODUCED = re.compile(
    r"\b(?i:my name is|name's|i am|i'm|this is|me llamo|soy|je suis|je m'appelle|ich bin|ich heiße|"
    r"meu nome é)\s+"
    rf"(?=[A-ZÀ-ÞА-Я])({_NAME})"
)
_SHORTEST_NAME = 2


def without_personal_data(text: str, *, names: Iterable[str] = ()) -> str:
    """The text with contact data, numbers, addresses and names replaced by words in brackets.

    Made of what the detectors find and of patterns; names are those given, those addressed and those that
    introduce themselves. What is written in no such form may stay.
    """
    spans = [(start, end, "[contact]") for start, end in screen_text(text=text, sender="seller").mask_spans]
    for pattern, word in (
        (_MAIL, "[mail]"),
        (_LINK, "[link]"),
        (_HANDLE, "[handle]"),
        (_STREET, "[address]"),
        (_NUMBER, "[number]"),
        (_MIXED, "[number]"),
    ):
        spans += [(*found.span(), word) for found in pattern.finditer(text)]
    for pattern in (_ADDRESSED, _INTRODUCED):
        spans += [(*found.span(1), "[name]") for found in pattern.finditer(text)]
    for part in {part for name in names for part in (name, *name.split())}:
        if len(part) >= _SHORTEST_NAME:
            known = re.compile(
                rf"(?<!\w){re.escape(part)}(?!\w)" if part.isascii() else re.escape(part), re.IGNORECASE
            )
            spans += [(*found.span(), "[name]") for found in known.finditer(text)]
    return _replaced(text, spans)


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts, position = [], 0
    for start, end, word in sorted(spans):
        if start >= position:
            parts += [text[position:start], word]
        position = max(position, end)
    return "".join([*parts, text[position:]])

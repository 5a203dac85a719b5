"""Finds user names: @names, and a name beside a messenger's name."""

import re
from collections.abc import Iterator

from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER

_AT_NAME = re.compile(r"(?<![\w.@])@\s?([a-z_][\w.]{2,29})")
# A token that only a user name looks like: letters joined by signs or digits.
_NAME = re.compile(r"(?<![\w@$.-])(?=[a-z0-9._-]{4,32}(?![\w-]))[a-z][a-z0-9]*(?:[._-]+[a-z0-9]+)+(?![\w-])")
_NAME_WITH_DIGITS = re.compile(r"(?<![\w@$.])(?=[a-z]+\d)[a-z0-9_]{5,30}(?![\w])")
_REACH = 40
_SHORTEST = 4
_ANNOUNCED_REACH = 16


class HandleDetector:
    """User names on other services in a seller's message."""

    name = "handles"
    version = 1

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER:
            return
        text = reading.folded.text
        places: list[tuple[int, int, str, float]] = []
        if "@" in text:
            places += [
                (m.start(), m.end(), "at_name", 0.85) for m in _AT_NAME.finditer(text) if _is_name(m.group(1))
            ]
        if reading.has("messenger", "messenger_weak", "app_hint"):
            for pattern in (_NAME, _NAME_WITH_DIGITS):
                for match in pattern.finditer(text):
                    if len(match.group()) >= _SHORTEST and _is_offered(reading, match):
                        places.append((match.start(), match.end(), "name_on_messenger", 0.9))
        taken: list[tuple[int, int]] = []
        for start, end, rule, confidence in places:
            if any(first < end and start < last for first, last in taken) or _is_refused(reading, start):
                continue
            taken.append((start, end))
            yield make_finding(
                self,
                reading,
                policy="contact_redirect",
                rule=rule,
                confidence=confidence,
                start=start,
                end=end,
                explanation=gettext_noop("A user name on another service."),
            )


def _is_name(name: str) -> bool:
    """Whether what follows the sign is a name and not a unit or an address of a mail server."""
    return not name.replace(".", "").isdigit() and name not in (
        "each",
        "the",
        "home",
        "work",
        "checkout",
        "all",
    )


def _is_offered(reading: Reading, match: re.Match[str]) -> bool:
    """Whether a messenger's name stands near; words joined by hyphens and weak names need "user", "id" or a
    colon."""
    start, end = match.span()
    announced = _distance(reading, ("handle_word",), start, end) <= _ANNOUNCED_REACH
    announced = announced or reading.folded.text[max(0, start - 2) : start].rstrip()[-1:] in (
        ":",
        "：",
        ">",
        "=",
    )
    plain_word = "_" not in match.group() and not any(char.isdigit() for char in match.group())
    if _distance(reading, ("messenger", "app_hint"), start, end) <= _REACH:
        return announced or not (plain_word and "-" in match.group())
    return announced and _distance(reading, ("messenger_weak",), start, end) <= _REACH // 2


def _distance(reading: Reading, concepts: tuple[str, ...], start: int, end: int) -> int:
    """How far before (or, counted double, after) a place the nearest of these concepts stands."""
    best = 1_000
    for concept in concepts:
        for hit in reading.hits.get(concept, ()):
            if hit.end <= start:
                best = min(best, start - hit.end)
            elif hit.start >= end:
                best = min(best, 2 * (hit.start - end))
    return best


def _is_refused(reading: Reading, place: int) -> bool:
    sentence = reading.sentence(place)
    return any(reading.sentence(hit.start) == sentence for hit in reading.hits.get("warning", ()))

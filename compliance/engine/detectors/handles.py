"""Finds user names: @names, and a name beside a messenger's name."""

import re
from collections.abc import Iterator

from compliance.engine.concepts import Hit
from compliance.engine.context import Context
from compliance.engine.detectors.base import make_finding
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.hosts import is_ordinary, name_weight
from compliance.engine.reading import Reading
from compliance.engine.rules.base import SELLER

_AT_NAME = re.compile(r"(?<![\w.@])@\s?([a-z_][\w.]{2,29})")
# "[@]name", "@ . name".
_ODD_AT_NAME = re.compile(r"(?<![\w.@])(?:[\[({<]\s?@\s?[\])}>]\s?|@\s?\.\s?)([a-z_][\w.]{3,29})(?![\w@])")
# A token that only a user name looks like: letters joined by signs or digits.
_NAME = re.compile(r"(?<![\w@$.-])(?=[a-z0-9._-]{4,32}(?![\w-]))[a-z][a-z0-9]*(?:[._-]+[a-z0-9]+)+(?![\w-])")
_NAME_WITH_DIGITS = re.compile(r"(?<![\w@$.])(?=[a-z]+\d)[a-z0-9_]{5,30}(?![\w])")
_UNDERSCORE = (
    r"\s?(?:underscore|under score|guion bajo|sublinhado|underline|tiret bas|unterstrich|alt cizgi"
    r"|alttire|garis bawah|нижнее подчеркивание|下划线|アンダーバー|언더바)\s?"
)
# A name: told apart, with signs or figures, letter by letter, or a bare word that is no ordinary one.
_USER = (
    rf"(?:(?P<said>[a-z0-9]{{2,20}}(?:{_UNDERSCORE}[a-z0-9]{{2,20}}){{1,3}})"
    r"|(?P<apart>[a-z0-9](?:[ .\-_*]{1,3}[a-z0-9_](?![a-z0-9])){4,30})"
    r"|(?P<odd>(?=[a-z0-9_]{0,30}[._0-9][a-z0-9_])[a-z_][a-z0-9_]{1,24}(?:\.[a-z0-9_]{1,24}){0,3})"
    r"|(?P<number>\d{5,12})|(?P<bare>[a-z]{5,30}))(?![\w@$%])"
)
_USER_KINDS = ("said", "apart", "odd", "number", "bare")
_INTRODUCED = (
    r"app|name|nick|nickname|user|username|id|handle|profile|account|acc|acct|tag|ник|логин|аккаунт|акк|юзер|아이디"
    r"|계정|号|账号|id는|usuario|perfil|cuenta|conta|pseudo|compte|konto|profil|akun|nama|adi|hesap"
    r"|tai khoan|ten|nome|arroba"
)
_LINKING = (
    r"is|es|e|ist|est|jest|это|是|는|은|は|as|under|como|als|unter|sous|come|jako|как|my"
    r"|mein|mi|meu|mon|at|the"
)
# What leads from a network to a name behind it, and from a name to a network behind it.
_NAME_AFTER = re.compile(
    rf"(?P<link>(?:[\s\-–—(]{{0,3}}(?:{_INTRODUCED})(?![a-z]))?(?:\s(?:{_LINKING})(?![a-z]))?)"
    rf"(?P<sign>\s?[:=：\-–—>→/|@(\[\"'«~+*]{{1,3}}\s?|\s){_USER}"
)
_NAME_BEFORE = re.compile(
    rf"(?<![\w@$.]){_USER}(?P<sign>\s?[\-–—/(\[:,=|<←~+*]{{1,2}}\s?|\s)"
    r"(?P<link>(?:over |also |live )?(?:on|at|in|auf|bei|en|em|no|sur|su|в|на|di|pe|op|w|via|do|trong|tren)?"
    r"(?:\s?(?:the|my|our|el|la|o|a|le|der|dem))?)\s?[(\[]?$"
)
_LOOK_BACK = 64
# Networks' names that are words or letters too: only a name that could be nothing else counts beside them.
_EVERYDAY = frozenset(
    [
        "line",
        "signal",
        "snap",
        "threads",
        "wa",
        "ws",
        "ig",
        "tele",
        "the",
        "bird",
        "sc",
        "pp",
        "kt",
        "vb",
        "tt",
        "yt",
        "face",
        "whats",
        "messenger",
        "feis",
        "whats",
        "imo",
        "zl",
        "ok",
        "dsc",
        "skp",
        "socials",
        "other",
        "app",
        "微",
        "薇",
        "whatsapp",
    ]
)
_DISTINCT = 2.0
_REACH = 40
_SHORTEST = 4
_ANNOUNCED_REACH = 16


class HandleDetector:
    """User names on other services in a seller's message."""

    name = "handles"
    version = 2

    def find(self, reading: Reading, context: Context) -> Iterator[Finding]:
        if context.sender not in SELLER:
            return
        text = reading.folded.text
        places: list[tuple[int, int, str, float]] = []
        if "@" in text:
            places += [
                (m.start(), m.end(), "at_name", 0.85) for m in _AT_NAME.finditer(text) if _is_name(m.group(1))
            ]
            places += [
                (m.start(), m.end(), "at_name", 0.85)
                for m in _ODD_AT_NAME.finditer(text)
                if name_weight(m.group(1)) >= 1
            ]
        if reading.has("messenger", "messenger_weak", "app_hint"):
            for pattern in (_NAME, _NAME_WITH_DIGITS):
                for match in pattern.finditer(text):
                    if len(match.group()) >= _SHORTEST and _is_offered(reading, match):
                        places.append((match.start(), match.end(), "name_on_messenger", 0.9))
        if "network" in reading.hits:
            places += [
                (*place, "name_on_messenger", 0.9)
                for hit in reading.hits["network"]
                for place in _beside(reading.plain, reading.folded.text, hit)
            ]
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


def _beside(text: str, written: str, hit: Hit) -> Iterator[tuple[int, int]]:
    """Where a user's name stands right behind or before the name of a network."""
    everyday = text[hit.start : hit.end] in _EVERYDAY
    after = _NAME_AFTER.match(text, hit.end)
    if after is not None and _is_user(after, written, text[hit.start : hit.end], everyday):
        yield _span_of_user(after)
        return
    before = _NAME_BEFORE.search(text, max(0, hit.start - _LOOK_BACK), hit.start)
    if before and not before["number"] and _is_user(before, written, "", everyday):
        yield _span_of_user(before)


def _span_of_user(match: re.Match[str]) -> tuple[int, int]:
    return next(match.span(kind) for kind in _USER_KINDS if match[kind])


def _is_user(match: re.Match[str], written: str, network: str, everyday: bool) -> bool:
    """Whether what stands beside a network's name can only be a user's name there."""
    if match["said"] or match["apart"]:
        return True
    signed = bool(match["sign"].strip() or match["link"].strip())
    if match["number"]:
        return network.startswith(("qq", "扣", "企鹅", "icq", "球")) and (signed or not everyday)
    if match["odd"]:
        if not any(char.isalpha() for char in match["odd"]):
            return False
        parts = re.split(r"[._]+", match["odd"])
        plain = all(is_ordinary(part) for part in parts) and "_" not in match["odd"]
        return signed or not everyday if not plain else signed and not everyday
    if not written[slice(*match.span("bare"))].isascii():
        return False
    weight, sign = name_weight(match["bare"]), match["sign"].strip()
    if sign and sign not in (",", "-", "+", "*") and (network or sign in ("/", "(", "=", "|")):
        return weight >= _DISTINCT
    return weight > _DISTINCT and not sign and not everyday


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

"""Names of services with one letter dropped, doubled, swapped or changed ("teelgram", "whatsap",
"rev*lut")."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from compliance.engine.concepts import all_terms

# Names of these concepts are looked for; shorter names are too close to ordinary words.
CONCEPTS = ("messenger", "pay_app")
_SHORTEST = 5
_LONGEST = 14
# Ordinary words one letter away from a name.
_ORDINARY = frozenset(
    {
        *(
            "revolt",
            "discard",
            "discords",
            "vibe",
            "vibes",
            "fiber",
            "fibers",
            "viper",
            "viber's",
            "record",
            "facebooks",
        ),
        *(
            "telegraph",
            "messager",
            "messages",
            "message",
            "messaged",
            "papal",
            "paypals",
            "venom",
            "memo",
            "bitcoins",
        ),
        *(
            "interact",
            "interaction",
            "skyped",
            "hangout",
            "hangovers",
            "litecoins",
            "weight",
            "wechats",
            "signal",
        ),
        *(
            "cryptic",
            "crypt",
            "cello",
            "belle",
            "zebra",
            "zone",
            "chimes",
            "chime",
            "monze",
            "bizarre",
            "momo",
            "oxo",
        ),
        *(
            "wassup",
            "waasup",
            "whatup",
            "bitchin",
            "groupie",
            "linked",
            "lined",
            "payday",
            "chisme",
            "zeller",
        ),
        *(
            "zapped",
            "kick",
            "teller",
            "instagrams",
            "snapshot",
            "ethereal",
            "passenger",
            "square",
            "tables",
            "hotline",
        ),
    }
)
_TOKEN = re.compile(r"(?<![^\W_])[a-z*]{4,14}(?![^\W_])")
_WITH_SIGNS = re.compile(r"(?<![^\W_])[a-z](?:[a-z]|[*#?%^•_.~'-](?=[a-z*#?%^•_.~'-])){3,13}(?![^\W_])")
_SIGNS = re.compile(r"[^a-z]+")
_VOWELS = re.compile(r"[aeiou]")
_SHORTEST_SKELETON = 4
_HIDING = "*#?%^•_.~'-"
# Letters that must be left of a name whose others are hidden by signs.
_FEWEST_SHOWN = 3


@lru_cache(maxsize=1)
def _names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names by spelling, and by spelling without one letter, each with its concept."""
    names: dict[str, str] = {}
    for term in all_terms():
        single = term.text.isascii() and term.text.isalpha() and _SHORTEST <= len(term.text) <= _LONGEST
        if term.concept in CONCEPTS and term.disguised and single:
            names.setdefault(term.text, term.concept)
    shorter: dict[str, str] = {}
    for name, concept in names.items():
        for place in range(1, len(name)):
            shorter.setdefault(name[:place] + name[place + 1 :], concept)
    return names, shorter


@lru_cache(maxsize=65_536)
def misspelled_concept(token: str) -> str:
    """The concept whose name this token misspells by one letter; empty if there is none."""
    names, shorter = _names()
    starred = "*" in token
    if token in _skeletons() and token not in _ORDINARY:
        return _skeletons()[token]
    if token in _SHORT_NAMES:
        return _SHORT_NAMES[token]
    if len(token) < _SHORTEST:
        return ""
    if (joined := _NAME_AFTER.fullmatch(token)) and joined[1] in names:
        return names[joined[1]]
    word = token.replace("*", "")
    if starred and (hidden := _hidden(token)):
        return hidden
    if word in names or word in _ORDINARY:
        return names[word] if starred and word in names else ""
    if (
        len(word) >= _SHORTEST - (1 if starred else 0)
        and word in shorter
        and (starred or len(word) >= _SHORTEST)
    ):
        return shorter[word]
    if len(word) < _SHORTEST:
        return ""
    for place in range(1, len(word)):
        without = word[:place] + word[place + 1 :]
        if without in names and len(without) >= _SHORTEST:
            return names[without]
        if without in shorter and len(word) > _SHORTEST:
            return shorter[without]
    return ""


@lru_cache(maxsize=16_384)
def _hidden(token: str) -> str:
    """The concept of a name some of whose letters are signs: "ve**o", "te#egram", "whats_ap"."""
    names, _ = _names()
    shown = _SIGNS.split(token)
    if sum(map(len, shown)) < _FEWEST_SHOWN or not shown[0] or not shown[-1]:
        return ""
    first, last, size = shown[0], shown[-1], len(token)
    for name, concept in names.items():
        fits = len(name) == size and name.startswith(first) and name.endswith(last)
        if fits and all(sign in (letter, *_HIDING) for sign, letter in zip(token, name, strict=True)):
            return concept
    return ""


@lru_cache(maxsize=1)
def _skeletons() -> Mapping[str, str]:
    """Names without the vowels after their first letter: "tlgrm", "pypl"."""
    found: dict[str, str] = {}
    for name, concept in _names()[0].items():
        bones = name[0] + _VOWELS.sub("", name[1:])
        if len(bones) >= _SHORTEST_SKELETON and bones != name:
            found.setdefault(bones, concept)
    return found


# Short names are one letter away from too many words: only these spellings of them.
_SHORT_NAMES = dict.fromkeys(
    ["vnmo", "vemo", "venm", "vnemo", "vemno", "benmo", "zlle", "zlele", "zelel"], "pay_app"
) | dict.fromkeys(
    ["vber", "vibr", "vbier", "viebr", "vibre", "sype", "skpe", "skyp", "sykpe", "skpye", "skyep", "zlao"],
    "messenger",
)
# What a figure or sign may stand for; several letters where readers take it either way.
_STANDS_FOR = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "ah", "5": "s", "6": "gb", "7": "tl", "8": "b", "9": "gq",
    "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "€": "e",
}  # fmt: skip
_WITH_FIGURES = re.compile(r"(?<![^\W_])(?=[a-z]*[0-9@$!|+€])[a-z0-9@$!|+€]{5,18}(?![^\W_])")
_NAME_AND_FIGURES = re.compile(r"([a-z]{5,14})\d{1,4}")
_NAME_AFTER = re.compile(r"(?:my|our|via)([a-z]{5,14})")
_FILLED = re.compile(r"(?<![^\W_])[a-z]([a-z])(?:[a-z]\1){3,12}[a-z](?![^\W_])")
_PIG_LATIN = re.compile(r"(?<![^\W_])[a-z]{3,12}-?[a-z]{1,3}ay(?![^\W_])")
_FEWEST_LETTERS = 2


@lru_cache(maxsize=16_384)
def _in_figures(token: str) -> str:
    """The concept of a name with figures for letters, each read as it fits, or with figures after it."""
    names, _ = _names()
    if sum("a" <= sign <= "z" for sign in token) < _FEWEST_LETTERS:
        return ""
    if (longer := _NAME_AND_FIGURES.fullmatch(token)) and longer[1] in names:
        return names[longer[1]]
    for name, concept in names.items():
        if len(name) == len(token) and all(
            sign == letter or letter in _STANDS_FOR.get(sign, "")
            for sign, letter in zip(token, name, strict=True)
        ):
            return concept
    return ""


def _played_with(text: str) -> Iterator[tuple[str, int, int]]:
    """Names in figures, with the same letter after each of theirs, or in Pig Latin."""
    names, _ = _names()
    for match in _WITH_FIGURES.finditer(text) if not text.isalpha() else ():
        if concept := _in_figures(match.group()):
            yield concept, match.start(), match.end()
    for match in _FILLED.finditer(text):
        if concept := names.get(match.group()[::2], ""):
            yield concept, match.start(), match.end()
    if "ay" in text:
        for match in _PIG_LATIN.finditer(text):
            word = match.group().replace("-", "")[:-2]
            turned = (word[-size:] + word[:-size] for size in (1, 2, 3))
            if concept := next((names[name] for name in turned if name in names), ""):
                yield concept, match.start(), match.end()


def misspelled(text: str) -> Iterator[tuple[str, int, int]]:
    """(concept, start, end) of every misspelled name."""
    yield from _played_with(text)
    for match in _TOKEN.finditer(text):
        if concept := misspelled_concept(match.group()):
            yield concept, match.start(), match.end()
    for match in _WITH_SIGNS.finditer(text) if not text.isalpha() else ():
        if _SIGNS.search(match.group()) and (concept := _hidden(match.group())):
            yield concept, match.start(), match.end()

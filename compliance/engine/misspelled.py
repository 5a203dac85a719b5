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
    if len(token) < _SHORTEST:
        return ""
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


def misspelled(text: str) -> Iterator[tuple[str, int, int]]:
    """(concept, start, end) of every misspelled name."""
    for match in _TOKEN.finditer(text):
        if concept := misspelled_concept(match.group()):
            yield concept, match.start(), match.end()
    for match in _WITH_SIGNS.finditer(text):
        if _SIGNS.search(match.group()) and (concept := _hidden(match.group())):
            yield concept, match.start(), match.end()

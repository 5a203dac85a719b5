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
_TOKEN = re.compile(r"(?<![^\W_])[a-z*]{5,14}(?![^\W_])")


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
    word = token.replace("*", "")
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


def misspelled(text: str) -> Iterator[tuple[str, int, int]]:
    """(concept, start, end) of every misspelled name."""
    for match in _TOKEN.finditer(text):
        if concept := misspelled_concept(match.group()):
            yield concept, match.start(), match.end()

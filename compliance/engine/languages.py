"""Which languages of the Latin alphabet a text may be written in: enough to keep "los" from meaning
"ticket"."""

import re
from collections.abc import Mapping
from functools import lru_cache

from compliance.engine.text import DATA

_MAX_WORDS = 120


@lru_cache(maxsize=1)
def _languages_by_word() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in (DATA / "function_words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, words = line.split(":", 1)
            for word in words.split():
                table[word] = (*table.get(word, ()), lang)
    return table


def likely_languages(text: str) -> frozenset[str]:
    """Languages whose function words occur at least half as often as the likeliest's; empty if none do.

    ``text`` is folded, with spaces for signs.
    """
    table = _languages_by_word()
    counts: dict[str, int] = {}
    for word in table.keys() & set(text.split(None, _MAX_WORDS)):
        for lang in table[word]:
            counts[lang] = counts.get(lang, 0) + 1
    if not counts:
        return frozenset()
    most = max(counts.values())
    return frozenset(lang for lang, count in counts.items() if 2 * count >= most)


_SIGNS = re.compile(r"[\W_]")
_NOT_ENGLISH = re.compile(r"[^\x00-\u024f\u0300-\u036f\u2000-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff]")


def is_english(folded: str) -> bool:
    """Whether a folded text is likely English: Latin letters, and no language's function words before its."""
    if _NOT_ENGLISH.search(folded):
        return False
    spoken = likely_languages(_SIGNS.sub(" ", folded))
    return not spoken or "en" in spoken

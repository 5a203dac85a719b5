"""Which languages of the Latin alphabet a text may be written in: enough to keep "los" from meaning
"ticket"."""

import re
from collections.abc import Mapping
from functools import lru_cache

from compliance.engine.text import DATA

_MAX_WORDS = 120


# The words of a language that stand in a text are counted in eight bits of one number, all languages at once.
_BITS = 8


@lru_cache(maxsize=1)
def _languages_by_word() -> tuple[Mapping[str, int], tuple[str, ...]]:
    """For each function word a one in the place of each of its languages, and the languages in that order."""
    table: dict[str, int] = {}
    langs: list[str] = []
    for line in (DATA / "function_words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, words = line.split(":", 1)
            if lang not in langs:
                langs.append(lang)
            for word in words.split():
                table[word] = table.get(word, 0) + (1 << _BITS * langs.index(lang))
    return table, tuple(langs)


@lru_cache(maxsize=256)
def likely_languages(text: str) -> frozenset[str]:
    """Languages whose function words occur at least half as often as the likeliest's; empty if none do.

    ``text`` is folded, with spaces for signs.
    """
    table, _ = _languages_by_word()
    words = table.keys() & set(text.split(None, _MAX_WORDS))
    return _likeliest(sum(map(table.__getitem__, words)))


@lru_cache(maxsize=16_384)
def _likeliest(counts: int) -> frozenset[str]:
    if not counts:
        return frozenset()
    langs = _languages_by_word()[1]
    by_lang = {lang: counts >> _BITS * place & (1 << _BITS) - 1 for place, lang in enumerate(langs)}
    most = max(by_lang.values())
    return frozenset(lang for lang, count in by_lang.items() if count and 2 * count >= most)


_SIGNS = re.compile(r"[\W_]")
_ASCII_SIGNS = bytes(code if chr(code).isalnum() else 32 for code in range(128)) + bytes(range(128, 256))
_NOT_ENGLISH = re.compile(r"[^\x00-\u024f\u0300-\u036f\u2000-\u2bff\ufe00-\ufe0f\U0001f000-\U0001faff]")


def spaced(folded: str) -> str:
    """A folded text with a space for every sign, and one at each end."""
    if folded.isascii():
        return f" {folded.encode().translate(_ASCII_SIGNS).decode()} "
    return f" {_SIGNS.sub(' ', folded)} "


def is_english(folded: str) -> bool:
    """Whether a folded text is likely English: Latin letters, and no language's function words before its."""
    if not folded.isascii() and _NOT_ENGLISH.search(folded):
        return False
    spoken = likely_languages(spaced(folded))
    return not spoken or "en" in spoken

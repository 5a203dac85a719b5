"""What the words of a text look like, one by one: decides which of the costly steps can find anything at all.

Chat uses the same few thousand words again and again, so each word is looked at once and remembered. A trait
only ever says "there may be something here": the step that it lets through decides.
"""

import re
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from compliance.engine.concepts import all_terms, lexicon
from compliance.engine.hosts import may_hold_host
from compliance.engine.misspelled import misspelled
from compliance.engine.near import may_hide
from compliance.engine.numbers import count_numerals
from compliance.engine.text import collapse

DIGIT = 1  # a figure
MIXED = 2  # a letter beside a sign or figure, or a letter three times: "wh4ts", "v.e.n.m.o", "veeenmo"
ALONE = 4  # one letter or figure, signs aside
PAIR = 8  # two such words in a row, or inside one word: "w h", "w-h"
MISSPELLED = 16  # nearly the name of a service
NAME = 32  # the name of a service, read through figures, signs and repeats, also backwards
HEAD = 64  # ends like the beginning of such a name, and TAIL begins like the end of one: "tele gram"
TAIL = 128
DOT = 256  # a dot, comma or slash that may join the parts of a host
MONEY = 512
CODE = 1024  # letters and figures as in an account's number, or a very long word
ENDING = 2048  # the end of a host's name, a mail provider, "www", or one of them backwards
LONG = 4096  # sixteen letters and figures without a gap
HOST = 8192  # may be a part of a host in disguise: a word for its dot, an ending behind a sign
NEAR = 16384  # nearly a telling word, or one in a key
EVERYTHING = 32767

_MIXED = re.compile(r"[^\W\d_][0-9@$!|+€£¢§*._~/\\-][^\W_]|[0-9@$|€£¢§*][^\W\d_]|([^\W_])\1\1")
_PAIR = re.compile(r"(?<![^\W_])[^\W_][\W_]{1,3}[^\W_](?![^\W_])")
_DOT = re.compile(r"[^\W_][.,][^\W_]|[.,](?:com|net|org|example|invalid|test|shop|store)|//|^[.,]|@")
_HOST_END = re.compile(
    r"(?:^|[^a-z]|dot|d0t|punto|ponto|punkt)(?:com|net|org|example|invalid)(?![^\W_])|www"
    r"|gmail|hotmail|outlook|icloud|yahoo|(?:moc|ten|gro|pohs|erots)\.|-dot-|_dot_|dot(?:co|uk)"
)
_ENDING = re.compile(
    r"^[.,(\[]*(?:com|net|org|example|invalid|test|shop|store|ly|me|id|ee|gd|gl|be|gg|dotcom)(?![^\W_])"
)
_CODE = re.compile(r"[a-z]{2}\d{2}|[a-z0-9]{20}|0x")
_LONG = re.compile(r"[a-z0-9+/]{16}")
_MONEY_SIGNS = re.compile(r"[$€£¥₩₹₫฿₱₽₺]")
_ALNUM = re.compile(r"[^\W_]")
_DIGITS = re.compile(r"\d")
_PARTS = re.compile(r"[^\W_]+")
_TRIPLED = re.compile(r"(.)\1\1")
# What a full stop after it makes a host's name backwards.
_ENDS_BACKWARDS = ("moc", "ten", "gro", "pohs", "erots")
# In every misspelled name.
_LATIN = re.compile(r"[a-z*][a-z*#?%^•_.~'-]{3}")
_LONGEST_KEPT = 40
_LONG_CODE, _LONG_RUN = 20, 16
_MOST_KEPT = 60_000
_SHORTEST_NAME = 5
_SERVICES = frozenset({"messenger", "pay_app"})
# In one number: traits in the lower bits, then how many figures, then how many number words.
_FLAG_BITS, _COUNT_BITS = 15, 13
_FLAGS, _COUNT = (1 << _FLAG_BITS) - 1, (1 << _COUNT_BITS) - 1


class Traits(NamedTuple):
    """Of a whole text: the traits of its words together, and how many figures and number words it has."""

    flags: int
    figures: int
    number_words: int


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """The names of services as a squashed text has them, backwards too."""
    names = {
        collapse(term.text)
        for term in all_terms()
        if term.concept in _SERVICES and term.disguised and term.text.isascii()
    }
    names = {name for name in names if len(name) >= _SHORTEST_NAME}
    return frozenset(names | {name[::-1] for name in names})


@lru_cache(maxsize=1)
def _halves() -> tuple[frozenset[str], frozenset[str]]:
    """What such a name may begin and end with."""
    heads = {name[:end] for name in _names() for end in range(1, len(name))}
    tails = {name[start:] for name in _names() for start in range(1, len(name))}
    return frozenset(heads), frozenset(tails)


def _look_at(word: str) -> int:
    """The traits and counts of one word in one number."""
    if word.isalpha():
        return _look_at_letters(word)
    flags = 0
    if figures := len(_DIGITS.findall(word)):
        flags |= DIGIT
    if _MIXED.search(word):
        flags |= MIXED
    if _PAIR.search(word):
        flags |= PAIR
    if len(_ALNUM.findall(word)) == 1:
        flags |= ALONE
    if next(misspelled(word), None):
        flags |= MISSPELLED
    flags |= _names_in(word)
    if _DOT.search(word) or _ENDING.search(word):
        flags |= DOT
    if _HOST_END.search(word):
        flags |= ENDING
    if may_hold_host(word):
        flags |= HOST
    if _MONEY_SIGNS.search(word):
        flags |= MONEY
    if _CODE.search(word):
        flags |= CODE
    if len(word) >= _LONG_RUN and _LONG.search(word):
        flags |= LONG
    if may_hide(word):
        flags |= NEAR
    counts = figures | count_numerals(word) << _COUNT_BITS
    return flags | counts << _FLAG_BITS


def _look_at_letters(word: str) -> int:
    """The same for a word of ASCII letters alone, which has no sign and no figure."""
    size = len(word)
    flags = _names_in(word)
    if size == 1:
        flags |= ALONE
    if _TRIPLED.search(word):
        flags |= MIXED
    if next(misspelled(word), None):
        flags |= MISSPELLED
    if _ENDING.match(word):
        flags |= DOT
    if _HOST_END.search(word):
        flags |= ENDING
    if may_hold_host(word):
        flags |= HOST
    if size >= _LONG_RUN:
        flags |= LONG | CODE if size >= _LONG_CODE else LONG
    if may_hide(word):
        flags |= NEAR
    return flags | count_numerals(word) << _COUNT_BITS + _FLAG_BITS


def _names_in(word: str) -> int:
    flags = 0
    squashed = collapse(word)
    for concepts, start, end in lexicon().find_squashed(squashed):
        if end - start >= _SHORTEST_NAME and not _SERVICES.isdisjoint(concepts):
            flags |= NAME
    parts = [squashed] if word.isalpha() else list(map(collapse, _PARTS.findall(word)))
    if parts:
        heads, tails = _halves()
        if parts[-1] in heads:
            flags |= HEAD
        if parts[0] in tails:
            flags |= TAIL
    return flags


_new_traits = tuple.__new__  # half the price of Traits(…)
_known: dict[str, int] = {}


def traits_of(text: str) -> Traits:
    """Of a folded text in the Latin alphabet."""
    words = text.split()
    try:
        seen = list(map(_known.__getitem__, words))
    except KeyError:
        seen = list(map(_noticed, words))
    together = reduce(or_, seen, 0)
    flags = together & _FLAGS
    is_row = flags & ALONE and sum(map(ALONE.__and__, seen)) > ALONE
    if is_row or flags & (HEAD | TAIL) == HEAD | TAIL:
        flags |= _in_a_row(words, seen)
    if together <= _FLAGS:
        return _new_traits(Traits, (flags, 0, 0))
    counts = sum([look >> _FLAG_BITS for look in seen])
    return _new_traits(Traits, (flags, counts & _COUNT, counts >> _COUNT_BITS))


def may_be_figure(word: str) -> bool:
    """Whether a folded word may hold a piece of a number: a figure, a number word, a lone letter like one."""
    look = _noticed(word)
    if look & (DIGIT | PAIR) or look >> _FLAG_BITS:
        return True
    return bool(look & ALONE) and not _LONE_FIGURES.isdisjoint(word)


# Letters that stand for a figure when they stand alone, Roman ones too.
_LONE_FIGURES = frozenset("oilv")
_TWO_SENTENCES = re.compile(r"[a-z']+[.!?][a-z']+")


def may_be_host(word: str, *, between_sentences: bool = False) -> bool:
    """Whether a folded word may be a part of a host. ``between_sentences``: two words joined there may only
    have the end of a sentence between them, where the second is no ending of a host."""
    look = _noticed(word)
    if look & (ENDING | HOST | PAIR):
        return True
    return bool(look & DOT) and not (between_sentences and _TWO_SENTENCES.fullmatch(word))


def _noticed(word: str) -> int:
    if word in _known:
        return _known[word]
    core = word[:-1]
    if word[-1] in ",." and core.isalpha() and not core.endswith(_ENDS_BACKWARDS):
        look = _noticed(core)  # Nothing that is looked for ends with these signs.
    else:
        look = _look_at(word)
    if len(word) <= _LONGEST_KEPT:
        if len(_known) >= _MOST_KEPT:
            _known.clear()
        _known[word] = look
    return look


def _in_a_row(words: list[str], seen: list[int]) -> int:
    """The traits that neighbours have together: single letters, the pieces of a name."""
    flags = before = before_that = 0
    for place, look in enumerate(seen):
        if look & before & ALONE:
            flags |= PAIR
        if look & TAIL and (before | before_that) & HEAD and _is_split(words, place):
            flags |= NAME
        before_that, before = before, look
    return flags


def foreign_traits(text: str) -> Traits:
    """Of a folded text with other signs or letters than ASCII: all that can't be ruled out at once."""
    words = text.split()
    longest = max(map(len, words), default=0)
    figures = len(_DIGITS.findall(text))
    flags = EVERYTHING if figures else EVERYTHING & ~DIGIT
    if not _MONEY_SIGNS.search(text):
        flags &= ~MONEY
    if not (figures or longest >= _LONG_CODE) or not _CODE.search(text):
        flags &= ~CODE
    if not _LATIN.search(text) or (longest <= _LONGEST_KEPT and not any(map(_is_misspelled, words))):
        flags &= ~MISSPELLED
    if not any(map(may_hide, words)):
        flags &= ~NEAR
    return Traits(flags, figures, EVERYTHING)


@lru_cache(maxsize=_MOST_KEPT)
def _is_misspelled(word: str) -> bool:
    return next(misspelled(word), None) is not None


def _is_split(words: list[str], place: int) -> bool:
    """Whether a word and the one or two before it are the pieces of a name."""
    before = words[place - 1]
    if _join(before, "", words[place]):
        return True
    return place > 1 and _join(words[place - 2], before, words[place])


@lru_cache(maxsize=20_000)
def _join(first: str, middle: str, last: str) -> bool:
    if len(first) + len(middle) + len(last) > _LONGEST_KEPT:
        return False
    heads, tails = _PARTS.findall(first), _PARTS.findall(last)
    return bool(heads and tails) and collapse(heads[-1] + middle + tails[0]) in _names()

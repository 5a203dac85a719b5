"""Telling words that are nearly spelt as usual, or written by a simple key, read as what they are.

Every word and phrase of ``data/veiled_words.txt`` is indexed by what people make of it: one letter less,
more, exchanged or swapped, letters in the middle in disorder, other vowels or none, the same sound, a sign in
place of letters, and all letters moved by a key (backwards, along the alphabet or the keyboard). A word of a
message is looked up only if it is no ordinary word in any language that is known here.

What comes out is a correction. A mere slip of the pen (``is_slip``) hides nothing by itself: rules and models
read the corrected text and judge what it says. Anything else nobody writes without a purpose.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from compliance.engine.hosts import ordinary_words
from compliance.engine.keys import by_key
from compliance.engine.plays import moved, played
from compliance.engine.text import DATA, LEET, fold, lookalike
from compliance.engine.veiled import terms
from compliance.engine.wordbook import may_be_piece

RESEMBLING = DATA / "resembling_words.txt"
_TOKEN = re.compile(r"\S+")
_EDGES = re.compile(r"^[^\w@$€#*_!?&%'’]+|[^\w@$#*€]+$")
_PIECES = re.compile(r"[^\W\d_]+")
_VOWELS = "aeiouyаеиоуыэюя"
_NO_VOWELS = str.maketrans("", "", _VOWELS)
_ONE_VOWEL = str.maketrans(dict.fromkeys(_VOWELS, "a"))
_LETTERS = re.compile(r"[a-zа-я]+")
_WITH_SIGNS = re.compile(r"[a-zа-я*#?%&@._$!~^•0-9'’-]+")
_WILD = re.compile(r"[*#?%&@._$!~^•-]|\d")
_SHORTEST, _SHORTEST_PART = 5, 4
_SHORTEST_LOOSE, _SHORTEST_BONES = 6, 4
_LONGEST = 24
_FEWEST_BONES = 3
# Letters that nobody's finger slips to between others.
_STUFFING = frozenset("xqzhj")
# What people glue to a name: "mypaypalaccount", "idiotface", "use_whatsapp_4u".
_GLUE = frozenset((DATA / "glued_words.txt").read_text(encoding="utf-8").split())


# Decency masks these words; nobody is called by them.
_SWORN = frozenset(
    [
        "shit",
        "bullshit",
        "fuck",
        "fucking",
        "fucker",
        "crap",
        "merde",
        "putain",
        "scheisse",
        "mierda",
        "joder",
    ]
)
# Usual short forms of harmless words.
_SHORT_FORMS = frozenset(["txt", "msg", "pls", "num", "adr", "tel"])


class Correction(NamedTuple):
    """A place of a text, the telling word that it stands for, and whether it is a mere slip of the pen."""

    start: int
    end: int
    word: str
    is_slip: bool


class _Index:
    """The words of all terms, and where a misspelling leads to each of them."""

    def __init__(self) -> None:
        texts = dict.fromkeys(
            term.text for term in terms() if re.fullmatch(r"[a-zа-я]+(?:[ '-][a-zа-я]+)*", term.text)
        )
        self.english = frozenset(term.text for term in terms() if term.lang in ("en", "ru"))
        self.single = dict.fromkeys(text for text in texts if len(text) >= _SHORTEST_PART and text.isalpha())
        self.phrases: dict[str, list[tuple[str, ...]]] = {}
        self.glued: dict[str, str] = {}
        parts: dict[str, None] = {}
        for text in texts:
            words = tuple(re.split(r"[ '-]", text))
            if len(words) > 1:
                self.phrases.setdefault(words[0], []).append(words)
                parts.update((word, None) for word in words if len(word) >= _SHORTEST_PART)
                glued = "".join(words)
                if len(glued) >= _SHORTEST_GLUED and glued not in ordinary_words():
                    self.glued[glued] = text
        self.words = dict.fromkeys([*self.single, *parts])
        self.plain = frozenset(self.words) | {word for text in texts for word in re.split(r"[ '-]", text)}
        self.shorter: dict[str, list[str]] = {}
        self.bones: dict[str, list[str]] = {}
        self.vowels: dict[str, list[str]] = {}
        self.sounds: dict[str, list[str]] = {}
        self.mixed: dict[str, list[str]] = {}
        self.by_size: dict[int, list[str]] = {}
        for word in self.words:
            self._add(word)

    def _add(self, word: str) -> None:
        self.by_size.setdefault(len(word), []).append(word)
        for place in range(len(word)):
            self.shorter.setdefault(word[:place] + word[place + 1 :], []).append(word)
        bones = word[0] + word[1:].translate(_NO_VOWELS)
        if len(bones) >= _FEWEST_BONES and bones != word:
            self.bones.setdefault(bones, []).append(word)
        if len(word) >= _SHORTEST:
            self.vowels.setdefault(word.translate(_ONE_VOWEL), []).append(word)
            self.mixed.setdefault(_mixed(word), []).append(word)
        sound = sound_of(word)
        if len(sound.translate(_NO_VOWELS)) >= _FEWEST_BONES:
            self.sounds.setdefault(sound, []).append(word)


_SHORTEST_GLUED = 9


@lru_cache(maxsize=1)
def _index() -> _Index:
    return _Index()


def _mixed(word: str) -> str:
    return f"{word[0]}{''.join(sorted(word[1:-1]))}{word[-1]}"


_SOUNDS = (
    ("tsch", "c"), ("sch", "s"), ("tch", "c"), ("ough", "o"), ("augh", "o"), ("eigh", "a"), ("igh", "i"),
    ("ph", "f"), ("gh", "g"), ("ck", "k"), ("qu", "kv"), ("wh", "v"), ("wr", "r"), ("kn", "n"),
    ("th", "t"), ("sh", "s"), ("ch", "c"), ("dg", "j"), ("x", "ks"), ("ce", "se"), ("ci", "si"), ("cy", "si"),
    ("c", "k"), ("q", "k"), ("z", "s"), ("w", "v"), ("ee", "i"), ("ea", "i"), ("ey", "i"), ("ei", "i"),
    ("ie", "i"), ("oo", "u"), ("ou", "u"), ("ai", "e"), ("ay", "e"), ("au", "o"), ("y", "i"),
)  # fmt: skip
_DOUBLE = re.compile(r"(.)\1+")


@lru_cache(maxsize=16_384)
def sound_of(word: str) -> str:
    """How a word sounds, roughly: letters for one sound alike, nothing twice."""
    for letters, sound in _SOUNDS:
        if letters in word:
            word = word.replace(letters, sound)
    return _DOUBLE.sub(r"\1", word[0] + word[1:].replace("h", "")).removesuffix("e")


def _is_ordinary(word: str) -> bool:
    words = ordinary_words()
    return word in words or (word[-1:] == "s" and word[:-1] in words) or word in _resembling()


@lru_cache(maxsize=1)
def _resembling() -> frozenset[str]:
    """Ordinary words, forms and names of many languages that lie beside a telling word."""
    return frozenset(RESEMBLING.read_text(encoding="utf-8").split())


@lru_cache(maxsize=65_536)
def likely(token: str) -> Mapping[str, bool]:
    """The words that a token may stand for, each with whether that would be a mere slip of the pen."""
    index = _index()
    if not _SHORTEST_PART - 1 <= len(token) <= _LONGEST or token in index.plain:
        return {}
    if _LETTERS.fullmatch(token):
        if _is_ordinary(token):
            return {}
        return dict(_spelt_nearly(token, index))
    if token.startswith(("'", "’")) and _LETTERS.fullmatch(token[1:]):
        found = index.shorter.get(token[1:], ())
        return {word: False for word in found if word[1:] == token[1:] and len(word) >= _SHORTEST_PART}
    if _WITH_SIGNS.fullmatch(token):
        return {word: slip for word, slip in _shown_in_part(token, index) if word not in _SWORN}
    return {}


def _spelt_nearly(token: str, index: _Index) -> Iterator[tuple[str, bool]]:
    seen: set[str] = set()
    for word, is_slip in _every_way(token, index):
        if word not in seen and word.removesuffix("s") != token.removesuffix("s"):
            seen.add(word)
            yield word, is_slip


def _every_way(token: str, index: _Index) -> Iterator[tuple[str, bool]]:
    size = len(token)
    for word in index.mixed.get(_mixed(token), ()):
        if size >= _SHORTEST_LOOSE:
            yield word, sum(one != other for one, other in zip(token, word, strict=True)) == 2
    if token == token[0] + token[1:].translate(_NO_VOWELS):
        for word in index.bones.get(token, ()) if token not in _SHORT_FORMS else ():
            yield word, False
    for word in index.vowels.get(token.translate(_ONE_VOWEL), ()):
        if word[0] == token[0] and len(word.translate(_NO_VOWELS)) >= _FEWEST_BONES:
            yield word, is_one_off(token, word) or size <= _SHORTEST_LOOSE
    sound = sound_of(token)
    for word in index.sounds.get(sound, ()):
        if abs(len(word) - size) <= 2 and (size >= _SHORTEST or len(word) >= _SHORTEST):
            yield word, is_one_off(token, word) or size <= _SHORTEST_LOOSE
    if size >= _SHORTEST_PART:
        yield from _one_off(token, index)


def _one_off(token: str, index: _Index) -> Iterator[tuple[str, bool]]:
    """One letter dropped, added, or another."""
    size = len(token)
    for word in index.shorter.get(token, ()):
        if word[0] == token[0] or size > _SHORTEST_LOOSE:
            yield word, True
    for place in range(size):
        rest = token[:place] + token[place + 1 :]
        if rest in index.words and (place or size > _SHORTEST_LOOSE):
            stuffed = token[place] in _STUFFING and 0 < place < size - 1
            yield rest, not stuffed
        for word in index.shorter.get(rest, ()):
            if len(word) == size > _SHORTEST and place and word[place + 1 :] == token[place + 1 :]:
                yield word, True


def is_one_off(token: str, word: str) -> bool:
    """Whether two words differ by one letter at most: another, one more or one less."""
    shorter, longer = sorted((token, word), key=len)
    if len(shorter) == len(longer):
        return sum(one != other for one, other in zip(token, word, strict=True)) <= 1
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


def _shown_in_part(token: str, index: _Index) -> Iterator[tuple[str, bool]]:
    """Words some of whose letters are signs or figures: "ph*n*", "_nst_gr_m", "e-m8il", "a***e"."""
    letters = sum("a" <= sign <= "z" or "а" <= sign <= "я" for sign in token)
    figures = sum(sign.isdigit() for sign in token)
    if letters < 2 or (figures and letters < 3):
        return
    for word in index.by_size.get(len(token), ()):
        if all(sign == letter or _WILD.match(sign) for sign, letter in zip(token, word, strict=True)):
            if word not in index.english and len(word) <= _SHORTEST:
                continue
            hidden = sum(sign != letter for sign, letter in zip(token, word, strict=True))
            if hidden and _is_shown_enough(token, word, letters, figures):
                yield word, False
    read = "".join(LEET.get(sign, sign) for sign in token)
    if read != token and _LETTERS.fullmatch(read) and letters >= _FEWEST_BONES and not _is_ordinary(read):
        if read in index.words and read.isalpha():
            yield read, False
        for word, _ in _spelt_nearly(read, index):
            if len(word) > _SHORTEST:
                yield word, False


def _is_shown_enough(token: str, word: str, letters: int, figures: int) -> bool:
    if figures:
        return (
            figures == 1
            and len(word) >= _SHORTEST
            and all(
                sign == letter or (letter in _VOWELS or LEET.get(sign) == letter)
                for sign, letter in zip(token, word, strict=True)
            )
        )
    vowels = all(sign == letter or letter in _VOWELS for sign, letter in zip(token, word, strict=True))
    if vowels:
        return letters >= 3 or (letters >= 2 and len(word) <= _SHORTEST)
    if "." in token and (letters < _FEWEST_BONES or token.count(".") < _FEWEST_BONES):
        return False
    edges = token[0] == word[0] and token[-1] == word[-1] and len(set(token) - set(word)) == 1
    return (edges and len(word) >= _SHORTEST_PART) or letters * 2 >= len(word) + 1


@lru_cache(maxsize=65_536)
def _glued(token: str) -> tuple[str, str, str] | None:
    """What stands before, the telling word and what stands after it, where all are glued together."""
    index = _index()
    bare = token.lstrip("#@")
    if not _SHORTEST < len(bare) <= 40:
        return None
    if bare in index.glued:
        return "", index.glued[bare], ""
    if bare in index.words or _is_ordinary(bare):
        return None
    for first in range(len(bare)):
        for last in range(len(bare), first + _SHORTEST - 1, -1):
            word = bare[first:last]
            if word in index.single or word in index.glued:
                before, after = bare[:first].strip("_.-0"), bare[last:].strip("_.-0")
                if _is_glue(before) and _is_glue(after) and (before or after or bare != word):
                    return before, index.glued.get(word, word), after
    return None


def _is_glue(piece: str) -> bool:
    if not piece or piece in _GLUE:
        return True
    return any(piece[:place] in _GLUE and piece[place:] in _GLUE for place in range(1, len(piece)))


@lru_cache(maxsize=65_536)
def may_hide(word: str) -> bool:
    """Whether a word of a text, with the signs around it, may be a part of something hidden."""
    if len(word) < 3:
        return False
    token = _EDGES.sub("", word)
    if not token or len(token) > 40:
        return False
    if likely(token) or _glued(token) or (by_key().is_part(token) and not _is_ordinary(token)):
        return True
    return bool(played(token) or moved(token)) or any(map(may_be_piece, _PIECES.findall(token)))


def corrections(text: str) -> Iterator[Correction]:
    """Every place of a folded text that stands for a telling word, from left to right, none in another."""
    tokens = [
        (match.start() + _before(match.group()), _EDGES.sub("", match.group()))
        for match in _TOKEN.finditer(text)
    ]
    at = 0
    while at < len(tokens):
        found = _longest(tokens, at) if tokens[at][1] else None
        if found is None:
            at += 1
            continue
        count, word, is_slip = found
        start, (last, token) = tokens[at][0], tokens[at + count - 1]
        yield Correction(start, last + len(token), word, is_slip)
        at += count


def _before(piece: str) -> int:
    match = _EDGES.match(piece)
    return match.end() if match else 0


def _longest(tokens: list[tuple[int, str]], at: int) -> tuple[int, str, bool] | None:
    """How many tokens from here stand for a telling word, which, and whether that is a mere slip."""
    index = _index()
    first = tokens[at][1]
    key = by_key()
    for count in range(min(4, len(tokens) - at), 0, -1):
        if key.is_part(first) and not _is_ordinary(first):
            joined = " ".join(token for _, token in tokens[at : at + count])
            if word := key.read(joined):
                return count, word, False
    here = _meant(first)
    best: tuple[int, str, bool] | None = None
    for word in here:
        for phrase in index.phrases.get(word, ()):
            matched = _phrase(tokens, at, phrase)
            if matched is not None and (best is None or len(phrase) > best[0]):
                best = len(phrase), " ".join(phrase), matched
    if best is not None:
        return best
    for word, is_slip in here.items():
        if word in index.single and word != first and _is_long_enough(word, first, is_slip=is_slip):
            return 1, word, is_slip
    if (word := played(first)) and not _is_ordinary(first):
        return 1, word, False
    if glued := _glued(first):
        return 1, " ".join(filter(None, glued)), True
    return None


def _is_long_enough(word: str, token: str, *, is_slip: bool) -> bool:
    if not token.isalpha():
        return True
    if token == token[0] + token[1:].translate(_NO_VOWELS):
        return len(token) >= _SHORTEST_BONES
    return min(len(word), len(token) + 1) >= (
        _SHORTEST_LOOSE if word in _index().english else _SHORTEST_LOOSE + 1
    )


def _meant(token: str) -> Mapping[str, bool]:
    """The words that a token is or may stand for."""
    if token in _index().plain:
        return {token: True}
    return likely(token)


def _phrase(tokens: list[tuple[int, str]], at: int, phrase: tuple[str, ...]) -> bool | None:
    """Whether the tokens from here stand for a phrase only by a slip; ``None`` if they don't or are it."""
    if at + len(phrase) > len(tokens):
        return None
    slips = []
    for (_, token), word in zip(tokens[at:], phrase, strict=False):
        if token == word:
            continue
        meant = _meant(token)
        if word not in meant:
            return None
        slips.append(meant[word])
    return all(slips) if slips else None


@lru_cache(maxsize=64)
def corrected(text: str) -> tuple[Correction, ...]:
    """The same for a text as it was written."""
    view = fold(text)
    read = lookalike(view) or view
    found = []
    for one in corrections(read.text):
        start, end = view.span(one.start, one.end)
        found.append(one._replace(start=start, end=end))
    return tuple(found)

"""One text, read once: its views, the concepts in it and its sentences, shared by all detectors."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache

from compliance.engine.concepts import MAX_HITS, Hit, Hits, lexicon
from compliance.engine.context import Context
from compliance.engine.hosts import ordinary_words
from compliance.engine.misspelled import misspelled
from compliance.engine.numbers import count_numerals
from compliance.engine.text import (
    LEET,
    LEET_ONE,
    Rewrite,
    View,
    despace,
    fold,
    lookalike,
    squash,
    turned,
    without_repeats,
)
from compliance.engine.traits import (
    ALONE,
    DIGIT,
    MISSPELLED,
    MIXED,
    NAME,
    PAIR,
    Traits,
    foreign_traits,
    traits_of,
)
from compliance.engine.veiled import Veil, is_worth_a_look, veiled

_new_hit = tuple.__new__  # as in ``concepts.py``
_BETWEEN = re.compile(r"[\W_]+")
_APART = re.compile(r"[^\W_](?:[\W_]{1,3}[^\W_])+")
_APART_AFTER = re.compile(r"[\W_]{1,3}[^\W_](?![^\W_])")
_APART_BEFORE = re.compile(r"(?:^|[\W_])[^\W_][\W_]{1,3}$")
# Each branch begins with its letter, so that all others are skipped fast.
_ROMAN = re.compile(r"(?:i(?<![^\W_]i)(?:i{0,2}|v|x)|v(?<![^\W_]v)i{0,3})(?![^\W_])")
_FEWEST_ROMAN = 4
# Signs that stand for other letters in the second reading.
_AMBIGUOUS = re.compile(r"[1!|]")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？؟\n…]+|\s[-–—]\s")
# A sign that may end a sentence.
_ENDS = re.compile(r"[.!?。！？؟\n…–—-]")
_CLAUSE_END = re.compile(
    r"[.!?;](?=\s)|,(?=\s)|[。！？؟،，、；\n…:：]+|\s-+\s"
    r"|\b(?:but|however|instead|pero|mas|mais|aber|sondern|ma|tapi|tetapi|pero|kaso|nhung|но|а|لكن|بس|लेकिन|ama|แต่)\b"
    r"|但是|不过|但|다만|하지만|でも|ただ|が、"
)
_NUMBER = re.compile(r"(?<!\d)\d{1,12}(?:[.,]\d{1,12}){0,3}(?!\d)")
_UNITS = (
    r"\$|€|£|¥|₩|₹|₫|฿|₱|₽|₺|usd|dollars?|bucks?|dlls|euros?|eur|pounds?|quid|pesos?|pesitos|mxn|varos|varitos|reais"
    r"|r\$|rb|ribu|rm|baht|บาท|元|块|塊|刀|円|えん|원|만원|천원|만 원|k|ngan"
    r"|nghin|dong|d|руб\w*|р|рублей|ريال|درهم|دينار|جنيه|रुपये|रु|tl|lira|yuan|chf|franken|fr|zl|rs|aed|sar|php|gbp|aud|cad|usdt|cents?|won|yen|shillings?"
)
_SIGN_BEFORE = re.compile(
    r"(?:[$€£¥₩₹₫฿₱₽₺]|(?<![^\W_])(?:usd|rs\.?|rm|rp\.?|php|r\$|s\$|a\$|c\$|hk\$|us\$|aud|cad|eur|gbp|mxn|chf))\s?$"
)
_LONGEST_SIGN = 6
_UNIT_AFTER = re.compile(rf"\s?(?:{_UNITS})(?![a-z])")
# The last sign of what ``_SIGN_BEFORE`` finds, and the first of each unit.
_ENDS_SIGN = frozenset("$€£¥₩₹₫฿₱₽₺dsmprnf.")
_BEGINS_UNIT = frozenset(unit.removeprefix("\\")[0] for unit in _UNITS.split("|"))
# Names of services are also looked for across plain spaces ("tele gram").
_NAMES = frozenset({"messenger", "pay_app"})
_EVERYDAY_PAIRS = frozenset(
    {"we chat", "face book", "snap chat", "via ber", "dis cord", "pay pals", "bit coin"}
)
# "fee is" is no name of a service.
_SHORTEST_SPLIT = 6
_DISGUISED = MIXED | PAIR | NAME
_CASED = re.compile(r"[A-Z](?<=[a-z].)")
_MAY_BE_VEILED = MIXED | PAIR | NAME
_TRIPLED = re.compile(r"(.)\1\1")
# A sign or figure inside a word, letters standing alone, a letter three times.
_DISGUISE = re.compile(
    r"[^\W\d_][0-9@$!|+€£¢§*._~/\\-][^\W_]|[0-9@$|€£¢§*][^\W\d_]"
    r"|(?<![^\W_])[^\W\d_][^\w\n]{1,3}[^\W\d_](?![^\W_])|([^\W_])\1\1"
)
# Longer texts are read piece by piece by the pipeline, so that no list in here grows without bound.
MAX_LENGTH = 4_096


def _ascii_pairs(table: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(sign, letter) for sign, letter in table.items() if sign.isascii() and letter]


class Reading:
    """The views of one text and where the concepts of the lexicon occur in it (places in the folded view)."""

    __slots__ = (
        "_clause_ends",
        "_number_words",
        "_sentence_ends",
        "decoded",
        "despaced",
        "folded",
        "hits",
        "lookalike",
        "read_as",
        "text",
        "traits",
        "turned",
    )

    def __init__(self, text: str, *, seam: int | None = None) -> None:
        """``seam``: only what lies over this place of the text is looked for among hidden words."""
        self.text = text
        self.folded: View = fold(text)
        self.lookalike: View | None = None
        self.hits: Hits = {}
        self.despaced: View | None = None
        self.decoded: View | None = None
        self.read_as: dict[tuple[str, int, int], str] = {}
        self._sentence_ends: list[int] | None = None
        self._clause_ends: list[int] | None = None
        self._number_words: int | None = None
        words = lexicon()
        words.find(self.folded.text, self.hits)
        is_ascii = self.folded.text.isascii()
        if not is_ascii:
            self.lookalike = lookalike(self.folded)
            if self.lookalike is not None:
                words.find(self.lookalike.text, self.hits, "lookalike")
        # Words of other scripts are not looked at one by one: nearly anything may be in them.
        self.traits: Traits = traits_of(self.folded.text) if is_ascii else foreign_traits(self.folded.text)
        flags = self.traits.flags
        if flags & DIGIT:
            self._find_amounts()
        if flags & MISSPELLED:
            for concept, start, end in misspelled(self.folded.text):
                self.hits.setdefault(concept, []).append(Hit(start, end, "misspelled"))
        if flags & _DISGUISED:
            self._find_disguised()
        self.turned = None if is_ascii else turned(self.folded)
        if self.turned is not None:
            self._find_turned(self.turned)
        if (flags & _MAY_BE_VEILED or not text.isascii() or _CASED.search(text)) and (is_worth_a_look(text)):
            self._find_veiled(seam)
        if flags & PAIR:
            self.despaced = despace(self.plain)
            if self.despaced is not None:
                self._find_despaced(self.despaced)

    @property
    def plain(self) -> str:
        """The folded view, with look-alike letters of other alphabets read as Latin ones."""
        return self.lookalike.text if self.lookalike is not None else self.folded.text

    @property
    def meant(self) -> str:
        """The text with what was decoded and the hidden words of it written plainly."""
        if self.decoded is not None:
            return self.decoded.text
        if not self.read_as:
            return self.text
        places = sorted((*self.original(start, end), word) for (_, start, end), word in self.read_as.items())
        rewrite = Rewrite(self.text)
        at = 0
        for start, end, word in places:
            if start >= at:
                rewrite.replace(start, end, word)
                at = end
        return rewrite.view("veiled").text

    @property
    def has_roman(self) -> bool:
        """Whether at least four Roman figures stand there."""
        text = self.folded.text
        return (
            bool(self.traits.flags & (ALONE | PAIR))
            and text.count("i") + text.count("v") >= _FEWEST_ROMAN
            and len(_ROMAN.findall(text)) >= _FEWEST_ROMAN
        )

    @property
    def number_words(self) -> int:
        """How many digits stand there in words."""
        if self._number_words is None:
            text = self.folded.text
            self._number_words = self.traits.number_words if text.isascii() else count_numerals(text)
        return self._number_words

    def _find_amounts(self) -> None:
        """Numbers and amounts of money as concepts of their own."""
        text = self.folded.text
        numbers: list[Hit] = []
        amounts: list[Hit] = []
        for match in _NUMBER.finditer(text):
            start, end = match.span()
            numbers.append(_new_hit(Hit, (start, end, "folded")))
            before = text[max(0, start - _LONGEST_SIGN) : start]
            if before.rstrip()[-1:] in _ENDS_SIGN and (sign := _SIGN_BEFORE.search(before)):
                amounts.append(Hit(start - len(sign.group()), end + (text[end : end + 1] == "k"), "folded"))
            elif text[end : end + 2].lstrip()[:1] in _BEGINS_UNIT and (unit := _UNIT_AFTER.match(text, end)):
                amounts.append(Hit(start, unit.end(), "folded"))
        if numbers:
            self.hits["number"] = numbers[:MAX_HITS]
        if amounts:
            self.hits["money"] = amounts[:MAX_HITS]

    def _find_disguised(self) -> None:
        """Strong terms behind leet, signs between letters, pulled-apart or repeated letters."""
        plain = self.plain
        disguised: bool | None = None
        for second in (False, True) if _AMBIGUOUS.search(plain) else (False,):
            found = lexicon().find_squashed(_quickly_squashed(plain, second=second))
            new = {concept for concepts, _, _ in found for concept in concepts} - self.hits.keys()
            if not new:
                continue
            split = any(
                end - start >= _SHORTEST_SPLIT - 1
                and not _NAMES.isdisjoint(concepts)
                and not new.isdisjoint(concepts)
                for concepts, start, end in found
            )
            if disguised is None:
                disguised = bool(_DISGUISE.search(plain))
            if split or disguised:
                self._find_squashed(plain, found, second=second)

    def _find_squashed(
        self, plain: str, found: Iterable[tuple[tuple[str, ...], int, int]], *, second: bool
    ) -> None:
        """Of what the squashed text holds that which is whole words."""
        squashed = squash(plain, second_reading=second)
        whole = _longest([row for row in found if squashed.is_whole(row[1], row[2])])
        if not whole:
            return
        seen = {(concept, hit.start) for concept, places in self.hits.items() for hit in places}
        for concepts, start, end in whole:
            first, last = squashed.places[start], squashed.places[end - 1] + 1
            if (
                _is_everyday(plain[first:last], concepts)
                or self._joins_sentences(first, last)
                or (_NAMES.isdisjoint(concepts) and _goes_on(plain, first, last))
            ):
                continue
            for concept in concepts:
                if (concept, first) not in seen:
                    seen.add((concept, first))
                    places = self.hits.setdefault(concept, [])
                    if len(places) < MAX_HITS:
                        places.append(Hit(first, last, "squashed"))

    def _joins_sentences(self, first: int, last: int) -> bool:
        """Whether a full stop and a capital letter part the halves: "a bit. Coin included"."""
        stop = self.folded.text.find(". ", first, last)
        if stop < 0:
            return False
        start, end = self.original(stop + 2, stop + 3)
        begin, _ = self.original(first, first + 1)
        return self.text[start:end].isupper() and self.text[begin : begin + 1].islower()

    def _find_veiled(self, seam: int | None) -> None:
        """Words that were hidden in one of many ways, whatever else the message says."""
        last = 0
        # Where letters stand apart, the beginning of a word looks like a word of its own.
        for veil in sorted(veiled(self.text, across=seam), key=lambda veil: (veil.start, -veil.end)):
            if veil.end >= last:
                last = veil.end
                self.add_veiled(veil)

    def add_veiled(self, veil: Veil) -> None:
        """A hidden word, whose place is one of the original text."""
        concept, start, end, word = veil
        starts = self.folded.starts
        if starts is not None:
            start, end = bisect_left(starts, start), bisect_left(starts, end)
        self.hits.setdefault(concept, []).append(Hit(start, end, "veiled"))
        self.read_as[concept, start, end] = word

    def holds(self, veil: Veil) -> bool:
        """Whether the same hidden word is known at that place of a text that folds sign by sign."""
        return (veil.concept, veil.start, veil.end) in self.read_as

    def _find_turned(self, view: View) -> None:
        """Hits of the upside-down reading; their places count from the other end."""
        found: Hits = {}
        lexicon().find(view.text, found, view.name)
        size = len(view.text)
        for concept, places in found.items():
            turned_back = [Hit(size - hit.end, size - hit.start, view.name) for hit in places]
            self.hits.setdefault(concept, []).extend(turned_back)

    def _find_despaced(self, view: View) -> None:
        """Hits of the joined words; only those that the folded view does not hold already."""
        found: Hits = {}
        lexicon().find(view.text, found, view.name)
        for concept, places in found.items():
            known = self.hits.setdefault(concept, [])
            seen = {(hit.start, hit.end) for hit in known}
            for hit in places:
                start, end = view.span(hit.start, hit.end)
                if (start, end) not in seen:
                    known.append(Hit(start, end, view.name))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original text of a piece of the folded view."""
        return self.folded.span(start, end)

    def sentence_ends(self) -> list[int]:
        """Where the sentences of the folded view end, but for the last one."""
        if self._sentence_ends is None:
            text = self.folded.text
            self._sentence_ends = (
                [match.end() for match in _SENTENCE_END.finditer(text)] if _ENDS.search(text) else []
            )
        return self._sentence_ends

    def sentence(self, at: int) -> int:
        """Number of the sentence that holds a place of the folded view."""
        return bisect_right(self.sentence_ends(), at)

    def is_one_sentence(self, one: int, other: int) -> bool:
        """Whether two places of the folded view stand in one sentence."""
        first, last = (one, other) if one < other else (other, one)
        return not _ENDS.search(self.folded.text, first, last) or self.sentence(one) == self.sentence(other)

    def clause(self, at: int) -> int:
        """Number of the clause that holds a place of the folded view."""
        if self._clause_ends is None:
            self._clause_ends = [match.end() for match in _CLAUSE_END.finditer(self.folded.text)]
        return bisect_right(self._clause_ends, at)

    def has(self, *concepts: str) -> bool:
        """Whether any of these concepts occurs."""
        hits = self.hits
        for concept in concepts:  # noqa: SIM110 (several calls for each message: any() costs twice as much)
            if concept in hits:
                return True
        return False


def _goes_on(plain: str, first: int, last: int) -> bool:
    """Whether letters that stand apart go on in the same way before or after: then they are one word."""
    return bool(
        _APART.fullmatch(plain, first, last)
        and (_APART_AFTER.match(plain, last) or _APART_BEFORE.search(plain, max(0, first - 5), first))
    )


def _longest(found: list[tuple[tuple[str, ...], int, int]]) -> list[tuple[tuple[str, ...], int, int]]:
    """Without what is a part of something longer: where letters stand apart, each part looks like a word."""
    found = sorted(found, key=lambda row: (row[1], -row[2]))
    kept: list[tuple[tuple[str, ...], int, int]] = []
    for row in found:
        if not kept or row[2] > kept[-1][2] or row[1:] == kept[-1][1:]:
            kept.append(row)
    return kept


_LEET_PAIRS = tuple(tuple(table.items()) for table in (LEET, LEET_ONE))
_LEET_BYTES = tuple(
    bytes.maketrans(*(bytes(map(ord, side)) for side in zip(*_ascii_pairs(table), strict=True)))
    for table in (LEET, LEET_ONE)
)
_ASCII_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) not in LEET) + b"*"


def _quickly_squashed(plain: str, *, second: bool) -> str:
    """The text of ``squash``, without the way back."""
    if plain.isascii():
        kept = plain.encode().translate(_LEET_BYTES[second], _ASCII_SIGNS).decode()
    else:
        for sign, letter in _LEET_PAIRS[second]:  # One by one is faster than a table of a few signs.
            plain = plain.replace(sign, letter)
        kept = _BETWEEN.sub("", plain)
    return without_repeats(kept)


def _is_everyday(piece: str, concepts: tuple[str, ...]) -> bool:
    """Whether a squashed match only joins ordinary words by spaces ("we chat"), which is no disguise."""
    words = piece.split()
    if len(words) > 1 and _NAMES.isdisjoint(concepts) and all(len(word) == 1 for word in words):
        return "".join(words) in ordinary_words()  # "S A L E"
    if len(words) < 2 or not all(word.isalpha() and len(word) > 1 for word in words):
        return False
    if not _NAMES.isdisjoint(concepts):
        return len(piece) < _SHORTEST_SPLIT or " ".join(words) in _EVERYDAY_PAIRS
    return len(piece) / len(words) > 3 and not _TRIPLED.search(piece)


@lru_cache(maxsize=8_192)
def concepts_of(text: str) -> frozenset[str]:
    """The concepts in the folded view of a text: enough for what was said before."""
    hits: Hits = {}
    lexicon().find(fold(text[:MAX_LENGTH]).text, hits)
    return frozenset(hits)


def just_asked_concepts(context: Context) -> frozenset[str]:
    """The concepts of what the customer has said since the shop last spoke."""
    found: frozenset[str] = frozenset()
    for turn in reversed(context.history[-4:]):
        if turn.sender != "customer":
            break
        found |= concepts_of(turn.text)
    return found


def asked_concepts(context: Context) -> frozenset[str]:
    """The concepts of the customer's last messages before this one, back to the seller's last but two."""
    found: frozenset[str] = frozenset()
    for turn in context.history[-4:]:
        if turn.sender == "customer":
            found |= concepts_of(turn.text)
    return found

"""One text, read once: its views, the concepts in it and its sentences, shared by all detectors."""

import re
from bisect import bisect_right
from functools import cached_property, lru_cache

from compliance.engine.concepts import MAX_HITS, Hit, Hits, lexicon
from compliance.engine.context import Context
from compliance.engine.misspelled import misspelled
from compliance.engine.text import LEET, View, despace, fold, lookalike, squash, turned

_BETWEEN = re.compile(r"[\W_]+")
_REPEATS = re.compile(r"(.)\1+")
_LEET_TABLE = str.maketrans(LEET)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s)|[。！？؟\n…]+|\s[-–—]\s")
_CLAUSE_END = re.compile(
    r"[.!?;]+(?=\s)|,(?=\s)|[。！？؟،，、；\n…:：]+|\s-+\s"
    r"|\b(?:but|however|instead|pero|mas|mais|aber|sondern|ma|tapi|tetapi|pero|kaso|nhung|но|а|لكن|بس|लेकिन|ama|แต่)\b"
    r"|但是|不过|但|다만|하지만|でも|ただ|が、"
)
_NUMBER = re.compile(r"(?<!\d)\d{1,12}(?:[.,]\d{1,12}){0,3}(?!\d)")
_UNITS = (
    r"\$|€|£|¥|₩|₹|₫|฿|₱|₽|₺|usd|dollars?|bucks?|dlls|euros?|eur|pounds?|quid|pesos?|pesitos|mxn|varos|varitos|reais"
    r"|r\$|rb|ribu|rm|baht|บาท|元|块|塊|刀|円|えん|원|만원|천원|만 원|k|ngan"
    r"|nghin|dong|d|руб\w*|р|рублей|ريال|درهم|دينار|جنيه|रुपये|रु|tl|lira|yuan|chf|franken|fr|zl|rs|aed|sar|php|gbp|aud|cad|usdt|cents?|won|yen|shillings?"
)
_MONEY = re.compile(
    r"(?:[$€£¥₩₹₫฿₱₽₺]|(?<![^\W_])(?:usd|rs\.?|rm|rp\.?|php|r\$|s\$|a\$|c\$|hk\$|us\$|aud|cad|eur|gbp|mxn|chf))"
    r"\s?\d{1,12}(?:[.,]\d{1,12}){0,3}k?"
    rf"|(?<![\d.,])\d{{1,12}}(?:[.,]\d{{1,12}}){{0,3}}\s?(?:{_UNITS})(?![a-z])"
)
# Names of services are also looked for across plain spaces ("tele gram").
_NAMES = frozenset({"messenger", "pay_app"})
_EVERYDAY_PAIRS = frozenset(
    {"we chat", "face book", "snap chat", "via ber", "dis cord", "pay pals", "bit coin"}
)
# "fee is" is no name of a service.
_SHORTEST_SPLIT = 6
_TRIPLED = re.compile(r"(.)\1\1")
# A sign or figure inside a word, letters standing alone, a letter three times.
_DISGUISE = re.compile(
    r"[^\W\d_][0-9@$!|+€£¢§*._~/\\-][^\W_]|[0-9@$|€£¢§*][^\W\d_]"
    r"|(?<![^\W_])[^\W\d_][^\w\n]{1,3}[^\W\d_](?![^\W_])|([^\W_])\1\1"
)
# Longer texts are read piece by piece by the pipeline, so that no list in here grows without bound.
MAX_LENGTH = 4_096


class Reading:
    """The views of one text and where the concepts of the lexicon occur in it (places in the folded view)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded: View = fold(text)
        self.hits: Hits = {}
        self.despaced: View | None = None
        words = lexicon()
        words.find(self.folded.text, self.hits)
        self.lookalike = lookalike(self.folded)
        if self.lookalike is not None:
            words.find(self.lookalike.text, self.hits, "lookalike")
        self._find_amounts()
        for concept, start, end in misspelled(self.folded.text):
            self.hits.setdefault(concept, []).append(Hit(start, end, "misspelled"))
        self._find_disguised()

    def _find_amounts(self) -> None:
        """Numbers and amounts of money as concepts of their own."""
        numbers = [Hit(match.start(), match.end(), "folded") for match in _NUMBER.finditer(self.folded.text)]
        if numbers:
            self.hits["number"] = numbers[:MAX_HITS]
        if numbers or "currency" in self.hits:
            amounts = [
                Hit(match.start(), match.end(), "folded") for match in _MONEY.finditer(self.folded.text)
            ]
            if amounts:
                self.hits["money"] = amounts[:MAX_HITS]

    def _find_disguised(self) -> None:
        """Strong terms behind leet, signs between letters, pulled-apart or repeated letters, or upside
        down."""
        plain = self.lookalike.text if self.lookalike is not None else self.folded.text
        words = lexicon()
        quick = _REPEATS.sub(r"\1", _BETWEEN.sub("", plain.translate(_LEET_TABLE)))
        found = words.find_squashed(quick)
        new = {concept for concepts, _, _ in found for concept in concepts} - self.hits.keys()
        ambiguous = "1" in plain or "!" in plain or "|" in plain
        split = any(
            end - start >= _SHORTEST_SPLIT - 1
            and not _NAMES.isdisjoint(concepts)
            and not new.isdisjoint(concepts)
            for concepts, start, end in found
        )
        if split or ((new or ambiguous) and _DISGUISE.search(plain)):
            self._find_squashed(plain, second=ambiguous)
        upside_down = turned(self.folded)
        if upside_down is not None:
            self._find_turned(upside_down)
        self.despaced = despace(plain)
        if self.despaced is not None:
            self._find_despaced(self.despaced)

    def _find_squashed(self, plain: str, *, second: bool) -> None:
        words = lexicon()
        seen = {(concept, hit.start) for concept, places in self.hits.items() for hit in places}
        for second_reading in (False, True) if second else (False,):
            squashed = squash(plain, second_reading=second_reading)
            for concepts, start, end in words.find_squashed(squashed.text):
                if not (squashed.starts_word[start] and squashed.ends_word[end - 1]):
                    continue
                first, last = squashed.places[start], squashed.places[end - 1] + 1
                if _is_everyday(plain[first:last], concepts):
                    continue
                for concept in concepts:
                    if (concept, first) not in seen:
                        seen.add((concept, first))
                        places = self.hits.setdefault(concept, [])
                        if len(places) < MAX_HITS:
                            places.append(Hit(first, last, "squashed"))

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

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.folded.text)]

    @cached_property
    def _clause_ends(self) -> list[int]:
        return [match.end() for match in _CLAUSE_END.finditer(self.folded.text)]

    def sentence(self, at: int) -> int:
        """Number of the sentence that holds a place of the folded view."""
        return bisect_right(self._sentence_ends, at)

    def clause(self, at: int) -> int:
        """Number of the clause that holds a place of the folded view."""
        return bisect_right(self._clause_ends, at)

    def has(self, *concepts: str) -> bool:
        """Whether any of these concepts occurs."""
        return any(concept in self.hits for concept in concepts)


def _is_everyday(piece: str, concepts: tuple[str, ...]) -> bool:
    """Whether a squashed match only joins ordinary words by spaces ("we chat"), which is no disguise."""
    words = piece.split()
    if len(words) < 2 or not all(word.isalpha() and len(word) > 1 for word in words):
        return False
    if not _NAMES.isdisjoint(concepts):
        return len(piece) < _SHORTEST_SPLIT or " ".join(words) in _EVERYDAY_PAIRS
    return len(piece) / len(words) > 3 and not _TRIPLED.search(piece)


@lru_cache(maxsize=2_048)
def concepts_of(text: str) -> frozenset[str]:
    """The concepts in the folded view of a text: enough for what was said before."""
    hits: Hits = {}
    lexicon().find(fold(text[:MAX_LENGTH]).text, hits)
    return frozenset(hits)


def asked_concepts(context: Context) -> frozenset[str]:
    """The concepts of the customer's last messages before this one, back to the seller's last but two."""
    found: frozenset[str] = frozenset()
    for turn in context.history[-4:]:
        if turn.sender == "customer":
            found |= concepts_of(turn.text)
    return found

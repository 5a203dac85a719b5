"""Hosts whose dot is a word, a sign or a gap: every such place is weighed, no single pattern decides.

What speaks for a host is added up: how little else the separator can mean, how surely the ending is one of a
host, whether the word before it is an ordinary word, and whether it is announced, has a path or a user before
it. All steps look at most ``_REACH`` characters around a separator, so the time is linear in the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from compliance.engine.exact import build_matcher, stands_apart
from compliance.engine.text import DATA, fold_text

_REACH = 64


def _read_words() -> dict[str, frozenset[str]]:
    """The lists of ``host_words.txt`` by their key, folded."""
    lists: dict[str, list[str]] = {}
    for line in (DATA / "host_words.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            key, _, words = line.partition(": ")
            lists.setdefault(key, []).extend(words.split("; " if "; " in words else None))
    return {key: frozenset(map(fold_text, words)) for key, words in lists.items()}


_WORDS = _read_words()
OWN_DOT_WORDS = _WORDS["dot"]
DOT_WORDS = OWN_DOT_WORDS | _WORDS["point"]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


_WORD = _any_of(DOT_WORDS)
_ASCII_WORD = _any_of(word for word in DOT_WORDS if word.isascii())
_OTHER_WORD = _any_of(word for word in DOT_WORDS if not word.isascii())
_DOT_WORDS_IN = build_matcher(sorted(DOT_WORDS))
_SIGN = r"(?<=[a-z0-9])(?P<sign>\s{0,2}[^a-z0-9\s](?:[^a-z0-9\n]{0,10}[^a-z0-9\s])?\s{0,2})(?=[a-z])"
_SIGN_ONLY = re.compile(_SIGN)
_SEPARATOR = re.compile(
    # A word for the dot, with what stands around it; glued only if it is of another script.
    rf"(?P<before>[\W_]{{1,5}})(?P<word>(?<![^\W_])(?:{_WORD}))(?P<after>[\W_]{{1,5}})(?=[a-z(\[])"
    rf"|(?<=[a-z0-9])(?P<glued>[\W_]{{0,3}}(?:{_OTHER_WORD})[\W_]{{0,3}})(?=[a-z])"
    rf"|{_SIGN}"
)
# "lampshop, then a dot, then com"; "1) lampshop 2) dot 3) com".
_APART = re.compile(
    rf"(?:[\W_]{{1,4}}(?:{_any_of(_WORDS['then'])}|\d(?=[).:])))"
    rf"{{1,3}}[\W_]{{1,4}}(?P<word>{_ASCII_WORD}|{_OTHER_WORD}|\.)(?![^\W_])"
    rf"(?:[\W_]{{1,4}}(?:{_any_of(_WORDS['then'])}|\d(?=[).:]))){{0,3}}[\W_]{{1,4}}(?=[a-z])"
)
# In every match of it.
_MAY_BE_APART = re.compile(rf"[\W_](?:{_any_of(_WORDS['then'])}|\d(?=[).:]))")
_GLUED = re.compile(r"(?<=[a-z0-9]{3})(?:dot|d0t|punto|ponto|punkt|kropka|titik|nokta)(?=[a-z])")
_PARTS = re.compile(r"[a-z]+")
_TWO_LETTERS = re.compile(r"[a-z]{2}")
_BEGINS = re.compile(r"([^a-z0-9]{1,4})([a-z]{2,13})(?!\w)")
_LABEL_BEFORE = re.compile(r"(?<![a-z0-9])[a-z0-9](?:[a-z0-9\-]{0,38}[a-z0-9])?$")
_ENDING = re.compile(r"([a-z]{2,13})(?!\w|-\w)")
# A second ending behind the first: "co.uk", "com punto br".
_MORE = re.compile(
    rf"[\W_]{{0,4}}(?:\.|[\W_](?:{_ASCII_WORD})[\W_]|{_OTHER_WORD}|[^\w\s])"
    r"[\W_]{0,3}([a-z]{2})(?![a-z0-9])"
)
_GLUED_MORE = re.compile(
    r"(com|co|net|org)(?:dot|punto|ponto|punkt|kropka|titik|nokta)([a-z]{2})(?![a-z0-9])"
)
_PATH = re.compile(r"\s?/\s?[\w%?=#-]")
_FINISHED = re.compile(r"\W*$|\s*[,.!?;:)\]}»\"'|]|\s[-–—>(]")
_USER = re.compile(
    r"(?<![a-z0-9._+-])([a-z0-9](?:[\w.+-]{0,40}[a-z0-9])?)([\W_]{0,4})([^\W\d_]{0,13}|@)([\W_]{0,4})$"
)
_CUE = re.compile(
    rf"(?:^|(?<![^\W_])(?:{_any_of(_WORDS['cue'])})"
    r"|[:：>»→=\-(\[\"'])[\s:：\->»\"'(\[*]{0,4}$"
)
_SURE = frozenset(
    "com net org xyz biz io info example invalid test onion shop app dev site website co".split()  # noqa: SIM905
)
# Endings as they are misspelt on purpose.
_MISSPELT = frozenset({"comm", "kom", "orgg", "nett", "coom"})
_SHORT_ENDINGS = frozenset(
    "de ru pl cz fr nl uk jp kr vn tr ua eu cn gr br mx us ca hk".split()  # noqa: SIM905
)
# Words for the at sign that are words of a sentence, too.
_AT_WORDS_TOO = frozenset("at a ad act et aet cong snabela malpa shtrudel chiocciola ет эт".split())  # noqa: SIM905
# Signs that look like a dot.
_DOT_LIKE = frozenset("·•∙⋅◦●○◉⚫⚪🔴🔵🟢🟠🟡🟣🟤🔘⭕❍▪▫■□◾◽◼◻⬤｡。．・‧⸱⸳᛫ꞏ۔։܂․⁘∘˙°¤⚬⦁⦾⊙⊚☉")
# Signs that end or part sentences.
_NO_DOTS = frozenset('…—–’“”、，！？：；）（-@&+/(?!%$"')
_MIRRORED = str.maketrans("([{<⟨「【«)]}>⟩」】»", ")]}>⟩」】»([{<⟨「【«")
_ENOUGH = 5.0
_NAMELIKE = 2.0
# What a name weighs that the end of a line breaks.
_BROKEN = 3.5
# What a dot between two words weighs.
_PLAIN = 1.5
# What speaks against a host whose name and ending are both words of the sentence.
_WORDS_ONLY = 1.5
_NO_NAMES = frozenset({"the", "and", "or", "of", "a", "an", "el", "la", "le", "der", "die", "das"})
# What a pause between two words weighs: only a sure ending makes a host of it.
_FEW = 0.5


class HostPlace(NamedTuple):
    """Where a disguised host stands, the host as it is meant, and whether a user stands before it."""

    start: int
    end: int
    host: str
    is_mail: bool


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """Words without accents that people write, in the languages of the engine."""
    return frozenset((DATA / "ordinary_words.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def suffixes() -> frozenset[str]:
    """Top-level names: the bundled list and those reserved for examples and tests."""
    names = (DATA / "suffixes.txt").read_text(encoding="utf-8").split()
    return frozenset(names) | {"example", "test", "invalid", "local", "onion"} | _MISSPELT


@lru_cache(maxsize=8_192)
def is_ordinary(word: str) -> bool:
    """Whether it is a word of a language, also with an English ending."""
    words = ordinary_words()
    if word in words:
        return True
    return any(
        word.endswith(tail) and (word[: -len(tail)] in words or word[: -len(tail)] + "e" in words)
        for tail in ("s", "es", "ed", "d", "ing", "ly", "er", "r", "y", "ies")
        if len(word) >= len(tail) + 3
    )


@lru_cache(maxsize=8_192)
def is_compound(word: str) -> bool:
    """Whether it is two ordinary words in one and is none itself, as names of shops are."""
    words = ordinary_words()
    if is_ordinary(word):
        return False
    return any(word[:cut] in words and word[cut:] in words for cut in range(3, len(word) - 2))


@lru_cache(maxsize=8_192)
def name_weight(label: str) -> float:
    """How much a word looks like the name of a host and not like a word of the sentence."""
    if not any(char.isalpha() for char in label):
        return -3.0
    if any(char.isdigit() or char == "-" for char in label):
        parts = [part for part in re.split(r"[\d-]+", label) if part]
        return 1.5 if all(len(part) <= 2 or is_ordinary(part) for part in parts) else 2.0
    if len(label) <= 3 or is_ordinary(label):
        return -1.0 if len(label) <= 2 else 0.0
    if is_compound(label):
        return 2.5
    return 1.0 if len(label) == 4 else 2.0


@lru_cache(maxsize=4_096)
def ending_weight(ending: str) -> float:
    """How surely a word is the ending of a host; 0 for what is none."""
    if ending not in suffixes():
        return 0.0
    if ending in _SURE:
        return 2.0
    if ending in _WORDS["small"]:
        return 1.5 if ending in _SHORT_ENDINGS and ending != "de" else 0.5
    if ending in _SHORT_ENDINGS:
        return 1.5
    return 1.0


def _sign_weight(sign: str) -> float:
    """How surely signs between two words stand for a dot."""
    core = sign.strip()
    glued = core == sign
    if core == ".":
        if glued:
            return 1.5
        return 2.0 if sign[0].isspace() and not sign[-1].isspace() else 0.5 if sign[0].isspace() else 0.0
    if core.isascii():
        return _ascii_weight(sign, core, glued)
    if core in _NO_DOTS:
        return 1.0 if glued and core == "…" else 0.0
    if any(char in _DOT_LIKE for char in core):
        return 3.0 if glued else 2.0
    if any(char.isascii() or char.isalpha() for char in core):
        return 0.0
    return 2.0 if glued else 0.5


def _ascii_weight(sign: str, core: str, glued: bool) -> float:
    if "&" in core or core in _NO_DOTS:
        return 0.0
    if "." in core:
        if set(core) == {"."}:
            return (1.5 if len(core) == 2 else _FEW) if glued else 0.0
        if core.translate(_MIRRORED)[::-1] == core and (glued or len(sign) - len(core) == 2):
            return 4.0
        return 2.5 if glued and core[-1] not in "\"')" and " " not in core else 0.0
    if len(core) > 3 or "'" in core or core[-1] in '([{"' or " " in core:
        return 0.0
    if glued:
        return 1.5 if core in (",", ":") else 2.0
    if sign[0].isspace() and not sign[-1].isspace():
        return 1.5 if core == "," else 0.5 if core in ("#", "~", "*", "_") else 1.0
    return 0.5 if core in ("|", "=", "*", "^", "~", "_") and sign[0].isspace() else 0.0


def _word_weight(before: str, word: str, after: str) -> float:
    """How surely a word for the dot stands for one, by what is around it."""
    wrapped = bool(before.strip() and after.strip())
    own = word in OWN_DOT_WORDS
    if wrapped:
        return 4.0 if own else 3.0
    if before.strip() or after.strip():
        return 2.0 if own else 0.5
    return 3.0 if own else 1.5


def _separators(text: str) -> Iterator[tuple[int, int, float]]:
    """(start, end, weight) of all that may stand for a dot before what may be an ending."""
    has_word = stands_apart(text, _DOT_WORDS_IN)
    for match in (_SEPARATOR if has_word else _SIGN_ONLY).finditer(text):
        if sign := match["sign"]:
            weight = _sign_weight(sign)
        elif match["word"]:
            weight = _word_weight(match["before"], match["word"], match["after"])
        else:
            weight = 3.0
        if weight:
            yield match.start(), match.end(), weight
    for match in _GLUED.finditer(text):
        yield match.start(), match.end(), 2.5
    for match in _APART.finditer(text) if (has_word or "." in text) and _MAY_BE_APART.search(text) else ():
        yield match.start(), match.end(), 3.5 if match["word"] in OWN_DOT_WORDS else 2.5


@lru_cache(maxsize=1)
def _latin_dot_words() -> frozenset[str]:
    return frozenset(word for word in DOT_WORDS if word.isascii())


def may_hold_host(word: str) -> bool:
    """Whether a folded word without spaces may be a part of a disguised host: a word for the dot, an ending
    behind a sign or behind a glued "dot"."""
    if word.isalpha():
        return word in _latin_dot_words() or any(
            _ending_at(word, found.end()) for found in _GLUED.finditer(word)
        )
    if not _latin_dot_words().isdisjoint(_PARTS.findall(word)) or word == ".":
        return True
    if (begins := _BEGINS.match(word)) and _sign_weight(f" {begins[1]}") and ending_weight(begins[2]):
        return True
    return any(_ending_at(word, end) for _, end, _ in _separators(word))


def host_places(
    text: str, *, is_styled: Callable[[int, int], bool], is_capital: Callable[[int], bool]
) -> Iterator[HostPlace]:
    """The disguised hosts of a folded text. ``is_styled`` tells whether a piece was written with other signs
    than plain letters, ``is_capital`` whether a place was a capital letter."""
    last = 0
    for start, end, weight in _separators(text) if _TWO_LETTERS.search(text) else ():
        if start < last:
            continue
        ending = _ending_at(text, end)
        if ending is None:
            continue
        names, stop, end_weight = ending
        head = text[max(0, start - _REACH) : start]
        label = _LABEL_BEFORE.search(head)
        if label is None:
            continue
        first = start - len(label.group())
        first, name = _whole_name(text, first, label.group())
        if weight == _PLAIN and end_weight < 1.5 and text[start:end] == ".":
            weight = _PLAIN - 0.5
        if name < 0 or (end_weight < 1.5 and (weight == _FEW or text[start:end] == "..")):
            continue
        if label.group() in _NO_NAMES or _is_listed(text, first, start, end):
            continue
        score = weight + end_weight + name
        if not name and is_ordinary(names):
            score -= _WORDS_ONLY
        if weight < 2.0 and is_capital(end) and not is_capital(end + 1) and end_weight < 2.0:
            score -= 2.0
        if score + 6.0 < _ENOUGH:
            continue
        if text[start:end] == ".":
            if text[max(0, first - 1) : first] == ".":
                continue
            if is_styled(first, stop):
                score += 2.0
        user = _user_before(text, first)
        if user is not None:
            score += 3.5
        elif _CUE.search(text, max(0, first - 24), first):
            score += 1.0
        if _PATH.match(text, stop):
            score += 1.5
        if _FINISHED.match(text, stop):
            score += 0.5
        if score >= _ENOUGH:
            last = stop
            yield HostPlace(
                user if user is not None else first,
                stop,
                f"{label.group()}.{names}",
                user is not None,
            )


def says_words(text: str, start: int, end: int) -> bool:
    """Whether what may be a dot stands between ordinary words: "Red dot design", "Linen · Cotton · Net"."""
    ending = _ending_at(text, end)
    label = _LABEL_BEFORE.search(text[max(0, start - _REACH) : start])
    if label is None or text[start:end] == ".":
        return False
    first = start - len(label.group())
    if ending is None:
        return len(label.group()) > 1 and _is_listed(text, first, start, end)
    if label.group() in _NO_NAMES or _is_listed(text, first, start, end):
        return True
    if name_weight(label.group()) or not is_ordinary(ending[0]) or _PATH.match(text, ending[1]):
        return False
    return not _FINISHED.match(text, ending[1])


def is_no_name(text: str, at: int) -> bool:
    """Whether the word that ends here is an article or "and"."""
    label = _LABEL_BEFORE.search(text[max(0, at - _REACH) : at].rstrip())
    return label is not None and label.group() in _NO_NAMES


def _is_listed(text: str, first: int, start: int, end: int) -> bool:
    """Whether the same sign, with room around it, parts more than these two: "Linen · Cotton · Net"."""
    core = text[start:end].strip()
    if core == text[start:end] or core.isalnum():
        return False
    # A dot with room around it twice is a host of three parts, pulled apart.
    goes_on = core != "." and text.find(f" {core} ", end, end + _REACH) >= 0
    return core in text[max(0, first - 4) : first] or goes_on


def _whole_name(text: str, first: int, label: str) -> tuple[int, float]:
    """Where the name begins, and its weight: a name may be broken by the end of a line."""
    weight = name_weight(label)
    if first < 2 or text[first - 1] != "\n":
        return first, weight
    before = _LABEL_BEFORE.search(text, max(0, first - 32), first - 1)
    if before is None or (is_ordinary(label) and is_ordinary(before.group())):
        return first, weight
    return (before.start(), _BROKEN) if is_compound(before.group() + label) else (first, weight)


def _ending_at(text: str, at: int) -> tuple[str, int, float] | None:
    """(ending, where it ends, weight) of the ending that begins here, with a second one behind it."""
    glued = _GLUED_MORE.match(text, at)
    if glued and ending_weight(glued[2]):
        return f"{glued[1]}.{glued[2]}", glued.end(), 3.0
    match = _ENDING.match(text, at)
    if match is None or not (weight := ending_weight(match[1])):
        return None
    if match[1] in ("co", "com", "net", "org", "gov", "edu", "ac"):
        more = _MORE.match(text, match.end())
        if more and ending_weight(more[1]) and more[1] not in ("if", "is", "or", "it", "to", "so"):
            return f"{match[1]}.{more[1]}", more.end(), 3.0
    return match[1], match.end(), weight


def _user_before(text: str, first: int) -> int | None:
    """Where the user of a mail address begins that ends right before ``first``; ``None`` if there is none."""
    found = _USER.search(text, max(0, first - _REACH), first)
    if found is None:
        return None
    name, before, word, after = found.groups()
    if word == "@" or "@" in before or "@" in after:
        return found.start() if len(name) > 1 else None
    if word:
        if word not in _WORDS["at"] or not (before and after):
            return None
        wrapped = bool(before.strip() and after.strip())
        looks_like_name = any(char in "._+-" or char.isdigit() for char in name)
        is_sign = word not in _AT_WORDS_TOO and (len(word) > 3 or not word.isascii())
        return found.start() if len(name) > 1 and (wrapped or looks_like_name or is_sign) else None
    sign = before + after
    odd = not sign.isascii() and not any(char.isspace() for char in sign)
    return found.start() if odd and len(name) > 3 and name_weight(name) > 0 else None


# A host whose ending is told apart from its name: "lampshop, with the usual dot com ending".
_SAID_ENDING = re.compile(
    rf"(?<![^\W_])(?:(?:{_any_of(_WORDS['which'])})\s(?:{_any_of(_WORDS['ending'])})(?![^\W_])"
    rf"|(?:{_any_of(_WORDS['ending'])})(?:\s(?:is|ist|es|est|=|:|in|mit|en|em)|[:=])?\s?[.\"']?(?P<tld>[a-z]{{2,6}})(?![^\W_])"
    rf"|(?:{_ASCII_WORD}|{_OTHER_WORD}|\.)\s?[\"']?(?P<behind>[a-z]{{2,6}})[\"']?\s(?:{_any_of(_WORDS['last'])})(?![^\W_])"
    rf"|(?:{_any_of(_WORDS['then'])})\s(?:(?:{_ASCII_WORD}|{_OTHER_WORD})\s)?[\".']?(?P<then>[a-z]{{2,6}})(?![^\W_]))"
)
_NAME = re.compile(r"(?<![\w@.])[a-z](?:[a-z0-9-]{3,38}[a-z0-9])(?![\w@])")
_TYPED = re.compile(rf"(?<![^\W_])(?:{_any_of(_WORDS['typed'])})(?![^\W_])")
_OURS = re.compile(rf"(?<![^\W_])(?:{_any_of(_WORDS['ours'])})(?![^\W_])")
_SAID_REACH = 60
# "The two letters" are engraved, too: they count beside a browser only.
_LETTERS = ("letters", "buchstaben", "lettres", "letras", "lettere")


def said_places(text: str, *, is_searched: bool) -> Iterator[tuple[int, int]]:
    """Where a host is told in words: its name, and its ending or where to search for it apart from it.
    ``is_searched``: a browser or a search engine is named."""
    for match in _SAID_ENDING.finditer(text):
        ending = match["tld"] or match["behind"] or match["then"]
        told = 1.0 if match.group().endswith(_LETTERS) else 2.0
        weight = ending_weight(ending) if ending else told
        if weight < (1.0 if match["behind"] else 1.5) and not (is_searched and weight):
            continue
        if ending and weight < 1.0 and ending != "de" and not is_searched:
            continue
        name = _name_near(text, match.start(), match.end())
        if name is not None:
            yield min(name[0], match.start()), max(name[1], match.end())
    if is_searched and _TYPED.search(text) and _OURS.search(text):
        for match in _NAME.finditer(text):
            if name_weight(match.group()) >= _NAMELIKE:
                yield match.span()
                return


def _name_near(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The word before a place, or else behind it, that looks like the name of a host."""
    before = [m.span() for m in _NAME.finditer(text, max(0, start - _SAID_REACH), start)]
    after = [m.span() for m in _NAME.finditer(text, end, end + _SAID_REACH // 2)]
    for place in (*reversed(before), *after):
        if name_weight(text[slice(*place)]) >= _NAMELIKE:
            return place
    return None

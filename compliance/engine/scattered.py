"""Numbers whose figures stand apart: in words of several languages, misspelt, with anything between them.

Every figure in such a text speaks for a number and every other word against it; the stretch with the most for
it is taken. So no list of fillers and no one language decides, and the place ends where the number does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from compliance.engine.hosts import is_ordinary
from compliance.engine.rows import (
    Words,
    counts_on,
    filler_words,
    grown,
    guessed,
    half_written,
    languages,
    loose_words,
    unleeted,
)
from compliance.engine.text import fold_text

_TOKEN = re.compile(r"(?:[$!@|]{1,2}(?=[^\W_]))?[^\W_]+(?:['’$!@|]{1,2}[^\W_]+)*")
_AFFIXED = re.compile(r"([a-z]{0,3})(\d)([a-z]{0,4})")
_WHOLE = range(9, 14)
_WHOLE_NUMBER = 10
_LONGEST_GAP = 40
_SHORTEST_SURE = 3
_FEWEST_TOLD, _FEWEST_KNOWN = 8, 3
_FEWEST_SINGLES = 9
_FEWEST_ALIKE, _FEWEST_BETWEEN = 7, 4
_KINDS = 3
_LONGEST_GROUP = 5
_OFTEN = 3
# What a figure, a misspelt or everyday word for one, a filler and any other word weigh.
_SURE, _WEAK, _GUESS = 1.0, 0.6, 0.4
_FILLER, _REPEATED, _OTHER, _NEW_SENTENCE = -0.12, -0.25, -0.9, -0.2
# Enough where the words around announce a number to call, and where they don't.
_ENOUGH_ANNOUNCED, _ENOUGH = 4.5, 5.5
_MOST_TOKENS = 1_500
_CLOCK = re.compile(r"(?<!\d)[0-2]?\d:[0-5]\d(?!\d)")
_OPENERS = frozenset({"on", "to", "at", "no", "is", "am", "a", "an", "o"})
_HESITATIONS = frozenset("er uh ok okay so hmm well aeh eh ehm este pues also like lol haha".split())  # noqa: SIM905


# Languages whose number words, three letters and longer, are hardly anything else.
_SPELLED = frozenset("en en-sound en-back es pt fr de it nl sv da no fi pl cs sk hu ro tr ru uk id".split())  # noqa: SIM905
# Words for a hundred and more stand between the figures that they count.
_HUNDREDS = frozenset(
    [
        "hundred",
        "thousand",
        "million",
        "billion",
        "yuz",
        "bin",
        "cien",
        "ciento",
        "cent",
        "cento",
        "mil",
        "hundert",
    ]
)
# Syllables that sound like figures, in a row without spaces: Chinese words, Japanese counting words.
_SOUNDS = (
    "零〇洞灵玲铃令凌陵龄林 幺衣依伊医一壹妖腰夭易 儿耳而尔二贰两俩 三伞散叁山 四寺思肆死丝司似 "
    "五舞午伍吴武雾务 六溜柳陆留刘流 七期妻拐柒欺奇气 八吧爸捌巴扒霸 九酒久勾玖就旧舅",
    "れい|ぜろ|まる|わ ひと|ひ|いち|ひー ふた|ふ|に みっ|み|さん よっ|よ|よん|し いつ|い|ご"
    " むっ|む|ろく なな|な|しち やっ|や|はち ここの|こ|きゅう|く",
    "영|공|ㅇ|빵|령 일|ㅣ|하나 이|둘 삼|셋 사|넷 오|다섯 육|륙|여섯 칠|일곱 팔|여덟 구|아홉",
)
_FEWEST_SOUNDS = 9


class Scattered(NamedTuple):
    """A number told figure by figure: place, figures, how many of them in words, lengths of its pieces."""

    start: int
    end: int
    digits: str
    spelled: int
    pieces: tuple[int, ...]


class _Sign(NamedTuple):
    """What one token says: its figures, how much it speaks for a number, and what is glued to a figure."""

    start: int
    end: int
    value: str
    weight: float
    affix: str
    is_word: bool


@lru_cache(maxsize=1)
def _all_words() -> tuple[Words, frozenset[str]]:
    """The number words of all languages together, the better known one where two disagree; and the words of
    languages whose spelling is their own, which are little else."""
    values: dict[str, str] = {}
    near: dict[str, str] = {}
    units: dict[str, tuple[str, ...]] = {}
    known = {lang: words for lang, words in languages().items() if lang in _SPELLED}
    for words in (*known.values(), *languages().values()):
        for form, value in words.values.items():
            values.setdefault(form, value)
    for words in known.values():
        for form, value in words.near.items():
            near.setdefault(form, value)
        for digit, forms in words.units.items():
            units[digit] = units.get(digit, ()) + forms
    sure = frozenset(form for words in known.values() for form in words.values if len(form) >= _SHORTEST_SURE)
    return Words(values, near, re.compile(r"(?!)"), units, frozenset()), sure - loose_words()


@lru_cache(maxsize=8_192)
def _sign_of(token: str) -> tuple[str, float, str] | None:
    """(figures, weight, what is glued to the figure) of a token; ``None`` for an ordinary word."""
    if token.isdecimal():
        return (token, _SURE, "") if len(token) <= _LONGEST_GROUP and token.isascii() else None
    words, sure = _all_words()
    plain = unleeted(token)
    value = words.values.get(plain, "") or half_written(words, token)
    if value and (plain in sure or plain != token or not token.isascii()):
        return value, _SURE, ""
    if match := _AFFIXED.fullmatch(token):
        return match[2], _WEAK, f"{match[1]} {match[3]}"
    if value and token not in _HESITATIONS and (token in loose_words() or not is_ordinary(token)):
        return value, _WEAK, ""
    if is_ordinary(plain) or token in filler_words():
        return None
    return (value, _GUESS, "") if (value := guessed(words, token)) else None


def scattered(text: str, *, is_announced: bool) -> Iterator[Scattered]:
    """Numbers of nine to thirteen figures told one by one or in mixed words."""
    signs = list(map(_sign_of, _TOKEN.findall(text)[:_MOST_TOKENS]))
    if len(signs) - signs.count(None) < _FEWEST_TOLD:
        return
    tokens = [match.span() for match in _TOKEN.finditer(text)][:_MOST_TOKENS]
    often = Counter(text[slice(*place)] for place, sign in zip(tokens, signs, strict=True) if sign is None)
    enough = _ENOUGH_ANNOUNCED if is_announced else _ENOUGH
    chain: list[_Sign] = []
    size = last = 0
    score = best_score = 0.0
    for (start, end), sign in zip(tokens, signs, strict=True):
        if chain:
            score += _gap_weight(text[last:start], start - chain[-1].end)
        if sign is not None and (chain or sign[1] > _GUESS):
            chain.append(_Sign(start, end, *sign, is_word=not text[start:end].isdecimal()))
            score += sign[1]
            if score > best_score:
                size, best_score = len(chain), score
        elif chain:
            score += _noise_weight(text[start:end], often)
        last = end
        if chain and score <= 0:
            yield from _judged(text, chain[:size], best_score, enough)
            chain, size, score, best_score = [], 0, 0.0, 0.0
    yield from _judged(text, chain[:size], best_score, enough)


def _gap_weight(gap: str, since: int) -> float:
    if since > _LONGEST_GAP:
        return -100.0
    return _NEW_SENTENCE if "\n" in gap or (". " in gap) or "?" in gap else 0.0


def _noise_weight(word: str, often: Mapping[str, int]) -> float:
    if word in filler_words() or word in _HESITATIONS or word in _HUNDREDS:
        return _FILLER
    return _REPEATED if often[word] >= _OFTEN else _OTHER


def _judged(text: str, signs: list[_Sign], score: float, enough: float) -> Iterator[Scattered]:
    """The stretch if it is a number: long enough, of several figures, and nobody counts or measures."""
    if score < enough or _CLOCK.search(text, signs[0].start, signs[-1].end):
        return
    while len(signs) > _WHOLE_NUMBER and text[signs[-1].start : signs[-1].end] in loose_words():
        signs = signs[:-1]  # "… two three for help"
    while len(signs) > _FEWEST_SINGLES and text[signs[0].start : signs[0].end] in _OPENERS:
        signs = signs[1:]  # "on zero seven …"
    groups, spelled = grown([(sign.value, sign.is_word) for sign in signs])
    in_words = [sign for sign in signs if sign.is_word]
    digits = "".join(groups)
    if len(digits) not in _WHOLE or len(set(digits)) < _KINDS or counts_on(groups) or _is_counting(digits):
        return
    if _counts_things(text, signs):
        return
    affixes = Counter(sign.affix for sign in signs if sign.affix)
    if affixes and (len(affixes) > 1 or sum(affixes.values()) < _FEWEST_ALIKE):
        return  # "2x 3cm 4pcs": things are measured.
    plain = [sign for sign in in_words if not sign.affix]
    sure = sum(sign.weight for sign in plain)
    known = sum(sign.weight == _SURE for sign in plain)
    guesses = sum(sign.weight == _GUESS for sign in plain)
    is_told = len(signs) >= _FEWEST_TOLD and known >= _FEWEST_KNOWN and sure >= len(signs) / 3
    is_single = len(signs) >= _FEWEST_SINGLES and all(len(group) == 1 for group in groups)
    start, end = signs[0].start, signs[-1].end
    # Figures with nothing but signs between them are read elsewhere.
    is_veiled = bool(affixes) or len(_TOKEN.findall(text, start, end)) >= len(signs) + _FEWEST_BETWEEN
    if (is_told and 2 * guesses <= len(signs)) or (is_single and is_veiled):
        yield Scattered(start, end, digits, max(spelled, len(plain)), tuple(map(len, groups)))


def _counts_things(text: str, signs: list[_Sign]) -> bool:
    """Whether one word follows figure after figure: the thing counted, though another language has it for a
    figure ("10 hạt đỏ, 12 hạt xanh": Hungarian "hat")."""
    after = Counter(
        text[word.start : word.end]
        for figure, word in pairwise(signs)
        if word.is_word and not word.affix and not figure.is_word
    )
    return bool(after) and max(after.values()) >= _OFTEN


# Three groups of figures with anything between them, and nothing else that could be one.
_FIGURES = re.compile(r"\d+")
_PARTED = (3, 3, 4)
_MEASURED = re.compile(
    r"\s?(?:cm|mm|km|kg|mg|ml|g|m|l|x|%|€|£|usd|eur|gbp|pcs|px|oz|lbs?|in|inch(?:es)?|w|v|a|k)(?![^\W_])"
)
_NANP = re.compile(r"[2-9]\d{2}[2-9]\d{6}")
# The numbers that are kept for examples and films: nobody's sum, code or date looks so by chance.
_EXAMPLE = re.compile(r"1?[2-9]\d{2}55501\d{2}(?:00)?")
_WORD_AFTER = re.compile(r"\s[^\W\d_]+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LONGEST_APART = 32
_NEAR = 20
_MOST_GROUPS = 400
_SHORTEST_WHOLE, _LONGEST_WHOLE = 10, 13


def groups_apart(text: str, *, is_announced: bool) -> Iterator[Scattered]:
    """Ten figures in groups, each under a label of its own or between signs of money, times and dates."""
    found = [match.span() for match in _FIGURES.finditer(text)][:_MOST_GROUPS]
    for place in range(len(found)):
        digits, pieces = "", []
        for count, (start, end) in enumerate(found[place : place + 10]):
            if count and start - found[place + count - 1][1] > _LONGEST_APART:
                break
            digits += text[start:end]
            pieces.append(end - start)
            if len(digits) > _LONGEST_WHOLE:
                break
            places = found[place : place + count + 1]
            if (
                not count
                or len(digits) < _SHORTEST_WHOLE
                or not _is_number(text, digits, places, is_announced)
            ):
                continue
            yield Scattered(found[place][0], end, digits, 0, tuple(pieces))
            return


def _says_things(text: str, places: list[tuple[int, int]]) -> bool:
    """Whether each group counts or names a thing of its own: "Bus 212 from stop 555", "212: 555 beads"."""
    gaps = [text[one[1] : other[0]] for one, other in pairwise(places)]
    between = sum(map(_is_thing, _LETTERS.findall(" ".join(gaps))))
    after = _WORD_AFTER.match(text, places[-1][1])
    return between > 0 and between + (after is not None and _is_thing(after.group().strip())) >= len(gaps)


def _is_thing(word: str) -> bool:
    return word not in filler_words() and word not in _HESITATIONS and is_ordinary(word)


def _is_number(text: str, digits: str, places: list[tuple[int, int]], is_announced: bool) -> bool:
    if not is_announced and _says_things(text, places):
        return False
    if _EXAMPLE.fullmatch(digits):
        return True
    if tuple(end - start for start, end in places) != _PARTED or not _NANP.fullmatch(digits):
        return False
    if is_announced:
        return True
    is_near = all(later[0] - earlier[1] <= _NEAR for earlier, later in pairwise(places))
    return is_near and digits[6] == "0" and not any(_MEASURED.match(text, end) for _, end in places)


@lru_cache(maxsize=1)
def _sounds() -> tuple[tuple[re.Pattern[str], Mapping[str, str], re.Pattern[str]], ...]:
    """For each script: a row of such syllables, what each stands for, and one syllable."""
    found = []
    for line in _SOUNDS:
        forms = {
            fold_text(form): str(digit)
            for digit, cell in enumerate(line.split())
            for form in (cell.split("|") if "|" in line else cell)
            if not fold_text(form).isdecimal()
        }
        one = "|".join(sorted(map(re.escape, forms), key=len, reverse=True)) + r"|\d"
        row = re.compile(rf"(?:(?:{one})[・·,、.\-\s]{{0,2}}){{{_FEWEST_SOUNDS},14}}")
        found.append((row, forms, re.compile(one)))
    return tuple(found)


# Hebrew letters are figures, too, where each stands alone.
_HEBREW = dict(zip("אבגדהוזחט", "123456789", strict=True))
_HEBREW_ROW = re.compile(r"(?<![^\W_])[\dאבגדהוזחט](?:[\s.,/·\-]{1,3}[\dאבגדהוזחט](?![^\W_])){8,12}")


_MAY_SOUND = re.compile(rf"[{_SOUNDS[0].replace(' ', '')}\\d]{{{_FEWEST_SOUNDS}}}")


def may_sound(text: str) -> bool:
    """Whether Chinese words that sound like figures stand in a row."""
    return _MAY_SOUND.search(text) is not None


def _is_counting(digits: str) -> bool:
    """ "one two three … ten": nobody's number."""
    return "1234567" in digits or "7654321" in digits


def sounded(text: str) -> Iterator[Scattered]:
    """Rows of Chinese, Japanese or Korean syllables that sound like figures, or of letters that are some."""
    for match in _HEBREW_ROW.finditer(text):
        signs = [char for char in match.group() if char.isalnum()]
        digits = "".join(_HEBREW.get(sign, sign) for sign in signs)
        if len(set(digits)) >= _KINDS and not _is_counting(digits):
            yield Scattered(match.start(), match.end(), digits, len(digits), (1,) * len(digits))
    for row, forms, one in _sounds():
        for match in row.finditer(text):
            parts = one.findall(match.group())
            digits = "".join(forms.get(part, part) for part in parts)
            spelled = sum(part in forms for part in parts)
            is_number = len(digits) in _WHOLE and len(set(digits)) >= _KINDS and not _is_counting(digits)
            if is_number and spelled >= _FEWEST_SOUNDS / 2:
                end = match.start() + len(match.group().rstrip(" ・·,、.-"))
                yield Scattered(match.start(), end, digits, spelled, (1,) * len(digits))


# "81355X0199, replace the X with 5": a figure left out, and told apart.
_LEFT_OUT = re.compile(
    r"(?<![\w.])(?=[\d\-. ]{0,14}([a-z?*#_]))[\d][\d\-. ]{0,13}\1[\d\-. ]{0,13}\d(?![\w.])"
)
_PUT_IN = re.compile(
    r"(?:replace|swap|change|put|insert|fill|instead|stands? for|missing|\b[x?*#] ?(?:is|=|means)\b|cambia"
    r"|sustituye|ersetze|remplace|troque)"
)
_WHOLE_LEFT_OUT = range(8, 12)


def left_out(text: str) -> Iterator[Scattered]:
    """A number with one figure left out, where the text says what to put in its place."""
    if not _PUT_IN.search(text):
        return
    for match in _LEFT_OUT.finditer(text):
        digits = "".join(_FIGURES.findall(match.group()))
        if len(digits) in _WHOLE_LEFT_OUT:
            yield Scattered(match.start(), match.end(), digits, 0, (len(digits),))


# "EIESSSOIGE", "g-I-g-S-S-S-O-I-Z-B": letters that look like figures, all of them.
_LOOKS = str.maketrans("OoDQIlLiZzEAhSsGbTBgqP|$!", "0000111122344556678999151")
_LIKE_FIGURES = re.compile(
    r"(?<![^\W_])[OoDQIlLZzEASsGbTBgq|$!\d](?:[ .\-]{0,2}[OoDQIlLZzEASsGbTBgq|$!\d]){8,11}(?![^\W_])"
)
_LARGE_SHARE = 0.6
_FEWEST_LETTERS = 6


def like_figures(written: str) -> Iterator[Scattered]:
    """Numbers of letters alone that look like figures, in the text as it was written."""
    for match in _LIKE_FIGURES.finditer(written):
        signs = [char for char in match.group() if char not in " .-"]
        large = sum(not char.islower() for char in signs)
        digits = "".join(signs).translate(_LOOKS)
        letters = sum(map(str.isalpha, signs))
        if letters < _FEWEST_LETTERS or large < _LARGE_SHARE * len(signs) or not digits.isdecimal():
            continue
        if is_ordinary("".join(signs).lower()) or len(set(digits)) < _KINDS:
            continue
        yield Scattered(match.start(), match.end(), digits, len(digits), (1,) * len(digits))

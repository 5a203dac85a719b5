"""What one sender split over several messages: numbers, addresses and words that only the last message
completes."""

import re
from collections.abc import Iterator
from functools import lru_cache

from compliance.engine.context import Context
from compliance.engine.findings import Finding, gettext_noop
from compliance.engine.hosts import ending_weight, is_ordinary
from compliance.engine.numbers import count_numerals, runs
from compliance.engine.reading import Reading
from compliance.engine.text import fold
from compliance.engine.traits import may_be_figure, may_be_host

NAME = "window"
VERSION = 1
MAX_TURNS = 8
_LONGEST_PIECE = 90
_LONGEST_DIGIT_PIECE = 70
# What both messages say follows.
TOGETHER = gettext_noop("Together with the message before:")
_PHONE_DIGITS = range(7, 16)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FIGURE = re.compile(r"\d")
_ENOUGH_WORDS = 9
# An earlier piece of a number says little beside it.
_BARE_WORDS = 3
_BARE_LETTERS = 18
_BARE_UNSPACED = 7
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
# A part number, a price, a decimal or a date, a range of figures, a figure with its unit.
_MEASURED = re.compile(
    r"[a-z]{2}\d|\d[.,]\d{1,2}(?!\d)|(?<!\d)\d{1,2}[./]\d{4}(?!\d)"
    r"|(?<!\d)\d{1,3}\s?(?:[–~]|to|till|a|à|bis|до|到|至|から)\s?\d{1,3}(?!\d)"
    r"|\d\s?[%°€$£¥₽₹฿]|\d(?![oil])[^\W\d_]{1,3}(?![^\W_])"
    r"|\d\s(?:шт|штук|мл|кг|см|мм|дн|дней|лет|г|л|Stück|Tage|Jahre|días|años|piezas|dias|anos|peças|jours|ans|pièces)(?![^\W_])",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(r"(?<![^\s,])([^\W\d_]{3,})\.$")
_GOES_ON = re.compile(r"[^\W\d_]+ [^\W\d_]+ [^\W\d_]+")
_FIRST_WORD = re.compile(r"[A-Z][a-z]+(?=[\s,!])")
_USUAL_ENDING = 2.0  # ``hosts.ending_weight`` from which a word is used as the ending of a host
# A number goes on after at most this much between two of its figures, a host after so many words.
_FIGURES_REACH, _HOST_REACH, _HOST_WORDS = 32, 60, 3
_WORDS = re.compile(r"\S+")
_LONE_LETTER = re.compile(r"[oil](?<![^\W_][oil])(?![^\W_])")


def earlier_pieces(context: Context) -> list[str]:
    """The same sender's last messages, oldest first, back to the first that is too long to be a piece."""
    pieces: list[str] = []
    for turn in reversed(context.history[-MAX_TURNS:]):
        if turn.sender == context.sender or (turn.sender == "auto" and context.sender == "seller"):
            if len(turn.text) > _LONGEST_PIECE:
                break
            pieces.append(turn.text)
    return pieces[::-1]


def split_number(reading: Reading, context: Context) -> Iterator[Finding]:
    """A phone number given in pieces: each message holds some digits and little else."""
    if len(reading.text) > _LONGEST_DIGIT_PIECE or not _may_hold_digits(reading):
        return
    last = _digits(reading)
    if not 2 <= len(last) < 9 or _MEASURED.search(reading.folded.text):
        return
    total, count, cued, bare = last, 1, reading.has("phone_cue"), False
    for turn in reversed(context.history[-MAX_TURNS:]):
        if turn.sender != context.sender:
            continue
        piece = _earlier_piece(turn.text[:_LONGEST_DIGIT_PIECE])
        digits = _digits(piece)
        if _MEASURED.search(piece.folded.text):
            break
        if not digits and piece.has("id_cue") and not cued and len(turn.text) <= _LONGEST_DIGIT_PIECE:
            return  # "Order", "305 442", "0981"
        if not 1 <= len(digits) <= 11 or len(turn.text) > _LONGEST_DIGIT_PIECE or piece.has("money"):
            cued = cued or piece.has("phone_cue", "messenger", "elsewhere")
            break
        cued = cued or piece.has("phone_cue", "messenger", "elsewhere")
        if piece.has("id_cue", "unit_after") and not cued:
            return
        total, count, bare = digits + total, count + 1, bare or _is_bare(piece, digits)
    if not (bare or cued):
        return  # Shops name measures and prices from message to message.
    if count < 2 or len(total) not in _PHONE_DIGITS or len(total) < 9 - 2 * cued:
        return
    if reading.has("id_cue", "unit_after", "money") and not cued:
        return
    if _said_by_customer(total, context) or (count == 2 and not cued and len(total) < 9):
        return
    first = next(runs(reading.folded.text), None)
    start, end = reading.original(first.start, first.end) if first else (0, len(reading.text))
    yield _finding(
        reading,
        "contact_redirect",
        "number_in_pieces",
        0.88,
        start,
        end,
        gettext_noop("The last piece of a phone number."),
    )


@lru_cache(maxsize=512)
def _earlier_piece(text: str) -> Reading:
    """An earlier message, which stands before each of the next ones."""
    return Reading(text)


def _may_hold_digits(reading: Reading) -> bool:
    """Whether there are figures, number words or two letters that may be read as figures."""
    if reading.traits.figures or reading.number_words:
        return True
    return len(_LONE_LETTER.findall(reading.folded.text)) > 1


def _is_bare(piece: Reading, digits: str) -> bool:
    """Whether an earlier piece is hardly more than its figures."""
    words = [word for word in _WORD.findall(piece.folded.text) if not count_numerals(word)]
    return (
        len(digits) > 1
        and len(words) <= _BARE_WORDS
        and sum(map(len, words)) <= _BARE_LETTERS
        and sum(map(len, _UNSPACED.findall(piece.folded.text))) <= _BARE_UNSPACED
        and not _MEASURED.search(piece.folded.text)
        and not piece.has("unit_after", "id_cue")
    )


def _said_by_customer(digits: str, context: Context) -> bool:
    said = "".join(
        re.findall(r"\d", " ".join(fold(t.text).text for t in context.history if t.sender == "customer"))
    )
    return digits in said


def _digits(reading: Reading) -> str:
    """The digits of a piece, if it holds little else."""
    text = reading.folded.text
    if len(_WORD.findall(text)) > _ENOUGH_WORDS:
        return ""
    found = "".join(run.digits for run in runs(text, least=1))
    return found


def joined_reading(text: str, context: Context) -> tuple[Reading, int] | None:
    """The message read together with the pieces before it, and where it begins; ``None`` without pieces."""
    pieces = earlier_pieces(context)[-2:]
    if not pieces or len(text) > _LONGEST_PIECE:
        return None
    glue = "" if _is_broken_off(pieces[-1], text) else " "
    before = " ".join(pieces) + glue
    return Reading(before + text, seam=len(before)), len(before)


def may_cross(detector: str, together: Reading, seam: int, known: frozenset[str]) -> bool:
    """Whether a detector can find anything over the seam of a joined reading.

    ``known``: policies that the last message breaks by itself. Numbers and hosts over the seam need a piece
    of them close to it, which spares most pairs of messages the two costly detectors.
    """
    if detector == "phrases":
        return True
    if "contact_redirect" in known:
        return False  # All the others find only that.
    text = together.folded.text
    if not text.isascii() or together.folded.starts is not None:
        return True
    if detector == "phones":
        return together.has("number_told") or _has_figures_beside(text, seam)
    if detector == "links":
        return together.has("dot_sign", "browse", "host_ending") or _has_host_beside(text, seam)
    return True


def _has_figures_beside(text: str, seam: int) -> bool:
    """Whether figures, number words or letters that may be figures stand on both sides, near each other."""
    before, after = text[max(0, seam - _FIGURES_REACH) : seam], text[seam : seam + _FIGURES_REACH]
    left = [found.end() for found in _WORDS.finditer(before) if may_be_figure(found.group())]
    if not left:
        return False
    right = next((found.start() for found in _WORDS.finditer(after) if may_be_figure(found.group())), None)
    return right is not None and right + len(before) - left[-1] <= _FIGURES_REACH


def _has_host_beside(text: str, seam: int) -> bool:
    """Whether one of the words around the seam may be a part of a host."""
    before, after = text[max(0, seam - _HOST_REACH) : seam], text[seam : seam + _HOST_REACH]
    words = [*before.split()[-_HOST_WORDS:], *after.split()[:_HOST_WORDS]]
    if any(map(may_be_host, words)):
        return True
    if before[-1:].isspace() or after[:1].isspace():
        return False
    return bool(before and after) and may_be_host(
        f"{before.split()[-1]}{after.split()[0]}", between_sentences=True
    )


def _is_broken_off(before: str, after: str) -> bool:
    """Whether two messages are halves of one word or address: a sign at the seam, or single short words."""
    if before[-1:] in "@./_-" or after[:1] in "@./_":
        return not _is_end_of_sentence(before, after)
    left, right = before.split()[-1:], after.split()[:1]
    return bool(left and right) and len(before) <= 4 and len(after) <= 12


def _is_end_of_sentence(before: str, after: str) -> bool:
    """Whether a full stop between two messages only ends a sentence: "Sent today.", "You are welcome"."""
    left, right = _LAST_WORD.search(before), _FIRST_WORD.match(after)
    if left is not None and is_ordinary(left[1].lower()) and _GOES_ON.match(after):
        return True  # "Hello.", "com is nice"
    if left is None or right is None or ending_weight(right.group().lower()) >= _USUAL_ENDING:
        return False
    return is_ordinary(left[1].lower()) and is_ordinary(right.group().lower())


def _finding(
    reading: Reading, policy: str, rule: str, confidence: float, start: int, end: int, explanation: str
) -> Finding:
    return Finding(
        policy=policy,
        detector=NAME,
        version=VERSION,
        rule=rule,
        confidence=confidence,
        start=start,
        end=end,
        matched=reading.text[start:end],
        view="window",
        explanation=explanation,
    )


def crossing(found: Iterator[Finding], seam: int, alone: frozenset[str], text: str) -> Iterator[Finding]:
    """Findings of a joined reading that begin before the seam and end after it, moved into the last message.

    ``alone`` names the policies that the last message breaks by itself: nothing needs to be said twice.
    """
    for finding in found:
        if finding.start >= seam or finding.end <= seam or finding.policy in alone:
            continue
        end = finding.end - seam
        start = _number_begins(text[:end]) if finding.detector == "phones" else 0
        yield Finding(
            policy=finding.policy,
            detector=finding.detector,
            version=finding.version,
            rule=finding.rule,
            confidence=round(finding.confidence * 0.92, 2),
            start=start,
            end=end,
            matched=text[start:end],
            view="window",
            explanation=f"{TOGETHER} {finding.explanation}",
        )


def _number_begins(part: str) -> int:
    """Where the figures of a number's last piece begin; 0 where words before them may count too."""
    first = _FIGURE.search(part)
    before = part[: first.start()].encode("utf-8", "replace").decode() if first else ""
    if first is None or any(count_numerals(word) for word in before.lower().split()):
        return 0
    return first.start()

"""Numbers that are put together from what stands apart in one message: parts, labels, sounds, look-alikes."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from compliance.engine.numbers import AMOUNT_AFTER, NANP, Run, is_counted, runs, scattered_figures
from compliance.engine.reading import Reading
from compliance.engine.scattered import Scattered, groups_apart, left_out, like_figures, scattered, sounded

_FEWEST = 7
_WHOLE = range(9, 13)
_WHOLE_GROUPS = 10
_PART_LENGTHS = range(2, 10)
_PART_REACH, _PART_AFTER, _MOST_BETWEEN_PARTS = 30, 16, 90


def apart_runs(reading: Reading) -> Iterator[Run]:
    """Numbers whose figures stand apart, in mixed words, under labels of their own or as other letters."""
    text = reading.folded.text
    is_announced = reading.has("phone_cue", "phone_hint", "number_told")
    words, figures = reading.number_words, reading.traits.figures
    found: list[Scattered] = []
    if words + figures >= _FEWEST:
        found += scattered(text, is_announced=is_announced)
    if figures >= _WHOLE_GROUPS:
        found += groups_apart(text, is_announced=is_announced)
    if is_announced and figures > _FEWEST:
        found += left_out(text)
    if not text.isascii():
        found += sounded(text)
    if is_announced and (words >= _FEWEST or reading.despaced is not None):
        found += [_folded(reading, number) for number in like_figures(reading.text)]
    for number in found:
        gaps = (" ",) * (len(number.pieces) - 1)
        yield Run(number.digits, number.start, number.end, number.spelled, number.pieces, gaps)


def _folded(reading: Reading, number: Scattered) -> Scattered:
    """A number found in the text as it was written, with its place in the folded view."""
    starts = reading.folded.starts
    if starts is None:
        return number
    return number._replace(start=bisect_left(starts, number.start), end=bisect_left(starts, number.end))


def told_parts(reading: Reading) -> Iterator[Run]:
    """The parts of a number that stand apart in sentences which say how they belong together."""
    if not reading.has("number_told"):
        return
    parts = list(_parts(reading))
    digits = "".join(part.digits for part in parts)
    is_announced = reading.has("phone_cue", "phone_hint")
    if len(parts) > 1 and len(digits) in _WHOLE and (is_announced or NANP.fullmatch(digits)):
        for part in parts:
            yield replace(part, digits=digits)
    if is_announced:
        yield from (run for run in scattered_figures(reading.folded.text) if not is_counted(run))


def _parts(reading: Reading) -> Iterator[Run]:
    """Groups of figures beside words that tell of parts ("area code", "then add", "the rest")."""
    text = reading.folded.text
    told = reading.hits["number_told"]
    end = None
    for run in runs(text, least=2):
        if len(run.digits) not in _PART_LENGTHS or AMOUNT_AFTER.match(text, run.end):
            continue
        beside = any(
            0 <= run.start - hit.end <= _PART_REACH or 0 <= hit.start - run.end <= _PART_AFTER for hit in told
        )
        if beside and (end is None or run.start - end <= _MOST_BETWEEN_PARTS):
            end = run.end
            yield run

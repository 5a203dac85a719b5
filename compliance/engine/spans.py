"""Which words a finding marks: whole words and clauses, and each thing once.

Detectors mark the evidence that they rest on, which may end inside a word or a bracket; a model marks
nothing. Here both become the words that a reader would underline.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from compliance.engine import models
from compliance.engine.context import Context
from compliance.engine.findings import Finding, parted, with_reading
from compliance.engine.fusion import MASKED_DETECTORS
from compliance.engine.text import plain

PHRASES = "phrases"

# A dot ends a sentence before a space only, and not after an initial or a title ("M. Perrault", "Dr. No").
_END = r"(?:(?<!\b\w)(?<!\b(?:Mr|Ms|Dr|St|Sr|Nr))(?<!\b(?:Mrs|Sra))\.(?=\s|$)|[!?。！？؟…]+|\n+)"
_SENTENCE_END = re.compile(_END)
_CLAUSE_END = re.compile(rf"{_END}|[,;:](?=\s)|[，、；：،؛]|\s[-–—]+(?=\s)")
# In a long piece, "and then" where a clause of its own follows; "a cup and a plate" is none.
_AND = re.compile(
    r"\s(?=(?:and|but|pero|mais|und|aber|dann|tapi|но|nhưng|लेकिन|لكن)(?:\s[^\s,;]+){3})", re.IGNORECASE
)
_LONG = 80
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_SCHEME_BEFORE = re.compile(r"(?:[^\W\d_*]|\*){2,5}\s{0,3}:\s{0,3}/\s{0,3}/\s{0,3}$")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】", "「": "」"}
_OPENED = {closed: opened for opened, closed in _BRACKETS.items()}
_LONGEST_SCHEME = 16
# Signs within a word or a file's name.
_JOINERS = frozenset("._@'’-")
_MARKS = frozenset({"Mn", "Mc", "Me", "Cf"})
# A clause is marked whole if not more of it than this lies outside of the evidence, on each side.
_REACH = 32
_REACH_UNSPACED = 12
_LONGEST_WORD = 24
# A clause shorter than this is part of its neighbour.
_LEAST_LETTERS = 6
_LEAST_UNSPACED = 3
# More clauses than this are joined before a model is asked about each of them.
_MOST = 6
_SHORT = 600
_LONGEST = 4_096
# What a model must think of a part of the message at least before the part stands for the whole.
_LIKELY = 0.3
# A clause belongs to what is marked if it is nearly as likely as the likeliest.
_NEARLY = 0.6

Place = tuple[int, int]


def clauses(text: str) -> list[Place]:
    """(start, end) of every clause, without the space around; scraps belong to their neighbour."""
    found: list[Place] = []
    for start, end in [part for piece in _pieces(text) for part in _parted(text, *piece)]:
        while end > start and text[end - 1] in ",;:，、；：،؛":
            end -= 1
        goes_on = found and not _SENTENCE_END.search(text, found[-1][1] - 1, start)
        if goes_on and (_is_scrap(text[start:end]) or _is_scrap(text[slice(*found[-1])])):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _pieces(text: str) -> list[Place]:
    found: list[Place] = []
    at = seen = 0
    for stop in [*(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]:
        if any(map(str.isalnum, text[seen:stop])):
            piece = text[at:stop]
            found.append((at + len(piece) - len(piece.lstrip()), at + len(piece.rstrip())))
            at = stop
        seen = stop
    return found


def _parted(text: str, start: int, end: int) -> list[Place]:
    """A long piece without a pause, in parts that begin with "and" or "but"."""
    if end - start <= _LONG:
        return [(start, end)]
    stops = [match.start() for match in _AND.finditer(text, start, end)]
    return list(zip([start, *(stop + 1 for stop in stops)], [*stops, end], strict=True))


def _is_scrap(piece: str) -> bool:
    letters = sum(map(str.isalnum, piece))
    return letters < (_LEAST_UNSPACED if _UNSPACED.search(piece) else _LEAST_LETTERS)


# ---- what the rules mark ----


def tidied(findings: Iterable[Finding], text: str) -> list[Finding]:
    """The rules' findings with whole words marked, and each thing said once.

    Phrases of one policy that overlap become one finding, under the rule that was surest or marked most; of
    contact data that lies within other contact data only the whole is left. In the order of the text.
    """
    kept: list[Finding] = []
    parts: list[Place] | None = None
    for finding in findings:
        if finding.view == "window":
            kept.append(_placed(finding, text, *whole_words(text, finding.start, finding.end)))
        elif finding.detector == PHRASES:
            parts = clauses(text) if parts is None else parts
            kept.append(_placed(finding, text, *_clause_of(text, finding.start, finding.end, parts)))
        elif finding.detector in MASKED_DETECTORS:
            kept.append(_placed(finding, text, *_whole_contact(text, finding.start, finding.end)))
        else:
            kept.append(finding)
    return _said_once(kept, text)


def _placed(finding: Finding, text: str, start: int, end: int) -> Finding:
    if (start, end) == (finding.start, finding.end):
        return finding
    return replace(finding, start=start, end=end, matched=text[start:end])


def whole_words(text: str, start: int, end: int) -> Place:
    """The place with the words at both ends whole, where spaces part words, and no sign torn apart."""
    first, last = start, end
    while 0 < first < end and start - first < _LONGEST_WORD and _is_torn(text, first):
        first -= 1
    while start < last < len(text) and last - end < _LONGEST_WORD and _is_torn(text, last):
        last += 1
    return first, last


def _is_torn(text: str, at: int) -> bool:
    """Whether what stands before and after a place belongs together: parts of a sign, a word, a file name."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after) in _MARKS:
        return True
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return False
    if after in _JOINERS:
        return before.isalnum() and text[at + 1 : at + 2].isalnum()
    if before in _JOINERS:
        return after.isalnum() and text[at - 2 : at - 1].isalnum()
    return before.isalnum() and after.isalnum()


def _clause_of(text: str, start: int, end: int, parts: Sequence[Place]) -> Place:
    """The place, filled up to the clauses that it begins and ends in where little of them is missing."""
    start, end = whole_words(text, start, end)
    reach = _REACH_UNSPACED if _UNSPACED.search(text, start, end) else _REACH
    first = bisect_right(parts, start, key=lambda part: part[0]) - 1
    last = bisect_left(parts, end, key=lambda part: part[0]) - 1
    if first >= 0 and start < parts[first][1] and start - parts[first][0] <= reach:
        start = parts[first][0]
    if last >= 0 and end <= parts[last][1] and parts[last][1] - end <= reach:
        end = parts[last][1]
    return start, end


def _whole_contact(text: str, start: int, end: int) -> Place:
    """The place with the plus sign, the scheme and the brackets that belong to what stands there."""
    while 0 < end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    while end > start + 1 and text[end - 1].isspace():
        end -= 1
    if scheme := _SCHEME_BEFORE.search(text, max(0, start - _LONGEST_SCHEME), start):
        start = scheme.start()
    before, after = text[start - 1 : start], text[end : end + 1]
    piece = text[start:end]
    if before in _BRACKETS and text[end - 1] == _BRACKETS[before] and before not in piece:
        end -= 1  # "(https://host/page)"
    elif before in _BRACKETS and _BRACKETS[before] in piece:
        start -= 1
    piece = text[start:end]
    opened = _OPENED.get(after)
    if opened and piece.count(opened) > piece.count(after):
        end += 1
    if text[start - 1 : start] in ("+", "＋"):
        start -= 1
    return start, end


def _said_once(findings: Sequence[Finding], text: str) -> list[Finding]:
    """One sweep from the first to the last place: time grows with the number of findings."""
    kept: list[Finding] = []
    last: dict[tuple[str, bool], int] = {}
    for finding in sorted(findings, key=lambda finding: (finding.start, -finding.end)):
        kind = finding.policy, finding.detector == PHRASES
        at = last.get(kind)
        if at is not None and _is_same_thing(kept[at], finding):
            kept[at] = _joined(kept[at], finding, text)
        elif finding.detector == PHRASES or finding.detector in MASKED_DETECTORS:
            last[kind] = len(kept)
            kept.append(finding)
        else:
            kept.append(finding)
    return kept


def _is_same_thing(one: Finding, other: Finding) -> bool:
    """Whether the second, which begins no earlier, says again what the first one says."""
    if other.start >= one.end:
        return False
    return one.detector == PHRASES or other.end <= one.end


def _joined(one: Finding, other: Finding, text: str) -> Finding:
    """Both as one: the words of both, under the surer rule, or that of the longer words."""
    best = max(one, other, key=lambda finding: (finding.confidence, finding.end - finding.start))
    read = parted(other.explanation if best is one else one.explanation)
    if read and not parted(best.explanation):
        best = replace(best, explanation=with_reading(best.explanation, read["shown"], read["read"]))
    return _placed(best, text, min(one.start, other.start), max(one.end, other.end))


# ---- what a model means ----


def narrowed(findings: Sequence[Finding], text: str, context: Context) -> list[Finding]:
    """A model's own findings with the place of the clauses that raise them; may raise ModelUnavailable.

    The transformer reads each clause alone and, where none says it by itself, the message without each of
    them: marked are the neighbouring clauses that say it, or without which nobody would say it. At most
    twelve short texts, six pieces of a long one; beyond ``_LONGEST`` the whole stays marked.
    """
    parts = _at_most(clauses(text), _MOST) if len(text) <= _LONGEST else []
    if len(parts) < 2:
        return list(findings)
    alone = _scores([text[start:end] for start, end in parts], context)
    if all(_says(finding, alone) for finding in findings):
        rest: list[dict[str, float]] = [{}] * len(parts)
    elif len(parts) == 2:
        rest = alone[::-1]  # Without the one there is the other.
    elif len(text) <= _SHORT:
        rest = _scores([f"{text[:start]} {text[end:]}" for start, end in parts], context)
    else:
        rest = [{}] * len(parts)
    return [_narrow(finding, text, parts, alone, rest) for finding in findings]


def _scores(pieces: Sequence[str], context: Context) -> list[dict[str, float]]:
    return models.score_batch(
        [(plain(piece.encode("utf-8", "replace").decode()), context) for piece in pieces]
    )


def _says(finding: Finding, scores: Sequence[Mapping[str, float]]) -> bool:
    """Whether one of the parts says it by itself."""
    return any(score.get(finding.policy, 0.0) >= _LIKELY for score in scores)


def _at_most(parts: list[Place], most: int) -> list[Place]:
    """The clauses, the shortest neighbours joined until there are few enough."""
    while len(parts) > most:
        at = min(range(len(parts) - 1), key=lambda at: parts[at + 1][1] - parts[at][0])
        parts = [*parts[:at], (parts[at][0], parts[at + 1][1]), *parts[at + 2 :]]
    return parts


def _narrow(
    finding: Finding,
    text: str,
    parts: Sequence[Place],
    by_itself: Sequence[Mapping[str, float]],
    without: Sequence[Mapping[str, float]],
) -> Finding:
    """``by_itself`` are the scores of each clause, ``without`` those of the message without it."""
    alone = [score.get(finding.policy, 0.0) for score in by_itself]
    rest = [score.get(finding.policy, 0.0) for score in without]
    best = max(range(len(parts)), key=lambda at: (alone[at] - rest[at], alone[at]))
    if _says(finding, by_itself):
        best = max(range(len(parts)), key=lambda at: alone[at])
        first, last = _neighbours(best, [share >= _NEARLY * alone[best] for share in alone])
    elif max(rest) >= _LIKELY:
        first, last = _neighbours(best, [share <= max(rest) / 2 for share in rest])
        if min(rest) > max(rest) / 2:
            return finding  # Whatever is left out, the rest still says it.
    else:
        return finding  # Only all of it together says it.
    return _placed(finding, text, parts[first][0], parts[last][1])


def _neighbours(at: int, chosen: Sequence[bool]) -> Place:
    """The first and the last of the chosen ones around a place without a gap."""
    first = last = at
    while first and chosen[first - 1]:
        first -= 1
    while last + 1 < len(chosen) and chosen[last + 1]:
        last += 1
    return first, last

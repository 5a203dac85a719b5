"""How a place stands in its text: letters set wide, going on behind it, ended by a sign."""

import re

_SPACED = re.compile(r"[^\W\d_](?: {1,3}[^\W\d_])+")
_NEXT_APART = re.compile(r" {1,3}([^\W\d_])(?![^\W_])")
_PIECE = re.compile(r"[^\W_]+")
_ENDED = re.compile(r"[!|+(<#]\s|\s[!|+(<#]")


def goes_on_apart(text: str, start: int, end: int) -> bool:
    """Whether letters set wide go on behind the place: "S I Z E S" holds no "S I Z E"."""
    after = _NEXT_APART.match(text, end)
    if after is None or not _SPACED.fullmatch(text, start, end):
        return False
    return after[1].lower() != text[end - 1].lower()  # A doubled letter is part of the place.


def is_heading(text: str, start: int, end: int) -> bool:
    """Whether letters are only set wide, in capitals or alone on their line: "R E V I E W S"."""
    piece = text[start:end]
    if not _SPACED.fullmatch(piece):
        return False
    line = text[text.rfind("\n", 0, start) + 1 : start] + text[end:].partition("\n")[0]
    return piece.isupper() or sum(map(str.isalpha, line)) <= 1


def is_ended(low: str) -> bool:
    """Whether a sign taken for a letter ends a sentence inside ("Red! T-shirt")."""
    return bool(_ENDED.search(low)) and any(len(part) > 1 for part in _PIECE.findall(low))


def is_counted(low: str) -> bool:
    """Whether a number stands apart from whole words: "password.\n5.", "poker 2", "50, it"."""
    pieces = _PIECE.findall(low)
    if len(pieces) == 1 or all(len(part) == 1 for part in pieces):
        return False
    apart = [part for part in pieces if part.isdigit()]
    return any(len(part) > 1 for part in apart) or (
        (pieces[0].isdigit() or pieces[-1].isdigit()) and max(map(len, pieces)) > 1
    )

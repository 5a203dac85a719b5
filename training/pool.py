"""Which examples an epoch of each stage shows: the corpus, variations of it, and a changing part of the
public data."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from compliance.engine.models.tokenizer import Tokenizer
from training.corpus import Example
from training.prepare import Sequence, disguised, sequence, with_history, without_history

# Rows taken from each public source, at most, before an epoch picks its share.
ROOM = {
    "bitext": 4_500,
    "banking": 2_800,
    "sms": 2_200,
    "presidio": 400,
    "everyday": 900,
    "edos": 4_500,
    "hatemoji": 4_400,
    "davidson-neither": 1_800,
    "davidson-hate": 1_200,
    "davidson-offensive": 900,
}
# Files of the project's own lines and chats that were written last.
NEWEST = frozenset(
    {
        "chats-third.txt",
        "lines-en-sly.txt",
        "lines-honest.txt",
        "lines-odd.txt",
        "lines-world-sly.txt",
    }
)
VARIED = 4_000  # disguised copies: all violations, filled up with innocents
MOVED = 2_500  # copies with another history


@dataclass(frozen=True)
class Shares:
    """How much of each part one epoch shows; 2 shows everything twice."""

    lines: float = 1.0  # single lines of the corpus, and every violation of a whole chat
    talk: float = 1.0  # innocent messages of whole chats
    varied: float = 0.5  # disguised copies and those with another history
    clean: float = 0.34  # public clean talk
    hate: float = 0.34  # public harassment and its clean neighbours
    everyday: float = 0.7  # the project's own everyday lines
    own: float = 0.0  # the project's own labelled lines and chats, but for the newest
    newest: float = 0.0  # those of the files in `NEWEST`


@dataclass(frozen=True)
class Pool:
    """Sequences by part, in the order of the fields of `Shares`."""

    parts: dict[str, list[Sequence]]

    def all(self) -> list[Sequence]:
        return [each for part in self.parts.values() for each in part]

    def epoch(self, chance: random.Random, shares: Shares) -> list[int]:
        """Positions in `all()` that the next epoch shows."""
        chosen: list[int] = []
        start = 0
        for name, part in self.parts.items():
            places = range(start, start + len(part))
            whole, rest = divmod(getattr(shares, name), 1)
            chosen += list(places) * int(whole) + chance.sample(places, k=round(rest * len(part)))
            start += len(part)
        return chosen


def build(
    corpus: list[Example], public: list[Example], own: list[Example], tokenizer: Tokenizer, *, seed: int
) -> Pool:
    """All sequences of a stage. `own` may be empty; rows held out are left out here."""
    chance = random.Random(seed)
    shown = [example for example in corpus if not example.held_out]
    talk = [example for example in shown if _is_talk(example)]
    groups = {
        "lines": [example for example in shown if not _is_talk(example)],
        "talk": talk,
        "varied": _variations(shown, talk, chance),
        "clean": _public(public, chance, lambda source: not _is_hate(source) and source != "everyday"),
        "hate": _public(public, chance, _is_hate),
        "everyday": _public(public, chance, lambda source: source == "everyday"),
        "own": [each for each in own if not each.held_out and not _is_newest(each)],
        "newest": [each for each in own if not each.held_out and _is_newest(each)],
    }
    return Pool({name: [sequence(example, tokenizer) for example in part] for name, part in groups.items()})


def _is_newest(example: Example) -> bool:
    return example.group.split(":")[0] in NEWEST


def _is_talk(example: Example) -> bool:
    return example.source == "chats" and example.label == "none"


def _is_hate(source: str) -> bool:
    return source.startswith(("davidson", "edos", "hatemoji"))


def _variations(shown: list[Example], talk: list[Example], chance: random.Random) -> list[Example]:
    violations = [example for example in shown if example.label != "none"]
    innocents = [example for example in shown if example.label == "none"]
    varied = violations + chance.sample(innocents, k=max(0, VARIED - len(violations)))
    variations = [disguised(example, chance) for example in varied]
    for example in chance.sample(shown, k=MOVED):
        moved = without_history(example) if example.source == "chats" else with_history(example, chance, talk)
        if moved.history or not example.label_needs_history:
            variations.append(moved)
    return variations


def _public(public: list[Example], chance: random.Random, wanted: Callable[[str], bool]) -> list[Example]:
    chosen: list[Example] = []
    left = dict(ROOM)
    rows = [row for row in public if not row.held_out and wanted(row.source)]
    chance.shuffle(rows)
    for row in rows:
        if left[row.source]:
            left[row.source] -= 1
            chosen.append(row)
    return chosen

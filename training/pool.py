"""Which examples an epoch shows: the corpus, variations of it, and a changing part of the public data."""

import random
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
VARIED = 4_000  # disguised copies: all violations, filled up with innocents
MOVED = 2_500  # copies with another history
VARIED_SHARE = 0.5  # of the variations in one epoch
PUBLIC_SHARE = 0.34  # of the public rows in one epoch
EVERYDAY_SHARE = 0.7  # of the project's own everyday lines


@dataclass(frozen=True)
class Pool:
    """Sequences by part. An epoch takes all of `corpus` and samples the others."""

    corpus: list[Sequence]
    varied: list[Sequence]
    public: list[Sequence]
    everyday: list[Sequence]

    def all(self) -> list[Sequence]:
        return [*self.corpus, *self.varied, *self.public, *self.everyday]

    def epoch(self, chance: random.Random) -> list[int]:
        """Positions in `all()` that the next epoch shows."""
        chosen = list(range(len(self.corpus)))
        start = len(self.corpus)
        for part, share in (
            (self.varied, VARIED_SHARE),
            (self.public, PUBLIC_SHARE),
            (self.everyday, EVERYDAY_SHARE),
        ):
            chosen += chance.sample(range(start, start + len(part)), k=round(share * len(part)))
            start += len(part)
        return chosen


def build(corpus: list[Example], public: list[Example], tokenizer: Tokenizer, *, seed: int) -> Pool:
    chance = random.Random(seed)
    own = [example for example in corpus if not example.held_out]
    violations = [example for example in own if example.label != "none"]
    innocents = [example for example in own if example.label == "none"]
    talk = [example for example in innocents if example.source == "chats"]
    varied = violations + chance.sample(innocents, k=max(0, VARIED - len(violations)))
    variations = [disguised(example, chance) for example in varied]
    for example in chance.sample(own, k=MOVED):
        moved = without_history(example) if example.source == "chats" else with_history(example, chance, talk)
        if moved.history or not example.label_needs_history:
            variations.append(moved)
    return Pool(
        corpus=[sequence(example, tokenizer) for example in own],
        varied=[sequence(example, tokenizer) for example in variations],
        public=[sequence(example, tokenizer) for example in _public(public, chance, everyday=False)],
        everyday=[sequence(example, tokenizer) for example in _public(public, chance, everyday=True)],
    )


def _public(public: list[Example], chance: random.Random, *, everyday: bool) -> list[Example]:
    chosen: list[Example] = []
    left = dict(ROOM)
    rows = [row for row in public if not row.held_out and (row.source == "everyday") == everyday]
    chance.shuffle(rows)
    for row in rows:
        if left[row.source]:
            left[row.source] -= 1
            chosen.append(row)
    return chosen

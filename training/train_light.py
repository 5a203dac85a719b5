"""Trains the light network: two convolutions over small piece vectors, the step between the linear gate and
the transformer.

Run through `make train` (see training/README.md) after the transformer, whose word on every training text it
learns beside the labels. Piece vectors start as the main directions of the base model's embeddings. Writes
`light.onnx` and `light.npz` (eight-bit piece vectors).
"""

import argparse
import logging
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from compliance.engine.models.tokenizer import Tokenizer
from compliance.engine.models.transformer import Transformer
from training import e5, export_light, pool, vocabulary
from training.corpus import CATEGORIES, Example, read_corpus, read_own, read_public
from training.metrics import report
from training.pool import Shares
from training.prepare import Sequence, sequence

log = logging.getLogger("light")
SEED = 20_261_123
SIZE = 96  # numbers of a piece's vector
WIDTH = 128  # channels of a convolution
BATCH = 64
EPOCHS = 8
RATE = 2e-3
TABLE_RATE = 4e-3
FAR = 1e4  # keeps padding from being the largest
FORGET = 0.1  # share of pieces hidden at random in training
TAUGHT = 0.5  # share of the target that is the transformer's word
SHARES = Shares(talk=0.6, varied=1.0, clean=0.6, hate=0.5, everyday=1.0, own=1.0, newest=1.0)


class Light(nn.Module):
    """Logits of all classes from the pieces of a message and of the lines before it."""

    def __init__(self, vectors: Tensor) -> None:
        super().__init__()
        self.table = nn.Embedding.from_pretrained(vectors, freeze=False)
        self.first = nn.Conv1d(SIZE, WIDTH, 3, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.dense = nn.Linear(2 * WIDTH + SIZE, WIDTH)
        self.out = nn.Linear(WIDTH, len(CATEGORIES))
        self.dropout = nn.Dropout(0.2)

    def forward(self, message: Tensor, there: Tensor, tail: Tensor, behind: Tensor) -> Tensor:
        """`message`, `tail`: (batch, length) pieces; `there`, `behind`: 1 where a piece is, as floats."""
        states = self.table(message) * there.unsqueeze(-1)
        around = (self.table(tail) * behind.unsqueeze(-1)).sum(1) / behind.sum(1, keepdim=True).clamp(min=1)
        return self.read(states.transpose(1, 2), there.unsqueeze(1), around)

    def read(self, states: Tensor, there: Tensor, around: Tensor) -> Tensor:
        """`states` (batch, size, length), `there` (batch, 1, length), `around` (batch, size)."""
        states = functional.gelu(self.first(states)) * there
        states = states + functional.gelu(self.second(states)) * there
        mean = states.sum(2) / there.sum(2)
        top = (states + (there - 1) * FAR).max(2).values
        pooled = torch.cat([mean, top, around], dim=1)
        return self.out(self.dropout(functional.gelu(self.dense(self.dropout(pooled)))))


@dataclass(frozen=True)
class Batch:
    message: Tensor
    there: Tensor
    tail: Tensor
    behind: Tensor


def collate(part: list[Sequence], *, chance: random.Random | None = None) -> Batch:
    """Padded pieces; with `chance` some are hidden behind the padding's number, whose vector is zero."""
    longest = max(one.message for one in part)
    tails = max(1, max(len(one.numbers) - one.message for one in part))
    message, tail = np.ones((len(part), longest), np.int64), np.ones((len(part), tails), np.int64)
    there, behind = np.zeros((len(part), longest), np.float32), np.zeros((len(part), tails), np.float32)
    for row, one in enumerate(part):
        pieces = one.numbers
        if chance is not None:
            pieces = [1 if chance.random() < FORGET else number for number in pieces]
        message[row, : one.message], there[row, : one.message] = pieces[: one.message], 1
        rest = len(pieces) - one.message
        tail[row, :rest], behind[row, :rest] = pieces[one.message :], 1
    return Batch(*(torch.from_numpy(value) for value in (message, there, tail, behind)))


def start_vectors(base: e5.Base, kept: list[int]) -> Tensor:
    """The main directions of the kept pieces' embeddings, of unit size on average; zero for padding."""
    rows = torch.from_numpy(e5.unpack(base.words[kept]))
    rows = rows - rows.mean(0)
    _, _, directions = torch.pca_lowrank(rows, q=SIZE, center=False)
    vectors = rows @ directions
    vectors /= vectors.pow(2).mean().sqrt() * SIZE**0.25
    vectors[1] = 0
    return vectors


@torch.no_grad()
def predict(model: Light, sequences: list[Sequence]) -> np.ndarray:
    model.eval()
    found = [
        functional.log_softmax(forward(model, collate(sequences[start : start + 256])), -1).numpy()
        for start in range(0, len(sequences), 256)
    ]
    model.train()
    return np.concatenate(found)


def forward(model: Light, batch: Batch) -> Tensor:
    logits: Tensor = model(batch.message, batch.there, batch.tail, batch.behind)
    return logits


def taught(teacher: Transformer, sequences: list[Sequence]) -> np.ndarray:
    """(sequences, classes): the transformer's probabilities."""
    found = np.zeros((len(sequences), len(CATEGORIES)), np.float32)
    order = sorted(range(len(sequences)), key=lambda at: len(sequences[at].numbers))
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        found[part] = np.exp(teacher.read([(sequences[at].numbers, sequences[at].message) for at in part]))
    return found


def train(model: Light, data: pool.Pool, targets: np.ndarray, seed: int) -> None:
    chance = random.Random(seed)
    everything = data.all()
    plans = [data.epoch(chance, SHARES) for _ in range(EPOCHS)]
    steps = sum(-(-len(plan) // BATCH) for plan in plans)
    table, rest = (
        [model.table.weight],
        [value for name, value in model.named_parameters() if "table" not in name],
    )
    optimizer = torch.optim.AdamW(
        [{"params": table, "lr": TABLE_RATE, "weight_decay": 0.0}, {"params": rest, "lr": RATE}],
        weight_decay=0.02,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [TABLE_RATE, RATE], total_steps=steps, pct_start=0.1
    )
    model.train()
    for number, plan in enumerate(plans):
        plan = sorted(plan, key=lambda at: everything[at].message + chance.random() * 6)
        parts = [plan[start : start + BATCH] for start in range(0, len(plan), BATCH)]
        chance.shuffle(parts)
        losses = 0.0
        for part in parts:
            batch = collate([everything[at] for at in part], chance=chance)
            loss = functional.cross_entropy(forward(model, batch), torch.from_numpy(targets[part]))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses += loss.item()
        log.info("epoch %d of %d, loss %.4f", number + 1, EPOCHS, losses / len(parts))


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--vocabulary", type=Path, required=True)
    options.add_argument("--teacher", type=Path, help="transformer.onnx; without it from the labels alone")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--threads", type=int, default=1)
    arguments = options.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    base = e5.read(e5.find_file())
    kept = vocabulary.numbers(base, arguments.vocabulary)
    tokenizer = Tokenizer([base.pieces[number] for number in kept], base.scores[kept])
    corpus, own = read_corpus(arguments.shared / "policy-corpus"), read_own()
    public = read_public(arguments.shared / "public-data", seed=SEED)
    data = pool.build(corpus, public, own, tokenizer, seed=SEED)
    sequences = data.all()
    targets = np.stack([one.target for one in sequences])
    log.info("%d sequences", len(sequences))
    if arguments.teacher:
        teacher = Transformer(arguments.teacher, arguments.vocabulary)
        targets = (1 - TAUGHT) * targets + TAUGHT * taught(teacher, sequences)
    model = Light(start_vectors(base, kept))
    train(model, data, targets.astype(np.float32), SEED)
    held = [example for example in corpus + own if example.held_out]
    log_held_out(model, held, tokenizer)
    export_light.write(model, arguments.out)


def log_held_out(model: Light, held: list[Example], tokenizer: Tokenizer) -> None:
    scores = predict(model, [sequence(example, tokenizer) for example in held])
    log.info("held out: %s", report(scores, held))


if __name__ == "__main__":
    main()

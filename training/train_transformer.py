"""Fine-tunes the top layers of multilingual-e5-small on the policy corpus; the lower layers' output is kept
in memory.

Run through `make train` (see training/README.md). Writes `build/epoch-N.pt` after each epoch, so that a
usable model exists at any time, and `build/vocabulary.npz` before the first.
"""

import argparse
import logging
import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from compliance.engine.models.text_input import model_input
from compliance.engine.models.tokenizer import PADDING, Tokenizer
from training import e5, pool, vocabulary
from training.corpus import CATEGORIES, Example, read_corpus, read_public
from training.encoder import Classifier, Embeddings, Layer, attention_mask
from training.metrics import report
from training.prepare import Sequence, sequence

log = logging.getLogger("train")
SEED = 20_261_123
BATCH = 32
RATE = 1e-4
HEAD_RATE = 8e-4
DECAY_BY_LAYER = 0.9
WARM_UP = 0.06
LAST_RATE = 0.02  # share of the full learning rate at the end
COOL_FROM, STOP_AT = 781, 1_603  # steps of the published run
AVERAGE = 0.998  # weight of the running mean of parameters at each step


class Model(nn.Module):
    """The trained part: the top layers and the classifier."""

    def __init__(self, base: e5.Base, top: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(base, number) for number in range(base.layers - top, base.layers))
        self.classifier = Classifier(base.hidden, len(CATEGORIES))

    def forward(self, states: Tensor, lengths: Tensor, messages: Tensor) -> Tensor:
        mask = attention_mask(lengths, states.shape[1])
        for layer in self.layers:
            states = layer(states, mask)
        message = (torch.arange(states.shape[1])[None, :] < messages[:, None]).to(states.dtype)
        return self.classifier(states, message)


@torch.no_grad()
def lower_states(base: e5.Base, kept: list[int], top: int, sequences: list[Sequence]) -> list[Tensor]:
    """Output of the frozen lower layers for each sequence, in half precision."""
    embeddings = Embeddings(base, e5.unpack(base.words[kept]))
    layers = [Layer(base, number).eval() for number in range(base.layers - top)]
    order = sorted(range(len(sequences)), key=lambda at: len(sequences[at].numbers))
    found: list[Tensor] = [torch.empty(0)] * len(sequences)
    for start in range(0, len(order), 64):
        chosen = order[start : start + 64]
        lengths = torch.tensor([len(sequences[at].numbers) for at in chosen])
        numbers = torch.full((len(chosen), int(lengths.max())), PADDING)
        for row, at in enumerate(chosen):
            numbers[row, : lengths[row]] = torch.tensor(sequences[at].numbers)
        states = embeddings(numbers)
        mask = attention_mask(lengths, numbers.shape[1])
        for layer in layers:
            states = layer(states, mask)
        for row, at in enumerate(chosen):
            found[at] = states[row, : lengths[row]].half()
    return found


def batches(chosen: list[int], sequences: list[Sequence], chance: random.Random) -> list[list[int]]:
    """Batches of similar length, in random order."""
    chosen = sorted(chosen, key=lambda at: len(sequences[at].numbers) + chance.random() * 6)
    parts = [chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH)]
    chance.shuffle(parts)
    return parts


def collate(
    part: list[int], sequences: list[Sequence], states: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    lengths = torch.tensor([len(states[at]) for at in part])
    padded = nn.utils.rnn.pad_sequence([states[at] for at in part], batch_first=True).float()
    messages = torch.tensor([sequences[at].message for at in part])
    targets = torch.from_numpy(np.stack([sequences[at].target for at in part]))
    return padded, lengths, messages, targets


def optimizer_for(model: Model) -> torch.optim.AdamW:
    groups = [{"params": model.classifier.parameters(), "lr": HEAD_RATE}]
    for depth, layer in enumerate(reversed(model.layers)):
        groups.append({"params": layer.parameters(), "lr": RATE * DECAY_BY_LAYER**depth})
    return torch.optim.AdamW(groups, weight_decay=0.01)


@torch.no_grad()
def predict(model: Model, sequences: list[Sequence], states: list[Tensor]) -> np.ndarray:
    model.eval()
    result = np.zeros((len(sequences), len(CATEGORIES)), np.float32)
    order = sorted(range(len(sequences)), key=lambda at: len(sequences[at].numbers))
    for start in range(0, len(order), 64):
        part = order[start : start + 64]
        padded, lengths, messages, _ = collate(part, sequences, states)
        result[part] = functional.log_softmax(model(padded, lengths, messages), -1).numpy()
    model.train()
    return result


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--top", type=int, default=6, help="layers that are trained")
    options.add_argument("--epochs", type=int, default=5, help="that the learning rate is planned for")
    options.add_argument(
        "--cool-from", type=int, default=COOL_FROM, help="step where the rate starts to fall fast"
    )
    options.add_argument("--stop-at", type=int, default=STOP_AT, help="last step")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument(
        "--limit", type=int, default=0, help="train on so many sequences only: to try the script"
    )
    arguments = options.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    base = e5.read(e5.find_file())
    corpus = read_corpus(arguments.shared / "policy-corpus")
    public = read_public(arguments.shared / "public-data", seed=SEED)
    texts = []
    for example in corpus + public:
        cleaned = model_input(example.text, example)
        texts += [cleaned.text, *(line for _, line in cleaned.earlier)]
    kept = vocabulary.cut(base, [*texts, "query: seller: customer:"])
    vocabulary.save(base, kept, arguments.out / "vocabulary.npz")
    tokenizer = Tokenizer([base.pieces[number] for number in kept], base.scores[kept])
    data = pool.build(corpus, public, tokenizer, seed=SEED)
    sequences = data.all()
    held = [example for example in corpus if example.held_out]
    held += chance.sample([example for example in public if example.held_out], k=1_500)
    log.info("%d sequences, %d held out", len(sequences), len(held))
    if arguments.limit:
        sequences = sequences[: arguments.limit]
    states = lower_states(base, kept, arguments.top, sequences)
    held_sequences = [sequence(example, tokenizer) for example in held]
    held_out = HeldOut(held, held_sequences, lower_states(base, kept, arguments.top, held_sequences))
    log.info("lower layers done, %.0f MB", sum(state.numel() for state in states) * 2 / 1e6)
    train(Model(base, arguments.top), data, states, held_out, arguments, chance)


@dataclass(frozen=True)
class HeldOut:
    examples: list[Example]
    sequences: list[Sequence]
    states: list[Tensor]


def rate_at(step: int, *, steps: int, cool_from: int, stop_at: int) -> float:
    """Share of the full learning rate: a warm-up, a slow fall, then a straight one to almost nothing."""
    if step < cool_from:
        return min(step / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps))
    start = (steps - cool_from) / ((1 - WARM_UP) * steps)
    return max(LAST_RATE, start * (stop_at - step) / (stop_at - cool_from))


def train(
    model: Model,
    data: pool.Pool,
    states: list[Tensor],
    held: HeldOut,
    arguments: argparse.Namespace,
    chance: random.Random,
) -> None:
    sequences = data.all()
    optimizer = optimizer_for(model)
    mean = torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=mean)
    plans = [[at for at in data.epoch(chance) if at < len(states)] for _ in range(arguments.epochs)]
    steps = sum(-(-len(plan) // BATCH) for plan in plans)
    stop_at = min(arguments.stop_at, steps)
    rate = partial(rate_at, steps=steps, cool_from=min(arguments.cool_from, stop_at - 1), stop_at=stop_at)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    done = 0
    model.train()
    for epoch, plan in enumerate(plans, start=1):
        for part in batches(plan, sequences, chance):
            padded, lengths, messages, targets = collate(part, sequences, states)
            loss = functional.cross_entropy(model(padded, lengths, messages), targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            average.update_parameters(model)
            done += 1
            if done % 50 == 0:
                log.info("step %d of %d, loss %.4f", done, stop_at, loss.item())
            if done == stop_at:
                save(model, average, arguments.out / "final.pt", top=arguments.top)
                log_held_out(model, average, held)
                return
        save(model, average, arguments.out / f"epoch-{epoch}.pt", top=arguments.top)
        log_held_out(model, average, held)


def save(model: Model, average: nn.Module, path: Path, *, top: int) -> None:
    torch.save({"model": model.state_dict(), "average": average.module.state_dict(), "top": top}, path)


def log_held_out(model: Model, average: nn.Module, held: HeldOut) -> None:
    for name, candidate in (("model", model), ("average", average.module)):
        scores = predict(candidate, held.sequences, held.states)
        log.info("held out, %s: %s", name, report(scores, held.examples))


if __name__ == "__main__":
    main()

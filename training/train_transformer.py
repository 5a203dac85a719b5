"""Fine-tunes the top layers of multilingual-e5-small on the policy corpus; the lower layers' output is kept
in memory.

Run through `make train` (see training/README.md), once for each stage and seed. Writes `final.pt` into the
output folder, and `latest.pt` every hundred steps, so that a usable model exists at any time. The first stage
also writes `vocabulary.npz`, which later ones read.
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

from compliance.engine.models.text_input import model_input
from compliance.engine.models.tokenizer import PADDING, Tokenizer
from training import e5, pool, vocabulary
from training.corpus import CATEGORIES, Example, read_corpus, read_own, read_public
from training.encoder import Classifier, Embeddings, Layer, attention_mask
from training.metrics import report
from training.prepare import Sequence, sequence
from training.stages import STAGES, Stage

log = logging.getLogger("train")
SEED = 20_261_123
BATCH = 32
DECAY_BY_LAYER = 0.9
SAVE_EVERY = 100  # steps


class Model(nn.Module):
    """The trained part: the top layers and the classifier."""

    def __init__(self, base: e5.Base, top: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(base, number) for number in range(base.layers - top, base.layers))
        self.classifier = Classifier(base.hidden, len(CATEGORIES))

    def load(self, checkpoints: list[Path]) -> None:
        """Take the mean of the checkpoints; layers below those that they trained stay the base model's."""
        values = mean_of(checkpoints)
        lower = len(self.layers) - trained_layers(checkpoints)
        missing = self.load_state_dict(moved_up(values, lower), strict=False).missing_keys
        if any(int(name.split(".")[1]) >= lower for name in missing if name.startswith("layers.")):
            raise ValueError(f"not in the checkpoints: {missing}")

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
    part: list[int], sequences: list[Sequence], states: dict[int, Tensor] | list[Tensor]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    lengths = torch.tensor([len(states[at]) for at in part])
    padded = nn.utils.rnn.pad_sequence([states[at] for at in part], batch_first=True).float()
    messages = torch.tensor([sequences[at].message for at in part])
    targets = torch.from_numpy(np.stack([sequences[at].target for at in part]))
    return padded, lengths, messages, targets


def optimizer_for(model: Model, stage: Stage) -> torch.optim.AdamW:
    groups = [{"params": model.classifier.parameters(), "lr": stage.head_rate}]
    for depth, layer in enumerate(reversed(model.layers)):
        groups.append({"params": layer.parameters(), "lr": stage.rate * DECAY_BY_LAYER**depth})
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


@dataclass(frozen=True)
class HeldOut:
    examples: list[Example]
    sequences: list[Sequence]
    states: list[Tensor]


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = argparse.ArgumentParser()
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--stage", choices=sorted(STAGES), default="first")
    options.add_argument("--start", type=Path, nargs="*", default=[], help="checkpoints; their mean is taken")
    options.add_argument("--vocabulary", type=Path, help="of the first stage, for a later one")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--limit", type=int, default=0, help="stop after so many steps: to try the script")
    arguments = options.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    chance = random.Random(arguments.seed)
    stage = STAGES[arguments.stage]
    base = e5.read(e5.find_file())
    corpus = read_corpus(arguments.shared / "policy-corpus")
    public = read_public(arguments.shared / "public-data", seed=SEED)
    own = read_own() if stage.shares.own else []
    kept = kept_pieces(base, corpus + public, arguments)
    tokenizer = Tokenizer([base.pieces[number] for number in kept], base.scores[kept])
    data = pool.build(corpus, public, own, tokenizer, seed=arguments.seed)
    sequences = data.all()
    plans = [data.epoch(chance, stage.shares) for _ in range(stage.epochs)]
    order = [part for plan in plans for part in batches(plan, sequences, chance)]
    order = order[: arguments.limit or stage.stop_at]
    shown = sorted({at for part in order for at in part})
    log.info("%d batches, %d sequences", len(order), len(shown))
    states = dict(
        zip(shown, lower_states(base, kept, stage.top, [sequences[at] for at in shown]), strict=True)
    )
    log.info("lower layers done, %.0f MB", sum(state.numel() for state in states.values()) * 2 / 1e6)
    held = [example for example in corpus + own if example.held_out and example.source != "chats"]
    held_sequences = [sequence(example, tokenizer) for example in held]
    held_out = HeldOut(held, held_sequences, lower_states(base, kept, stage.top, held_sequences))
    model = Model(base, stage.top)
    if arguments.start:
        model.load(arguments.start)
    average = train(model, stage, [(part, sequences) for part in order], states, arguments.out)
    log_held_out(model, average, held_out)


def kept_pieces(base: e5.Base, examples: list[Example], arguments: argparse.Namespace) -> list[int]:
    """Numbers of the vocabulary's pieces: those of the first stage, or cut now and stored."""
    if arguments.vocabulary:
        return vocabulary.numbers(base, arguments.vocabulary)
    texts = []
    for example in examples:
        cleaned = model_input(example.text, example)
        texts += [cleaned.text, *(line for _, line in cleaned.earlier)]
    kept = vocabulary.cut(base, [*texts, "query: seller: customer:"])
    vocabulary.save(base, kept, arguments.out / "vocabulary.npz")
    return kept


def mean_of(checkpoints: list[Path]) -> dict[str, Tensor]:
    """The mean of the checkpoints' running means, parameter by parameter."""
    stored = [torch.load(path, weights_only=True)["average"] for path in checkpoints]
    return {name: torch.stack([each[name] for each in stored]).mean(0) for name in stored[0]}


def trained_layers(checkpoints: list[Path]) -> int:
    """How many of the top layers the checkpoints hold: the same number in each."""
    found = {int(torch.load(path, weights_only=True)["top"]) for path in checkpoints}
    if len(found) != 1:
        raise ValueError(f"checkpoints of different depth: {sorted(found)}")
    return found.pop()


def moved_up(values: dict[str, Tensor], lower: int) -> dict[str, Tensor]:
    """Parameters of the top layers under the numbers that they have when `lower` more are trained below."""
    found = {}
    for name, value in values.items():
        kind, number, rest = [*name.split(".", 2), "", ""][:3]
        found[f"layers.{int(number) + lower}.{rest}" if kind == "layers" else name] = value
    return found


def train(
    model: Model,
    stage: Stage,
    order: list[tuple[list[int], list[Sequence]]],
    states: dict[int, Tensor],
    out: Path,
) -> nn.Module:
    """Trains `model` in place; gives the running mean of its parameters."""
    optimizer = optimizer_for(model, stage)
    mean = torch.optim.swa_utils.get_ema_multi_avg_fn(stage.average)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=mean)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, stage.rate_at)
    top = len(model.layers)
    losses: list[float] = []
    model.train()
    for done, (part, sequences) in enumerate(order, start=1):
        padded, lengths, messages, targets = collate(part, sequences, states)
        loss = functional.cross_entropy(model(padded, lengths, messages), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        average.update_parameters(model)
        losses.append(loss.item())
        if done % 25 == 0:
            log.info("step %d of %d, loss %.4f", done, len(order), sum(losses[-25:]) / 25)
        if done % SAVE_EVERY == 0:
            save(model, average, out / "latest.pt", top=top)
    save(model, average, out / "final.pt", top=top)
    return average.module


def save(model: Model, average: nn.Module, path: Path, *, top: int) -> None:
    torch.save({"model": model.state_dict(), "average": average.module.state_dict(), "top": top}, path)


def log_held_out(model: Model, average: nn.Module, held: HeldOut) -> None:
    for name, candidate in (("model", model), ("average", average)):
        scores = predict(candidate, held.sequences, held.states)
        log.info("held out, %s: %s", name, report(scores, held.examples))


if __name__ == "__main__":
    main()

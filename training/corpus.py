"""Reads the training data: the policy corpus and the public data, as one list of examples with a held-out
part.

Held out are whole functions (the kind of line, not lines at random: neighbours are minimal pairs), whole
chats, and whole intents of the public support data. They choose thresholds and are never trained on.
"""

import csv
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compliance.engine.models.settings import CATEGORIES
from training.everyday import everyday_lines

__all__ = [
    "CATEGORIES",
    "Example",
    "Turn",
    "file_hashes",
    "fold",
    "read_check",
    "read_corpus",
    "read_own",
    "read_public",
]

# What a support assistant may say and a shop must not: such answers are no clean examples for a seller.
NOT_FOR_A_SHOP = re.compile(
    r"review|feedback|rating|e-?mail|phone|call|hotline|website|\{\{|https?:|www|@|social|password|credential|"
    r"fee\b|charge|cancel|account|personal|contact|reach out|provide",
    re.IGNORECASE,
)
LIST_NUMBER = re.compile(r"[\s:]*\d+\.$")
SENTENCE = re.compile(r"(?<=[.!?])\s+")
DIGEST_LENGTH = 8
EARLIER = re.compile(r"> (customer|seller): (.+)")
CHAT_LINE = re.compile(r"([scap])(?: \[([a-z_ ]+)\])?: (.+)")
SENDERS = {"s": "seller", "c": "customer", "a": "auto", "p": "platform"}
STRETCH = 80  # lines of a file of our own that are held out, or shown, together
# Once `bench/detect/fresh`, by authors who saw neither data nor engine: no model learns from them, only the
# fusion and the thresholds do.
ALWAYS_HELD = frozenset({"chats-held.txt", "lines-held.txt"})
ALWAYS_SHOWN = ("lines-asia.txt", "lines-en.txt", "lines-germanic-slavic.txt", "lines-romance.txt")


@dataclass(frozen=True)
class Turn:
    sender: str
    text: str


@dataclass(frozen=True)
class Example:
    """One message with what was said before it, oldest first."""

    text: str
    sender: str
    label: str
    also: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    source: str = "lines"
    group: str = ""
    lang: str = "en"
    held_out: bool = False
    chat: str = ""

    @property
    def label_needs_history(self) -> bool:
        """Only a violation may rest on what was said before; a clean line is clean alone."""
        return self.label != "none" and bool(self.history)


def fold(name: str, folds: int) -> int:
    """A number below `folds` that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:DIGEST_LENGTH], "big") % folds


def read_lines(path: Path) -> Iterator[Example]:
    for row in _json_lines(path):
        function = row["function"]
        big = function.startswith(("neg-everyday", "neg-plain"))
        yield Example(
            text=row["text"],
            sender=row["sender"],
            label=row["label"],
            also=tuple(row["also"]),
            history=tuple(Turn(turn["sender"], turn["text"]) for turn in row.get("context") or ()),
            source="lines",
            group=function,
            lang=row["lang"],
            held_out=fold(row["text"] if big else function, 10) == 0,
        )


def read_chats(path: Path) -> Iterator[Example]:
    for chat in _json_lines(path):
        history: list[Turn] = []
        for message in chat["messages"]:
            if message["sender"] != "platform":
                yield Example(
                    text=message["text"],
                    sender=message["sender"],
                    label=message["label"],
                    also=tuple(message["also"]),
                    history=tuple(history[-8:]),
                    source="chats",
                    group=message["function"],
                    lang=chat["lang"],
                    held_out=fold(chat["id"], 9) == 0,
                    chat=chat["id"],
                )
            history.append(Turn(message["sender"], message["text"]))


def read_corpus(folder: Path) -> list[Example]:
    """All `train-*` files of the policy corpus."""
    examples: list[Example] = []
    for path in sorted(folder.glob("train-*.jsonl")):
        examples.extend(read_chats(path) if "chats" in path.name else read_lines(path))
    return examples


def read_public(folder: Path, *, seed: int) -> list[Example]:
    """Public data as clean talk in both roles, and as harassment with its clean neighbours."""
    chance = random.Random(seed)
    examples: list[Example] = []
    examples.extend(_support(folder))
    examples.extend(_banking(folder))
    examples.extend(_sms(folder))
    examples.extend(_personal_data(folder))
    examples.extend(_hate(folder, chance))
    for role, line in everyday_lines(seed):
        examples.append(_clean(line, role, "everyday", group=line))
    return examples


def read_own() -> list[Example]:
    """The project's own labelled lines, `lines-*.txt` beside this file.

    A heading `[language sender category others…]` holds for the lines below it; `> sender: text` is an
    earlier message of the next line alone. Stretches of lines are held out, so that neighbours stay together,
    but for the oldest files, which every model has seen.
    """
    examples: list[Example] = []
    for path in sorted(Path(__file__).parent.glob("lines-*.txt")):
        examples.extend(_own_lines(path))
    for path in sorted(Path(__file__).parent.glob("chats-*.txt")):
        examples.extend(_own_chats(path))
    return examples


def _own_chats(path: Path) -> Iterator[Example]:
    """Whole chats: `== language` starts one, `s [category others…]: text` is a message, no brackets: none."""
    lang, number = "en", 0
    history: list[Turn] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            lang, history, number = line.strip("= "), [], number + 1
        elif found := CHAT_LINE.match(line):
            sender, text = SENDERS[found[1]], found[3].replace("\\n", "\n")
            label, *also = (found[2] or "none").split()
            chat = f"{path.name}:{number}"
            if sender != "platform":
                yield Example(
                    text,
                    sender,
                    label,
                    tuple(also),
                    tuple(history[-8:]),
                    source="chats",
                    group=chat,
                    lang=lang,
                    held_out=_is_held(path, chat),
                    chat=chat,
                )
            history.append(Turn(sender, text))


def _own_lines(path: Path) -> Iterator[Example]:
    lang, sender, label = "", "", ""
    also: tuple[str, ...] = ()
    history: list[Turn] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            lang, sender, label, *others = line.strip("[] ").split()
            also = tuple(others)
        elif turn := EARLIER.match(line):
            history.append(Turn(turn[1], turn[2].replace("\\n", "\n")))
        elif line and not line.startswith("#"):
            stretch = f"{path.name}:{number // STRETCH}"
            yield Example(
                line.replace("\\n", "\n"),
                sender,
                label,
                also,
                tuple(history),
                source="own",
                group=stretch,
                lang=lang,
                held_out=_is_held(path, stretch),
            )
            history = []


def _is_held(path: Path, group: str) -> bool:
    return path.name in ALWAYS_HELD or (path.name not in ALWAYS_SHOWN and fold(group, 7) == 0)


def read_check() -> list[Example]:
    """Clean lines of trades that no training file holds, in both roles: for thresholds, never trained on."""
    lines = Path(__file__).with_name("everyday-check.txt").read_text(encoding="utf-8").splitlines()
    return [
        Example(text=line, sender=sender, label="none", source="check", group=line, held_out=True)
        for line in lines
        for sender in ("seller", "customer")
    ]


def _clean(text: str, sender: str, source: str, *, group: str) -> Example:
    return Example(
        text=text, sender=sender, label="none", source=source, group=group, held_out=fold(group, 6) == 0
    )


def _support(folder: Path) -> Iterator[Example]:
    for row in _csv_rows(folder / "bitext-support.csv"):
        yield _clean(row["instruction"], "customer", "bitext", group=row["intent"])
        sentences = SENTENCE.split(row["response"].replace("\n", " "))
        if fold("kept" + row["response"], 2) == 0:
            kept = [LIST_NUMBER.sub("", part) for part in sentences if not NOT_FOR_A_SHOP.search(part)]
            kept = [part for part in kept if 3 < len(part) < 220]
            for part in kept[:2]:
                yield _clean(part, "seller", "bitext", group=row["intent"])


def _banking(folder: Path) -> Iterator[Example]:
    for row in _csv_rows(folder / "banking77-train.csv"):
        role = "seller" if fold("role" + row["text"], 3) == 0 else "customer"
        yield _clean(row["text"], role, "banking", group=row["category"])


def _sms(folder: Path) -> Iterator[Example]:
    lines = (folder / "sms-half.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        label, _, text = line.partition("\t")
        if label == "ham":
            role = "seller" if fold("role" + text, 2) == 0 else "customer"
            yield _clean(text, role, "sms", group=text)


def _personal_data(folder: Path) -> Iterator[Example]:
    """Plain sentences without numbers, mail or street from the personal-data set, as clean talk."""
    harmless = {"PERSON", "ORGANIZATION", "GPE", "NRP", "DATE_TIME", "TITLE", "AGE"}
    for row in json.loads((folder / "presidio-half.json").read_text(encoding="utf-8")):
        kinds = {span["entity_type"] for span in row["spans"]}
        if kinds <= harmless:
            role = "seller" if fold("role" + row["full_text"], 2) == 0 else "customer"
            yield _clean(row["full_text"], role, "presidio", group=row["full_text"])


def _hate(folder: Path, chance: random.Random) -> Iterator[Example]:
    rows: list[tuple[str, bool, str]] = []
    for row in _csv_rows(folder / "davidson.csv"):
        rows.append((row["text"], row["class"] != "neither", f"davidson-{row['class']}"))
    for row in _csv_rows(folder / "edos-train-dev.csv"):
        rows.append((row["text"], row["label"] == "sexist", "edos"))
    for name in ("hatemoji-build-train.csv", "hatemoji-build-validation.csv"):
        for row in _csv_rows(folder / name):
            rows.append((row["text"], row["label"] == "1", "hatemoji"))
    chance.shuffle(rows)
    # Most rows that are only "offensive" are slang among friends, and "not sexist" doesn't mean kind: take a
    # few.
    room = {("davidson-offensive", True): 2_000, ("edos", False): 3_000}
    for text, positive, source in rows:
        if (source, positive) in room:
            if room[source, positive] == 0:
                continue
            room[source, positive] -= 1
        yield Example(
            text=text.replace("[USER]", "").replace("[URL]", "").replace("&amp;", "&").strip(),
            sender="customer" if fold("role" + text, 2) == 0 else "seller",
            label="harassment" if positive else "none",
            source=source,
            group=text,
            held_out=fold(text, 6) == 0,
        )


def file_hashes(*folders: Path) -> dict[str, str]:
    """sha256 of every data file that training may read, by its name below the shared folder."""
    hashes = {}
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.name.startswith("train-") or folder.name == "public-data":
                hashes[f"{folder.name}/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


def _json_lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as rows:
        yield from csv.DictReader(rows)

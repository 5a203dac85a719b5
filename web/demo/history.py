"""The demo marketplace's past: dialogues spread over the last weeks, in the format that `import_chats` reads.

What a week holds follows from a fixed seed and that week alone, so a second load writes the same chats.
"""

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

DIALOGUES = Path(__file__).with_name("dialogues.yaml")
WEEKS = 12
CHATS_A_WEEK = 7
SEED = 20261119


def load_dialogues() -> list[dict[str, Any]]:
    return yaml.safe_load(DIALOGUES.read_text(encoding="utf-8"))


def _conversation(
    dialogue: dict[str, Any], shop: dict[str, Any], number: str, begins: datetime
) -> dict[str, Any]:
    at = begins
    messages = []
    for sender, minutes, text in dialogue["turns"]:
        at += timedelta(minutes=minutes, seconds=7 if minutes else 2)
        messages.append({"at": at.isoformat(), "sender": sender, "text": text})
    return {
        "id": f"demo-{shop['slug']}-{number}",
        "shop": shop["slug"],
        "shop_kind": shop["kind"],
        "topic": dialogue["id"],
        "lang": dialogue.get("lang", "en"),
        "messages": messages,
    }


def _working_moment(week: date, zone: ZoneInfo, chance: random.Random) -> datetime:
    """A moment between Tuesday and Friday, within the hours that every demo shop is open."""
    day = week + timedelta(days=chance.randint(1, 4))
    moment = time(chance.randint(10, 15), chance.randint(0, 59), chance.randint(0, 59))
    return datetime.combine(day, moment, tzinfo=zone)


def history(shops: list[dict[str, Any]], this_monday: date) -> Iterator[dict[str, Any]]:
    """Conversations of the last ``WEEKS`` whole weeks before ``this_monday``, shop by shop, oldest first."""
    dialogues = load_dialogues()
    for shop in shops:
        zone = ZoneInfo(shop["time_zone"])
        here = [dialogue for dialogue in dialogues if shop["slug"] in dialogue["shops"]]
        usual = [dialogue for dialogue in here if not dialogue.get("once")]
        weights = [dialogue["weight"] for dialogue in usual]
        for back in range(WEEKS, 0, -1):
            week = this_monday - timedelta(weeks=back)
            chance = random.Random(f"{SEED}-{shop['slug']}-{week}")
            for index in range(CHATS_A_WEEK):
                dialogue = chance.choices(usual, weights)[0]
                begins = _working_moment(week, zone, chance)
                yield _conversation(dialogue, shop, f"{week:%G-W%V}-{index + 1}", begins)
        last_week = this_monday - timedelta(weeks=1)
        for dialogue in here:
            if dialogue.get("once"):
                chance = random.Random(f"{SEED}-{dialogue['id']}-{last_week}")
                begins = _working_moment(last_week, zone, chance)
                yield _conversation(dialogue, shop, f"{last_week:%G-W%V}-{dialogue['id']}", begins)


def write_history(path: Path, shops: list[dict[str, Any]], this_monday: date) -> int:
    """Write the history as JSON lines; returns how many conversations."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for conversation in history(shops, this_monday):
            file.write(json.dumps(conversation, ensure_ascii=False) + "\n")
            count += 1
    return count

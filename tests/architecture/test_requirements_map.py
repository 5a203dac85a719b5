"""The map of requirements is complete, and what it points at exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "requirements.md"
WANTED = [f"A{number:02}" for number in range(1, 44)] + [f"B{number:02}" for number in range(1, 47)]
ROW = re.compile(r"^\| (?P<code>[AB]\d\d) \| (?P<need>[^|]+) \| (?P<where>[^|]+) \| (?P<test>[^|]+) \|$")


def rows() -> list[re.Match[str]]:
    lines = MAP.read_text(encoding="utf-8").splitlines()
    return [match for line in lines if (match := ROW.match(line))]


def test_every_requirement_has_exactly_one_row():
    assert [row["code"] for row in rows()] == WANTED


def test_every_path_named_in_the_map_exists():
    missing = [
        f"{row['code']}: {path}"
        for row in rows()
        for path in re.findall(r"`([^`]+)`", row["where"] + row["test"])
        if not path.startswith("/") and not (ROOT / path.split("::")[0]).exists()
    ]

    assert missing == []


def test_whatever_works_names_the_test_that_shows_it():
    unproven = [
        row["code"]
        for row in rows()
        if "not yet" not in row["where"].lower() and "`tests/" not in row["test"]
    ]

    assert unproven == []

"""Docs that can fail: what they point at exists, and what the code announces is written down."""

import re
from pathlib import Path

import pytest

from tests.architecture.test_code_rules import ROOT, tracked

PAGES = tracked(".md")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_relative_link_leads_somewhere(page: Path):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    relative = [target for target in targets if target and not re.match(r"[a-z]+:", target)]

    assert [target for target in relative if not (page.parent / target).exists()] == []


def test_every_setting_that_is_read_is_in_the_runbook():
    settings = (ROOT / "config" / "settings.py").read_text()
    names = set(re.findall(r"env(?:\.\w+)?\(\"(\w+)\"", settings))
    runbook = (ROOT / "docs" / "runbook.md").read_text()

    assert sorted(name for name in names if f"`{name}`" not in runbook) == []


def test_every_make_target_of_the_readme_and_runbook_exists():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    text = "".join((ROOT / name).read_text() for name in ("README.md", "docs/runbook.md"))

    assert {name for name in re.findall(r"\bmake ([a-z][\w-]*)", text) if name not in targets} == set()

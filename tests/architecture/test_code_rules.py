"""Rules about the code itself that no linter of ours knows. Each was a lesson or a promise first."""

import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps

from config import embedded
from config.management.commands.prepare import SYNC_COMMANDS

ROOT = embedded.BASE_DIR
OUR_APPS = [config.name for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT)]
OUR_APPS = [name for name in OUR_APPS if ".venv" not in apps.get_app_config(name.split(".")[-1]).path]


def tracked(*suffixes: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / line for line in listing.splitlines() if line.endswith(suffixes)]
    return [path for path in paths if path.exists()]


def found(pattern: str, paths: list[Path]) -> list[str]:
    expression = re.compile(pattern, re.MULTILINE)
    hits = []
    for path in paths:
        text = path.read_text()
        hits += [
            f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group().strip()}"
            for hit in expression.finditer(text)
        ]
    return hits


def test_no_source_file_is_longer_than_500_lines():
    sources = [
        path for path in tracked(".py", ".js", ".mjs", ".css", ".html") if "migrations" not in path.parts
    ]

    too_long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources}

    assert {name: lines for name, lines in too_long.items() if lines > 500} == {}


def test_no_file_is_called_after_nothing_in_particular():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils"}

    assert [str(path) for path in tracked(".py", ".js") if path.stem in vague] == []


def test_nothing_is_left_for_later():
    here = Path(__file__)
    sources = [path for path in tracked(".py", ".js", ".mjs", ".css", ".html", ".yml") if path != here]

    assert found(r"\b(TODO|FIXME|XXX|HACK)\b", sources) == []


def test_no_test_is_skipped_or_expected_to_fail():
    here = Path(__file__)
    tests = [path for path in tracked(".py", ".mjs") if "tests" in path.parts and path != here]

    assert (
        found(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|\b(test|it|describe)\.skip\b", tests)
        == []
    )


def test_tests_are_flat_functions():
    tests = [path for path in tracked(".py") if path.name.startswith("test_")]

    assert found(r"^class Test\w*|^import unittest", tests) == []


def test_two_test_files_never_share_a_name():
    names = [path.name for path in tracked(".py") if path.name.startswith("test_")]

    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_no_file_knows_the_machine_it_was_written_on():
    sources = tracked(
        ".py", ".js", ".mjs", ".md", ".yml", ".yaml", ".toml", ".txt", ".in", ".html", ".css", "Makefile"
    )

    assert (
        found(
            r"(?<![\w.])/(work|root|home/\w+)/[\w.-]+", [path for path in sources if path != Path(__file__)]
        )
        == []
    )


def test_pages_keep_the_content_security_policy():
    """No inline script, style or handler: the policy of config/settings.py would silently drop them."""
    pages = [
        path for path in tracked(".html") if "emails" not in path.parts and "statements" not in path.parts
    ]

    assert found(r"<[^>]*\s(on[a-z]+|style)\s*=\s*[\"'{]|javascript:", pages) == []
    inline = found(r"<script\b(?![^>]*\bsrc=)[^>]*>|<style\b[^>]*>", pages)
    assert [hit for hit in inline if "nonce" not in hit and "application/json" not in hit] == []


def test_pages_take_nothing_from_other_sites():
    """Links may lead away; scripts, styles, fonts and pictures come from us."""
    pages = tracked(".html", ".css")

    assert (
        found(
            r"(src|srcset)\s*=\s*[\"']https?:|<link[^>]+href=[\"']https?:|url\([\"']?https?:|@import", pages
        )
        == []
    )


def test_save_is_never_overridden():
    models = [path for path in tracked(".py") if path.name == "models.py" or path.parent.name == "models"]

    assert found(r"^    def (save|delete)\(", models) == []


def test_every_sync_command_is_part_of_prepare():
    commands = [path.stem for path in tracked(".py") if path.parent.name == "commands"]

    assert {name for name in commands if name.startswith("sync_")} == set(SYNC_COMMANDS)


@pytest.mark.parametrize("app", OUR_APPS)
def test_migrations_import_nothing_of_ours(app: str):
    migrations = [path for path in tracked(".py") if path.parent.name == "migrations"]
    mine = [path for path in migrations if path.parent.parent.name == app]
    names = "|".join(OUR_APPS)

    # A custom field's or validator's own module is named by Django itself, with `import app.models`.
    hits = found(rf"^\s*(from|import) ({names})\b.*", mine)
    assert [hit for hit in hits if not re.search(r": import \w+(\.models)?[\w.]*$", hit)] == []

"""Every refusal that a person may read goes through gettext: a bare literal is an English-only error."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "accounts",
    "audit",
    "chat",
    "compliance",
    "files",
    "metrics",
    "notifications",
    "shops",
    "tickets",
    "web",
)
REFUSALS = {"Invalid", "Forbidden", "NotFound", "Conflict", "RateLimited", "Unavailable"}
# What only a program that talks to the socket can provoke.
PROTOCOL = {"chat/commands.py", "chat/consumers/socket.py", "chat/serializers.py"}


def _bare(path: Path) -> list[int]:
    """Lines that refuse with a literal instead of a translated text."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in REFUSALS
        and node.args
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]


def test_no_refusal_is_a_bare_literal():
    found = {
        str(path.relative_to(ROOT)): lines
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in PROTOCOL and (lines := _bare(path))
    }

    assert found == {}

"""Whether the embedded database already holds what this version of the code brings into it.

`manage.py prepare` takes two seconds even if there is nothing to do; this check takes milliseconds. It knows
only our own PostgreSQL: with DATABASE_URL, preparing is the operator's decision.
"""

import hashlib
import subprocess
import sys

from config import embedded

_KINDS = {".py", ".yaml", ".md", ".json", ".txt"}

COMMAND = [sys.executable, "manage.py", "prepare"]


def is_done() -> bool:
    mark = embedded.state_folder() / embedded.POSTGRESQL / "prepared"
    return _is_ours() and mark.exists() and mark.read_text() == fingerprint()


def note_done() -> None:
    """To be called when `manage.py prepare` has succeeded."""
    if _is_ours():
        (embedded.state_folder() / embedded.POSTGRESQL / "prepared").write_text(fingerprint())


def prepare_if_needed() -> None:
    """For a command on a new or older state folder: migrate first. Raises CalledProcessError."""
    if _is_ours() and not is_done():
        print("Preparing the database (once)", file=sys.stderr, flush=True)
        subprocess.run(COMMAND, cwd=embedded.BASE_DIR, stdout=subprocess.DEVNULL, check=True)


def fingerprint() -> str:
    """Changes with every source file of the apps: migrations, policies, articles and what reads them."""
    digest = hashlib.sha256()
    apps = [path.parent for path in embedded.BASE_DIR.glob("*/apps.py")]
    files = [path for app in apps for path in app.rglob("*") if path.suffix in _KINDS]
    for path in [embedded.BASE_DIR / "requirements.txt", *sorted(files)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_ours() -> bool:
    return embedded.POSTGRESQL in embedded.needed()

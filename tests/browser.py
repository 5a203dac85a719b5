"""Where the browser for tests is, and how it is started."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


NAMES = ("chromium", "chromium-browser", "google-chrome")


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def chromium_path() -> str:
    """From the environment variable CHROMIUM, else the first one on the PATH."""
    found = os.environ.get("CHROMIUM") or _on_path()
    if not found:
        raise RuntimeError(
            "No Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM."
        )
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()

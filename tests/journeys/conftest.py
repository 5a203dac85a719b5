"""The whole platform as `make up` starts it, with the demo marketplace, and people in real browsers.

Journeys go through HTTP, the socket and the browser only. Playwright runs an event loop in this thread, so
the browser lives no longer than one module: Django's tests next door refuse to work beside a running loop.
"""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from config import embedded
from tests.browser import chromium
from tests.config.conftest import PATIENCE_S, EmbeddedState, free_port, using, wait_until
from web.demo.marketplace import load_marketplace

# A machine that runs everything at once is slow, not wrong.
PATIENCE_MS = 90_000
expect.set_options(timeout=PATIENCE_MS)
PASSWORD = load_marketplace()["password"]


class Site:
    """The running platform of all journeys."""

    def __init__(self, state: EmbeddedState, port: int) -> None:
        self.state = state
        self.cookies: dict[str, list[Any]] = {}  # By the e-mail address of who logged in.
        self.address = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def manage(self, *arguments: str) -> str:
        """Run a management command on the platform's own database; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=embedded.BASE_DIR,
            env=self.state.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def sql(self, statement: str) -> str:
        return self.state.sql(statement)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    log = folder / "log"
    for state in using(folder / "state"):
        supervisor = state.start_platform(log, "--port", str(port))
        yield Site(state, port)
        supervisor.terminate()
        supervisor.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


class Person:
    """Somebody with a browser of their own, logged in."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.context = context
        context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.is_faulty_network = False
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda message: self._console(message.type, message.text))
        self.page = context.new_page()

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not self.is_faulty_network:
            self.complaints.append(text)

    def open(self, path: str, page: Page | None = None) -> Response | None:
        return (page or self.page).goto(f"{self.site.address}{path}")

    def open_chat(self, path: str, page: Page | None = None) -> None:
        """Open a page with a conversation and wait until it is live."""
        page = page or self.page
        self.open(path, page)
        page.wait_for_selector("html[data-chat=live]")

    def log_in(self, email: str) -> None:
        """Through the form for the first time; afterwards as somebody who stayed logged in."""
        if cookies := self.site.cookies.get(email):
            self.context.add_cookies(cookies)
            return
        self.log_in_through_the_form(email)
        self.site.cookies[email] = self.context.cookies()

    def log_in_through_the_form(self, email: str) -> None:
        self.open("/accounts/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda address: "/accounts/login/" not in address)


@pytest.fixture
def people(site: Site, browser: Browser) -> Iterator[Callable[..., Person]]:
    """``people("owner", width=360)``: a browser with that demo login; "" stays a visitor.

    Whatever a page complains about in the console, the content security policy included, fails the test.
    """
    opened: list[Person] = []

    def come(role: str, *, width: int = 1280, height: int = 900, **options: object) -> Person:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        person = Person(site, context)
        opened.append(person)
        if role:
            person.log_in(f"{role}@demo.parley.example")
        return person

    yield come
    complaints = [complaint for person in opened for complaint in person.complaints]
    for person in opened:
        person.context.close()
    assert complaints == []


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a journey may leave screenshots."""
    return tmp_path_factory.mktemp("pictures")


__all__ = ["Person", "Site", "wait_until"]

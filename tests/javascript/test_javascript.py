"""The client's own tests: under node where it is installed, else in the Chromium that journeys use."""

import http.server
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PAGE = b"""<!doctype html><meta charset="utf-8"><script type="module">
import "./protocol.test.mjs";
import "./people.test.mjs";
import { results } from "./harness.mjs";
window.results = results;
</script>"""


class _Files(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def do_GET(self) -> None:
        if not self.path.endswith("/page.html"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Requests for files are of no interest in a test's output."""


def failures_under_node() -> str:
    files = [str(path) for path in sorted(HERE.glob("*.test.mjs"))]
    done = subprocess.run(["node", "--test", *files], cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout[-4000:]


def failures_in_chromium() -> str:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/tests/javascript/page.html")
            page.wait_for_function("window.results !== undefined", timeout=60_000)
            results = page.evaluate("window.results")
    finally:
        server.shutdown()
    assert results
    return "\n".join(f"{each['name']}: {each['error']}" for each in results if not each["ok"])


@pytest.mark.browser
def test_the_protocol_core_passes_its_own_tests() -> None:
    assert (failures_under_node if shutil.which("node") else failures_in_chromium)() == ""

"""docker-compose.yml without Docker: its own command lines on the embedded servers, behind its own nginx."""

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets
import yaml

from config import embedded, preparation, supervisor
from tests.config.conftest import EmbeddedState, free_port, wait_until

COMPOSE = yaml.safe_load((embedded.BASE_DIR / "docker-compose.yml").read_text())
NGINX_CONF = (embedded.BASE_DIR / "deploy" / "nginx.conf").read_text()
# Where `.ci/nginx` unpacks it if the machine has none.
NGINX_PACKAGE = embedded.BASE_DIR / ".venv" / "nginx"

APP_SERVICES = ["setup", "http", "sockets", "worker", "files", "beat"]


def options(service: str) -> str:
    return " ".join(COMPOSE["services"][service]["command"].split())


def test_the_services_are_the_nine_of_the_layout_and_four_of_them_scale():
    services = COMPOSE["services"]

    assert set(services) == {*APP_SERVICES, "nginx", "postgres", "redis"}
    for name in ("http", "sockets", "worker", "files"):
        # A fixed name or port would make the second copy fail.
        assert not {"container_name", "ports", "hostname"} & set(services[name]), name
    for name in ("http", "sockets", "worker", "files", "nginx", "postgres", "redis"):
        assert "healthcheck" in services[name], name


def test_no_secret_has_a_default():
    environment = COMPOSE["services"]["http"]["environment"]

    assert re.match(r"\$\{SECRET_KEY:\?", environment["SECRET_KEY"])
    assert re.search(r"\$\{POSTGRES_PASSWORD:\?", environment["DATABASE_URL"])


def test_the_image_does_not_run_as_root():
    dockerfile = (embedded.BASE_DIR / "Dockerfile").read_text()

    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)[-1] == "parley"
    assert "--require-hashes" in dockerfile


def test_the_processes_get_the_options_that_make_up_gives_them():
    assert supervisor.WEB_OPTIONS in options("sockets")
    assert supervisor.WORKER_OPTIONS in options("worker")
    assert supervisor.ATTACHMENTS_OPTIONS in options("files")
    assert supervisor.BEAT_OPTIONS in options("beat")


def test_nginx_sends_sockets_to_daphne_and_the_rest_to_gunicorn():
    locations = dict(re.findall(r"location (\S+) \{(.*?)\n        \}", NGINX_CONF, re.DOTALL))

    assert "proxy_pass http://$socket_tier" in locations["/ws/"]
    assert "proxy_pass http://$http_tier" in locations["/"]
    assert NGINX_CONF.count("{") == NGINX_CONF.count("}")
    for name, service in (("http_tier", "http"), ("socket_tier", "sockets")):
        assert re.search(rf"set \${name} {service}:8000;", NGINX_CONF)


class Layout:
    """The application services of docker-compose.yml as processes on this machine."""

    def __init__(self, state: EmbeddedState) -> None:
        self.state = state
        self.ports = {"http": free_port(), "sockets": free_port(), "nginx": free_port()}

    def environment(self, service: str) -> dict[str, str]:
        """The service's own variables; only the addresses of the two servers are ours."""
        given: dict[str, Any] = COMPOSE["services"][service]["environment"]
        addresses = self.state.addresses() | {
            "STATE": str(self.state.folder),
            "SECRET_KEY": "for this test",
        }
        # ${NAME:-default} is what Compose makes of an unset variable.
        defaults = {name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(value)) for name, value in given.items()}
        return {"PATH": os.environ["PATH"], "HOME": str(self.state.folder)} | defaults | addresses

    def command(self, service: str) -> list[str]:
        words = shlex.split(COMPOSE["services"][service]["command"])
        assert words[0] == "python"
        port = str(self.ports.get(service, 0))
        changes = {
            "python": sys.executable,
            "0.0.0.0:8000": f"127.0.0.1:{port}",
            "0.0.0.0": "127.0.0.1",
            "8000": port,
            "/state/beat": str(self.state.folder / "beat"),
        }
        return [changes.get(word, word) for word in words]

    def start(self, service: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command(service),
            cwd=embedded.BASE_DIR,
            env=self.environment(service),
            text=True,
            start_new_session=True,
        )
        self.state.started.append(process)
        return process

    def start_nginx(self, folder: Path) -> bool:
        """On its own configuration with our addresses in it. False where there is no nginx to run."""
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:{NGINX_PACKAGE}/usr/sbin")
        if program is None:
            return False
        mime_types = next(
            path
            for path in (Path("/etc/nginx/mime.types"), NGINX_PACKAGE / "etc/nginx/mime.types")
            if path.exists()
        )
        text = NGINX_CONF
        for old, new in {
            "listen 8080": f"listen 127.0.0.1:{self.ports['nginx']}",
            "http:8000": f"127.0.0.1:{self.ports['http']}",
            "sockets:8000": f"127.0.0.1:{self.ports['sockets']}",
            "include mime.types": f'include "{mime_types}"',
            "/tmp/nginx": str(folder / "nginx"),
        }.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "nginx.conf").write_text(text)
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        subprocess.run([*command, "-t"], check=True)
        process = subprocess.Popen([*command, "-g", "daemon off;"], text=True, start_new_session=True)
        self.state.started.append(process)
        return True

    def wait_until_ready(self, service: str) -> None:
        wait_until(lambda: self.get(service, "/readyz")[0] == 200)

    def get(self, service: str, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports[service]}{path}", timeout=60
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)


@pytest.fixture(scope="module")
def layout(prepared_state: EmbeddedState) -> Iterator[Layout]:
    """Everything up, in the order of docker-compose.yml: the servers, setup, then the rest."""
    prepared_state.join()
    layout = Layout(prepared_state)
    try:
        assert layout.command("setup")[1:] == preparation.COMMAND[1:]  # As it was prepared when empty.
        for service in ("http", "sockets", "worker", "beat"):
            layout.start(service)
        for service in ("http", "sockets"):
            layout.wait_until_ready(service)
        yield layout
    finally:
        prepared_state.end()


@pytest.mark.processes
def test_gunicorn_and_daphne_are_ready_by_the_command_lines_of_the_file(layout: Layout):
    for service in ("http", "sockets"):
        status, body = layout.get(service, "/readyz")
        assert (status, json.loads(body)["status"]) == (200, "ready")
        command = COMPOSE["services"][service]["healthcheck"]["test"]
        assert command[:3] == ["CMD", "python", "-c"]
        check = command[3].replace("8000", str(layout.ports[service]))
        assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.mark.processes
def test_the_worker_answers_its_health_check_and_beat_keeps_running(layout: Layout):
    kind, command = COMPOSE["services"]["worker"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"

    def ping() -> int:
        line = command.replace("$$HOSTNAME", os.uname().nodename).replace(
            "python", shlex.quote(sys.executable), 1
        )
        return subprocess.run(
            ["/bin/sh", "-c", line], cwd=embedded.BASE_DIR, env=layout.environment("worker"), check=False
        ).returncode

    wait_until(lambda: ping() == 0)
    wait_until(lambda: layout.state.pids(" beat "))


@pytest.mark.processes
def test_nginx_joins_both_tiers_under_one_address(layout: Layout, tmp_path: Path):
    if not layout.start_nginx(tmp_path):
        # Its configuration is at least read by the tests above; `.ci/nginx` says why there is no program.
        assert not NGINX_PACKAGE.exists()
        return
    wait_until(lambda: layout.get("nginx", "/livez")[0] == 200)

    async def stranger_at_the_socket() -> int:
        """The HTTP status or close code that daphne gives to a visitor without a session."""
        address = f"ws://127.0.0.1:{layout.ports['nginx']}/ws/v1/"
        try:
            async with websockets.connect(
                address, origin=f"http://127.0.0.1:{layout.ports['nginx']}"
            ) as client:
                await client.recv()
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code
        except websockets.InvalidStatus as refused:
            return refused.response.status_code
        return 0

    assert asyncio.run(stranger_at_the_socket()) in (403, 4001, 4401)
    assert layout.get("nginx", "/accounts/login/")[0] == 200

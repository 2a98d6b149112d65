"""Indexes of others that hold given wheels: devpi-server and peryx, each as somebody would run it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .packhouse import run_command
from .paths import BUILD, PYTHON, ROOT, client
from .ports import port_of
from .processes import PATIENCE, Child, clean_environment

REQUIREMENTS = ROOT / "tests" / "servers.txt"
VENV = BUILD / "servers-venv"


class ServersAbsentError(Exception):
    """They are not installed and cannot be fetched."""


@dataclass(frozen=True)
class RealServer:
    url: str  # of its Simple API, with a slash at its end
    stop: Callable[[], object]


def programs() -> Path:
    """The folder with their programs. Installs them once, by whichever test comes first."""
    BUILD.mkdir(exist_ok=True)
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = VENV / "requirements.sha256"
    with (BUILD / "servers-venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _install()
            stamp.write_text(wanted)
    return VENV / "bin"


def _install() -> None:
    """By uv, or by pip where only its settings name the registry; they are the caller's."""
    shutil.rmtree(VENV, ignore_errors=True)
    python = VENV / "bin" / "python"
    made = run_command([PYTHON, "-m", "venv", "--without-pip", VENV], os.environ)
    words: list[str | Path] = ["--no-deps", "--require-hashes", "--quiet", "--requirement", REQUIREMENTS]
    commands: list[list[str | Path]] = [
        [client("uv"), "pip", "install", "--python", python, *words],
        [PYTHON, "-m", "pip", "--python", python, "install", "--disable-pip-version-check", *words],
    ]
    outcomes = [made]
    for command in commands:
        outcomes.append(run_command(command, os.environ))
        if outcomes[-1].status == 0:
            return
    raise ServersAbsentError("\n".join(outcome.text for outcome in outcomes))


@contextmanager
def peryx(folder: Path, wheels: list[Path]) -> Iterator[RealServer]:
    folder.mkdir()
    config = folder / "peryx.toml"
    config.write_text('[[index]]\nname = "seed"\nroute = "seed"\nhosted = true\n')
    environment = clean_environment(folder)
    where: list[str | Path] = ["--config", config, "--data-dir", folder / "data"]
    seed = folder / "seed"
    seed.mkdir()
    for wheel in wheels:
        shutil.copy(wheel, seed)
    imported = run_command([programs() / "peryx", "import-dir", "seed", seed, *where], environment)
    assert f"imported={len(wheels)} " in imported.text, imported.text
    command = [programs() / "peryx", "serve", "--host", "127.0.0.1", "--port", "0", *where]
    with Child(command, environment=environment) as server:
        yield RealServer(f"http://127.0.0.1:{port_of(server)}/seed/simple/", server.stop)


def _make_devpi_index(place: str, password: str) -> None:
    def call(method: str, path: str, body: dict[str, object], **fields: str) -> dict[str, object]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", **fields}
        request = urllib.request.Request(place + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            answer: dict[str, object] = json.load(reply)
        return answer

    login = call("POST", "/+login", {"user": "root", "password": password})["result"]
    assert isinstance(login, dict)
    credential = base64.b64encode(f"root:{login['password']}".encode()).decode()
    call(
        "PUT", "/root/seed", {"type": "stage", "bases": [], "volatile": True}, **{"X-Devpi-Auth": credential}
    )


@contextmanager
def devpi(folder: Path, wheels: list[Path]) -> Iterator[RealServer]:
    folder.mkdir()
    environment = clean_environment(folder)
    password = "tests-only"
    words: list[str | Path] = ["--serverdir", folder / "data", "--no-root-pypi", "--root-passwd", password]
    made = run_command([programs() / "devpi-init", *words], environment)
    assert made.status == 0, made.text
    words = ["--serverdir", folder / "data", "--host", "127.0.0.1", "--port", "0"]
    command: list[str | Path] = [programs() / "devpi-server", *words]
    with Child(command, environment=environment) as server:
        place = f"http://127.0.0.1:{port_of(server)}"
        _make_devpi_index(place, password)
        upload = {
            **environment,
            "TWINE_REPOSITORY_URL": f"{place}/root/seed/",
            "TWINE_USERNAME": "root",
            "TWINE_PASSWORD": password,
            "TWINE_NON_INTERACTIVE": "1",
        }
        sent = run_command([client("twine"), "upload", "--disable-progress-bar", *wheels], upload)
        assert sent.status == 0, sent.text
        yield RealServer(f"{place}/root/seed/+simple/", server.stop)

"""An index that is not ours: pypiserver, as somebody would run it, with a password."""

from __future__ import annotations

import hashlib
import socket
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .paths import client
from .processes import START_SECONDS, Child, ProcessError, clean_environment


@dataclass(frozen=True)
class ForeignIndex:
    place: str  # HOST:PORT
    packages: Path  # what it serves
    user: str
    password: str

    def promotion_environment(self) -> dict[str, str]:
        """The four variables of the runbook."""
        userinfo = f"{self.user}:{quote(self.password, safe='')}"
        return {
            "PRIVATE_INDEX_REPOSITORY_URL": f"http://{self.place}/",
            "PRIVATE_INDEX_USERNAME": self.user,
            "PRIVATE_INDEX_PASSWORD": self.password,
            "PRIVATE_INDEX_PIP_INDEX_URL": f"http://{userinfo}@{self.place}/simple/",
        }

    def holdings(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.packages.iterdir()}


@contextmanager
def pypiserver(folder: Path, *, user: str, password: str) -> Iterator[ForeignIndex]:
    """Runs one over FOLDER/packages, which is made; for the caller to put wheels into."""
    packages, passwords = folder / "packages", folder / "htpasswd"
    packages.mkdir(parents=True)
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    passwords.write_text(f"{user}:{{SHA}}{b64encode(digest).decode()}\n")
    place = f"127.0.0.1:{_free_port()}"
    where: list[str | Path] = ["--interface", "127.0.0.1", "--port", place.partition(":")[2]]
    rights: list[str | Path] = ["--passwords", passwords, "--authenticate", "update,download,list"]
    command = [
        client("pypi-server"),
        "run",
        "--server",
        "wsgiref",
        *where,
        *rights,
        "--disable-fallback",
        packages,
    ]
    with Child(command, environment=clean_environment(folder)) as server:
        _wait_until_it_answers(server, place)
        yield ForeignIndex(place, packages, user, password)


def _free_port() -> int:
    """pypiserver does not tell which port it was given, so it is given one that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(server: Child, place: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.returncode is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://{place}/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ProcessError(f"pypiserver does not answer: {' '.join(server.errors[-20:])}")

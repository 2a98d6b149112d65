"""An index that is not ours: pypiserver, as somebody would run it, with a password."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .paths import client
from .ports import port_of
from .processes import Child, clean_environment


@dataclass(frozen=True)
class ForeignIndex:
    place: str  # HOST:PORT
    packages: Path  # what it serves
    user: str
    password: str
    stop: Callable[[], int]

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
    where: list[str | Path] = ["--interface", "127.0.0.1", "--port", "0"]
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
        yield ForeignIndex(f"127.0.0.1:{port_of(server)}", packages, user, password, server.stop)

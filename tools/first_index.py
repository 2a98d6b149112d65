"""How much is typed, and how long it takes, from nothing to an index that serves: Packhouse and others.

Usage: first_index.py WHEEL [NAME…]

WHEEL is Packhouse's, for this machine: `./dev package wheel` makes it. NAMEs choose among the indexes
below. Each starts in an empty folder with an empty home, and pip without a cache; packages come from where
this machine's pip looks. An index serves once its front page is answered, be it with the question for a
credential. The lines are those of each project's own documentation, without options that have a default;
only ports are chosen here.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 300.0
ENVIRONMENT = "python3 -m venv venv"


@dataclass(frozen=True)
class Contender:
    """Lines that a person types, the last of which serves. {wheel}, {port} and {data} are filled in."""

    name: str
    lines: tuple[str, ...]
    page: str  # that is asked for

    def typed(self, wheel: str) -> list[str]:
        """As in a document: with the usual port, and the wheel by its name."""
        return [line.format(wheel=wheel, port=8080) for line in self.lines]


CONTENDERS = {
    each.name: each
    for each in (
        Contender(
            "packhouse",
            (
                ENVIRONMENT,
                "venv/bin/pip install {wheel}",
                "venv/bin/packhouse serve --listen 127.0.0.1:{port}",
            ),
            "/simple/",
        ),
        Contender(
            "peryx",
            (ENVIRONMENT, "venv/bin/pip install peryx", "venv/bin/peryx serve --port {port}"),
            "/root/pypi/simple/",
        ),
        Contender(
            "pypiserver",
            (
                ENVIRONMENT,
                "venv/bin/pip install pypiserver",
                "mkdir packages",
                "venv/bin/pypi-server run --port {port} packages",
            ),
            "/simple/",
        ),
        Contender(
            "devpi-server",
            (
                ENVIRONMENT,
                "venv/bin/pip install devpi-server",
                "venv/bin/devpi-init",
                "venv/bin/devpi-server --port {port}",
            ),
            "/+api",  # its Simple API begins with the whole list of its upstream
        ),
    )
}


@dataclass(frozen=True)
class Measured:
    words: int
    installed: float  # seconds, of all lines but the last
    served: float  # seconds, of the last until the page is answered


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    """A home without anything, and no cache; where pip looks stays as it is."""
    return {**os.environ, "HOME": str(folder), "PIP_NO_CACHE_DIR": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def answers(url: str) -> bool:
    """Whether it is answered: with the page, or with the question for a credential."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status) == 200
    except urllib.error.HTTPError as refused:
        return refused.code == 401
    except OSError:
        return False


@contextlib.contextmanager
def running(words: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=environment(folder), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def seconds_to_serve(words: list[str], url: str, folder: Path) -> float:
    begun = time.monotonic()
    with running(words, folder) as process:
        while not answers(url):
            if process.poll() is not None or time.monotonic() - begun > PATIENCE:
                raise SystemExit(f"first_index: {words[0]} serves nothing: {(folder / 'log').read_text()}")
            time.sleep(0.02)
        return time.monotonic() - begun


def measure(contender: Contender, wheel: Path) -> Measured:
    with tempfile.TemporaryDirectory(prefix="first-index-") as name:
        folder, port = Path(name), free_port()
        lines = [line.format(wheel=wheel, port=port).split() for line in contender.lines]
        begun = time.monotonic()
        for words in lines[:-1]:
            done = subprocess.run(
                words, cwd=folder, env=environment(folder), check=False, capture_output=True, text=True
            )
            if done.returncode != 0:
                raise SystemExit(f"first_index: {' '.join(words)}: {done.stdout}{done.stderr}")
        installed = time.monotonic() - begun
        served = seconds_to_serve(lines[-1], f"http://127.0.0.1:{port}{contender.page}", folder)
        return Measured(sum(map(len, lines)), installed, served)


def main(words: list[str]) -> int:
    if not words or set(words[1:]) - CONTENDERS.keys():
        print(f"usage: first_index.py WHEEL [NAME…]; names: {', '.join(CONTENDERS)}", file=sys.stderr)
        return 2
    wheel = Path(words[0]).absolute()
    print("| index | words | seconds to install | seconds to serve |")
    print("| --- | --- | --- | --- |")
    for name in words[1:] or CONTENDERS:
        found = measure(CONTENDERS[name], wheel)
        print(f"| {name} | {found.words} | {found.installed:.1f} | {found.served:.1f} |", flush=True)
    for name in words[1:] or CONTENDERS:
        print(f"\n{name}:", *CONTENDERS[name].typed(f"./{wheel.name}"), sep="\n    ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

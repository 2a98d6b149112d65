"""Every refused request is followed by an audit: nothing was stored, and the ledger still verifies.

An Index tells where it listens; send() and Index.upload() look at its data before a request and, when that
was refused, again. No test has to remember it. The ledger's rows are among what is compared, so that once for
each index at the end of the test is enough to verify the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

from .snapshot import Snapshot, snapshot


@dataclass
class Watched:
    """An index. Of requests at the same moment nobody can say which of them changed it: they are not
    compared."""

    data: Path
    home: Path
    refusals: int = 0
    requests: int = 0  # begun so far
    under_way: int = 0
    lock: Lock = field(default_factory=Lock)

    def begin(self) -> int:
        """The number of the request; 0 for one that is not alone."""
        with self.lock:
            self.requests += 1
            self.under_way += 1
            return self.requests if self.under_way == 1 else 0

    def end(self, number: int) -> bool:
        """Was it alone all the while?"""
        with self.lock:
            self.under_way -= 1
            return number == self.requests


@dataclass
class Verdict:
    """What became of the request: set by whoever sent it."""

    refused: bool = False


_listening: dict[str, Watched] = {}  # by "HOST:PORT"
_refusing: list[Watched] = []


def watch(url: str, data: Path, home: Path) -> None:
    """An index on `data` listens at `url` from now on."""
    _listening[urlsplit(url).netloc] = Watched(data, home)


def unwatch(url: str) -> None:
    _listening.pop(urlsplit(url).netloc, None)


@contextmanager
def audited(url: str) -> Iterator[Verdict]:
    """Holds the index that listens at `url`, if it is one of ours, to have stored nothing if it refuses."""
    watched = _listening.get(urlsplit(url).netloc)
    verdict = Verdict()
    if not watched:
        yield verdict
        return
    number = watched.begin()
    try:
        before = snapshot(watched.data) if number else Snapshot()
        yield verdict
    finally:
        alone = watched.end(number)
    if not alone or not verdict.refused:
        return
    assert snapshot(watched.data) == before, "a refused request left something behind"
    if not watched.refusals:
        _refusing.append(watched)
    watched.refusals += 1


def take_refusing() -> list[Watched]:
    """Those that refused anything since this was asked last."""
    found = [*_refusing]
    _refusing.clear()
    for watched in found:
        watched.refusals = 0
    return found

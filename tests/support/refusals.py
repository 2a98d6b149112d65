"""Every refused request is followed by an audit: nothing was stored, and the ledger still verifies.

An Index tells where it listens; send() and Index.upload() look at its data before a request and, when that
was refused, again. No test has to remember it. The ledger's rows are among what is compared, so that once for
each index at the end of the test is enough to verify the chain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from .snapshot import Snapshot, snapshot

Row = tuple[Any, ...]


@dataclass
class Watched:
    """An index. Requests that overlap are a crowd: of them nobody can say which changed it, so that they are
    looked at together when the last of them has ended."""

    data: Path
    home: Path
    refusals: int = 0
    under_way: int = 0
    before: Snapshot = field(default_factory=Snapshot)  # of the first of a crowd
    crowd: list[Verdict] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def begin(self, verdict: Verdict) -> None:
        with self.lock:
            if not self.under_way:
                self.before = snapshot(self.data)
                self.crowd = []
            self.under_way += 1
            self.crowd.append(verdict)

    def end(self) -> None:
        with self.lock:
            self.under_way -= 1
            if not self.under_way and any(verdict.refused for verdict in self.crowd):
                self._audit(snapshot(self.data))

    def _audit(self, after: Snapshot) -> None:
        if not self.refusals:
            _refusing.append(self)
        self.refusals += 1
        if len(self.crowd) == 1:
            self.crowd[0].check(self.before, after)
        elif all(verdict.refused for verdict in self.crowd):
            equal(self.before, after)
        else:
            assert not unfinished(after), "a request that ended left a file without its name"
            left = without_row(after) - without_row(self.before)
            assert not left, "a request that lost a race left its bytes"


def equal(before: Snapshot, after: Snapshot) -> None:
    """What follows most refusals."""
    assert after == before, "a refused request left something behind"


@dataclass
class Verdict:
    """What became of the request: set by whoever sent it. `check` compares before and after, unless others
    ran beside it."""

    refused: bool = False
    check: Callable[[Snapshot, Snapshot], None] = equal


def unfinished(held: Snapshot) -> list[str]:
    """Files that did not come to their names."""
    return [path for path in held.files if "/tmp/" in path]


def without_row(held: Snapshot) -> set[str]:
    """Blobs whose digest stands in no row."""
    known = {value for rows in held.rows.values() for row in rows for value in row if isinstance(value, str)}
    return {path for path in held.files if (digest := _digest_of(path)) and digest not in known}


def _digest_of(path: str) -> str | None:
    found = re.search(r"sha256/([0-9a-f]{2})/([0-9a-f]{62})$", path)
    return found and found[1] + found[2]


def changes(before: Snapshot, after: Snapshot) -> dict[str, tuple[list[Row], list[Row]]]:
    """By table: the rows that went and those that came."""
    found = {}
    for table in before.rows.keys() | after.rows.keys():
        old, new = Counter(before.rows.get(table, [])), Counter(after.rows.get(table, []))
        if old != new:
            found[table.rpartition(":")[2]] = ([*(old - new).elements()], [*(new - old).elements()])
    return found


def joined_session(before: Snapshot, after: Snapshot) -> None:
    """A request that is sent on to the session that is open gets a further token of it: the row of its hash,
    and nothing else."""
    assert after.files == before.files, "a refused request left something on the disk"
    changed = changes(before, after)
    assert changed.keys() - {"sqlite_sequence"} == {"session_tokens"}, changed
    gone, came = changed["session_tokens"]
    assert (len(gone), len(came)) == (0, 1)


def refused_file(before: Snapshot, after: Snapshot) -> None:
    """A session remembers that its file was refused (PEP 694: the state "error"), and the ledger that it was
    told so: one row each, and nothing else."""
    assert not set(after.files) - set(before.files), "a refused file left something on the disk"
    dropped = set(before.files) - set(after.files)
    assert len(dropped) <= 1, "its own bytes go, and nothing else"
    assert all(_digest_of(path) for path in dropped)
    changed = changes(before, after)
    if not changed:  # refused before any check
        return
    assert changed.keys() == {"session_files", "ledger"}, changed
    ((was,), (is_now,)) = changed["session_files"]
    assert was[0] == is_now[0]
    assert ("pending" in was, "error" in is_now) == (True, True)
    gone, (entry,) = changed["ledger"]
    assert not gone
    assert "session.file.refuse" in entry


def only_files(acknowledged: Collection[str]) -> Callable[[Snapshot, Snapshot], None]:
    """For a client that sends several files: these it was told are kept; some may have been there before."""

    def check(before: Snapshot, after: Snapshot) -> None:
        assert not unfinished(after)
        assert without_row(after) <= without_row(before)
        changed = changes(before, after)
        _, added = changed.pop("files", ([], []))
        names = {value for row in added for value in row if value in acknowledged}
        assert len(names) == len(added), f"kept without a word: {added}, acknowledged: {acknowledged}"
        gone, entries = changed.pop("ledger", ([], []))
        assert (gone, len(entries)) == ([], len(added))
        # A new file may make its project and release, and raises their serials.
        allowed = {"indexes", "projects", "releases", "sqlite_sequence"} if added else set()
        assert changed.keys() <= allowed, changed

    return check


_listening: dict[str, Watched] = {}  # by "HOST:PORT"
_refusing: list[Watched] = []


def watch(url: str, data: Path, home: Path) -> None:
    """An index on `data` listens at `url` from now on."""
    _listening[urlsplit(url).netloc] = Watched(data, home)


def unwatch(url: str) -> None:
    _listening.pop(urlsplit(url).netloc, None)


@contextmanager
def audited(url: str, check: Callable[[Snapshot, Snapshot], None] = equal) -> Iterator[Verdict]:
    """Holds the index that listens at `url`, if it is one of ours, to have stored nothing if it refuses, or
    nothing but what `check` says."""
    watched = _listening.get(urlsplit(url).netloc)
    verdict = Verdict(check=check)
    if not watched:
        yield verdict
        return
    watched.begin(verdict)
    try:
        yield verdict
    except BaseException:
        verdict.refused = False  # nobody knows what became of it
        raise
    finally:
        watched.end()


def take_refusing() -> list[Watched]:
    """Those that refused anything since this was asked last."""
    found = [*_refusing]
    _refusing.clear()
    for watched in found:
        watched.refusals = 0
    return found

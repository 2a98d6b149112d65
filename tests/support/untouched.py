"""The audit that follows a refused request: nothing was stored, and the ledger still verifies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .packhouse import Index, packhouse
from .processes import clean_environment
from .snapshot import Snapshot, snapshot


def verify_ledger(data: Path, home: Path) -> None:
    """Works beside a running server."""
    verified = packhouse("ledger", "verify", "--data", data, environment=clean_environment(home))
    assert verified.status == 0, verified.text
    assert ": the chain holds\n" in verified.out, verified.text


def stored(index: Index) -> Snapshot:
    """Every row and every file that is there now, once the ledger is verified."""
    verify_ledger(index.data, index.home)
    return snapshot(index.data)


@contextmanager
def untouched(index: Index) -> Iterator[None]:
    """Whatever is refused within it must leave the index as it was."""
    before = stored(index)
    yield
    assert stored(index) == before

"""The audit that follows a refused request: nothing was stored, and the ledger still verifies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .packhouse import Index, packhouse
from .processes import clean_environment
from .raw_http import send

DATABASE = ("packhouse.db", "packhouse.db-wal", "packhouse.db-shm", "lock")
HEAD = re.compile(r"^(\d+) entries, the last has the hash ([0-9a-f]{64}): the chain holds$", re.MULTILINE)


@dataclass(frozen=True)
class Stored:
    """Everything that a request may have left behind."""

    files: dict[str, int]  # every file below the data folder but the database's own, with its size
    entries: int
    head: str  # the hash of the ledger's last entry
    projects: str  # the root lists, with every project's serial
    tokens: list[object]


def stored(index: Index, *roots: str) -> Stored:
    """What is there now; `roots` are the paths of more indexes, such as "/prod". Verifies the ledger."""
    verified = packhouse("ledger", "verify", "--data", index.data, environment=clean_environment(index.home))
    assert verified.status == 0, verified.text
    chain = HEAD.search(verified.out)
    assert chain, verified.text
    return Stored(
        files=files_below(index.data),
        entries=int(chain[1]),
        head=chain[2],
        projects="".join(read(index, f"{root}/simple/") for root in ("", *roots)),
        tokens=[
            {key: value for key, value in token.items() if key != "last_used"}
            for token in json.loads(read(index, "/api/v1/tokens"))["tokens"]
        ],
    )


def files_below(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in DATABASE
    }


def read(index: Index, path: str) -> str:
    accept = {"Accept": "application/vnd.pypi.simple.v1+json, application/json"}
    reply = send(index.url + path, headers={**index.authorization(), **accept})
    assert reply.status == 200, reply
    return reply.text


@contextmanager
def untouched(index: Index, *roots: str) -> Iterator[None]:
    """Whatever is refused within it must leave the index as it was."""
    before = stored(index, *roots)
    yield
    assert stored(index, *roots) == before

"""Everything that an index holds, as one value: a test compares two to show that nothing changed."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SQLITE_MAGIC = b"SQLite format 3\0"

# What reading alone changes, at a time of the server's choice: who fetched a file, when a token was used,
# when a file of an upstream was sent.
_TABLES_OF_READING = ("downloads",)
_COLUMNS_OF_READING = ("last_used", "used")


@dataclass(frozen=True)
class Snapshot:
    files: dict[str, str] = field(default_factory=dict)  # path -> sha256, databases apart
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)  # "file:table" -> rows, sorted


def snapshot(data: Path, *, without_tables: Iterable[str] = ()) -> Snapshot:
    """Every file under `data` by its digest, and every row of every SQLite database there.

    A database's own bytes are left out: a checkpoint moves them about and changes nothing; and the lock,
    which names the process that holds it. Works beside a running server. What reading alone changes is left
    out.
    """
    skipped = frozenset([*without_tables, *_TABLES_OF_READING])
    databases = [path for path in _files(data) if _is_database(path)]
    beside = {f"{path}{suffix}" for path in databases for suffix in ("", "-wal", "-shm", "-journal")}
    files = {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(data)
        if str(path) not in beside and path.name != "lock"
    }
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for path in databases:
        for table, held in _tables(path):
            if table not in skipped:
                # SQLite's own table has a row for each table that counts its rows.
                held = [row for row in held if table != "sqlite_sequence" or row[0] not in skipped]
                rows[f"{path.relative_to(data).as_posix()}:{table}"] = held
    return Snapshot(files, rows)


def _files(data: Path) -> list[Path]:
    return sorted(path for path in data.rglob("*") if path.is_file())


def _is_database(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC


def _tables(path: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.execute("BEGIN")  # one moment for all the tables
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        for (table,) in database.execute(query).fetchall():
            read = database.execute(f'SELECT * FROM "{table}"')
            kept = [i for i, column in enumerate(read.description) if column[0] not in _COLUMNS_OF_READING]
            rows = [tuple(row[i] for i in kept) for row in read]
            yield table, sorted(rows, key=repr)

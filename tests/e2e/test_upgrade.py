"""Only serve and upgrade change an older database, and keep it as it was; a read-only folder is read."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import ROOT, packhouse_binary
from tests.support.processes import clean_environment

MakeIndex = Callable[[str], Index]

STEPS = sorted((ROOT / "migrations" / "sqlite").glob("*.sql"))
NEWEST = len(STEPS)
APPLICATION = 0x504B4853  # "PKHS"


def command(index: Index, *words: str | Path) -> Outcome:
    return packhouse(*words, "--data", index.data, environment=clean_environment(index.home))


def schema(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        [found] = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    connection.close()
    return int(found)


@pytest.fixture
def older(make_index: MakeIndex) -> Index:
    """An index whose database is of the version before."""
    index = make_index("index")
    index.data.mkdir(mode=0o700)
    connection = sqlite3.connect(index.data / "packhouse.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " applied INTEGER NOT NULL) STRICT"
    )
    for number, path in enumerate(STEPS[:-1], 1):
        connection.executescript(path.read_text())
        connection.execute("INSERT INTO schema_version VALUES (?, ?, 0)", (number, path.stem))
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.close()
    return index


def test_a_question_leaves_an_older_database_as_it_is(older: Index) -> None:
    for words in (["token", "list"], ["audit"], ["gc"], ["ledger", "verify"]):
        refused = command(older, *words)
        assert refused.status == 6, refused.text
        assert f"has schema {NEWEST - 1}, this program needs {NEWEST}" in refused.err
        assert "packhouse upgrade" in refused.err
    checked = command(older, "upgrade", "--check")
    assert checked.status == 3
    assert checked.out.startswith(f"schema {NEWEST - 1}, and this program needs {NEWEST}")
    assert schema(older.data / "packhouse.db") == NEWEST - 1
    assert not list(older.data.glob("packhouse.db.before-*"))


def test_upgrade_keeps_the_database_as_it_was(older: Index) -> None:
    upgraded = command(older, "upgrade")
    assert upgraded.status == 0, upgraded.text
    kept = older.data / f"packhouse.db.before-{NEWEST}"
    assert str(kept) in upgraded.out
    assert kept.stat().st_mode & 0o777 == 0o600
    assert schema(kept) == NEWEST - 1
    assert schema(older.data / "packhouse.db") == NEWEST
    assert command(older, "upgrade").out == f"schema {NEWEST}: nothing to do\n"
    assert command(older, "upgrade", "--check").status == 0
    assert command(older, "token", "list").status == 0


def test_serve_upgrades_and_keeps_it_too(older: Index) -> None:
    older.start()
    beside = command(older, "upgrade", "--check")
    assert beside.status == 0, beside.text
    assert older.stop() == 0
    assert schema(older.data / f"packhouse.db.before-{NEWEST}") == NEWEST - 1
    assert schema(older.data / "packhouse.db") == NEWEST


def test_a_folder_without_an_index_is_not_upgraded(make_index: MakeIndex) -> None:
    index = make_index("none")
    assert command(index, "upgrade").status == 5
    assert not index.data.exists()


def read_only(index: Index, *words: str) -> Outcome:
    """The command in a mount namespace in which the folder is read-only."""
    data = str(index.data)
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@" --data "$0"'
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, data]
    return run_command([*inside, packhouse_binary(), *words], clean_environment(index.home))


def test_a_read_only_folder_is_read(make_index: MakeIndex, tmp_path: Path) -> None:
    index = make_index("index").start()
    assert index.upload(*build_pair(tmp_path, "demo", "1.0")).status == 0
    assert index.stop() == 0
    before = {path: path.read_bytes() for path in index.data.rglob("*") if path.is_file()}
    for words in (
        ["audit"],
        ["ledger", "verify"],
        ["token", "list"],
        ["project", "show", "demo"],
        ["gc", "--dry-run"],
    ):
        done = read_only(index, *words)
        assert done.status == 0, done.text
    refused = read_only(index, "token", "create", "--label", "x", "--allow", "read")
    assert refused.status == 7, refused.text
    assert "the database cannot be written" in refused.err
    assert {path: path.read_bytes() for path in index.data.rglob("*") if path.is_file()} == before


def test_a_read_only_copy_of_a_running_index_is_refused(make_index: MakeIndex, tmp_path: Path) -> None:
    index = make_index("index").start()
    assert index.upload(*build_pair(tmp_path, "demo", "1.0")).status == 0
    copy = make_index("copy")
    shutil.copytree(index.data, copy.data)
    refused = read_only(copy, "audit")
    assert refused.status == 7, refused.text
    assert "packhouse.db-wal has changes that its database has not yet" in refused.err
    assert command(copy, "audit").status == 0, "it is sound where it can be written"


def test_the_mount_is_read_only(index: Index) -> None:
    """What the tests above rest on."""
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && touch "$0/x"'
    touched = subprocess.run([*inside, script, str(index.data)], check=False, capture_output=True, text=True)
    assert "Read-only file system" in touched.stderr

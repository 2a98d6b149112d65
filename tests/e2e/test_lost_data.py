"""A database that is lost or damaged is said to be, and nothing is removed because of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment

MakeIndex = Callable[[str], Index]


def command(index: Index, *words: str | Path) -> Outcome:
    return packhouse(*words, "--data", index.data, environment=clean_environment(index.home))


def blobs(index: Index) -> set[Path]:
    return {path for path in (index.data / "blobs" / "sha256").rglob("*") if path.is_file()}


@pytest.fixture
def stopped(make_index: MakeIndex, tmp_path: Path) -> Index:
    """Ten releases, of three blobs each."""
    index = make_index("index").start()
    files = [path for number in range(10) for path in build_pair(tmp_path, "demo", f"1.{number}")]
    assert index.upload(*files).status == 0
    assert index.stop() == 0
    return index


def empty(database: Path) -> None:
    database.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, empty], ids=["missing", "empty"])
def test_files_without_their_database_are_no_new_index(stopped: Index, lose: Callable[[Path], None]) -> None:
    before = blobs(stopped)
    lose(stopped.data / "packhouse.db")
    for words in (
        ["serve", "--listen", "127.0.0.1:0"],
        ["audit"],
        ["gc"],
        ["ledger", "verify"],
        ["token", "list"],
    ):
        refused = command(stopped, *words)
        assert refused.status == 6, refused.text
        assert "holds files of an index, and packhouse.db is missing or empty" in refused.err
        assert "packhouse serve --new" in refused.err
    assert blobs(stopped) == before


def test_a_new_index_beside_the_files_of_another_is_not_sound_and_keeps_them(stopped: Index) -> None:
    before = blobs(stopped)
    (stopped.data / "packhouse.db").unlink()
    stopped.options.append("--new")
    stopped.start()
    assert stopped.stop() == 0

    audited = command(stopped, "audit")
    assert audited.status == 3
    assert "database.empty" in audited.out
    refused = command(stopped, "gc")
    assert refused.status == 6
    assert f"{len(before)} of {len(before)} blobs are needed by no file" in refused.err
    listed = command(stopped, "gc", "--dry-run")
    assert len(listed.out.splitlines()) == len(before) + 1
    assert blobs(stopped) == before

    assert command(stopped, "gc", "--all").out.startswith(f"removed {len(before)} blobs")
    assert blobs(stopped) == set()


def test_damaged_files_are_repaired_from_a_folder_that_has_them(stopped: Index, tmp_path: Path) -> None:
    lost = sorted(blobs(stopped))
    lost[0].unlink()
    lost[1].write_bytes(b"other bytes")
    lost[2].unlink()
    refused = command(stopped, "audit", "--repair", "--from", stopped.home / "none")
    assert refused.status == 2, refused.text
    repaired = command(stopped, "audit", "--repair", "--from", tmp_path)
    assert repaired.status == 0, repaired.text
    assert repaired.out.count("repaired  main/demo/") == 3, repaired.text
    assert len(blobs(stopped)) == len(lost)
    assert command(stopped, "audit").status == 0


def test_a_bit_of_an_index_of_the_database_is_found(stopped: Index, tmp_path: Path) -> None:
    """With such a bit, a filename is free again while its file is there."""
    database = stopped.data / "packhouse.db"
    name = build_wheel(tmp_path, "demo", "1.3").name.encode()
    with sqlite3.connect(database) as connection:
        [size] = connection.execute("PRAGMA page_size").fetchone()
        [root] = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'files' AND type = 'index' AND name IN"
            " (SELECT i.name FROM pragma_index_list('files') i, pragma_index_info(i.name) c"
            "  WHERE c.name = 'filename')"
        ).fetchone()
    with database.open("r+b") as file:
        file.seek((root - 1) * size)
        page = file.read(size)
        place = page.index(name)
        file.seek((root - 1) * size + place)
        file.write(bytes([name[0] ^ 1]))

    audited = command(stopped, "audit")
    assert audited.status == 3, audited.text
    assert "database.damaged  the database: row " in audited.out
    before = blobs(stopped)
    refused = command(stopped, "gc")
    assert refused.status == 6
    assert "the database is damaged: row " in refused.err
    assert blobs(stopped) == before

"""A backup is made beside a running index, survives the death of its command, and becomes an index again."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.audit import audit
from tests.support.packhouse import FAIL_POINT, Index, Outcome, packhouse
from tests.support.paths import packhouse_binary
from tests.support.processes import clean_environment
from tests.support.raw_http import form, form_headers, send, upload_fields

MakeIndex = Callable[[str], Index]

POINTS = [
    "backup-database-copied",
    "backup-blob-placed",
    "backup-snapshot-written",
    "backup-snapshot-named",
]
RESTORE_POINTS = ["restore-blob-placed", "restore-database-copied"]


def run(index: Index, *words: str | Path, **variables: str) -> Outcome:
    return packhouse(*words, environment={**clean_environment(index.home), **variables})


def back_up(index: Index, to: Path, **variables: str) -> Outcome:
    return run(index, "backup", "--data", index.data, "--to", to, **variables)


def verify(index: Index, folder: Path, *words: str | Path) -> Outcome:
    return run(index, "backup", "verify", folder, *words)


def snapshots(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "snapshots").iterdir() if not path.name.startswith("."))


def digests(folder: Path) -> set[str]:
    files = [path for path in (folder / "blobs" / "sha256").rglob("*") if path.is_file()]
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name
    return {path.parent.name + path.name for path in files}


def put(index: Index, wheel: Path, name: str, version: str) -> None:
    body = form(upload_fields(wheel, name, version), wheel.name, wheel.read_bytes())
    headers = form_headers(index.authorization())
    assert send(index.upload_url, "POST", headers=headers, body=body).status == 200


@pytest.fixture
def source(make_index: MakeIndex, tmp_path: Path) -> Index:
    """A running index with a release of two files."""
    index = make_index("index").start()
    assert index.upload(*build_pair(tmp_path, "demo", "1.0")).status == 0
    return index


def test_every_point_of_a_backup_and_a_restore_has_a_test() -> None:
    printed = subprocess.run([packhouse_binary(), "fail-points"], capture_output=True, text=True, check=True)
    named = [point for point in printed.stdout.split() if point.startswith(("backup-", "restore-"))]
    assert named == POINTS + RESTORE_POINTS


def test_an_index_that_is_restored_serves_the_same_bytes(
    source: Index, make_index: MakeIndex, tmp_path: Path
) -> None:
    to = tmp_path / "backup"
    assert run(source, "ledger", "export", "--data", source.data, "--to", tmp_path / "export").status == 0
    made = back_up(source, to)
    assert made.status == 0, made.text
    assert " 3 blobs (" in made.out
    page = source.project("demo")
    put(source, build_wheel(tmp_path, "demo", "2.0"), "demo", "2.0")
    assert ", 2 of them new (" in back_up(source, to).out

    sound = verify(source, to, "--key", tmp_path / "export" / "ledger-key.pub.pem")
    assert sound.status == 0, sound.text
    assert sound.out.startswith("2 snapshots, 2 of them signed, 5 blobs hashed again")
    head = to / "snapshots" / snapshots(to)[0] / "ledger-head.json"
    assert run(source, "ledger", "verify", "--data", source.data, "--head", head).status == 0

    other = make_index("other")
    first: list[str | Path] = ["restore", "--from", to, "--snapshot", snapshots(to)[0]]
    back = run(source, *first, "--data", other.data)
    assert back.status == 0, back.text
    assert "the chain holds" in back.out
    refused = run(source, *first, "--data", other.data)
    assert refused.status == 6
    assert "is not an empty folder" in refused.err
    other.token = source.token
    other.start()
    restored = other.project("demo")
    assert [(file["filename"], file["hashes"]) for file in restored["files"]] == [
        (file["filename"], file["hashes"]) for file in page["files"]
    ]
    put(other, build_wheel(tmp_path, "demo", "3.0"), "demo", "3.0")
    assert other.stop() == 0
    audit(other)


def test_a_backup_while_files_come_and_go_is_sound(source: Index, tmp_path: Path) -> None:
    """Each snapshot is one state of the index, whatever is uploaded and deleted meanwhile."""
    to = tmp_path / "backup"
    wheels = {f"1.{number}": build_wheel(tmp_path, "busy", f"1.{number}") for number in range(20)}
    done = threading.Event()

    def work() -> None:
        try:
            for version, wheel in wheels.items():
                put(source, wheel, "busy", version)
                words: list[str | Path] = ["delete", wheel.name, "--reason", "test", "--data", source.data]
                assert run(source, *words).status == 0
        finally:
            done.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not done.is_set():
        made = back_up(source, to)
        assert made.status == 0, made.text
    worker.join()
    assert source.stop() == 0
    assert run(source, "gc", "--all", "--data", source.data).status == 0
    assert back_up(source, to).status == 0
    sound = verify(source, to)
    assert sound.status == 0, sound.text


@pytest.mark.parametrize("point", POINTS)
def test_a_backup_that_dies_leaves_the_snapshots_of_before(point: str, source: Index, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    assert back_up(source, to).status == 0
    put(source, build_wheel(tmp_path, "demo", "2.0"), "demo", "2.0")
    # Copied: a linked blob is as durable as that of the index.
    words: list[str | Path] = ["backup", "--copy", "--data", source.data, "--to", to]
    assert run(source, *words, **{FAIL_POINT: point}).status == -9

    assert len(snapshots(to)) == (2 if point == "backup-snapshot-named" else 1)
    assert verify(source, to).status == 0
    again = back_up(source, to)
    assert again.status == 0, again.text
    assert verify(source, to).status == 0
    assert not list((to / "blobs" / "tmp").iterdir())
    assert not [path for path in (to / "snapshots").iterdir() if path.name.startswith(".")]
    assert digests(to) == digests(source.data)


@pytest.mark.parametrize("point", RESTORE_POINTS)
def test_a_restore_that_dies_makes_no_index(point: str, source: Index, tmp_path: Path) -> None:
    to, data = tmp_path / "backup", tmp_path / "restored"
    assert back_up(source, to).status == 0
    words: list[str | Path] = ["restore", "--from", to, "--data", data]
    assert run(source, *words, **{FAIL_POINT: point}).status == -9
    assert run(source, "serve", "--data", data, "--listen", "127.0.0.1:0").status == 6


def test_only_the_newest_snapshots_are_kept(source: Index, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    for _ in range(3):
        made = run(source, "backup", "--data", source.data, "--to", to, "--keep", "2")
        assert made.status == 0, made.text
    assert len(snapshots(to)) == 2
    assert verify(source, to).status == 0


def test_a_backup_of_a_damaged_index_says_so(source: Index, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    assert back_up(source, to).status == 0
    [digest, *_] = sorted(digests(source.data))
    (source.data / "blobs" / "sha256" / digest[:2] / digest[2:]).unlink()
    made = run(source, "backup", "--data", source.data, "--to", to, "--keep", "1")
    assert made.status == 3
    assert f"damaged  sha256:{digest}" in made.out
    assert len(snapshots(to)) == 2, "the older ones are kept"
    assert verify(source, to).status == 0, "the bytes are in the backup from before"


def test_a_folder_without_an_index_is_no_empty_backup(make_index: MakeIndex, tmp_path: Path) -> None:
    index = make_index("index")
    assert back_up(index, tmp_path / "backup").status == 5
    assert not (tmp_path / "backup").exists()
    assert run(index, "backup", "--data", index.data).status == 2
    assert verify(index, tmp_path).status == 5

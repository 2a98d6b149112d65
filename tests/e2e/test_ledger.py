"""The ledger: its chain proved, tampering found, and its head verified with tools that are not ours."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment


@pytest.fixture
def written(index: Index, tmp_path: Path) -> Index:
    """An index that is running and has some history."""
    wheels = [build_wheel(tmp_path, "demo", version) for version in ("1.0", "2.0", "3.0")]
    assert index.upload(*wheels).status == 0
    return index


def ledger(index: Index, *words: str | Path) -> Outcome:
    return packhouse("ledger", *words, "--data", index.data, environment=clean_environment(index.home))


def export(index: Index, folder: Path) -> Path:
    done = ledger(index, "export", "--to", folder)
    assert done.status == 0, done.text
    return folder


def openssl(folder: Path) -> subprocess.CompletedProcess[str]:
    """What docs/release-life.md tells an auditor to run."""
    command = [
        "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "ledger-key.pub.pem",
        "-in", "ledger-head.json", "-sigfile", "ledger-head.json.sig",
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def tamper(index: Index, *statements: str) -> None:
    """What somebody does who has the database file: takes its guards off, and writes."""
    with closing(sqlite3.connect(index.data / "packhouse.db")) as database:
        for guard in ("ledger_is_never_rewritten", "ledger_is_never_cut", "ledger_grows_link_by_link"):
            database.execute(f"DROP TRIGGER {guard}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_verify_proves_the_chain_beside_a_running_server(written: Index) -> None:
    done = ledger(written, "verify")
    assert done.status == 0, done.text
    assert done.out.startswith("6 entries, the last has the hash "), "an index, two tokens, three files"
    assert done.out.endswith(": the chain holds\n")


TAMPERED = {
    "changed": (["UPDATE ledger SET reason = 'a lie' WHERE sequence = 2"],
                "the ledger is broken at entry 2: its contents give the hash "),
    "removed": (["DELETE FROM ledger WHERE sequence = 3"],
                "the ledger is broken at entry 3: it is missing, the next one found is 4"),
    "reordered": (["UPDATE ledger SET sequence = -sequence WHERE sequence IN (2, 3)",
                   "UPDATE ledger SET sequence = 5 + sequence WHERE sequence < 0"],
                  "the ledger is broken at entry 2: it follows "),
    "truncated": (["DELETE FROM ledger WHERE sequence = (SELECT max(sequence) FROM ledger)"],
                  "the ledger was cut off: it had "),
}  # fmt: skip


@pytest.mark.parametrize("how", list(TAMPERED))
def test_verify_says_where_the_chain_breaks(how: str, written: Index, tmp_path: Path) -> None:
    head = export(written, tmp_path / "export") / "ledger-head.json"
    assert written.stop() == 0
    assert ledger(written, "verify", "--head", head).status == 0
    statements, message = TAMPERED[how]
    tamper(written, *statements)
    found = ledger(written, "verify", "--head", head)
    assert found.status == 3, found.text
    assert found.err.startswith(f"error: {message}"), found.err


def test_a_chain_made_anew_does_not_go_through_the_signed_head(written: Index, tmp_path: Path) -> None:
    head = export(written, tmp_path / "export") / "ledger-head.json"
    assert written.stop() == 0
    previous = "0" * 64
    rows = []
    for line in (tmp_path / "export" / "ledger.jsonl").read_text().splitlines():
        entry = {**json.loads(line), "reason": "a lie", "previous": previous}
        del entry["hash"]
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous_of_it, previous = previous, hashlib.sha256(text.encode()).hexdigest()
        rows.append(
            f"UPDATE ledger SET reason = 'a lie', previous = '{previous_of_it}', hash = '{previous}' "
            f"WHERE sequence = {entry['sequence']}"
        )
    tamper(written, *rows)
    assert ledger(written, "verify").status == 0, "the forger knows how a chain is made"
    found = ledger(written, "verify", "--head", head)
    assert found.status == 3
    assert found.err.startswith("error: the ledger was rewritten: entry "), found.err


def test_export_is_verified_without_packhouse(written: Index, tmp_path: Path) -> None:
    folder = export(written, tmp_path / "export")
    verified = openssl(folder)
    assert (verified.returncode, verified.stdout.strip()) == (0, "Signature Verified Successfully")

    previous = "0" * 64
    lines = (folder / "ledger.jsonl").read_text().splitlines()
    for sequence, line in enumerate(lines, 1):
        entry = json.loads(line)
        found = entry.pop("hash")
        assert (entry["sequence"], entry["previous"]) == (sequence, previous)
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(text.encode()).hexdigest()
        assert found == previous
    head = json.loads((folder / "ledger-head.json").read_text())
    assert (head["format"], head["entries"], head["hash"]) == (
        "packhouse-ledger-head-1",
        len(lines),
        previous,
    )

    text = (folder / "ledger-head.json").read_text()
    (folder / "ledger-head.json").write_text(text.replace(previous, "0" * 64))
    assert openssl(folder).returncode == 1
    forged = ledger(written, "verify", "--head", folder / "ledger-head.json")
    assert forged.status == 6, forged.text
    assert "the signature is not one of this key over these bytes" in forged.err


def test_the_key_is_made_once_for_its_owner_alone(written: Index, tmp_path: Path) -> None:
    first = export(written, tmp_path / "first")
    key = written.data / "ledger-key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    second = export(written, tmp_path / "second")
    assert (first / "ledger-key.pub.pem").read_text() == (second / "ledger-key.pub.pem").read_text()
    assert openssl(second).returncode == 0
    again = ledger(written, "export", "--to", second)
    assert again.status == 6
    assert "is there already" in again.err
    key.chmod(0o644)
    shutil.rmtree(second)
    refused = ledger(written, "export", "--to", second)
    assert refused.status == 6, refused.text
    assert "expected mode 0600" in refused.err
    assert "found 0644" in refused.err
    assert not second.exists()

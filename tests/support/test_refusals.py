"""The audit that follows a refusal finds what it is there to find."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.refusals import equal, only_files, refused_file
from tests.support.snapshot import Snapshot

BLOB = f"blobs/sha256/aa/{'b' * 62}"
DIGEST = f"aa{'b' * 62}"
Rows = dict[str, list[tuple[Any, ...]]]
PENDING: Rows = {
    "packhouse.db:session_files": [(1, "demo.whl", "pending")],
    "packhouse.db:ledger": [(1, "x")],
}
REFUSED: Rows = {
    "packhouse.db:session_files": [(1, "demo.whl", "error")],
    "packhouse.db:ledger": [(1, "x"), (2, "session.file.refuse")],
}


def test_any_row_or_file_is_found() -> None:
    equal(Snapshot(), Snapshot())
    for after in (Snapshot(files={BLOB: DIGEST}), Snapshot(rows={"packhouse.db:files": [("demo.whl",)]})):
        with pytest.raises(AssertionError):
            equal(Snapshot(), after)


def test_a_refused_file_may_say_so_in_its_row_and_in_the_ledger_and_no_more() -> None:
    before = Snapshot(rows=PENDING)
    refused_file(before, before)
    refused_file(before, Snapshot(rows=REFUSED))
    for after in (
        Snapshot(files={BLOB: DIGEST}, rows=REFUSED),
        Snapshot(rows={**REFUSED, "packhouse.db:files": [(1, "demo.whl")]}),
        Snapshot(rows={**REFUSED, "packhouse.db:session_files": [(1, "demo.whl", "completed")]}),
        Snapshot(rows={**REFUSED, "packhouse.db:ledger": [(1, "x"), (2, "file.upload")]}),
    ):
        with pytest.raises(AssertionError):
            refused_file(before, after)


def test_of_several_files_only_those_that_were_acknowledged_may_be_there() -> None:
    kept: Rows = {
        "packhouse.db:files": [(1, "demo.whl", DIGEST)],
        "packhouse.db:ledger": [(1, "file.upload")],
    }
    after = Snapshot(files={BLOB: DIGEST}, rows=kept)
    only_files(["demo.whl", "other.whl"])(Snapshot(), after)
    only_files(["demo.whl"])(after, after)
    with pytest.raises(AssertionError, match="kept without a word"):
        only_files([])(Snapshot(), after)
    for more in (
        Snapshot(files={BLOB: DIGEST, "blobs/tmp/x": ""}, rows=kept),
        Snapshot(files={BLOB: DIGEST, f"blobs/sha256/aa/{'c' * 62}": ""}, rows=kept),
        Snapshot(files={BLOB: DIGEST}, rows={**kept, "packhouse.db:tokens": [(1,)]}),
    ):
        with pytest.raises(AssertionError):
            only_files(["demo.whl"])(Snapshot(), more)

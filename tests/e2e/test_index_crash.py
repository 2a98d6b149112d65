"""The server is killed at every named point of an upload, as a power cut would; then it is audited."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.audit import audit
from tests.support.packhouse import FAIL_POINT, Index
from tests.support.paths import packhouse_binary
from tests.support.raw_http import form, form_headers, send, upload_fields

POINTS = [
    "upload-body-begun",
    "upload-body-complete",
    "upload-checked",
    "upload-blob-synced",
    "upload-blob-linked",
    "upload-in-transaction",
    "upload-committed",
]
# Committed before the crash: the client was told nothing, and may find the file there.
DURABLE = {"upload-committed"}


def test_every_point_of_an_upload_has_a_test() -> None:
    printed = subprocess.run([packhouse_binary(), "fail-points"], capture_output=True, text=True, check=True)
    assert [point for point in printed.stdout.split() if point.startswith("upload-")] == POINTS


def put(index: Index, wheel: Path, version: str) -> int | None:
    """The status of an upload, or None where the server died."""
    body = form(upload_fields(wheel, "demo", version), wheel.name, wheel.read_bytes())
    try:
        return send(index.upload_url, "POST", headers=form_headers(index.authorization()), body=body).status
    except OSError:
        return None


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_there_loses_nothing_acknowledged_and_shows_nothing_half_done(
    point: str, index: Index, tmp_path: Path
) -> None:
    first = build_wheel(tmp_path, "demo", "1.0")
    second = build_wheel(tmp_path, "demo", "2.0", files={"demo/data.bin": bytes(range(256)) * 1000})
    assert put(index, first, "1.0") == 200
    assert index.stop() == 0

    index.start(**{FAIL_POINT: point})
    assert put(index, second, "2.0") is None, "the server answered, so the point was not reached"
    assert index.process.wait() == -9

    index.start()
    page = index.project("demo")
    expected = [first.name, second.name] if point in DURABLE else [first.name]
    assert [file["filename"] for file in page["files"]] == expected
    assert page["versions"] == [name.split("-")[1] for name in expected]
    for file in page["files"]:
        url = f"{index.url}/simple/demo/{file['url']}"
        original = (tmp_path / file["filename"]).read_bytes()
        assert send(flat(url), headers=index.authorization()).body == original
        assert send(flat(url) + ".metadata", headers=index.authorization()).status == 200
    assert index.stop() == 0
    assert audit(index)["files"] == len(expected)

    index.start()
    assert put(index, second, "2.0") == 200, "the client tries again"
    assert [file["filename"] for file in index.project("demo")["files"]] == [first.name, second.name]
    assert index.stop() == 0
    assert audit(index)["orphans"] == []


def flat(url: str) -> str:
    """`url` without its ".." segments."""
    head, _, tail = url.partition("/simple/demo/../../")
    return f"{head}/{tail}"

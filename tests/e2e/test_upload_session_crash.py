"""The server is killed at every named point of a session, as a power cut would; then it is audited."""

from __future__ import annotations

import http.client
import subprocess
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair
from tests.support.audit import audit
from tests.support.packhouse import FAIL_POINT, Index
from tests.support.paths import packhouse_binary
from tests.support.upload2 import Session, Uploader

# The step during which each point is reached.
POINTS = {
    "session-bytes-begun": "bytes",
    "upload-blob-synced": "bytes",
    "upload-blob-linked": "bytes",
    "session-bytes-stored": "bytes",
    "session-file-checked": "complete",
    "session-publish-begun": "publish",
    "session-publish-half": "publish",
    "session-publish-in-transaction": "publish",
    "session-publish-committed": "publish",
}
# Committed before the crash: the client was told nothing, and may find the release there.
DURABLE = {"session-publish-committed"}
STEPS = ["announce", "bytes", "complete", "publish"]


def test_every_point_of_a_session_has_a_test() -> None:
    printed = subprocess.run([packhouse_binary(), "fail-points"], capture_output=True, text=True, check=True)
    points = [point for point in printed.stdout.split() if point.startswith("session-")]
    assert points == [point for point in POINTS if point.startswith("session-")]


def take(step: str, uploader: Uploader, session: Session, paths: list[Path]) -> None:
    """One step for all files; each may be taken again."""
    now = uploader.join(session)
    if step == "announce":
        for path in paths:
            now.announce(path)
    elif step == "bytes":
        for path in paths:
            uploader.file(session, path).send_bytes()
    elif step == "complete":
        for path in paths:
            uploader.file(session, path).complete()
    else:
        now.publish()


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_there_leaves_the_release_wholly_published_or_wholly_absent(
    point: str, index: Index, tmp_path: Path
) -> None:
    paths = build_pair(tmp_path, "demo", "1.0")
    everything = sorted(path.name for path in paths)
    fatal = STEPS.index(POINTS[point])
    session = Uploader(index.session_url, index.token).open("demo", "1.0")
    for step in STEPS[:fatal]:
        take(step, Uploader(index.session_url, index.token), session, paths)
    assert index.stop() == 0

    index.start(**{FAIL_POINT: point})
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        take(STEPS[fatal], Uploader(index.session_url, index.token), session, paths)
    assert index.process.wait() == -9

    index.start()
    uploader = Uploader(index.session_url, index.token)
    durable = point in DURABLE
    assert uploader.join(session).body["status"] == ("published" if durable else "open")
    assert sorted(index.filenames("demo")) == (everything if durable else [])
    assert index.stop() == 0
    assert audit(index)["files"] == (len(paths) if durable else 0)

    index.start()
    if not durable:
        for step in STEPS[fatal:]:
            take(step, Uploader(index.session_url, index.token), session, paths)
    assert sorted(index.filenames("demo")) == everything
    assert index.stop() == 0
    report = audit(index)
    assert report["files"] == len(paths)
    assert report["orphans"] == []

"""Killed, cut off or interrupted at any step: the same command goes on, and ends in the same release."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.desk import INTERRUPTED, PROJECT, VERSION, Desk
from tests.support.packhouse import Index
from tests.support.snapshot import snapshot

# The line that each step begins with, in their order.
EXAMINED = [r"^== preflight", r"^== fetch", r"^== verify", r"^== index"]
TRIED = [r"^== smoke", r"^  \$ nqctl capabilities"]
# Between a line and the signal a file may still get through: a later try has nothing to send then.
STAGED = [
    *EXAMINED,
    *(r"^== stage", r"^  stage .*\.tar\.gz|^== smoke", r"^  stage .*\.whl|^== smoke"),
    *TRIED,
    *(r"^== publish", r"^== confirm"),
]
EXPOSED = [
    *EXAMINED,
    *(r"^== publish", r"^  upload .*\.tar\.gz|^== confirm", r"^  upload .*\.whl|^== confirm"),
    r"^== confirm",
    *TRIED,
]


def served(index: Index) -> dict[str, int]:
    return {file["filename"]: file["size"] for file in index.project(PROJECT)["files"]}


def sizes(release: list[Path]) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in release}


@pytest.mark.parametrize("staged", [True, False], ids=["staged", "exposed"])
def test_a_promotion_that_is_killed_at_every_step_ends_in_the_same_release(
    desk: Desk, stocked: Index, release: list[Path], staged: bool
) -> None:
    """One release, killed again and again: what one try left is what the next has to cope with."""
    if not staged:
        desk.environment.update(stocked.promotion_environment(stocked.issue("upload")))
    for step in STAGED if staged else EXPOSED:
        with desk.promotion() as running:
            running.wait_for_line(step)
            running.pause()
            if staged and step not in STAGED[-2:]:
                assert stocked.filenames(PROJECT) == []
            assert running.kill() == -signal.SIGKILL
    outcome = desk.promote()
    assert outcome.status == 0, outcome.text
    assert "an earlier try is on record" in outcome.out
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert served(stocked) == sizes(release)
    uploads = [
        entry["detail"]["filename"]
        for entry in desk.journal()
        if (entry["step"], entry["phase"]) == ("upload", "intent")
    ]
    assert set(uploads) == set(sizes(release))


def test_an_index_that_is_killed_and_comes_back_gets_the_rest(
    desk: Desk, stocked: Index, release: list[Path]
) -> None:
    with desk.promotion() as running:
        running.wait_for_line(r"^== publish")
        stocked.kill()
        running.kill()
    stocked.start()
    desk.environment.update(stocked.promotion_environment())
    outcome = desk.promote()
    assert outcome.status == 0, outcome.text
    assert served(stocked) == sizes(release)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [r"^== fetch", r"^== smoke"])
def test_an_interrupt_ends_with_130_and_leaves_no_temporary_file(
    desk: Desk, tmp_path: Path, number: signal.Signals, step: str
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with desk.promotion(TMPDIR=str(temporary)) as running:
        running.wait_for_line(step)
        os.kill(running.pid, number)
        assert running.wait(60) == INTERRUPTED
    assert list(temporary.iterdir()) == []
    for entry in desk.journal():
        assert entry["phase"] in ("intent", "outcome")


def test_a_promotion_in_the_middle_of_another_is_refused(desk: Desk, stocked: Index) -> None:
    with desk.promotion() as running:
        running.wait_for_line(r"^== smoke")
        running.pause()
        before = snapshot(stocked.data)
        outcome = desk.promote("--json")
        assert outcome.json()["error"]["code"] == "conflict", outcome.text
        assert "another process on this machine" in outcome.json()["error"]["message"]
        assert snapshot(stocked.data) == before


def test_a_journal_that_was_changed_stops_everything(desk: Desk, stocked: Index) -> None:
    with desk.promotion() as running:
        running.wait_for_line(r"^== publish")
        running.kill()
    journal = desk.record / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"result":"passed"', '"result":"refused"', 1))
    before = snapshot(stocked.data)
    outcome = desk.promote("--json")
    assert outcome.json()["error"]["code"] == "conflict"
    assert "journal is broken" in outcome.json()["error"]["message"]
    assert snapshot(stocked.data) == before

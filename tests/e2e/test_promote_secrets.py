"""No secret is shown, kept or handed on; and nothing from outside commands a runner."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import (
    AUTHENTICATION,
    POLICY,
    PROJECT,
    USAGE,
    VERSION,
    Desk,
    HeldCommand,
    assert_absent,
    build_release,
)
from tests.support.faults import FaultProxy
from tests.support.packhouse import Index, Outcome
from tests.support.paths import EXAMPLE, packhouse_binary

# What a process of this user can see: its own environment and folders, the arguments of others, the
# environment of its parent. All of it is written to a file for the test to search.
SPY = """\
import os, pathlib, sys
def main():
    seen = repr(dict(os.environ)).encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        parent = process.name == str(os.getppid())
        for name in ("cmdline", "environ") if parent else ("cmdline",):
            try:
                seen += (process / name).read_bytes()
            except OSError:
                pass
    for folder in {os.environ["HOME"], os.environ["TMPDIR"], os.path.dirname(os.environ["HOME"])}:
        for path in pathlib.Path(folder).rglob("*"):
            if path.is_file() and "site-packages" not in path.parts:
                seen += path.read_bytes()
    pathlib.Path(%r).write_bytes(seen)
    print("looked at", len(seen) > 1000)
"""


def secrets_of(desk: Desk, index: Index) -> list[str]:
    return [index.token, index.read_token, desk.forge.scenario.token]


class ArgumentWatch:
    """The arguments of processes that ran while it was open, read many times a second."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.look()

    def look(self) -> None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue

    def __enter__(self) -> ArgumentWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def test_no_secret_is_in_an_output_a_file_or_an_argument(
    make_desk: Callable[[bytes], Desk], stocked: Index, tmp_path: Path
) -> None:
    found = tmp_path / "found"
    desk = make_desk(pack_artifact(build_release(tmp_path / "spying", command=SPY % str(found))))
    with ArgumentWatch() as watch, FaultProxy() as proxy:

        def look(request: str, agent: str, body: bytes) -> None:
            """The client waits for its answer meanwhile, so that it is seen."""
            watch.look()

        proxy.gate = look
        outcome = desk.promote(http_proxy=proxy.url)
    assert outcome.status == 0, outcome.text
    assert "looked at True" in outcome.out
    arguments = "\n".join(watch.seen)
    assert re.search(r" -m pip .* --index-url http://127\.0\.0\.1:\d+/simple/ ", arguments)
    everything = outcome.text + desk.kept() + arguments + found.read_text(errors="replace")
    for secret in secrets_of(desk, stocked):
        assert_absent(secret, everything)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_secret_is_in_what_a_refusal_says_or_keeps(desk: Desk, stocked: Index, options: list[str]) -> None:
    outcome = desk.promote(*options, version="9.9.9")
    assert outcome.status == POLICY, outcome.text
    for secret in secrets_of(desk, stocked):
        assert_absent(secret, outcome.text + desk.kept())


def test_a_password_that_the_index_refuses_is_shown_nowhere(desk: Desk, stocked: Index) -> None:
    canary = 'canary-"p@ss/w%rd+' + "x" * 40
    outcome = desk.promote(PRIVATE_INDEX_PASSWORD=canary)
    assert outcome.status == AUTHENTICATION
    assert_absent(canary, outcome.text + desk.kept())
    assert_absent(stocked.read_token, outcome.text + desk.kept())


def test_a_crash_leaves_no_image_of_the_memory(
    make_desk: Callable[[bytes], Desk], stocked: Index, tmp_path: Path
) -> None:
    """Under the widest limit that this machine allows, and in a folder where a core file may be written."""
    command = HeldCommand(tmp_path)
    desk = make_desk(pack_artifact(build_release(tmp_path / "held", command=command.source)))
    folder = tmp_path / "crash"
    folder.mkdir()
    run = str(desk.forge.scenario.run.id)
    promote: list[str | Path] = ["promote", "--config", EXAMPLE / "pyproject.toml", "--build-run-id", run]
    hardest = resource.getrlimit(resource.RLIMIT_CORE)[1]
    with subprocess.Popen(
        [packhouse_binary(), *promote, "--package-version", VERSION],
        env=desk.environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hardest, hardest)),
    ) as running:
        assert running.stdout is not None
        command.wait_until_begun()
        running.send_signal(signal.SIGSEGV)
        shown = running.stdout.read()
    assert running.returncode == -signal.SIGSEGV
    assert list(folder.iterdir()) == []
    for secret in secrets_of(desk, stocked):
        assert_absent(secret, shown + desk.kept())


# Under the runner.


def errors_of(outcome: Outcome) -> list[str]:
    return [line for line in outcome.out.splitlines() if line.startswith("::error ")]


def test_the_runner_gets_masks_first_then_annotations_and_a_summary(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    outcome = desk.promote(version="9.9.9", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert outcome.status == POLICY
    lines = outcome.out.splitlines()
    masks = [line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask::")]
    assert lines[: len(masks)] == [f"::add-mask::{mask}" for mask in masks]
    assert set(secrets_of(desk, stocked)) <= set(masks)
    for secret in secrets_of(desk, stocked):
        assert_absent(secret, "\n".join(lines[len(masks) :]) + summary.read_text())
    (annotation,) = errors_of(outcome)
    assert annotation.startswith(
        "::error title=release.version::expected every file of version 9.9.9; found "
    )
    head, _, table, *_ = summary.read_text().splitlines()
    run = desk.forge.scenario.run.id
    assert head == f"## {PROJECT} 9.9.9, run {run}: refused by release.version"
    assert table == "| | check | expected | found |"
    assert summary.read_text().splitlines()[4].startswith("| **refused** | release.version |")


def test_an_error_that_is_no_check_is_an_annotation_too(desk: Desk, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    outcome = desk.promote(
        PRIVATE_INDEX_PASSWORD="phk_wrong", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary)
    )
    assert outcome.status == AUTHENTICATION
    (annotation,) = errors_of(outcome)
    assert "PRIVATE_INDEX_PASSWORD" in annotation
    assert f"{PROJECT} {VERSION}, run " in summary.read_text().splitlines()[0]


def test_a_secret_that_is_too_short_is_refused_and_masks_no_letter(desk: Desk) -> None:
    outcome = desk.promote(PRIVATE_INDEX_PASSWORD="x")
    assert outcome.status == USAGE
    assert "expected a secret of at least 6 bytes in PRIVATE_INDEX_PASSWORD, found 1" in outcome.text
    assert "****" not in outcome.text
    doctor = desk.run("doctor", PRIVATE_INDEX_PASSWORD="x")
    assert "REFUSED  secret.PRIVATE_INDEX_PASSWORD" in doctor.text
    assert "****" not in doctor.text


def test_what_a_released_command_prints_commands_no_runner(
    make_desk: Callable[[bytes], Desk], stocked: Index, tmp_path: Path
) -> None:
    command = "def main():\n    print('::error::evil')\n    print('##[add-mask]evil')\n"
    desk = make_desk(pack_artifact(build_release(tmp_path / "evil", command=command)))
    summary = tmp_path / "summary.md"
    outcome = desk.promote(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert outcome.status == 0, outcome.text
    lines = outcome.out.splitlines()
    evil = lines.index("::error::evil")
    # The output of pip stands in sections of its own; the one before the evil line is the command's.
    start = max(i for i in range(evil) if lines[i].startswith("::stop-commands::"))
    token = lines[start].removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert start < evil < lines.index(f"::{token}::")
    assert "smoke.command" in summary.read_text()
    for secret in secrets_of(desk, stocked):
        assert_absent(secret, summary.read_text() + desk.kept())

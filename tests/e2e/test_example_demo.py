"""./dev run --exit, as a newcomer runs it."""

from __future__ import annotations

from pathlib import Path

from tests.support.demo import PROJECT, example_version
from tests.support.packhouse import run_command
from tests.support.paths import PYTHON, ROOT

DEMO: list[str | Path] = [PYTHON, "-m", "tests.support.demo", "--exit"]


def test_the_demo_ends_with_what_it_released(binary: Path, clean_env: dict[str, str]) -> None:
    environment = {**clean_env, "PACKHOUSE_BIN": str(binary)}
    outcome = run_command(DEMO, environment, folder=ROOT)
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {example_version()}"


def test_the_demo_says_what_is_missing(tmp_path: Path, clean_env: dict[str, str]) -> None:
    missing = tmp_path / "packhouse"
    outcome = run_command(DEMO, {**clean_env, "PACKHOUSE_BIN": str(missing)}, folder=ROOT)
    assert (outcome.status, outcome.err) == (1, f"demo: {missing} is not there: run ./dev build\n")


def test_the_demo_fails_when_the_index_does(tmp_path: Path, clean_env: dict[str, str]) -> None:
    broken = tmp_path / "packhouse"
    broken.write_text("#!/bin/sh\necho 'no space left' >&2\nexit 1\n")
    broken.chmod(0o755)
    outcome = run_command(DEMO, {**clean_env, "PACKHOUSE_BIN": str(broken)}, folder=ROOT)
    assert outcome.status == 1
    assert "no space left" in outcome.err
    assert "released" not in outcome.out

"""Packhouse released by its own desk, as ./dev package wheel ends; the wheel holds the program under test."""

from __future__ import annotations

from pathlib import Path

from tests.support.artifacts import program_wheel
from tests.support.own_release import release
from tests.support.paths import packhouse_binary


def test_packhouse_releases_packhouse_and_pip_and_uvx_run_it(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    taken = release([program_wheel(tmp_path)], tmp_path / "work")
    assert taken.read_bytes() == packhouse_binary().read_bytes()

"""Packhouse released by its own desk, as ./dev package wheel ends; the wheel holds the program under test."""

from __future__ import annotations

from pathlib import Path

from tests.support.artifacts import program_wheel
from tests.support.own_release import release
from tests.support.packhouse import packhouse
from tests.support.paths import packhouse_binary


def test_packhouse_releases_packhouse_and_pip_and_uvx_run_it(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    version = packhouse("--version", environment=clean_env).out.split()[-1]
    (tmp_path / "work").mkdir()
    taken = release([program_wheel(tmp_path, version)], tmp_path / "work")
    assert taken.read_bytes() == packhouse_binary().read_bytes()

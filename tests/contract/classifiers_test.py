"""The committed list of classifiers is the one inside the pinned trove-classifiers distribution."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.packhouse import run_command
from tests.support.paths import PYTHON, ROOT

TOOL = Path("tools") / "refresh_classifiers.py"
LIST = Path("src") / "dist" / "data" / "classifiers.def"


def test_the_list_is_what_the_tool_makes_of_the_pinned_distribution(clean_env: dict[str, str]) -> None:
    checked = run_command([PYTHON, ROOT / TOOL, "--check"], clean_env)
    assert (checked.status, checked.text) == (0, "")


def test_a_list_that_lacks_a_classifier_is_told(tmp_path: Path, clean_env: dict[str, str]) -> None:
    for name in (TOOL, LIST):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    lines = (ROOT / LIST).read_text().splitlines(keepends=True)
    (tmp_path / LIST).write_text("".join(lines[:1] + lines[2:]))
    checked = run_command([PYTHON, tmp_path / TOOL, "--check"], clean_env)
    assert checked.status == 1
    assert "differs from trove-classifiers" in checked.err

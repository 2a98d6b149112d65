"""The example passes the runbook's checklist for real, and its build is what a release needs."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.demo import build_example, example_version, runtime_wheel
from tests.support.packhouse import run_command
from tests.support.paths import EXAMPLE, PYTHON, client


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The example as a clean checkout has it."""
    caches = shutil.ignore_patterns("__pycache__", ".*_cache", "dist")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "checkout", ignore=caches))


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["black", "--check", "."],
        ["mypy", "nanonis_qcodes_controller"],
        ["pytest", "-p", "no:cacheprovider"],
    ],
    ids=lambda command: command[0],
)
def test_the_checklist_passes(checkout: Path, clean_env: dict[str, str], command: list[str]) -> None:
    tool, *arguments = command
    outcome = run_command([client(tool), *arguments], clean_env, folder=checkout)
    assert outcome.status == 0, outcome.text


def test_the_same_source_gives_the_same_bytes(tmp_path: Path, home: Path) -> None:
    built = [build_example(tmp_path / name, home) for name in ("first", "second")]
    digests = [[hashlib.sha256(path.read_bytes()).hexdigest() for path in files] for files in built]
    assert digests[0] == digests[1]
    version = example_version()
    assert [path.name for path in built[0]] == [
        f"nanonis_qcodes_controller-{version}-py3-none-any.whl",
        f"nanonis_qcodes_controller-{version}.tar.gz",
    ]


def test_the_sdist_holds_its_tests_and_the_wheel_does_not(tmp_path: Path, home: Path) -> None:
    wheel, sdist = build_example(tmp_path / "dist", home)
    with zipfile.ZipFile(wheel) as opened:
        assert not [name for name in opened.namelist() if "test" in name]
    with tarfile.open(sdist) as packed:
        assert f"nanonis_qcodes_controller-{example_version()}/tests/test_cli.py" in packed.getnames()


def test_the_wheel_installs_with_its_one_dependency_and_runs(
    tmp_path: Path, home: Path, clean_env: dict[str, str]
) -> None:
    wheel, _ = build_example(tmp_path / "dist", home)
    target = tmp_path / "venv"
    assert run_command([PYTHON, "-m", "venv", target], clean_env).status == 0
    python = target / "bin" / "python"
    wheels = [wheel, runtime_wheel(tmp_path / "wheels", home)]
    installed = run_command([python, "-m", "pip", "install", "--no-index", *wheels], clean_env)
    assert installed.status == 0, installed.text
    outcome = run_command([target / "bin" / "nqctl", "capabilities"], clean_env, folder=tmp_path)
    assert outcome.status == 0, outcome.err
    printed = json.loads(outcome.out)
    assert (printed["program"], printed["version"]) == ("nqctl", example_version())

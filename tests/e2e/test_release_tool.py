"""tools/release.py, the first step of ./dev release: notes become a section, a version and a tag."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.packhouse import Outcome, run_command
from tests.support.paths import PYTHON, ROOT


class Repository:
    """A small one of the same shape, with one note."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        author = ("GIT_AUTHOR", "GIT_COMMITTER")
        self._environment = {
            **environment,
            **{f"{who}_NAME": "ada" for who in author},
            **{f"{who}_EMAIL": "ada@example.org" for who in author},
        }
        (folder / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "release.py", folder / "tools")
        (folder / "CMakeLists.txt").write_text("project(packhouse VERSION 0.1.0 LANGUAGES C CXX)\n")
        (folder / "changes").mkdir()
        (folder / "changes" / "README.md").write_text("# Changes\n")
        (folder / "changes" / "yank.md").write_text("- `packhouse yank`: [docs](../docs/life.md).\n")
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> str:
        done = run_command(["git", *words], self._environment, folder=self.folder)
        assert done.status == 0, done.text
        return done.out

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "x")

    def release(self, *words: str) -> Outcome:
        return run_command([PYTHON, "tools/release.py", *words], self._environment, folder=self.folder)


@pytest.fixture
def repository(tmp_path: Path, clean_env: dict[str, str]) -> Repository:
    return Repository(tmp_path / "repository", clean_env)


def test_notes_become_a_section_and_the_version_grows(repository: Repository) -> None:
    done = repository.release("0.2.0")
    assert done.status == 0, done.text
    changelog = (repository.folder / "CHANGELOG.md").read_text()
    assert "\n## 0.2.0 (" in changelog
    assert changelog.endswith("### Yank\n\n- `packhouse yank`: [docs](docs/life.md).\n")
    assert "VERSION 0.2.0 " in (repository.folder / "CMakeLists.txt").read_text()
    assert [path.name for path in (repository.folder / "changes").iterdir()] == ["README.md"]
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("describe").strip() == "v0.2.0"

    (repository.folder / "changes" / "block.md").write_text("# Blocking\n\n- It blocks.\n")
    repository.commit()
    assert repository.release("0.3.0").status == 0
    changelog = (repository.folder / "CHANGELOG.md").read_text()
    assert changelog.index("### Blocking") < changelog.index("## 0.2.0 (") < changelog.index("### Yank")


@pytest.mark.parametrize(
    ("version", "fault"),
    [("0.1.0", "expected a version above 0.1.0"), ("1.0rc1", "expected a version as 1.2.3")],
)
def test_a_version_that_is_none_changes_nothing(repository: Repository, version: str, fault: str) -> None:
    before = repository.git("rev-parse", "HEAD")
    done = repository.release(version)
    assert done.status == 1
    assert fault in done.err
    assert repository.git("rev-parse", "HEAD") == before
    assert repository.git("status", "--porcelain") == ""


def test_what_is_not_committed_is_in_no_release(repository: Repository) -> None:
    (repository.folder / "CMakeLists.txt").write_text("project(packhouse VERSION 0.1.0)\n# half done\n")
    done = repository.release("0.2.0")
    assert done.status == 1
    assert "without changes" in done.err
    assert repository.git("tag") == ""


def test_without_notes_there_is_nothing_to_release(repository: Repository) -> None:
    (repository.folder / "changes" / "yank.md").unlink()
    repository.commit()
    done = repository.release("0.2.0")
    assert done.status == 1
    assert "found none" in done.err

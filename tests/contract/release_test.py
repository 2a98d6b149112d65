"""./dev release turns the notes of changes/ into a section of CHANGELOG.md, under a tag."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import release as tool


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path, clean_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository at 0.1.0 with two notes."""
    for name in ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        if name in clean_env:
            monkeypatch.setenv(name, clean_env[name])
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("# Changes\n")
    (tmp_path / "changes" / "backup.md").write_text("- It is backed up: [how](../docs/backup.md).\n")
    (tmp_path / "changes" / "approvals.md").write_text("# Approvals\n\n- Owners sign.\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(packhouse VERSION 0.1.0)\n"
    )
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "Ada")
    git(tmp_path, "config", "user.email", "ada@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def test_notes_become_a_section_and_the_version_is_tagged(root: Path) -> None:
    tool.release(root, "0.2.0")
    day = git(root, "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%d")
    log = (root / "CHANGELOG.md").read_text()
    assert log.startswith("# Changelog\n\n## 0.2.0 (20")
    assert day[:4] in log
    assert (
        "### Approvals\n\n- Owners sign.\n\n### Backup\n\n- It is backed up: [how](docs/backup.md).\n" in log
    )
    assert [path.name for path in (root / "changes").iterdir()] == ["README.md"]
    assert tool.current_version(root) == "0.2.0"
    assert "VERSION 3.25)" in (root / "CMakeLists.txt").read_text()
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "rev-list", "-n1", "v0.2.0") == git(root, "rev-parse", "HEAD")


def test_a_later_release_stands_above_the_earlier_one(root: Path) -> None:
    tool.release(root, "0.2.0")
    (root / "changes" / "upstreams.md").write_text("# Upstreams\n\n- One URL.\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "Add upstreams")
    tool.release(root, "0.10.0")
    log = (root / "CHANGELOG.md").read_text()
    assert log.count("# Changelog\n") == 1
    assert (
        log.index("## 0.10.0") < log.index("### Upstreams") < log.index("## 0.2.0") < log.index("### Backup")
    )


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.1.0", "expected a version above 0.1.0"),
        ("0.0.9", "expected a version above 0.1.0"),
        ("1.0", "expected a version as 1.2.3"),
        ("v1.0.0", "expected a version as 1.2.3"),
        ("1.0.0; id", "expected a version as 1.2.3"),
    ],
)
def test_a_version_that_does_not_follow_is_refused(root: Path, version: str, message: str) -> None:
    with pytest.raises(tool.ReleaseError, match=message):
        tool.release(root, version)
    assert git(root, "tag") == ""


def test_nothing_is_released_with_changes_at_hand_a_tag_in_the_way_or_without_notes(root: Path) -> None:
    (root / "CMakeLists.txt").write_text((root / "CMakeLists.txt").read_text() + "\n")
    with pytest.raises(tool.ReleaseError, match="without changes"):
        tool.release(root, "0.2.0")
    git(root, "checkout", "--quiet", ".")
    git(root, "tag", "v0.2.0")
    with pytest.raises(tool.ReleaseError, match="is there already"):
        tool.release(root, "0.2.0")
    tool.release(root, "0.3.0")
    with pytest.raises(tool.ReleaseError, match="found none"):
        tool.release(root, "0.4.0")

"""Makes a release of this repository: the notes of changes/ become a section of CHANGELOG.md, the version in
CMakeLists.txt grows, and both are committed and tagged. Called by ./dev release X.Y.Z."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
PROJECT = re.compile(r"^(project\(packhouse VERSION )([0-9.]+)", re.MULTILINE)
TITLE = "# Changelog\n"


class ReleaseError(Exception):
    """The message says what was expected and what was found."""


def numbers(version: str) -> tuple[int, ...]:
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"expected a version as 1.2.3, found {version!r}")
    return tuple(int(part) for part in version.split("."))


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise ReleaseError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def current_version(root: Path) -> str:
    found = PROJECT.search((root / "CMakeLists.txt").read_text())
    if found is None:
        raise ReleaseError("expected project(packhouse VERSION …) in CMakeLists.txt, found none")
    return found[2]


def notes(root: Path) -> list[Path]:
    return sorted(path for path in (root / "changes").glob("*.md") if path.name != "README.md")


def section_of(note: Path) -> str:
    """A note under its heading; one without a heading is named after its file."""
    text = note.read_text().strip()
    heading, _, body = text.partition("\n") if text.startswith("# ") else ("", "", text)
    title = heading.removeprefix("# ") or note.stem.replace("-", " ").capitalize()
    return f"### {title}\n\n{body.strip()}\n".replace("](../", "](")  # links were relative to changes/


def write_changelog(root: Path, version: str, day: str) -> None:
    path = root / "CHANGELOG.md"
    before = path.read_text().removeprefix(TITLE) if path.exists() else ""
    sections = "\n".join(section_of(note) for note in notes(root))
    path.write_text(f"{TITLE}\n## {version} ({day})\n\n{sections}{before}")


def set_version(root: Path, version: str) -> None:
    path = root / "CMakeLists.txt"
    path.write_text(PROJECT.sub(lambda found: found[1] + version, path.read_text(), count=1))


def check(root: Path, version: str) -> None:
    before = current_version(root)
    if numbers(version) <= numbers(before):
        raise ReleaseError(f"expected a version above {before}, found {version}")
    if git(root, "status", "--porcelain").strip():
        raise ReleaseError("expected a work tree without changes: commit them first")
    if git(root, "tag", "--list", f"v{version}").strip():
        raise ReleaseError(f"the tag v{version} is there already")
    if not notes(root):
        raise ReleaseError("expected a note in changes/, found none: nothing to release")


def release(root: Path, version: str) -> None:
    check(root, version)
    write_changelog(root, version, f"{datetime.now(UTC):%Y-%m-%d}")
    set_version(root, version)
    git(root, "rm", "--quiet", *(str(note.relative_to(root)) for note in notes(root)))
    git(root, "add", "CHANGELOG.md", "CMakeLists.txt")
    git(root, "commit", "--quiet", "--message", f"release {version}")
    git(root, "tag", "--annotate", f"v{version}", "--message", f"Packhouse {version}")


def main(words: list[str]) -> int:
    if len(words) != 1:
        print("usage: ./dev release X.Y.Z", file=sys.stderr)
        return 2
    try:
        release(Path(__file__).resolve().parent.parent, words[0])
    except ReleaseError as fault:
        print(f"release: {fault}", file=sys.stderr)
        return 1
    print(f"committed and tagged v{words[0]}; git push --follow-tags makes it public")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

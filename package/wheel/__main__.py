"""Builds the wheels in build/package; `./dev package wheel` runs this."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from package.wheel.build import PLATFORMS, ROOT, Build
from package.wheel.pack import Contents, pack

FOLDER = ROOT / "build" / "wheel"
PACKAGES = ROOT / "build" / "package"


def version() -> str:
    found = re.search(r"project\(packhouse VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert found, "CMakeLists.txt states no version"
    return found[1]


def make(tag: str, folder: Path) -> Path:
    build = Build(PLATFORMS[tag], FOLDER)
    program = build.program()
    contents = Contents(
        version=version(),
        tag=tag,
        program=program.read_bytes(),
        description=(ROOT / "package" / "wheel" / "description.md").read_text(),
        licences=build.licences(),
        pins=tuple(build.pins.values()),
    )
    folder.mkdir(parents=True, exist_ok=True)
    return pack(contents, folder)


def copy_of_the_tree(folder: Path) -> None:
    """What git has or would add, with what was downloaded."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "build" / "wheel").mkdir(parents=True)
    (folder / "build" / "wheel" / "cache").symlink_to(FOLDER / "cache")


def check_again(wheel: Path, tag: str) -> None:
    """Builds it from nothing in another folder; ends the program where the bytes differ."""
    with tempfile.TemporaryDirectory(prefix="again-", dir=ROOT.parent) as name:
        tree = Path(name) / "tree"
        copy_of_the_tree(tree)
        command = [sys.executable, "-m", "package.wheel", tag, "--into", str(Path(name) / "wheels")]
        environment = {**os.environ, "CCACHE_DISABLE": "1"}
        subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
        if (Path(name) / "wheels" / wheel.name).read_bytes() == wheel.read_bytes():
            return
        shutil.copy(Path(name) / "wheels" / wheel.name, FOLDER)
    sys.exit(f"wheel: another folder gives other bytes: {FOLDER / wheel.name}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev package wheel")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help=", ".join(PLATFORMS))
    parser.add_argument("--twice", action="store_true", help="build again in another folder, and compare")
    parser.add_argument("--into", type=Path, default=PACKAGES, help="default: build/package")
    arguments = parser.parse_args()
    tags = arguments.platforms or ["manylinux_2_28_x86_64"]
    if unknown := set(tags) - PLATFORMS.keys():
        parser.error(f"no such platform: {', '.join(sorted(unknown))}")
    for tag in tags:
        wheel = make(tag, arguments.into)
        if arguments.twice:
            check_again(wheel, tag)
        print(wheel, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

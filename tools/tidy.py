"""Runs clang-tidy on every source of a build folder, warnings fatal, and remembers what passed.

Usage: tidy.py BUILD_DIR

A file is skipped when neither it, nor a header that it includes, nor .clang-tidy changed since it
last passed: the names come from the build's own dependency records.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

TIDY = "clang-tidy-19"
# Sources with findings that are still to be mended, one path a line. It only ever gets shorter.
LATER = Path(__file__).with_name("tidy-later.txt")


def dependencies(build: Path) -> dict[str, list[str]]:
    """Object file -> the project's files that it was built from, as ninja recorded them."""
    text = subprocess.run(
        ["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line.strip():
            current.append(line.strip())
    return found


def key(files: list[str], build: Path) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        path = (build / name).resolve()
        digest.update(str(name).encode())
        digest.update(path.read_bytes() if path.is_file() else b"gone")
    return digest.hexdigest()


def tidy(build: Path, source: str) -> tuple[str, str]:
    result = subprocess.run(
        [TIDY, "-p", str(build), "--quiet", source], capture_output=True, text=True, check=False
    )
    return source, result.stdout if result.returncode else ""


def main() -> int:
    build, root = Path(sys.argv[1]).resolve(), Path(__file__).resolve().parent.parent
    cache = root / "build" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    recorded = dependencies(build)

    later = {str(root / line) for line in LATER.read_text().splitlines() if not line.startswith("#")}
    todo: dict[str, Path] = {}
    commands = json.loads((build / "compile_commands.json").read_text())
    for entry in commands:
        is_generated = entry["file"].startswith(str(build))
        if is_generated or entry["file"] in later:
            continue
        files = [entry["file"], str(root / ".clang-tidy")]
        output = re.search(r" -o (\S+)", entry["command"])
        assert output, f"no -o in the command of {entry['file']}"
        files += [name for name in recorded.get(output[1], []) if not name.startswith("/usr/")]
        stamp = cache / key(files, build)
        if not stamp.exists():
            todo[entry["file"]] = stamp

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, problems in pool.map(lambda source: tidy(build, source), todo):
            if problems:
                failed += 1
                print(problems)
            else:
                todo[source].touch()
    print(
        f"clang-tidy: {len(commands)} files, {len(todo)} read now, {failed} with problems, "
        f"{len(later)} left for later"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

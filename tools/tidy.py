"""Runs clang-tidy on every source of a build folder, warnings fatal, and remembers what passed.

Usage: tidy.py BUILD_DIR

A file is skipped when neither it, nor a header that it includes, nor .clang-tidy, nor clang-tidy itself
changed since it last passed. The headers come from the build's own dependency records, so the folder must be
built. Precompiled headers are left out of the commands: they belong to another compiler, and would hide an
include that a source lacks.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "tidy"
TIDY = Path(sys.executable).with_name("clang-tidy")
# CMake passes the precompiled header and the header that it was made of to clang's front end.
PRECOMPILED = re.compile(r" -Xclang -include(-pch)? -Xclang \S+| -Xclang -fno-pch-timestamp| -Winvalid-pch")


def dependencies(build: Path) -> dict[str, list[str]]:
    """Object file -> the files that it was built from, as ninja recorded them."""
    command = ["ninja", "-C", str(build), "-t", "deps"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line.strip():
            current.append(line.strip())
    return found


def key(files: list[str], build: Path, version: bytes) -> str:
    digest = hashlib.sha256(version)
    for name in sorted(files):
        path = (build / name).resolve()
        digest.update(name.encode())
        digest.update(path.read_bytes() if path.is_file() else b"gone")
    return digest.hexdigest()


def without_precompiled_headers(build: Path) -> list[dict[str, str]]:
    """The build's commands for sources of the project; also written to the folder that clang-tidy reads."""
    commands: list[dict[str, str]] = json.loads((build / "compile_commands.json").read_text())
    kept = [
        {**entry, "command": PRECOMPILED.sub("", entry["command"])}
        for entry in commands
        if not Path(entry["file"]).is_relative_to(build)  # generated
    ]
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "compile_commands.json").write_text(json.dumps(kept))
    return kept


def unread(build: Path) -> dict[str, Path]:
    """Source -> the stamp to leave once it has passed; the largest source first, so that the ends meet."""
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    recorded = dependencies(build)
    found: dict[str, Path] = {}
    for entry in without_precompiled_headers(build):
        output = re.search(r" -o (\S+)", entry["command"])
        assert output, f"no -o in the command of {entry['file']}"
        if output[1] not in recorded:
            sys.exit(f"tidy.py: {entry['file']} was not built in {build}")
        included = [name for name in recorded[output[1]] if not name.startswith("/usr/")]
        stamp = CACHE / key([entry["file"], str(ROOT / ".clang-tidy"), *included], build, version)
        if not stamp.exists():
            found[entry["file"]] = stamp
    return dict(sorted(found.items(), key=lambda item: -Path(item[0]).stat().st_size))


def problems_of(source: str) -> str:
    """What clang-tidy prints of a source that does not pass, and nothing of one that does."""
    command = [str(TIDY), "-p", str(CACHE), "--quiet", source]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else ""


def main() -> int:
    todo = unread(Path(sys.argv[1]).resolve())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for stamp, problems in zip(todo.values(), pool.map(problems_of, todo), strict=True):
            if problems:
                failed += 1
                print(problems, flush=True)
            else:
                stamp.touch()
    print(f"clang-tidy: {len(todo)} files read, {failed} with problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

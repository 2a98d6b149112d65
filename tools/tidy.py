"""Runs clang-tidy on every source of a build folder, warnings fatal, and remembers what passed.

Usage: tidy.py [--alone] BUILD_DIR

A source is skipped when neither it, nor a header that it includes, nor .clang-tidy, nor clang-tidy itself
changed since it last passed. The headers come from the build's own dependency records, so the folder must be
built. Precompiled headers are left out of the commands: they belong to another compiler, and would hide an
include that a source lacks.

Five sixths of the time of a source go into its headers. So sources that have the same flags, and declare no
name twice, are read as one unit; where a unit does not pass, each of its sources is read alone, and what is
printed is what clang-tidy says of that. A source in a unit can lean on an include of the one before it:
--alone reads each source by itself, also one that passed in a unit.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "tidy"
TIDY = Path(sys.executable).with_name("clang-tidy")
# CMake passes the precompiled header and the header that it was made of to clang's front end.
PRECOMPILED = re.compile(r" -Xclang -include(-pch)? -Xclang \S+| -Xclang -fno-pch-timestamp| -Winvalid-pch")
OUTPUT = re.compile(r" -o (\S+) -c \S+$")
LARGEST_UNIT = 12
# A unit's sources are files that it includes. The compiler has looked for shadowed names; across sources they
# mean nothing.
UNIT_OPTIONS = ("--header-filter=(src|apps|fuzz|bench)/.*", "--extra-arg=-Wno-shadow")

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
# What is declared at the margin, where clang-format puts all that stands in a namespace.
DECLARED = re.compile(
    r"^(?:(?:struct|class|enum class|enum|union) (\w+)|using (\w+) ="
    r"|(?!using |return |template |#|\})[\w:][\w:<>,*& ]*?[ *&](\w+)(?:\(|\{| =|;|\[))",
    re.MULTILINE,
)
USED = re.compile(r"^using [\w:]*::(\w+);", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """One entry of the build's commands, and the stamp to leave once it has passed."""

    file: str
    flags: str
    stamp: Path


@dataclass
class Unit:
    """Sources that are read as one."""

    sources: list[Source] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


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


def unread(build: Path, *, alone: bool = False) -> list[Source]:
    """The sources of the project that have not passed as they are (by themselves), the largest first."""
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    recorded = dependencies(build)
    found = []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = entry["file"]
        if Path(file).is_relative_to(build):  # generated
            continue
        output = OUTPUT.search(entry["command"])
        assert output, f"no -o in the command of {file}"
        if output[1] not in recorded:
            sys.exit(f"tidy.py: {file} was not built in {build}")
        included = [name for name in recorded[output[1]] if not name.startswith("/usr/")]
        stamp = CACHE / key([file, str(ROOT / ".clang-tidy"), *included], build, version)
        if alone:
            stamp = stamp.with_suffix(".alone")
        if not stamp.exists():
            flags = PRECOMPILED.sub("", OUTPUT.sub("", entry["command"]))
            found.append(Source(file, flags, stamp))
    return sorted(found, key=lambda source: -Path(source.file).stat().st_size)


def declared_in(text: str) -> set[str]:
    """The names that a source declares, each with the namespace that the source begins with."""
    namespace = NAMESPACE.search(text)
    prefix = namespace[1] if namespace else ""
    return {f"{prefix}::{match[1] or match[2] or match[3]}" for match in DECLARED.finditer(text)}


def uses_each(text: str) -> bool:
    """Whether each name of a using-declaration occurs again; clang-tidy judges these in a main file alone."""
    return all(len(re.findall(rf"\b{name}\b", text)) > 1 for name in USED.findall(text))


def units_of(sources: list[Source]) -> list[Unit]:
    by_flags: dict[str, list[Unit]] = {}
    alone = []
    for source in sources:
        text = Path(source.file).read_text()
        if not uses_each(text):
            alone.append(Unit([source]))
            continue
        names = declared_in(text)
        units = by_flags.setdefault(source.flags, [])
        fitting = (unit for unit in units if len(unit.sources) < LARGEST_UNIT and not unit.names & names)
        unit = next(fitting, None)
        if unit is None:
            unit = Unit()
            units.append(unit)
        unit.sources.append(source)
        unit.names |= names
    return [unit for units in by_flags.values() for unit in units] + alone


def read(flags: str, file: str, *options: str) -> str:
    """What clang-tidy prints of a file that does not pass, and nothing of one that does."""
    settings = f"--config-file={ROOT}/.clang-tidy"
    command = [str(TIDY), "--quiet", settings, *options, file, "--", *shlex.split(flags)[1:]]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return result.stdout + result.stderr if result.returncode else ""


def problems_of(unit: Unit) -> dict[Source, str]:
    """Source -> what clang-tidy prints of it."""
    if len(unit.sources) > 1:
        names = "".join(f'#include "{source.file}"\n' for source in unit.sources)
        whole = CACHE / f"{hashlib.sha256(names.encode()).hexdigest()}.cpp"
        whole.write_text(names)
        problems = read(unit.sources[0].flags, str(whole), *UNIT_OPTIONS)
        whole.unlink()
        if not problems:
            return dict.fromkeys(unit.sources, "")
    return {source: read(source.flags, source.file) for source in unit.sources}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alone", action="store_true", help="read every source by itself")
    parser.add_argument("build", type=Path)
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    todo = unread(arguments.build.resolve(), alone=arguments.alone)
    units = [Unit([source]) for source in todo] if arguments.alone else units_of(todo)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for answers in pool.map(problems_of, units):
            for source, problems in answers.items():
                if problems:
                    failed += 1
                    print(problems, flush=True)
                else:
                    source.stamp.touch()
    print(f"clang-tidy: {len(todo)} files read in {len(units)} units, {failed} with problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

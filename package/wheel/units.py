"""Which sources of the program are compiled as one: some 90 compilations take the place of 430.

tools/tidy.py groups sources that declare no name twice, and reads each group as one. Here the same is done
for each target: what a build says of its sources (compile_commands.json) becomes properties of CMake's unity
builds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tools.tidy import NAMESPACE, OUTPUT, Source, units_of

# Targets that the program does not consist of.
OTHERS = ("_tests", "_testing", "_fuzz", "_floor", "_sort", "_pch")


def namespace_of(source: Source) -> str:
    """A function may be called as a namespace beside its own: those stay apart."""
    found = NAMESPACE.search(Path(source.file).read_text())
    return found[1] if found else ""


def sources_by_target(build: Path) -> dict[tuple[str, Path], list[Source]]:
    """By target and its folder, in the order of the build."""
    found: dict[tuple[str, Path], list[Source]] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        output = OUTPUT.search(entry["command"])
        assert output, f"no -o in the command of {entry['file']}"
        folder, _, rest = output[1].partition("CMakeFiles/")
        target, file = rest.partition(".dir/")[0], entry["file"]
        if target.endswith(OTHERS) or Path(file).is_relative_to(build):
            continue
        found.setdefault((target, Path(folder)), []).append(Source(file, "", build))
    return found


def properties(target: str, folder: Path, sources: list[Source]) -> Iterable[str]:
    alike = [list(group) for _, group in groupby(sorted(sources, key=namespace_of), namespace_of)]
    units = [unit for group in alike for unit in units_of(group)]
    groups = [unit.sources for unit in units if len(unit.sources) > 1]
    if not groups:
        return
    yield f"set_target_properties({target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)\n"
    for number, group in enumerate(groups):
        files = " ".join(f'"{source.file}"' for source in group)
        where = f"DIRECTORY ${{CMAKE_SOURCE_DIR}}/{folder}"
        yield f"set_source_files_properties({files} {where} PROPERTIES UNITY_GROUP {number})\n"


def write_units(build: Path, into: Path) -> None:
    """A file for CMakeLists.txt to include, about the sources of a folder that was configured."""
    lines = (
        line
        for (target, folder), sources in sources_by_target(build).items()
        for line in properties(target, folder, sorted(sources, key=lambda source: source.file))
    )
    into.write_text("".join(lines))

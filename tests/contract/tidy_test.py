"""tools/tidy.py reads a source again when anything that its last result depends on has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import tidy

COMMAND = "/usr/bin/clang++-19 -O2 -fPIE{timestamp} -Wall -std=c++2b{invalid}{header} -o a.cpp.o -c {source}"
HEADER = "/x/build/CMakeFiles/packhouse_pch.dir/cmake_pch.hxx"


class Build:
    """A build folder with one object, of a source and a header; its clang-tidy prints its version alone."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = root / "build" / "release"
        self.folder.mkdir(parents=True)
        self.source, self.header = root / "a.cpp", root / "a.hpp"
        self.settings, self.linter = root / ".clang-tidy", root / "clang-tidy"
        for path in (self.source, self.header, self.settings):
            path.write_text("first\n")
        self.set_version("23.1.4")
        command = COMMAND.format(
            timestamp=" -Xclang -fno-pch-timestamp",
            invalid=" -Winvalid-pch",
            header=f" -Xclang -include-pch -Xclang {HEADER}.pch -Xclang -include -Xclang {HEADER}",
            source=self.source,
        )
        generated = {"file": str(self.folder / "pch" / "empty.cpp"), "command": "", "directory": ""}
        entry = {"file": str(self.source), "command": command, "directory": str(self.folder)}
        (self.folder / "compile_commands.json").write_text(json.dumps([entry, generated]))
        read = {"a.cpp.o": [str(self.source), str(self.header), "/usr/include/stdio.h"]}
        monkeypatch.setattr(tidy, "dependencies", lambda build: read)
        monkeypatch.setattr(tidy, "ROOT", root)
        monkeypatch.setattr(tidy, "CACHE", root / "build" / "tidy")
        monkeypatch.setattr(tidy, "TIDY", self.linter)

    def set_version(self, version: str) -> None:
        self.linter.write_text(f"#!/bin/sh\necho {version}\n")
        self.linter.chmod(0o755)

    def unread(self) -> list[str]:
        return list(tidy.unread(self.folder))

    def passes(self) -> None:
        for stamp in tidy.unread(self.folder).values():
            stamp.touch()


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    return Build(tmp_path, monkeypatch)


def test_a_source_that_passed_is_not_read_again(build: Build) -> None:
    assert build.unread() == [str(build.source)]
    build.passes()
    assert build.unread() == []


@pytest.mark.parametrize("name", ["source", "header", "settings"])
def test_a_changed_file_is_read_again_and_what_passed_before_is_remembered(build: Build, name: str) -> None:
    build.passes()
    path: Path = getattr(build, name)
    path.write_text("second\n")
    assert build.unread() == [str(build.source)]
    path.write_text("first\n")
    assert build.unread() == []


def test_another_clang_tidy_reads_everything_again(build: Build) -> None:
    build.passes()
    build.set_version("24.1.0")
    assert build.unread() == [str(build.source)]


def test_clang_tidy_is_given_no_precompiled_header(build: Build) -> None:
    build.unread()
    (entry,) = json.loads((tidy.CACHE / "compile_commands.json").read_text())
    assert entry["command"] == COMMAND.format(timestamp="", invalid="", header="", source=build.source)


def test_a_source_that_was_not_built_is_a_fault(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "dependencies", lambda build: {})
    with pytest.raises(SystemExit, match=r"a\.cpp was not built"):
        build.unread()

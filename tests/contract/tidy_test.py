"""tools/tidy.py reads a source again when what its last result depends on has changed, and many as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.paths import ROOT
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
        return [source.file for source in tidy.unread(self.folder)]

    def passes(self) -> None:
        tidy.CACHE.mkdir(parents=True, exist_ok=True)
        for source in tidy.unread(self.folder):
            source.stamp.touch()


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


def test_a_source_that_passed_in_a_unit_is_still_to_be_read_by_itself(build: Build) -> None:
    build.passes()
    (source,) = tidy.unread(build.folder, alone=True)
    source.stamp.touch()
    assert tidy.unread(build.folder, alone=True) == []


def test_clang_tidy_is_given_no_precompiled_header(build: Build) -> None:
    (source,) = tidy.unread(build.folder)
    assert source.flags == COMMAND.split(" -o ", maxsplit=1)[0].format(timestamp="", invalid="", header="")


def test_a_source_that_was_not_built_is_a_fault(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "dependencies", lambda build: {})
    with pytest.raises(SystemExit, match=r"a\.cpp was not built"):
        build.unread()


def units(folder: Path, *texts: str, flags: tuple[str, ...] = ()) -> list[list[str]]:
    """The names of the sources `texts` as they are read together; source `i` has the flags `flags[i]`."""
    sources = []
    for place, text in enumerate(texts):
        file = folder / f"{place}.cpp"
        file.write_text(text)
        sources.append(tidy.Source(str(file), flags[place] if flags else "c++", folder / "stamp"))
    return [[Path(source.file).stem for source in unit.sources] for unit in tidy.units_of(sources)]


IN_A = "namespace a {{\n{}\n}}  // namespace a\n"


def test_sources_that_declare_no_name_twice_are_read_as_one(tmp_path: Path) -> None:
    first, second = IN_A.format("int one() { return 1; }"), IN_A.format("int two() { return 1; }")
    assert units(tmp_path, first, second) == [["0", "1"]]
    assert units(tmp_path, first, second, flags=("c++ -O0", "c++ -O2")) == [["0"], ["1"]]


@pytest.mark.parametrize(
    "declared", ["int one(int x) {", "constexpr std::size_t one = 3;", "struct one {", "using one = int;"]
)
def test_sources_that_declare_one_name_are_read_apart(tmp_path: Path, declared: str) -> None:
    other = IN_A.format(declared)
    assert units(tmp_path, IN_A.format("auto one() -> int {"), other) == [["0"], ["1"]]
    assert units(tmp_path, IN_A.format("auto one() -> int {"), other.replace(" a ", " b ")) == [["0", "1"]]


def test_a_using_declaration_of_a_name_that_does_not_occur_again_is_judged_in_a_main_file(
    tmp_path: Path,
) -> None:
    used, unused = "using std::pair;\npair<int, int> p;\n", "using std::vector;\n"
    assert units(tmp_path, used, unused, "int x;\n") == [["0", "2"], ["1"]]


def test_what_is_wrong_in_a_unit_is_said_of_the_source_that_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ROOT", ROOT), ("CACHE", tmp_path)):
        monkeypatch.setattr(tidy, name, value)
    good, bad = tmp_path / "good.cpp", tmp_path / "src" / "bad.cpp"
    bad.parent.mkdir()
    good.write_text("int one() { return 1; }\n")
    bad.write_text("struct badName {};\nint* nothing() { return 0; }\n")
    sources = [tidy.Source(str(file), "c++ -std=c++20", tmp_path / "stamp") for file in (good, bad)]
    problems = tidy.problems_of(tidy.Unit(sources))
    assert problems[sources[0]] == ""
    for check in ("readability-identifier-naming", "modernize-use-nullptr"):
        assert check in problems[sources[1]]

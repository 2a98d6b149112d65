"""Holds docs/third-party.md to the libraries that the build links.

Usage: third_party.py SOURCE_DIR BUILD_DIR [--write]

The list is the program's link line in BUILD_DIR/build.ninja. A library that cmake/Dependencies.cmake finds
and the link line lacks must be named below: header only, loaded at run time, or not a part of the program.
The package is the one that owns the file, and the licence is that of `Files: *` in its copyright file.
--write renews the page's table; without it, a table that differs is printed and the exit status is 1.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

PROGRAM = "bin/packhouse"
PAGE = Path("docs") / "third-party.md"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
HEADERS = Path("/usr/include")

HEADER = "| library | how | Debian package | licence |\n| --- | --- | --- | --- |\n"
TABLE = re.compile(r"^\| library \|.*\n(?:\|.*\n)+", re.M)


class Library(NamedTuple):
    name: str
    how: str
    file: Path  # one that the package owns


# Names of cmake/Dependencies.cmake whose library is not on the link line.
UNLINKED = {
    "Boost": Library("Boost.Asio, Boost.Beast", "headers only", HEADERS / "boost" / "asio.hpp"),
    "CLI11": Library("CLI11", "headers only", HEADERS / "CLI" / "CLI.hpp"),
    "CURL": Library("libcurl", "loaded at its first use", LIBRARIES / "libcurl.so"),
}
# Found for the build, the tests or the fuzz targets alone.
OUTSIDE = {"GTest", "PkgConfig", "Threads", "ZLIB"}
LINKED_AS = {"OpenSSL": "libssl"}

# Debian's names of licences, where SPDX has others.
SPDX = {
    "BSD-3-clause": "BSD-3-Clause",
    "BSD-3-google": "BSD-3-Clause",
    "Expat": "MIT",
    "Expat with embedded exception": "MIT, with fmt's exception for object code",
    "public-domain": "public domain",
}

FOUND = re.compile(
    r"^find_package\((\w+)|^pkg_check_modules\(\w+ REQUIRED IMPORTED_TARGET (\w+)|^find_library\(\w+ (\w+)",
    re.M,
)


def linked(ninja: str) -> list[Library]:
    """The shared libraries on the program's link line."""
    step = ninja.partition(f"\nbuild {PROGRAM}: ")[2].partition("\n\n")[0]
    line = re.search(r"^  LINK_LIBRARIES = (.*)$", step, re.M)
    if not line:
        raise SystemExit(f"third_party: build.ninja does not link {PROGRAM}")
    files = [Path(word) for word in line[1].split() if re.search(r"\.so(\.[0-9.]+)?$", word)]
    return [Library(file.name.partition(".so")[0], "linked", file) for file in dict.fromkeys(files)]


def unlinked(cmake: str, names: set[str]) -> list[Library]:
    """The libraries of cmake/Dependencies.cmake that the program uses without linking them."""
    found = []
    for match in FOUND.finditer(cmake):
        name = next(filter(None, match.groups()))
        if name in UNLINKED:
            found.append(UNLINKED[name])
        elif name not in OUTSIDE and LINKED_AS.get(name, f"lib{name.removeprefix('lib')}") not in names:
            raise SystemExit(
                f"third_party: {name} is found and not linked: drop it, or name it in {__file__}"
            )
    return found


def packages(files: list[Path]) -> dict[Path, str]:
    """The package that owns each file."""
    real = {file.resolve(): file for file in files}
    asked = subprocess.run(["dpkg-query", "-S", *real], capture_output=True, text=True, check=True)
    owners = (line.split(": ", 1) for line in asked.stdout.splitlines())
    return {real[Path(file)]: package.partition(":")[0] for package, file in owners}


def licence(package: str) -> str:
    text = (Path("/usr/share/doc") / package / "copyright").read_text()
    name = re.search(r"^Files:\s*\*\n(?:(?!License:).*\n)*?License:\s*(.+)$", text, re.M)
    if not name:
        raise SystemExit(f"third_party: {package} has no licence for `Files: *`")
    return SPDX.get(name[1].strip(), name[1].strip())


def table(source: Path, build: Path) -> str:
    libraries = linked((build / "build.ninja").read_text())
    cmake = (source / "cmake" / "Dependencies.cmake").read_text()
    libraries += unlinked(cmake, {library.name for library in libraries})
    owners = packages([library.file for library in libraries])
    rows = (
        f"| {library.name} | {library.how} | `{owners[library.file]}` | {licence(owners[library.file])} |\n"
        for library in sorted(libraries, key=lambda library: library.name.lower())
    )
    return HEADER + "".join(rows)


def main() -> int:
    source, build = Path(sys.argv[1]), Path(sys.argv[2])
    page = source / PAGE
    text, wanted = page.read_text(), table(source, build)
    stated = TABLE.search(text)
    if not stated:
        raise SystemExit(f"third_party: {PAGE} has no table of libraries")
    if stated[0] == wanted:
        return 0
    if "--write" in sys.argv[3:]:
        page.write_text(text.replace(stated[0], wanted))
        return 0
    rows, wanted_rows = stated[0].splitlines(), wanted.splitlines()
    for row in wanted_rows:
        if row not in rows:
            print(f"{PAGE} lacks: {row}")
    for row in rows:
        if row not in wanted_rows:
            print(f"{PAGE} is out of date: {row}")
    print("third_party: rewrite the table with --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())

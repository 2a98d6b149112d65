"""Fails when a module includes a header of a module that its DEPENDS does not name, or a file includes a
library that is kept to another file.

Usage: layers.py SOURCE_DIR LAYERS_TXT [--write]

LAYERS_TXT is written by CMake from the DEPENDS of every packhouse_module(), so the build and this
check read the same truth. A module may include `base` and the modules that it names; what those
name in turn does not count. The column "may include" of docs/architecture.md is written from the
same list by --write. Loops of includes between units (thing.hpp with thing.cpp) are refused, too.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*"([a-z0-9_]+)/')
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
# A row of the table of modules in docs/architecture.md: folder, what is in it, what it may include.
ROW = re.compile(r"^\| `(\w+)/` \| (.*) \| ([^|]*) \|$")
# Only these two modules may see these: each costs seconds a file, and they belong behind their interfaces.
HTTP = {"http", "http_server"}
HTTP_ONLY = re.compile(r"^\s*#\s*include\s*<(boost/(asio|beast)|curl/)")
# The same for the parser of the command line.
CLI11 = re.compile(r"^\s*#\s*include\s*<CLI/")
CLI11_ONLY = "apps/packhouse/command_line.cpp"


def read_layers(path: Path) -> dict[str, set[str]]:
    layers = {}
    for line in path.read_text().splitlines():
        name, _, depends = line.partition(":")
        layers[name] = set(depends.split())
    return layers


def cycles(layers: dict[str, set[str]]) -> list[str]:
    found, done = [], set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            found.append("cycle: " + " -> ".join((*trail[trail.index(name) :], name)))
            return
        if name in done:
            return
        for dependency in sorted(layers.get(name, ())):
            visit(dependency, (*trail, name))
        done.add(name)

    for name in sorted(layers):
        visit(name, ())
    return found


def violations(source: Path, layers: dict[str, set[str]]) -> list[str]:
    found = []
    for module, depends in sorted(layers.items()):
        allowed = depends | {"base", module}
        for file in sorted((source / "src" / module).rglob("*.[ch]pp")):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                place = f"{file.relative_to(source)}:{number}"
                include = INCLUDE.match(line)
                if include and include[1] in layers and include[1] not in allowed:
                    found.append(
                        f"{place}: {module} may not include {include[1]}: "
                        f"its DEPENDS are {' '.join(sorted(depends)) or 'none'}"
                    )
                if module not in HTTP and HTTP_ONLY.match(line):
                    found.append(f"{place}: only http/ and http_server/ include Asio, Beast or libcurl")
    folders = {p.name for p in (source / "src").iterdir() if p.is_dir() and any(p.rglob("*.cpp"))}
    found += [f"src/{name}: has sources and no packhouse_module()" for name in sorted(folders - set(layers))]
    return found


def costly_includes(source: Path) -> list[str]:
    return [
        f"{file.relative_to(source)}:{number}: only {CLI11_ONLY} includes CLI11"
        for folder in ("src", "apps")
        for file in sorted((source / folder).rglob("*.[ch]pp"))
        if file != source / CLI11_ONLY
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if CLI11.match(line)
    ]


def unit_graph(source: Path) -> dict[Path, set[Path]]:
    """Which units include which. A unit is a header with its source: its path without the suffix."""
    roots = [source / "src", source / "apps" / "packhouse"]
    files = [file for root in roots for file in sorted(root.rglob("*.[ch]pp"))]
    units = {file.with_suffix("") for file in files}
    graph: dict[Path, set[Path]] = {unit: set() for unit in sorted(units)}
    for file in files:
        for name in ANY_INCLUDE.findall(file.read_text()):
            places = [(folder / name).with_suffix("") for folder in (file.parent, *roots)]
            graph[file.with_suffix("")].update(place for place in places if place in units)
    return {unit: included - {unit} for unit, included in graph.items()}


def reachable(graph: dict[Path, set[Path]], start: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = list(graph[start])
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting.extend(graph[unit])
    return found


def unit_loops(source: Path) -> list[str]:
    """The sets of units that all reach one another by their includes."""
    graph = unit_graph(source)
    reached = {unit: reachable(graph, unit) for unit in graph}
    loops = {
        frozenset(other for other in reached[unit] if unit in reached[other])
        for unit in graph
        if unit in reached[unit]
    }

    def show(units: Iterable[Path]) -> str:
        return ", ".join(str(unit.relative_to(source)) for unit in sorted(units))

    return sorted(f"loop of includes: {show(loop)}" for loop in loops)


def may_include(module: str, layers: dict[str, set[str]]) -> str:
    """What the table says of a module; `base` only where there is nothing else."""
    names = [name for name in layers if name in layers[module] - {"base"}]
    return " ".join(names) or ("\N{EN DASH}" if module == "base" else "base")


def table_rows(text: str, layers: dict[str, set[str]]) -> tuple[str, list[str]]:
    """The page with each module's last column as DEPENDS has it, and what is wrong with the page's rows."""
    found, listed, lines = [], set(), []
    for line in text.splitlines(keepends=True):
        row = ROW.match(line.rstrip("\n"))
        if row and row[1] in layers:
            module, contents, stated = row.groups()
            listed.add(module)
            line = f"| `{module}/` | {contents} | {may_include(module, layers)} |\n"
            if stated != may_include(module, layers):
                found.append(
                    f'{module}/ may include "{may_include(module, layers)}", the page says "{stated}"'
                    " (layers.py --write)"
                )
        elif row:
            found.append(f"no module is called {row[1]}")
        lines.append(line)
    found += [f"no row for {module}/" for module in sorted(set(layers) - listed)]
    return "".join(lines), found


def page_faults(source: Path, layers: dict[str, set[str]], *, write: bool) -> list[str]:
    page = source / "docs" / "architecture.md"
    text = page.read_text()
    written, found = table_rows(text, layers)
    if write and written != text:
        page.write_text(written)
        _, found = table_rows(written, layers)
    return [f"docs/architecture.md: {fault}" for fault in found]


def main() -> int:
    source, layers = Path(sys.argv[1]), read_layers(Path(sys.argv[2]))
    problems = cycles(layers) + violations(source, layers) + costly_includes(source)
    problems += page_faults(source, layers, write="--write" in sys.argv[3:])
    problems += unit_loops(source)
    for problem in problems:
        print(problem)
    print(f"layers: {len(layers)} modules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Fails when a module includes a header of a module that its DEPENDS does not name.

Usage: layers.py SOURCE_DIR LAYERS_TXT

LAYERS_TXT is written by CMake from the DEPENDS of every packhouse_module(), so the build and this
check read the same truth. A module may include `base` and the modules that it names; what those
name in turn does not count.
"""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*"([a-z0-9_]+)/')
# Only these two modules may see these: each costs seconds a file, and they belong behind their interfaces.
HTTP = {"http", "http_server"}
HTTP_ONLY = re.compile(r"^\s*#\s*include\s*<(boost/(asio|beast)|curl/)")


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


def main() -> int:
    source, layers = Path(sys.argv[1]), read_layers(Path(sys.argv[2]))
    problems = cycles(layers) + violations(source, layers)
    for problem in problems:
        print(problem)
    print(f"layers: {len(layers)} modules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

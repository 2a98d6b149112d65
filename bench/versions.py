"""Parsing and sorting versions: Packhouse, the reference implementation and uv's crate, in turn.

Each side reads the same file before its clock starts, parses each line, sorts, and prints the processor time
of both, in seconds.
In the first round each also writes down its order; all three must be the same.
"""

import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.figures import report
from bench.servers import PEERS, ROOT, SERVER_CORE

COUNT = 1_000_000
ROUNDS = 9
CRATE = ROOT / "bench" / "pep440_rs"

Side = tuple[str, list[str]]


def versions(count: int, seed: int) -> list[str]:
    """A mix like an index's: mostly short releases, some of everything that PEP 440 has."""
    chosen = random.Random(seed)
    number = chosen.randrange
    forms: list[tuple[float, Callable[[], str]]] = [
        (46, lambda: f"{number(20)}.{number(40)}.{number(60)}"),
        (14, lambda: f"{number(12)}.{number(30)}"),
        (2, lambda: f"{number(200)}"),
        (7, lambda: f"{number(2015, 2027)}.{number(1, 13)}.{number(1, 32)}"),
        (4, lambda: f"{number(5)}.{number(20)}.{number(30)}.{number(200)}"),
        (9, lambda: f"{number(10)}.{number(20)}.{number(20)}{chosen.choice(['a', 'b', 'rc'])}{number(12)}"),
        (3, lambda: f"{number(10)}.{number(20)}.{number(20)}.post{number(8)}"),
        (4, lambda: f"{number(10)}.{number(20)}.{number(20)}.dev{number(500)}"),
        (4, lambda: f"{number(3)}.{number(20)}.{number(10)}.dev20{number(18, 27)}{number(1, 13):02}01"),
        (2, lambda: f"{number(5)}.{number(20)}.0rc{number(5)}.dev{number(40)}"),
        (
            2,
            lambda: (
                f"{number(4)}.{number(20)}.{number(10)}+{chosen.choice(['cu', 'cpu', 'g'])}{number(1000)}"
            ),
        ),
        (2, lambda: f"v{number(4)}.{number(20)}-{chosen.choice(['alpha', 'beta', 'RC'])}.{number(6)}"),
        (0.2, lambda: f"{number(1, 3)}!{number(10)}.{number(10)}"),
    ]
    makers = chosen.choices([make for _, make in forms], [weight for weight, _ in forms], k=count)
    return [make() for make in makers]


def pinned_crates(lock: str) -> str:
    """What cargo locked, as bench/pep440_rs/checksums.txt has it."""
    lines = []
    for package in lock.split("[[package]]")[1:]:
        fields = dict(line.split(" = ", 1) for line in package.splitlines() if " = " in line)
        if "checksum" in fields:
            checksum, name, version = (fields[key].strip('"') for key in ("checksum", "name", "version"))
            lines.append(f"{checksum}  {name} {version}\n")
    return "".join(lines)


def build_crate() -> Path:
    if shutil.which("cargo") is None:
        raise RuntimeError("needs cargo, of a Rust that is recent enough for the crates in bench/pep440_rs")
    folder = ROOT / "build" / "pep440_rs"
    shutil.copytree(CRATE, folder, dirs_exist_ok=True)
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=folder, check=True)
    if pinned_crates((folder / "Cargo.lock").read_text()) != (CRATE / "checksums.txt").read_text():
        raise RuntimeError("cargo locked other crates than bench/pep440_rs/checksums.txt names")
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=folder, check=True)
    return folder / "target" / "release" / "version_sort"


def seconds(command: Sequence[str], source: Path, order: Path | None) -> float:
    arguments = [str(source)] + ([str(order)] if order else [])
    output = subprocess.run(
        ["taskset", "-c", SERVER_CORE, *command, *arguments], check=True, capture_output=True, text=True
    ).stdout
    return sum(float(word) for word in output.split())


def same_order(python: Path, orders: Sequence[Path]) -> None:
    """Equal versions may stand in any order among themselves, so it is versions that are compared."""
    program = (
        "import sys\nfrom packaging.version import Version\n"
        "sides = [[Version(line) for line in open(path).read().split()] for path in sys.argv[1:]]\n"
        "sys.exit(any(side != sides[0] for side in sides))"
    )
    if subprocess.run([str(python), "-c", program, *map(str, orders)], check=False).returncode != 0:
        raise RuntimeError("the sides sort differently")


def run(folder: Path) -> None:
    source = folder / "versions.txt"
    source.write_text("\n".join(versions(COUNT, 7)) + "\n")
    sides: list[Side] = [
        ("packhouse", [str(ROOT / "build/release/bin/version_sort")]),
        ("packaging 26.3", [str(PEERS / "python"), str(ROOT / "bench" / "packaging_sort.py")]),
        ("pep440_rs 0.7.3", [str(build_crate())]),
    ]
    measured: list[list[float]] = [[] for _ in sides]
    for turn in range(ROUNDS):
        order = range(len(sides)) if turn % 2 == 0 else range(len(sides) - 1, -1, -1)
        for side in order:
            written = folder / f"order-{side}.txt" if turn == 0 else None
            measured[side].append(COUNT / seconds(sides[side][1], source, written))
        if turn == 0:
            same_order(PEERS / "python", [folder / f"order-{side}.txt" for side in range(len(sides))])
    for (name, _), goal, other in zip(sides[1:], [None, 1.0], measured[1:], strict=True):
        report("parse and sort 1,000,000 versions", measured[0], other, "versions/s", name, goal)

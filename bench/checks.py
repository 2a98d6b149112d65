"""`packhouse check` on a hundred real wheels, against `twine check` and `check-wheel-contents`.

The sides run in turn on one core, and a figure is processor time: on a machine that does other things too,
the clock on the wall says how busy that one is. The large wheel is held against its floor, a program that
only inflates and hashes every member.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import report
from bench.servers import PACKHOUSE, PEERS, ROOT, SERVER_CORE
from tests.support import bombs

ROUNDS = 5
SMALL = 100_000
WHEELS = ROOT / "bench" / "wheels.txt"
FLOOR = ROOT / "build" / "release" / "bin" / "check_floor"
PLATFORMS = ["manylinux1", "manylinux2014", *(f"manylinux_2_{minor}" for minor in (5, 12, 17, 24, 27, 28))]


def download(folder: Path) -> list[Path]:
    """Kept between runs: pip only fetches what is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sum(1 for line in WHEELS.read_text().splitlines() if "==" in line)
    if len(list(folder.glob("*.whl"))) != wanted:
        platforms = [f"--platform={name}_x86_64" for name in PLATFORMS]
        subprocess.run(
            [str(PEERS / "python"), "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--only-binary=:all:", "--require-hashes", "--implementation=cp",
             "--python-version=3.11", "--abi=cp311", "--abi=abi3", "--abi=none", *platforms,
             "--dest", str(folder), "--requirement", str(WHEELS)],
            check=True,
        )  # fmt: skip
    return sorted(folder.glob("*.whl"), key=lambda path: path.stat().st_size)


def processor_seconds(command: Sequence[str], files: Sequence[Path], accepted: Sequence[int] = (0,)) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["taskset", "-c", SERVER_CORE, *command, *map(str, files)], check=False, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in accepted:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-500:]!r}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def packhouse(files: Sequence[Path]) -> float:
    return processor_seconds([str(PACKHOUSE), "check"], files)


def peers(files: Sequence[Path]) -> float:
    # check-wheel-contents has opinions on layout; a wheel that it frowns on was checked all the same.
    return processor_seconds([str(PEERS / "twine"), "check"], files) + processor_seconds(
        [str(PEERS / "check-wheel-contents")], files, accepted=(0, 1)
    )


def floor(files: Sequence[Path]) -> float:
    return processor_seconds([str(FLOOR)], files)


def by_the_clock(command: Sequence[str], files: Sequence[Path], accepted: Sequence[int] = (0,)) -> float:
    """Seconds on all cores."""
    begun = time.perf_counter()
    done = subprocess.run([*command, *map(str, files)], check=False, capture_output=True)
    seconds = time.perf_counter() - begun
    if done.returncode not in accepted:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-500:]!r}")
    return seconds


def peak_megabytes(command: Sequence[str]) -> float:
    """The most memory that the command had, by its own group of children."""
    script = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True, check=False);"
    )
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", script, *command], check=True, capture_output=True, text=True
    )
    return int(done.stdout) / 1024


def refuse_bombs(folder: Path) -> None:
    for title, name, bomb in (
        ("10 GiB in a zip of 1 MB", "demo-1.0-py3-none-any.whl", bombs.overlapping),
        ("1 GiB in a zip of 1 MB", "demo-1.0-py3-none-any.whl", bombs.honest),
        ("1 GiB that calls itself 1 MiB", "demo-1.0-py3-none-any.whl", bombs.lying),
        ("1 GiB in a tar.gz of 1 MB", "demo-1.0.tar.gz", bombs.in_gzip),
    ):
        path = folder / name
        path.write_bytes(bomb())
        command = [str(PACKHOUSE), "check"]
        taken = [1000 * by_the_clock(command, [path], accepted=(3,)) for _ in range(ROUNDS)]
        print(
            f"{title:<34} refused in {statistics.median(taken):.0f} ms ({min(taken):.0f} to {max(taken):.0f};"
            f" goal 100) and {peak_megabytes([*command, str(path)]):.0f} MiB (goal 64)",
            flush=True,
        )


def run(folder: Path) -> None:
    refuse_bombs(folder)
    wheels = download(ROOT / "build" / "bench-wheels")
    small = [path for path in wheels if path.stat().st_size <= SMALL]
    size = sum(path.stat().st_size for path in small) / len(small) / 1000
    both = "twine and check-wheel-contents"
    alone: tuple[list[float], list[float]] = ([], [])
    together: tuple[list[float], list[float]] = ([], [])
    everything: tuple[list[float], list[float]] = ([], [])
    clock: tuple[list[float], list[float]] = ([], [])
    large: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        sample = small[:: max(1, len(small) // 8)]
        alone[0].append(len(sample) / sum(packhouse([path]) for path in sample))
        alone[1].append(len(sample) / sum(peers([path]) for path in sample))
        for figures, files in ((together, small), (everything, wheels)):
            figures[0].append(len(files) / packhouse(files))
            figures[1].append(len(files) / peers(files))
        clock[0].append(len(small) / by_the_clock([str(PACKHOUSE), "check"], small))
        clock[1].append(
            len(small)
            / (
                by_the_clock([str(PEERS / "twine"), "check"], small)
                + by_the_clock([str(PEERS / "check-wheel-contents")], small, accepted=(0, 1))
            )
        )
        large[0].append(1 / packhouse(wheels[-1:]))
        large[1].append(1 / floor(wheels[-1:]))
    report(f"small wheels ({size:.0f} kB), a call for each", *alone, "wheels/s", both, 50.0)
    report(f"{len(small)} small wheels, one call", *together, "wheels/s", both, 50.0)
    report(f"{len(small)} small wheels, by the clock", *clock, "wheels/s", both, 50.0)
    report(f"{len(wheels)} wheels, one call", *everything, "wheels/s", both)
    megabytes = wheels[-1].stat().st_size / 1e6
    report(f"one wheel of {megabytes:.0f} MB", *large, "wheels/s", "inflating and hashing", 1 / 1.3)

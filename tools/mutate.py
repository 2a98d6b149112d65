"""Changes one line at a time and asks whether the module's own unit tests notice.

Usage: mutate.py BUILD_DIR [--count N] [--seed TEXT] [--least PERCENT] [FILE ...]

Without a FILE: the files that decide what is let in, let through and published. Each mutant is one line of
one file, changed by a rule of universalmutator; the sample depends on the seed and the sources alone. A
mutant is compiled with the build's own command and linked in front of the module's library, so the tree is
never touched. One that does not compile, or that compiles to the same code, does not count.
harmless_mutants.toml lists those that change nothing that matters, with a reason. Ends with 1 where fewer
than PERCENT are noticed.
"""

import argparse
import concurrent.futures
import contextlib
import dataclasses
import io
import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from universalmutator import mutator

ROOT = Path(__file__).resolve().parent.parent
HARMLESS = Path(__file__).with_name("harmless_mutants.toml")
RULES = ["universal.rules", "c_like.rules", "cpp.rules"]
DECIDING = [
    "src/archive/*.cpp",
    "src/attest/*.cpp",
    "src/auth/*.cpp",
    "src/desk/promotion/*.cpp",
    "src/http_server/request_head.cpp",
    "src/index/copy.cpp",
    "src/index/ingest.cpp",
    "src/index/sessions.cpp",
    "src/journal/approval.cpp",
    "src/journal/plan.cpp",
    "src/routing/*.cpp",
    "src/smoke/installed*.cpp",
    "src/source/candidate.cpp",
    "src/source/run_checks.cpp",
    "src/store/sql/*.cpp",
]
# Of what a mutant may use: more is an endless loop, and counts as noticed.
MEMORY = 8 << 30
PATIENCE = 5.0  # times what the tests take unchanged, and a minute


@dataclasses.dataclass(frozen=True)
class Mutant:
    source: Path
    line: int
    before: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.source.relative_to(ROOT)}:{self.line}"

    def text(self) -> str:
        lines = self.source.read_text().splitlines(keepends=True)
        lines[self.line - 1] = self.after
        return "".join(lines)


class Module:
    """The unit tests of a module: how to link them with one object more, and how long they take."""

    def __init__(self, build: Path, name: str) -> None:
        self.build, self.program = build, build / "bin" / f"{name}_tests"
        ask = ["ninja", "-C", str(build), "-t", "commands", f"bin/{name}_tests"]
        printed = subprocess.run(ask, check=True, capture_output=True, text=True).stdout
        self.link = printed.splitlines()[-1]
        begun = time.monotonic()
        with scratch() as folder:
            if run([str(self.program), "--gtest_brief=1"], folder, 3600) != 0:
                sys.exit(f"mutate.py: {self.program} fails without any change")
        self.limit = PATIENCE * (time.monotonic() - begun) + 60

    def link_with(self, mutant: Path, program: Path) -> bool:
        """The linker takes no member of the library whose names the object has already."""
        old = f" -o bin/{self.program.name} "
        assert old in self.link, self.link
        words = self.link.replace(old, f" {shlex.quote(str(mutant))} -o {shlex.quote(str(program))} ")
        return (
            subprocess.run(words, shell=True, cwd=self.build, capture_output=True, check=False).returncode
            == 0
        )


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mutant-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(words: list[str], folder: Path, seconds: float) -> int | None:
    """The exit status of a program that has the folder as its home; None: it was stopped."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=bound,
    ) as child:
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return None


class Workshop:
    def __init__(self, build: Path, sources: list[Path]) -> None:
        recorded = json.loads((build / "compile_commands.json").read_text())
        self.build = build
        self.commands = {Path(entry["file"]): entry["command"] for entry in recorded}
        if missing := [str(source) for source in sources if source not in self.commands]:
            sys.exit(f"mutate.py: not built in {build}: {', '.join(missing)}")
        names = sorted({self.module_of(source) for source in sources})
        self.modules = {name: Module(build, name) for name in names}
        self.unchanged: dict[Path, bytes] = {}

    @staticmethod
    def module_of(source: Path) -> str:
        return source.relative_to(ROOT / "src").parts[0]

    def compile(self, source: Path, text: str, folder: Path) -> bytes | None:
        """The object file, which names no folder: equal code makes equal bytes."""
        (folder / source.name).write_text(text)
        command = re.sub(r"^\S*ccache ", "", self.commands[source])
        command = re.sub(r" -o \S+", " -o mutant.o", command).replace(f" -c {source}", f" -c {source.name}")
        # Without line numbers, equal code makes equal objects.
        words = command.replace(" -Werror", "").replace(" -gline-tables-only", "")
        done = subprocess.run(words, shell=True, cwd=folder, capture_output=True, check=False)
        return (folder / "mutant.o").read_bytes() if done.returncode == 0 else None

    def compile_unchanged(self, source: Path) -> bytes:
        if source not in self.unchanged:
            with scratch() as folder:
                made = self.compile(source, source.read_text(), folder)
            if made is None:
                sys.exit(f"mutate.py: {source} does not compile without any change")
            self.unchanged[source] = made
        return self.unchanged[source]

    def judge(self, mutant: Mutant) -> str:
        module = self.modules[self.module_of(mutant.source)]
        unchanged = self.compile_unchanged(mutant.source)
        with scratch() as folder:
            changed = self.compile(mutant.source, mutant.text(), folder)
            if changed is None:
                return "invalid"
            if changed == unchanged:
                return "equal"
            program = folder / "tests"
            if not module.link_with(folder / "mutant.o", program):
                return "invalid"
            words = [str(program), "--gtest_brief=1", "--gtest_fail_fast=1"]
            return "survived" if run(words, folder, module.limit) == 0 else "noticed"


def harmless() -> dict[tuple[str, str], str]:
    entries = tomllib.loads(HARMLESS.read_text()).get("mutant", [])
    return {(entry["file"], entry["after"].strip()): entry["reason"] for entry in entries}


def code_of(line: str) -> str:
    """Without comments and without what stands between quotes."""
    return re.sub(r'"(?:\\.|[^"\\])*"', '""', line).partition("//")[0].strip()


def mutants_of(source: Path) -> dict[int, list[Mutant]]:
    """By line. Nothing that changes text between quotes, a comment or a preprocessor's line alone."""
    lines = source.read_text().splitlines(keepends=True)
    with contextlib.redirect_stdout(io.StringIO()):
        made = mutator.mutants_regexp(
            lines, RULES, ignorePatterns=[r"^\s*//", r"^\s*#"], ignoreStringOnly=True
        )
    found: dict[int, list[Mutant]] = {}
    for line, after, *_ in made:
        before = lines[line - 1]
        if code_of(before) != code_of(after):
            found.setdefault(line, []).append(Mutant(source, line, before, after))
    return found


def in_order(sources: list[Path], seed: str) -> Iterator[Mutant]:
    """Every line once, in a random order, changed in a random way."""
    choice = random.Random(seed)
    places = [made for source in sources for _, made in sorted(mutants_of(source).items())]
    choice.shuffle(places)
    known = harmless()
    for made in places:
        mutant = choice.choice(made)
        if (str(mutant.source.relative_to(ROOT)), mutant.after.strip()) not in known:
            yield mutant


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", type=Path)
    parser.add_argument("--count", type=int, default=100, help="mutants that count (100)")
    parser.add_argument("--seed", default="packhouse", help="another sample")
    parser.add_argument("--least", type=float, default=95.0, help="percent that must be noticed (95)")
    parser.add_argument("files", nargs="*", type=Path)
    return parser.parse_intermixed_args()


def sources_of(arguments: argparse.Namespace) -> list[Path]:
    named = [path.resolve() for path in arguments.files]
    found = named or [path for pattern in DECIDING for path in ROOT.glob(pattern)]
    return sorted(path for path in found if not path.name.endswith("_test.cpp"))


def main() -> int:
    arguments = parse()
    sources = sources_of(arguments)
    workshop = Workshop(arguments.build.resolve(), sources)
    counted: dict[str, int] = {"noticed": 0, "survived": 0, "invalid": 0, "equal": 0}
    order = in_order(sources, arguments.seed)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        while counted["noticed"] + counted["survived"] < arguments.count:
            missing = arguments.count - counted["noticed"] - counted["survived"]
            batch = [mutant for mutant, _ in zip(order, range(missing), strict=False)]
            if not batch:
                break
            for mutant, verdict in zip(batch, pool.map(workshop.judge, batch), strict=True):
                counted[verdict] += 1
                if verdict == "survived":
                    print(
                        f"{mutant.name}\n  - {mutant.before.strip()}\n  + {mutant.after.strip()}", flush=True
                    )
    total = counted["noticed"] + counted["survived"]
    share = 100.0 * counted["noticed"] / max(total, 1)
    print(
        f"noticed {counted['noticed']} of {total} ({share:.1f} %); not counted: {counted['invalid']} that do "
        f"not compile, {counted['equal']} that change no code"
    )
    return 0 if total and share >= arguments.least else 1


if __name__ == "__main__":
    sys.exit(main())

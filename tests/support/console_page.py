"""A page of the documents as a reader follows it: files are written, commands typed, outputs compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .documents import Block, blocks
from .packhouse import run_command

ANYTHING = "…"  # within a line any text, alone on a line any lines
FILE = re.compile(r"`([^`]+)`:")


@dataclass(frozen=True)
class Typed:
    """One command of a console block, with the lines that the page shows below it."""

    place: str
    command: str
    shown: tuple[str, ...]

    def accepts(self, output: str) -> bool:
        printed = output.splitlines()
        ends = {0}  # how many lines of the output the lines so far may stand for
        for line in self.shown:
            if line == ANYTHING:
                ends = {further for end in ends for further in range(end, len(printed) + 1)}
            else:
                pattern = ".*".join(re.escape(part) for part in line.split(ANYTHING))
                ends = {end + 1 for end in ends if re.fullmatch(pattern, "".join(printed[end : end + 1]))}
                ends = {end for end in ends if end <= len(printed)}
        return len(printed) in ends


@dataclass(frozen=True)
class Written:
    """A file that the page names in the line before its block."""

    name: str
    text: str


Step = Typed | Written


def steps(document: Path) -> Iterator[Step]:
    lines = document.read_text().splitlines()
    for block in blocks(document):
        before = [line for line in lines[: block.line - 1] if line.strip()]
        named = FILE.fullmatch(before[-1]) if before else None
        if block.language == "console":
            yield from _typed(block)
        elif named:
            yield Written(named[1], "".join(f"{line}\n" for line in block.lines))


def _typed(block: Block) -> Iterator[Typed]:
    starts = [at for at, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        place = f"{block.document}:{block.line + 1 + start}"
        yield Typed(place, block.lines[start].removeprefix("$ "), block.lines[start + 1 : end])


class Terminal:
    """A shell's state from command to command: folder, variables, and the status of the last one."""

    def __init__(self, folder: Path, environment: dict[str, str], state: Path) -> None:
        self.folder = folder
        self.status = 0
        self._state = state
        state.mkdir()
        (state / "variables").write_text("")
        self._environment = environment

    def type(self, command: str, answers: str = "") -> str:
        """All that it prints, as a terminal shows it."""
        kept = shlex.quote(str(self._state / "variables"))
        where = shlex.quote(str(self._state / "folder"))
        script = (
            f"source {kept}\n(exit {self.status})\n{{ {command}\n}} <<< {shlex.quote(answers)}\n"
            f"status=$?\nexport -p > {kept}\npwd > {where}\nexit $status\n"
        )
        # One pipe for both outputs keeps their order.
        outcome = run_command(["bash", "-c", f"exec 2>&1\n{script}"], self._environment, folder=self.folder)
        self.status = outcome.status
        self.folder = Path((self._state / "folder").read_text().strip())
        return outcome.out

    def environment(self) -> dict[str, str]:
        """What a second terminal is given by hand."""
        outcome = run_command(
            ["bash", "-c", f"source {shlex.quote(str(self._state / 'variables'))}; env -0"], self._environment
        )
        return dict(line.split("=", 1) for line in outcome.out.split("\0") if line)

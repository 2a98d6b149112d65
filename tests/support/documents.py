"""The commands that the documents show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .paths import ROOT

FENCE = re.compile(r"```(\w*)\s*$")
# What a reader would take for something to type.
COMMAND = re.compile(r"\s*(\$ |packhouse |\./dev |pip |twine |uv |python )")


@dataclass(frozen=True)
class Block:
    """A fenced block: what stands between its two fences."""

    document: str
    line: int  # of the opening fence
    language: str
    lines: tuple[str, ...]

    def commands(self) -> list[str]:
        """Of a `sh` block every line that is no comment; of a `console` block what follows a "$ "."""
        if self.language == "sh":
            return [line for line in self.lines if line.strip() and not line.lstrip().startswith("#")]
        return [line.removeprefix("$ ") for line in self.lines if line.startswith("$ ")]


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(document: Path) -> list[Block]:
    found: list[Block] = []
    opened: tuple[int, str] | None = None
    inside: list[str] = []
    name = document.relative_to(ROOT).as_posix()
    for number, line in enumerate(document.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            opened, inside = (number, fence[1]), []
        elif opened is not None and line.rstrip() == "```":
            found.append(Block(name, *opened, tuple(inside)))
            opened = None
        elif opened is not None:
            inside.append(line)
    assert opened is None, f"{name}: the block of line {opened} is not closed"
    return found


def indented_commands(document: Path) -> list[str]:
    """Commands in a block by indentation, which does not say in what language it is."""
    fenced = {
        number
        for block in blocks(document)
        for number in range(block.line, block.line + len(block.lines) + 2)
    }
    lines = enumerate(document.read_text().splitlines(), 1)
    return [
        line
        for number, line in lines
        if number not in fenced and re.match(r"    \s*\S", line) and COMMAND.match(line)
    ]


def spans(document: Path) -> Iterator[str]:
    """Code within sentences and tables."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.S | re.M)
    for span in re.findall(r"`([^`\n]+)`", text):
        yield span.replace("\\|", "|")

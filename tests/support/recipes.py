"""docs/clients.md as something to run: for each client its settings and its script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .documents import blocks
from .packhouse import Outcome, run_command
from .paths import ROOT

DOCUMENT = ROOT / "docs" / "clients.md"
SERVER = re.compile(r"https://([^/\s\"@]*@)?packages\.example\.org")
REQUIREMENT = "demo==1.0"


@dataclass(frozen=True)
class Recipe:
    """How to do one thing with one client, in the document's words."""

    settings: str  # for pyproject.toml
    script: str

    def run(
        self,
        folder: Path,
        environment: Mapping[str, str],
        url: str,
        *,
        requirement: str = REQUIREMENT,
        script: tuple[str, str] = ("", ""),
    ) -> Outcome:
        """In `folder`, whose pyproject.toml takes the settings, against the server at `url`.

        `script` is a word of the script and what to put in its place.
        """

        def meant(text: str) -> str:
            here = SERVER.sub(lambda match: f"http://{match[1] or ''}{url.removeprefix('http://')}", text)
            return here.replace(REQUIREMENT, requirement)

        if self.settings:
            with (folder / "pyproject.toml").open("a") as project:
                project.write(f"\n{meant(self.settings)}")
        return run_command(["bash", "-euc", meant(self.script.replace(*script))], environment, folder=folder)


def recipes(purpose: str) -> dict[str, Recipe]:
    """By client; `purpose` is a heading of the document: "Publish" or "Install"."""
    found: dict[str, dict[str, str]] = {}
    headings = dict(_headings())
    for block in blocks(DOCUMENT):
        section, client = headings[max(line for line in headings if line < block.line)]
        if section == purpose:
            found.setdefault(client, {})[block.language] = "".join(f"{line}\n" for line in block.lines)
    return {client: Recipe(kinds.get("toml", ""), kinds["sh"]) for client, kinds in found.items()}


def _headings() -> Iterator[tuple[int, tuple[str, str]]]:
    section = ""
    for number, line in enumerate(DOCUMENT.read_text().splitlines(), 1):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("### "):
            yield number, (section, line.removeprefix("### "))

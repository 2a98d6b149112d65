"""The desk of a package whose CI is not GitHub's: its settings, its environment, and its promotions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from .desk import PROJECT, VERSION, assert_absent, refused_checks
from .packhouse import Index, Outcome, packhouse
from .processes import clean_environment
from .two_origins import TwoOrigins
from .untouched import untouched

SETTINGS = """\
project = "nanonis-qcodes-controller"
allow-missing-artifact-digest = true
[forge]
kind = "{kind}"
[smoke]
commands = [["nqctl", "capabilities"]]
"""

Forge = TypeVar("Forge", bound=TwoOrigins)


@dataclass
class ForgeDesk(Generic[Forge]):
    forge: Forge
    kind: str
    folder: Path
    stocked: Index
    home: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.write_settings(SETTINGS.format(kind=self.kind))
        self.environment = {
            **clean_environment(self.home),
            **self.forge.environment(),
            **self.stocked.promotion_environment(),
        }

    def write_settings(self, text: str) -> None:
        (self.folder / "packhouse.toml").write_text(text)

    def run(self, *words: str) -> Outcome:
        return packhouse(*words, environment=self.environment, folder=self.folder)

    def promote(self, *options: str) -> Outcome:
        run = str(self.forge.scenario.run.id)
        return self.run("promote", "--build-run-id", run, "--package-version", VERSION, *options)

    def releases(self, files: list[Path]) -> str:
        """Promotes, and is the text of all that was written meanwhile. The token is in none of it."""
        outcome = self.promote()
        assert outcome.status == 0, outcome.text
        assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
        assert sorted(self.stocked.filenames(PROJECT)) == sorted(path.name for path in files)
        assert self.forge.journal.violations == []
        paths = [path for path in self.home.rglob("*") if path.is_file()]
        kept = "".join(path.read_text(errors="replace") for path in paths)
        assert_absent(self.forge.scenario.token, outcome.text + kept)
        return outcome.text + kept

    def refuses(self, checks: set[str], status: int) -> None:
        """For these at least, with nothing stored."""
        with untouched(self.stocked):
            outcome = self.promote("--json")
        assert checks <= refused_checks(outcome), outcome.text
        assert outcome.status == status
        assert self.forge.journal.violations == []

    def refuses_an_archive_without_a_digest(self) -> None:
        """Where the settings do not allow it."""
        allowance = "allow-missing-artifact-digest = true\n"
        self.write_settings(SETTINGS.format(kind=self.kind).replace(allowance, ""))
        with untouched(self.stocked):
            outcome = self.promote("--json")
        assert refused_checks(outcome) == {"artifact.digest-stated"}

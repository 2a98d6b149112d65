"""A promotion and all that it is run with: a forge, an index, a home, and the release itself."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .artifacts import build_sdist, build_wheel
from .forge import Forge
from .packhouse import Outcome, packhouse
from .paths import EXAMPLE, packhouse_binary
from .processes import Child, clean_environment
from .waiting import eventually

PROJECT = "nanonis-qcodes-controller"
VERSION = "1.2.3"

# The program's exit statuses.
USAGE, POLICY, AUTHENTICATION, MISSING, CONFLICT, TRANSIENT, SMOKE, INTERRUPTED = 2, 3, 4, 5, 6, 7, 8, 130

CAPABILITIES = """\
import json, sys
def main():
    print(json.dumps({"commands": sys.argv[1:]}))
"""


HELD = """\
import json, os, pathlib, sys, time
def main():
    desk = os.getppid()
    pathlib.Path({begun!r}).touch()
    while not pathlib.Path({let_go!r}).exists() and os.getppid() == desk:
        time.sleep(0.02)
    print(json.dumps({{"commands": sys.argv[1:]}}))
"""


class HeldCommand:
    """The command of a release that waits, once the smoke check has begun it, until the test lets it end.

    What must happen during a smoke check then does, however quick or slow the machine is.
    """

    def __init__(self, folder: Path) -> None:
        self._begun, self._let_go = folder / "command-begun", folder / "command-let-go"
        self.source = HELD.format(begun=str(self._begun), let_go=str(self._let_go))

    def wait_until_begun(self) -> None:
        eventually(self._begun.exists, True)

    def let_go(self) -> None:
        self._let_go.touch()


def build_release(folder: Path, *, version: str = VERSION, command: str = CAPABILITIES) -> list[Path]:
    """A wheel and an sdist with one dependency. `command` is the module whose main() is `nqctl`."""
    folder.mkdir(exist_ok=True)
    files = {"nanonis_qcodes_controller/__init__.py": "", "nanonis_qcodes_controller/cli.py": command}
    scripts = {"nqctl": "nanonis_qcodes_controller.cli:main"}
    requires = ["base-lib>=2"]
    return [
        build_wheel(folder, PROJECT, version, files=files, requires=requires, scripts=scripts),
        build_sdist(folder, PROJECT, version, files=files, requires=requires),
    ]


class Desk:
    """Runs `packhouse promote` and its kin in the example's folder, with its configuration."""

    def __init__(self, forge: Forge, home: Path, variables: Mapping[str, str]) -> None:
        self.forge = forge
        self.home = home
        self.environment: dict[str, str] = {**clean_environment(home), **forge.environment(), **variables}

    def run(self, *words: str | Path, **variables: str) -> Outcome:
        """Any subcommand, with the desk's environment."""
        return packhouse(*words, environment={**self.environment, **variables}, folder=EXAMPLE)

    def promote(self, *options: str | Path, version: str = VERSION, **variables: str) -> Outcome:
        return self.run(*self._words(version), *options, **variables)

    def promotion(self, *options: str | Path, **variables: str) -> Child:
        """The same, while it runs."""
        command: list[str | Path] = [packhouse_binary(), *self._words(VERSION), *options]
        return Child(command, environment={**self.environment, **variables}, folder=EXAMPLE)

    def smoke(self, *options: str | Path, **variables: str) -> Outcome:
        return self.run("smoke", VERSION, *options, **variables)

    @property
    def record(self) -> Path:
        """Where the journal of the release is."""
        return self.home / ".local" / "state" / "packhouse" / "releases" / PROJECT / VERSION

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.record / "journal.jsonl").read_text().splitlines()]

    def logs(self) -> list[Path]:
        return sorted((self.record / "logs").iterdir())

    def kept(self) -> str:
        """Everything that any command left in the home folder."""
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in files)

    def _words(self, version: str) -> list[str]:
        run = str(self.forge.scenario.run.id)
        return ["promote", "--build-run-id", run, "--package-version", version]


def refused_checks(outcome: Outcome) -> set[str]:
    """Of what `--json` printed."""
    return {check["id"] for check in outcome.json()["checks"] if not check["passed"]}


def spellings(secret: str, user: str) -> set[str]:
    """The secret in every encoding in which one leaks: as it is, in a URL, in JSON, in a Basic header."""
    words = (secret, f"{user}:{secret}")
    encoded = {b64encode(word.encode()).decode().rstrip("=") for word in words}
    return {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded}


def assert_absent(secret: str, text: str, *, user: str = "__token__") -> None:
    assert secret
    for spelling in spellings(secret, user):
        assert spelling not in text

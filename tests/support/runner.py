"""Runs the scripts of a workflow's job, or of a composite action, as GitHub's runner does.

`uses:` steps need the forge's own code, so the test stands in for each by name; everything else is what
the runner does: expressions filled in from the contexts, conditions, a script file for
`bash --noprofile --norc -eo pipefail`, and the files behind GITHUB_ENV and GITHUB_OUTPUT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .packhouse import Outcome, run_command
from .paths import NODE_MODULES

COMPARISON = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


FILES = ("GITHUB_ENV", "GITHUB_OUTPUT")


class UnknownExpressionError(Exception):
    """The workflow reads what this runner was given no value for."""


def read_yaml(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    outcome = run_command([NODE_MODULES / ".bin" / "js-yaml", path], dict(environment))
    assert outcome.status == 0, outcome.err
    document: dict[str, Any] = outcome.json()
    return document


@dataclass
class Runner:
    """One job. `context` has values by their full names: "inputs.build_run_id", "github.token".

    What stands in for an action gives its outputs, or None for none.
    """

    workspace: Path
    folder: Path  # for the runner's own files
    environment: dict[str, str]
    context: dict[str, str]
    actions: dict[str, Callable[[Mapping[str, str]], Mapping[str, str] | None]] = field(default_factory=dict)
    working_directory: str = "."  # of a script that names none

    def run(self, steps: list[dict[str, Any]]) -> Outcome:
        """Runs the steps in turn; after one that failed those alone that always run. What the last script
        said, or the one that failed."""
        outcome = Outcome(0, "", "")
        for number, step in enumerate(steps):
            if not self._holds(step.get("if", "success()"), failed=outcome.status != 0):
                continue
            if "uses" in step:
                self._use(step)
                continue
            said = self._script(number, step)
            if outcome.status == 0:
                outcome = said
        return outcome

    def _use(self, step: Mapping[str, Any]) -> None:
        name = step["uses"].partition("@")[0]
        given = {key: self.fill(str(text)) for key, text in step.get("with", {}).items()}
        self._note_outputs(step, self.actions[name](given) or {})

    def _note_outputs(self, step: Mapping[str, Any], outputs: Mapping[str, str]) -> None:
        for name, text in outputs.items():
            if "id" in step:
                self.context[f"steps.{step['id']}.outputs.{name}"] = text

    def _holds(self, condition: str, *, failed: bool) -> bool:
        if condition in ("success()", "always()"):
            return condition == "always()" or not failed
        comparison = COMPARISON.fullmatch(condition)
        if comparison is None or comparison[1] not in self.context:
            raise UnknownExpressionError(condition)
        equal = self.context[comparison[1]] == comparison[3]
        return not failed and equal == (comparison[2] == "==")

    def fill(self, text: str) -> str:
        """The text with values for its expressions: what makes them dangerous in a script."""

        def value(match: re.Match[str]) -> str:
            if match[1] not in self.context:
                raise UnknownExpressionError(match[1])
            return self.context[match[1]]

        return EXPRESSION.sub(value, text)

    def _script(self, number: int, step: Mapping[str, Any]) -> Outcome:
        self.folder.mkdir(parents=True, exist_ok=True)
        script = self.folder / f"{number}.sh"
        script.write_text(self.fill(step["run"]))
        files = {name: self.folder / f"{number}.{name.lower()}" for name in FILES}
        for file in files.values():
            file.touch()
        own = {name: self.fill(str(text)) for name, text in step.get("env", {}).items()}
        given = {**self.environment, **own, **{name: str(file) for name, file in files.items()}}
        folder = self.workspace / self.fill(step.get("working-directory", self.working_directory))
        outcome = run_command(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script], given, folder=folder
        )
        self.environment.update(_pairs(files["GITHUB_ENV"]))
        self._note_outputs(step, _pairs(files["GITHUB_OUTPUT"]))
        return outcome


def _pairs(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())

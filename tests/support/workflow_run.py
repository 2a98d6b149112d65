"""A run of a workflow: its jobs in their order, each on a fresh machine, and what they hand on to each other.

The actions of the forge itself have stand-ins here, which do what the real ones do with the inputs that the
workflows give them; every script is run as it is written (runner.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .artifacts import pack_members
from .packhouse import run_command
from .runner import Runner

Files = dict[str, bytes]

HERE = "ubuntu-24.04"  # the one runner that this machine can stand for


class WorkflowError(Exception):
    """The run failed; the message has what the step said."""


@dataclass
class Machine:
    """What a hosted runner has: an environment, and a Python of which `setup-python` gives a copy."""

    environment: dict[str, str]
    python: Path  # a virtual environment

    def with_python(self, folder: Path) -> str:
        """A copy of it in `folder`, and PATH with that in front."""
        shutil.copytree(self.python, folder, symlinks=True)
        return f"{folder / 'bin'}{os.pathsep}{self.environment['PATH']}"


@dataclass
class WorkflowRun:
    """A push's run of a workflow in the repository `origin`."""

    origin: Path
    workflow: dict[str, Any]
    machine: Machine
    folder: Path
    other_systems: Callable[[WorkflowRun, str], None] | None = None  # does a matrix's job for another runner
    artifacts: dict[str, Files] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)  # of jobs: "needs.build.outputs.artifact-id"

    def run(self) -> None:
        """All jobs; WorkflowError for the first script that fails."""
        for name, job in self.workflow["jobs"].items():
            for values in self._matrix(job):
                self._run_job(name, job, values)

    def archive(self, name: str) -> bytes:
        """The artifact of that name as the forge keeps it."""
        return pack_members(self.artifacts[name])

    def _matrix(self, job: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        runners = job.get("strategy", {}).get("matrix", {}).get("runner")
        if runners is None:
            yield {}
            return
        for runner in runners:
            if runner == HERE:
                yield {"matrix.runner": runner}
            elif self.other_systems:
                self.other_systems(self, runner)

    def _run_job(self, name: str, job: Mapping[str, Any], values: Mapping[str, str]) -> None:
        folder = self.folder / "-".join([name, *values.values()])
        checkout = folder / "work"
        context = {"github.run_attempt": "1", "github.event_name": "push", **self.outputs, **values}
        defaults = self.workflow.get("defaults", {}).get("run", {})
        runner = Runner(
            workspace=checkout,
            folder=folder / "runner",
            environment=dict(self.machine.environment),
            context=context,
            working_directory=defaults.get("working-directory", "."),
        )

        def set_up_python(settings: Mapping[str, str]) -> None:
            runner.environment["PATH"] = self.machine.with_python(folder / "python")

        runner.actions = {
            "actions/checkout": lambda settings: check_out(self.origin, checkout, settings),
            "actions/setup-python": set_up_python,
            "actions/upload-artifact": lambda settings: self._upload(checkout, settings),
            "actions/download-artifact": lambda settings: self._download(checkout, settings),
        }
        outcome = runner.run(job["steps"])
        if outcome.status != 0:
            raise WorkflowError(f"job {name}: {outcome.text}")
        for output, value in job.get("outputs", {}).items():
            self.outputs[f"needs.{name}.outputs.{output}"] = runner.fill(value)

    def _upload(self, checkout: Path, settings: Mapping[str, str]) -> dict[str, str]:
        found = [path for pattern in settings["path"].split() for path in sorted(checkout.glob(pattern))]
        if not found:
            raise WorkflowError(f"no file for the artifact {settings['name']}")
        # As the action does: the folder that all of them have in common is the archive's top.
        top = Path(os.path.commonpath([path.parent for path in found]))
        members = {path.relative_to(top).as_posix(): path.read_bytes() for path in found}
        self.artifacts[settings["name"]] = members
        return {"artifact-id": settings["name"]}

    def _download(self, checkout: Path, settings: Mapping[str, str]) -> None:
        into = checkout / settings["path"]
        into.mkdir(parents=True, exist_ok=True)
        if "artifact-ids" in settings:
            wanted = [settings["artifact-ids"]]
        else:
            assert settings["merge-multiple"] == "True"  # as Python writes what YAML reads
            stem = settings["pattern"].removesuffix("*")
            wanted = [name for name in self.artifacts if name.startswith(stem)]
        for name in wanted:
            for member, content in self.artifacts[name].items():
                (into / member).write_bytes(content)


def check_out(origin: Path, folder: Path, settings: Mapping[str, str]) -> None:
    """One commit without its history and tags, unless the settings ask for all of it."""
    depth = [] if settings.get("fetch-depth") == "0" else ["--depth", "1", "--no-tags"]
    branch = ["--branch", settings["ref"]] if "ref" in settings else []
    environment = {name: os.environ[name] for name in ("PATH",)}
    outcome = run_command(["git", "clone", "--quiet", *depth, *branch, origin.as_uri(), folder], environment)
    if outcome.status != 0:
        raise WorkflowError(outcome.text)

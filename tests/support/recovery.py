"""A maintainer's machine for `packhouse recover`: a real git, a real build, and owners with keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .desk import CAPABILITIES, PROJECT, VERSION, refused_checks
from .forge import Forge
from .packhouse import Outcome, packhouse, run_command
from .paths import PYTHON
from .processes import clean_environment

APPROVAL = 9
LABEL = "no-ci-provenance"
REASON = "CI has been down since Monday"
PYPROJECT = """\
[build-system]
requires = ["flit-core"]
build-backend = "flit_core.buildapi"

[project]
name = "@PROJECT@"
version = "@VERSION@"
description = "Stands in for an instrument controller"
requires-python = ">=3.11"
dependencies = ["base-lib>=2"]

[project.scripts]
nqctl = "nanonis_qcodes_controller.cli:main"
"""
SETTINGS = f"""\
project = "{PROJECT}"
repository = "example-lab/{PROJECT}"
[smoke]
commands = [["nqctl", "capabilities"]]
[verify]
commands = [["python", "-c", "import nanonis_qcodes_controller"]]
[recover]
build = ["python", "-m", "build", "--no-isolation"]
[forge]
max-wait-seconds = 1
[approvals]
max-hours = 12
[approvals.owners]
"""


class Bench:
    """A maintainer's machine: a checkout of the main branch, two owners, an index, and a forge."""

    def __init__(
        self, folder: Path, home: Path, forge: Forge, variables: dict[str, str], version: str = VERSION
    ) -> None:
        self.folder, self.home, self.forge, self.version = folder, home, forge, version
        self.tree = folder / "checkout"
        self.place = self.tree  # where the program is called
        self.config = folder / "packhouse.toml"
        self.environment = {**clean_environment(home), **forge.environment(), **variables}
        self.environment["PATH"] = f"{PYTHON.parent}:{self.environment['PATH']}"
        self.environment["GITHUB_ACTOR"] = "linus"
        self._make_checkout()
        self.keys = {owner: self._make_key(owner) for owner in ("ada", "grace", "linus")}
        forge.scenario.history = [forge.scenario.history[0], self.commit]

    def _make_checkout(self) -> None:
        package = self.tree / "nanonis_qcodes_controller"
        package.mkdir(parents=True)
        self.write_pyproject(self.tree, PYPROJECT)
        (self.tree / ".gitignore").write_text("dist/\n__pycache__/\n*.pyc\n")
        (package / "__init__.py").write_text('"""Drives the instrument."""\n')
        (package / "cli.py").write_text(CAPABILITIES)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit_all()
        self.git("clone", "--quiet", "--bare", ".", str(self.folder / "origin.git"))
        self.git("remote", "add", "origin", str(self.folder / "origin.git"))
        self.git("fetch", "--quiet", "origin")

    def write_pyproject(self, folder: Path, text: str) -> None:
        text = text.replace("@PROJECT@", PROJECT).replace("@VERSION@", self.version)
        (folder / "pyproject.toml").write_text(text)

    def _make_key(self, owner: str) -> Path:
        key = self.folder / f"{owner}.pem"
        made = self.run("approve", "--new-key", key)
        assert made.status == 0, made.text
        before = self.config.read_text() if self.config.exists() else SETTINGS
        self.config.write_text(before + f'{owner} = "{made.out.splitlines()[-1]}"\n')
        return key

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        outcome = run_command(["git", *who, *words], self.environment, folder=self.tree)
        assert outcome.status == 0, outcome.text
        return outcome.out.strip()

    def commit_all(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all of it")

    def push(self) -> None:
        self.git("push", "--quiet", "origin", "main")
        self.forge.scenario.history.append(self.commit)

    @property
    def commit(self) -> str:
        return self.git("rev-parse", "HEAD")

    def run(self, *words: str | Path, **variables: str) -> Outcome:
        return packhouse(*words, environment={**self.environment, **variables}, folder=self.place)

    def recover(self, *options: str | Path, reason: str | None = REASON, **variables: str) -> Outcome:
        why = ["--reason", reason] if reason is not None else []
        return self.run("recover", self.version, *why, "--config", self.config, *options, **variables)

    def approve(self, *owners: str, hours: str = "4") -> list[str | Path]:
        """The options that hand over what these owners signed."""
        options: list[str | Path] = []
        for owner in owners:
            paper = self.folder / f"{owner}-{len(list(self.folder.glob('*.json')))}.json"
            words: list[str | Path] = ["approve", self.plan, "--key", self.keys[owner], "--out", paper]
            signed = self.run(*words, "--hours", hours, "--config", self.config)
            assert signed.status == 0, signed.text
            assert "built LOCALLY by" in signed.out
            options += ["--approval", paper]
        return options

    def built(self) -> dict[str, str]:
        """Runs the first call; the digests of what it built."""
        outcome = self.recover("--json")
        assert (refused_checks(outcome), outcome.status) == ({"approval.enough"}, APPROVAL), outcome.text
        return {entry["filename"]: entry["sha256"] for entry in outcome.json()["manifest"]}

    def released(self) -> dict[str, str]:
        digests = self.built()
        outcome = self.recover(*self.approve("ada", "grace"))
        assert outcome.status == 0, outcome.text
        assert outcome.out.splitlines()[-1] == f"released {PROJECT} {self.version}, {LABEL} for ever"
        return digests

    @property
    def record(self) -> Path:
        return self.home / ".local" / "state" / "packhouse" / "releases" / PROJECT / self.version

    @property
    def plan(self) -> Path:
        return next(
            iter(sorted(self.record.glob("recovery/*/plan.json"), key=lambda path: path.stat().st_mtime)[-1:])
        )

    def journal(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.record / "journal.jsonl").read_text().splitlines()]

    def outcomes(self, step: str) -> list[dict[str, Any]]:
        return [
            each["detail"] for each in self.journal() if (each["step"], each["phase"]) == (step, "outcome")
        ]

    def kept(self) -> str:
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return "\n".join(path.read_text(errors="replace") for path in files)

    def push_run(self, status: str = "completed", conclusion: str | None = "success") -> None:
        """CI has a run of the commit, and it stands so."""
        run = self.forge.scenario.run
        run.head_sha, run.status, run.conclusion = self.commit, status, conclusion

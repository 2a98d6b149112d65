"""docs/tutorial.md, word for word: a newcomer's machine, an index that pip is set to, and a forge with CI."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact, program_wheel
from tests.support.console_page import Terminal, Typed, Written, steps
from tests.support.demo import runtime_wheel
from tests.support.forge import Forge, successful_push
from tests.support.forge.scenario import Repository, commit_id
from tests.support.packhouse import Index, run_command
from tests.support.paths import PYTHON, ROOT
from tests.support.processes import Child, clean_environment

PAGE = ROOT / "docs" / "tutorial.md"
LISTEN = "127.0.0.1:8080"
PASSWORD = "correct horse battery staple"


class Newcomer:
    """Follows the page. A push makes the forge show the run that built the pushed commit."""

    def __init__(self, folder: Path, public: Index, forge: Forge) -> None:
        self.folder = folder / "newcomer"
        self.home = folder / "newcomer-home"
        self.remote = folder / "remote" / "OWNER" / "measure.git"
        self.forge = forge
        self.server: Child | None = None
        self.listens = LISTEN
        programs = folder / "programs"
        for made in (self.folder, self.home, self.remote, programs):
            made.mkdir(parents=True)
        (programs / "gh").write_text(f"#!/bin/sh\necho {forge.scenario.token}\n")
        (programs / "gh").chmod(0o755)
        self.environment = {
            **clean_environment(self.home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_API_URL": forge.url,
            "PIP_CONFIG_FILE": str(self._pip_settings(public)),
        }
        self._git("config", "--global", "user.name", "Ada")
        self._git("config", "--global", "user.email", "ada@example.org")
        self._git("config", "--global", f"url.{folder / 'remote'}/.pushInsteadOf", "git@github.com:")
        self._git("init", "--quiet", "--bare", "--initial-branch", "main", str(self.remote))
        self.terminal = Terminal(self.folder, self.environment, folder / "terminal")

    def _pip_settings(self, public: Index) -> Path:
        path = self.home / "pip.conf"
        path.write_text(f"[global]\nindex-url = {public.simple_url}\ndisable-pip-version-check = true\n")
        return path

    def _git(self, *words: str) -> str:
        outcome = run_command(["git", *words], self.environment)
        assert outcome.status == 0, outcome.text
        return outcome.out

    def write(self, file: Written) -> None:
        (self.terminal.folder / file.name).write_text(file.text)

    def type(self, typed: Typed, *, may_fail: bool) -> None:
        command = typed.command.replace(LISTEN, self.listens)
        command = re.sub(r"\bRUN\b", str(self.forge.scenario.run.id), command)
        if command.startswith("packhouse serve "):
            self._serve(f"{command} --listen 127.0.0.1:0")  # another program may have the usual port
            return
        said = self.terminal.type(command, PASSWORD)
        said = said.replace(self.listens, LISTEN).replace(str(self.forge.scenario.run.id), "RUN")
        about = f"{typed.place}: {typed.command}\n{said}"
        assert self.terminal.status == 0 or may_fail, about
        assert typed.accepts(said), about
        if command.startswith("git push"):
            self._build()

    def _serve(self, command: str) -> None:
        script = ["bash", "-c", f"exec {command}"]
        self.server = Child(script, environment=self.terminal.environment(), folder=self.folder)
        self.listens = self.server.wait_for_line(r"^listening on http://(\S+)$")[1]

    def _build(self) -> None:
        """What CI does: the pushed commit, built."""
        commit = self._git("--git-dir", str(self.remote), "rev-parse", "main").strip()
        work = self.folder.parent / commit
        self._git("clone", "--quiet", str(self.remote), str(work))
        words = ["-m", "build", "--no-isolation", "--outdir", str(work / "dist"), str(work)]
        built = run_command([PYTHON, *words], self.environment)
        assert built.status == 0, built.text
        scenario = successful_push(
            pack_artifact(sorted((work / "dist").iterdir())), repository=Repository(full_name="OWNER/measure")
        )
        scenario.history = [commit_id("first"), commit]
        scenario.run.head_sha = scenario.artifact.head_sha = commit
        self.forge.scenario.become(scenario)


@pytest.fixture
def public(tmp_path: Path, home: Path) -> Iterator[Index]:
    """The index that the newcomer's pip is set to: packhouse, what the project needs, and its backend."""
    config = tmp_path / "public.toml"
    config.write_text("[index.main]\nopen-reading = true\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (tmp_path / "program").mkdir()
    index = Index(tmp_path / "public", home, options=["--config", str(config)])
    try:
        index.start()
        program = program_wheel(tmp_path / "program")
        assert index.upload(program, runtime_wheel(wheels, home)).status == 0
        yield index
    finally:
        index.close()


@pytest.fixture
def newcomer(tmp_path: Path, public: Index) -> Iterator[Newcomer]:
    with Forge(successful_push(b"")) as forge:
        newcomer = Newcomer(tmp_path, public, forge)
        try:
            yield newcomer
        finally:
            if newcomer.server:
                newcomer.server.kill()


def test_the_tutorial_leads_from_nothing_to_a_release_and_back(newcomer: Newcomer) -> None:
    page = list(steps(PAGE))
    for step, following in pairwise([*page, None]):
        if isinstance(step, Written):
            newcomer.write(step)
        elif step:
            asks_for_status = isinstance(following, Typed) and following.command == "echo $?"
            newcomer.type(step, may_fail=asks_for_status)
    assert newcomer.forge.journal.violations == []

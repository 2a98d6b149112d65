"""`promote --plan FILE`, `--apply FILE`: just what was planned, or a refusal since the world has changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist
from tests.support.desk import CONFLICT, POLICY, PROJECT, USAGE, VERSION, Desk, assert_absent, refused_checks
from tests.support.packhouse import Index
from tests.support.snapshot import snapshot

pytestmark = pytest.mark.quick_pip


@pytest.fixture
def plan(desk: Desk, stocked: Index, tmp_path: Path) -> Path:
    """A plan to promote the release; nothing else was done."""
    before = snapshot(stocked.data)
    path = tmp_path / "plan.json"
    outcome = desk.promote("--plan", path)
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"would release {PROJECT} {VERSION}"
    assert snapshot(stocked.data) == before
    assert not desk.record.exists()
    return path


def test_a_plan_is_done_as_it_was_made(desk: Desk, stocked: Index, release: list[Path], plan: Path) -> None:
    document = json.loads(plan.read_text())
    assert {entry["filename"] for entry in document["manifest"]} == {path.name for path in release}
    assert document["run"] == desk.forge.scenario.run.id
    for secret in (stocked.token, stocked.read_token, desk.forge.scenario.token):
        assert_absent(secret, plan.read_text())
    outcome = desk.run("promote", "--apply", plan)
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    again = desk.run("promote", "--apply", plan, "--json")
    assert again.status == 0, "its own uploads are no change of the world"


def test_a_run_that_was_repeated_refuses_the_plan(desk: Desk, stocked: Index, plan: Path) -> None:
    scenario = desk.forge.scenario
    scenario.rerun()
    scenario.run.status, scenario.run.conclusion = "completed", "success"
    before = snapshot(stocked.data)
    outcome = desk.run("promote", "--apply", plan, "--json")
    assert outcome.status == POLICY
    assert refused_checks(outcome) & {"plan.run", "artifact.window", "run.build-job"}
    assert snapshot(stocked.data) == before


def test_an_artifact_that_was_replaced_refuses_the_plan(desk: Desk, stocked: Index, plan: Path) -> None:
    desk.forge.scenario.artifact.id += 1
    before = snapshot(stocked.data)
    outcome = desk.run("promote", "--apply", plan, "--json")
    assert refused_checks(outcome) == {"plan.artifact"}
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before


def test_another_index_than_the_planned_one_is_refused(desk: Desk, stocked: Index, plan: Path) -> None:
    before = snapshot(stocked.data)
    other = stocked.pip_url.replace("127.0.0.1", "localhost")
    outcome = desk.run("promote", "--apply", plan, "--json", PRIVATE_INDEX_PIP_INDEX_URL=other)
    assert refused_checks(outcome) == {"plan.index"}
    assert snapshot(stocked.data) == before


def test_an_index_that_changed_refuses_the_plan(
    desk: Desk, stocked: Index, release: list[Path], plan: Path
) -> None:
    """Our own bytes, but sent by somebody else since: a promotion would go on, this plan does not."""
    assert stocked.upload(release[1]).status == 0
    before = snapshot(stocked.data)
    outcome = desk.run("promote", "--apply", plan, "--json")
    assert refused_checks(outcome) == {"plan.index-state"}
    assert outcome.status == CONFLICT
    assert snapshot(stocked.data) == before


def test_other_settings_refuse_the_plan(desk: Desk, stocked: Index, plan: Path, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(f'project = "{PROJECT}"\n[smoke]\ncommands = []\n')
    before = snapshot(stocked.data)
    outcome = desk.run("promote", "--apply", plan, "--json", "--config", config)
    assert refused_checks(outcome) == {"plan.settings"}
    assert snapshot(stocked.data) == before


def test_a_plan_that_was_edited_is_refused_before_anything_is_asked(desk: Desk, plan: Path) -> None:
    plan.write_text(plan.read_text().replace(VERSION, "1.2.4"))
    asked = list(desk.forge.journal.requests)
    outcome = desk.run("promote", "--apply", plan, "--json")
    assert outcome.status == CONFLICT
    assert "its digest does not fit" in outcome.json()["error"]["message"]
    assert desk.forge.journal.requests == asked


def test_a_plan_is_never_overwritten(desk: Desk, plan: Path) -> None:
    kept = plan.read_bytes()
    assert desk.promote("--plan", plan).status == CONFLICT
    assert plan.read_bytes() == kept


def test_nothing_is_planned_that_would_be_refused(desk: Desk, stocked: Index, tmp_path: Path) -> None:
    evil = {"nanonis_qcodes_controller/__init__.py": "evil = 1\n"}
    assert stocked.upload(build_sdist(tmp_path, PROJECT, VERSION, files=evil)).status == 0
    assert desk.promote("--plan", tmp_path / "plan.json").status == CONFLICT
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize(
    "words",
    [["--build-run-id", "1"], ["--package-version", VERSION], ["--dry-run"], ["--plan", "other.json"]],
)
def test_a_plan_leaves_nothing_else_to_say(desk: Desk, words: list[str]) -> None:
    assert desk.run("promote", "--apply", "plan.json", *words).status == USAGE
    assert desk.forge.journal.requests == []

"""Releases of runs that are no push to one branch with one artifact, each where the settings say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact, retagged
from tests.support.desk import (
    POLICY,
    PROJECT,
    USAGE,
    VERSION,
    Desk,
    HeldCommand,
    build_release,
    refused_checks,
)
from tests.support.forge import Scenario, commit_id
from tests.support.forge.scenario import leave_matrix, push_tag
from tests.support.packhouse import Index
from tests.support.untouched import untouched

pytestmark = pytest.mark.quick_pip

MATRIX = 'artifact = ["dist-sdist", "dist-wheels-*"]\nbuild-job = ["build", "wheels (*)"]\n'
QUEUE = "gh-readonly-queue/main/pr-7-" + commit_id("queued")


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Path]:
    """Writes settings of the project beside the usual ones, with a command for the smoke check."""

    def write(text: str) -> Path:
        path = tmp_path / "packhouse.toml"
        smoke = '[smoke]\ncommands = [["nqctl", "capabilities"]]\n'
        path.write_text(f'project = "{PROJECT}"\n{text}{smoke}')
        return path

    return write


def matrix(release: list[Path]) -> tuple[bytes, dict[str, bytes]]:
    """The archive of the sdist, and one for each system of which `wheels` has a job."""
    wheel, sdist = release
    name, content = retagged(wheel.name, wheel.read_bytes(), "win_amd64")
    other = wheel.parent / name
    other.write_bytes(content)
    return pack_artifact([sdist]), {"linux": pack_artifact([wheel]), "windows": pack_artifact([other])}


def test_the_artifacts_of_a_matrix_become_one_release(
    desk: Desk, stocked: Index, release: list[Path], settings: Callable[[str], Path], tmp_path: Path
) -> None:
    leave_matrix(desk.forge.scenario, *matrix(release))
    plan = tmp_path / "plan.json"
    config = settings(MATRIX)
    outcome = desk.promote("--config", config, "--plan", plan)
    assert outcome.status == 0, outcome.text
    names = ["dist-sdist", "dist-wheels-linux", "dist-wheels-windows"]
    assert [artifact["name"] for artifact in json.loads(plan.read_text())["artifacts"]] == names

    outcome = desk.run("promote", "--config", config, "--apply", plan, "--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["artifacts"] == names
    assert len(stocked.filenames(PROJECT)) == 3
    entries = {(entry["step"], entry["phase"]): entry["detail"] for entry in desk.journal()}
    assert [archive["name"] for archive in entries["fetch", "outcome"]["archives"]] == names
    assert "dist-wheels-*" in entries["preflight", "outcome"]["widened"][0]
    assert 'archives of "dist-sdist", "dist-wheels-linux"' in desk.run("history", VERSION).out
    assert desk.forge.journal.violations == []


def one_archive_less(scenario: Scenario) -> None:
    scenario.artifacts.pop()


def no_wheels(scenario: Scenario) -> None:
    del scenario.artifacts[1:]


def an_archive_that_is_none(scenario: Scenario) -> None:
    scenario.artifacts[2].content = b"no zip"


def a_failed_job(scenario: Scenario) -> None:
    scenario.job("wheels (windows)").conclusion = "failure"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (one_archive_less, {"artifact.each-job"}),
        (no_wheels, {"artifact.unique", "artifact.each-job"}),
        (an_archive_that_is_none, {"artifact.members"}),
        (a_failed_job, {"run.build-job"}),
    ],
)
def test_a_matrix_that_is_not_whole_is_refused(
    desk: Desk,
    stocked: Index,
    release: list[Path],
    settings: Callable[[str], Path],
    change: Callable[[Scenario], None],
    refused: set[str],
) -> None:
    leave_matrix(desk.forge.scenario, *matrix(release))
    change(desk.forge.scenario)
    with untouched(stocked):
        outcome = desk.promote("--json", "--config", settings(MATRIX))
    assert (refused_checks(outcome), outcome.status) == (refused, POLICY), outcome.text


def test_an_annotated_tag_that_moves_before_the_publication_is_not_published(
    make_desk: Callable[[bytes], Desk], stocked: Index, settings: Callable[[str], Path], tmp_path: Path
) -> None:
    command = HeldCommand(tmp_path)
    desk = make_desk(pack_artifact(build_release(tmp_path / "held", command=command.source)))
    scenario = desk.forge.scenario
    push_tag(scenario, f"v{VERSION}", annotated=True)
    config = settings('tags = "v{version}"\n')
    with desk.promotion("--config", config) as running:
        command.wait_until_begun()
        scenario.tags[f"v{VERSION}"] = scenario.history[0]
        command.let_go()
        assert running.wait() == POLICY
    assert running.lines[-1] == "refused: run.tag-unchanged"
    assert stocked.filenames(PROJECT) == []

    scenario.tags[f"v{VERSION}"] = scenario.run.head_sha
    outcome = desk.promote("--config", config)
    assert outcome.status == 0, outcome.text
    assert len(stocked.filenames(PROJECT)) == 2


def of_a_tag(scenario: Scenario) -> None:
    push_tag(scenario, f"v{VERSION}")


def of_a_release(scenario: Scenario) -> None:
    push_tag(scenario, f"v{VERSION}", event="release", annotated=True)


def of_a_merge_group(scenario: Scenario) -> None:
    scenario.run.event, scenario.run.head_branch = "merge_group", QUEUE


def of_a_release_branch(scenario: Scenario) -> None:
    scenario.run.head_branch = "release/1.x"
    scenario.branches["release/1.x"] = scenario.tip


TAGS = 'tags = "v{version}"\n'


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        (of_a_tag, TAGS),
        (of_a_release, TAGS + 'events = ["push", "release"]\n'),
        (of_a_merge_group, 'events = ["push", "merge_group"]\n'),
        (of_a_release_branch, 'branch = ["main", "release/*"]\n'),
    ],
)
def test_other_runs_are_taken_where_the_settings_say_so(
    desk: Desk,
    settings: Callable[[str], Path],
    change: Callable[[Scenario], None],
    setting: str,
) -> None:
    change(desk.forge.scenario)
    strict = desk.promote("--dry-run", "--json")
    assert strict.status == POLICY
    assert refused_checks(strict) & {"run.branch", "run.event"}
    taken = desk.promote("--dry-run", "--config", settings(setting))
    assert taken.status == 0, taken.text


def test_a_project_of_wheels_alone_with_a_local_version_is_released(
    make_desk: Callable[[bytes], Desk], settings: Callable[[str], Path], stocked: Index, tmp_path: Path
) -> None:
    version = "1.2.3+lab.1"
    wheel, _ = build_release(tmp_path / "local", version=version)
    desk = make_desk(pack_artifact([wheel]))
    assert desk.promote(version=version).status == USAGE
    config = settings("local-versions = true\n")
    config.write_text(config.read_text() + '[policy]\n"artifact.has-sdist" = "off"\n')
    outcome = desk.promote("--config", config, version=version)
    assert outcome.status == 0, outcome.text
    assert stocked.filenames(PROJECT) == [wheel.name]

"""A release whose CI is GitLab's: a pipeline, and the archive of its build job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import MISSING, POLICY, PROJECT, VERSION, assert_absent, refused_checks
from tests.support.forge import commit_id, successful_push
from tests.support.gitlab import GitLab
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment
from tests.support.untouched import untouched

SETTINGS = """\
project = "nanonis-qcodes-controller"
allow-missing-artifact-digest = true
[forge]
kind = "gitlab"
[smoke]
commands = [["nqctl", "capabilities"]]
"""


@dataclass
class Desk:
    gitlab: GitLab
    folder: Path
    environment: dict[str, str]

    def promote(self, *options: str) -> Outcome:
        run = str(self.gitlab.scenario.run.id)
        words = ["promote", "--build-run-id", run, "--package-version", VERSION, *options]
        return packhouse(*words, environment=self.environment, folder=self.folder)


@pytest.fixture
def desk(stocked: Index, release: list[Path], home: Path, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "packhouse.toml").write_text(SETTINGS)
    with GitLab(successful_push(pack_artifact(release))) as gitlab:
        environment = {
            **clean_environment(home),
            **gitlab.environment(),
            **stocked.promotion_environment(),
        }
        yield Desk(gitlab, folder, environment)


def test_a_pipeline_becomes_a_release(desk: Desk, stocked: Index, release: list[Path], home: Path) -> None:
    outcome = desk.promote()
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert sorted(stocked.filenames(PROJECT)) == sorted(path.name for path in release)
    assert desk.gitlab.journal.violations == []
    kept = "".join(path.read_text(errors="replace") for path in home.rglob("*") if path.is_file())
    assert_absent(desk.gitlab.scenario.token, outcome.text + kept)
    assert "canary" not in kept, "a project's document holds its runners' token"


def tag_named_main(gitlab: GitLab) -> None:
    gitlab.is_tag = True


def merge_request(gitlab: GitLab) -> None:
    gitlab.scenario.run.event = "merge_request_event"


def failed(gitlab: GitLab) -> None:
    gitlab.scenario.run.conclusion = "failed"


def still_running(gitlab: GitLab) -> None:
    gitlab.scenario.run.status = "in_progress"


def commit_that_is_not_on_main(gitlab: GitLab) -> None:
    gitlab.scenario.run.head_sha = commit_id("elsewhere")


def configuration_from_another_project(gitlab: GitLab) -> None:
    gitlab.configuration = "ci.yml@example-lab/other"


def tag_beside_the_branch(gitlab: GitLab) -> None:
    gitlab.scenario.tags["main"] = gitlab.scenario.tip


def no_archive(gitlab: GitLab) -> None:
    gitlab.scenario.artifacts.clear()


def archive_past_its_time(gitlab: GitLab) -> None:
    gitlab.expires = datetime.now(UTC) - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("change", "refused", "status"),
    [
        (tag_named_main, {"run.branch"}, POLICY),
        (merge_request, {"run.event"}, POLICY),
        (failed, {"run.conclusion"}, POLICY),
        (still_running, {"run.status", "run.conclusion"}, POLICY),
        (commit_that_is_not_on_main, {"run.ancestry"}, POLICY),
        (configuration_from_another_project, {"run.workflow-path"}, POLICY),
        (tag_beside_the_branch, {"run.tag-shadow"}, POLICY),
        (no_archive, {"artifact.unique"}, MISSING),
        (archive_past_its_time, {"artifact.not-expired", "artifact.unique"}, MISSING),
    ],
)
def test_what_github_runs_are_refused_for_pipelines_are_too(
    desk: Desk,
    stocked: Index,
    change: Callable[[GitLab], None],
    refused: set[str],
    status: int,
) -> None:
    change(desk.gitlab)
    with untouched(stocked):
        outcome = desk.promote("--json")
    assert refused <= refused_checks(outcome), outcome.text
    assert outcome.status == status


def test_an_archive_without_a_digest_must_be_allowed(desk: Desk, stocked: Index) -> None:
    settings = desk.folder / "packhouse.toml"
    settings.write_text(settings.read_text().replace("allow-missing-artifact-digest = true\n", ""))
    with untouched(stocked):
        outcome = desk.promote("--json")
    assert refused_checks(outcome) == {"artifact.digest-stated"}


def test_the_token_is_asked_for_by_its_name(desk: Desk, stocked: Index) -> None:
    del desk.environment["GITLAB_TOKEN"]
    with untouched(stocked):
        outcome = desk.promote()
    assert "expected GITLAB_TOKEN in the environment" in outcome.out

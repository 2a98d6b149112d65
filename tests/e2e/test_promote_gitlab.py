"""A release whose CI is GitLab's: a pipeline, and the archive of its build job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import MISSING, POLICY, VERSION
from tests.support.forge import commit_id, successful_push
from tests.support.forge_desk import SETTINGS, ForgeDesk
from tests.support.gitlab import GitLab
from tests.support.packhouse import Index
from tests.support.untouched import untouched


@pytest.fixture
def desk(stocked: Index, release: list[Path], home: Path, tmp_path: Path) -> Iterator[ForgeDesk[GitLab]]:
    with GitLab(successful_push(pack_artifact(release))) as forge:
        yield ForgeDesk(forge, "gitlab", tmp_path / "package", stocked, home)


def test_a_pipeline_becomes_a_release(desk: ForgeDesk[GitLab], release: list[Path]) -> None:
    assert "canary" not in desk.releases(release), "a project's document holds its runners' token"


def test_a_pipeline_of_the_version_s_tag_is_taken_where_the_settings_say_so(desk: ForgeDesk[GitLab]) -> None:
    gitlab = desk.forge
    gitlab.is_tag = True
    gitlab.scenario.run.head_branch = f"v{VERSION}"
    gitlab.scenario.tags[f"v{VERSION}"] = gitlab.scenario.run.head_sha
    desk.refuses({"run.branch"}, POLICY)
    desk.write_settings('tags = "v{version}"\n' + SETTINGS.format(kind="gitlab"))
    taken = desk.promote("--dry-run")
    assert taken.status == 0, taken.text
    gitlab.scenario.tags[f"v{VERSION}"] = gitlab.scenario.history[0]
    desk.refuses({"run.tag-commit"}, POLICY)


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
    desk: ForgeDesk[GitLab],
    change: Callable[[GitLab], None],
    refused: set[str],
    status: int,
) -> None:
    change(desk.forge)
    desk.refuses(refused, status)


def test_an_archive_without_a_digest_must_be_allowed(desk: ForgeDesk[GitLab]) -> None:
    desk.refuses_an_archive_without_a_digest()


def test_the_token_is_asked_for_by_its_name(desk: ForgeDesk[GitLab], stocked: Index) -> None:
    del desk.environment["GITLAB_TOKEN"]
    with untouched(stocked):
        outcome = desk.promote()
    assert "expected GITLAB_TOKEN in the environment" in outcome.out

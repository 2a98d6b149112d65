"""A release whose CI is Gitea's: a run of its Actions, and the artifact of the build job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import MISSING, POLICY, VERSION, assert_absent, refused_checks
from tests.support.forge import Repository, commit_id, make_artifact, successful_push
from tests.support.forge_desk import SETTINGS, ForgeDesk
from tests.support.gitea import ACTIONS_USER, Gitea, described_wrongly
from tests.support.packhouse import Index
from tests.support.untouched import untouched


@pytest.fixture
def desk(stocked: Index, release: list[Path], home: Path, tmp_path: Path) -> Iterator[ForgeDesk[Gitea]]:
    with Gitea(successful_push(pack_artifact(release))) as forge:
        yield ForgeDesk(forge, "gitea", tmp_path / "package", stocked, home)


def older_gitea(gitea: Gitea) -> None:
    """1.25 and 1.26: no attempts, and an object storage."""


def newer_gitea(gitea: Gitea) -> None:
    gitea.counts_attempts = True


def archives_at_the_api(gitea: Gitea) -> None:
    gitea.keeps_elsewhere = False


def one_item_a_page(gitea: Gitea) -> None:
    gitea.page_size = 1


def folder_of_github(gitea: Gitea) -> None:
    gitea.workflow_folder = ".github/workflows"


@pytest.mark.parametrize("change", [older_gitea, newer_gitea, archives_at_the_api, one_item_a_page])
def test_a_run_becomes_a_release(
    desk: ForgeDesk[Gitea], release: list[Path], change: Callable[[Gitea], None]
) -> None:
    change(desk.forge)
    desk.releases(release)


def test_a_push_or_a_release_of_the_version_s_tag_is_taken_where_the_settings_say_so(
    desk: ForgeDesk[Gitea],
) -> None:
    gitea = desk.forge
    gitea.ref = f"refs/tags/v{VERSION}"
    gitea.scenario.tags[f"v{VERSION}"] = gitea.scenario.run.head_sha
    desk.refuses({"run.branch"}, POLICY)
    setting = 'tags = "v{version}"\nevents = ["push", "release"]\n'
    desk.write_settings(setting + SETTINGS.format(kind="gitea"))
    for event in ("push", "release"):
        gitea.scenario.run.event = event
        taken = desk.promote("--dry-run")
        assert taken.status == 0, taken.text


def pull_request_of_a_fork(gitea: Gitea) -> None:
    gitea.scenario.run.event = "pull_request"
    gitea.ref = "refs/pull/3/head"
    gitea.scenario.run.head_sha = commit_id("of the fork")


def pull_request_that_claims_a_push(gitea: Gitea) -> None:
    gitea.ref = "refs/pull/3/head"


def pull_request_target(gitea: Gitea) -> None:
    gitea.scenario.run.event = "pull_request_target"


def schedule_that_claims_a_push(gitea: Gitea) -> None:
    gitea.actor = ACTIONS_USER


def tag_named_main(gitea: Gitea) -> None:
    gitea.ref = "refs/tags/main"


def tag_beside_the_branch(gitea: Gitea) -> None:
    gitea.scenario.tags["main"] = gitea.scenario.tip


def other_branch(gitea: Gitea) -> None:
    gitea.ref = "refs/heads/main2"


def failed(gitea: Gitea) -> None:
    gitea.scenario.run.conclusion = "failure"


def still_running(gitea: Gitea) -> None:
    gitea.scenario.run.status = "in_progress"


def commit_that_is_not_on_main(gitea: Gitea) -> None:
    gitea.scenario.run.head_sha = commit_id("elsewhere")


def run_of_another_repository(gitea: Gitea) -> None:
    gitea.scenario.run.repository = Repository(id=9, full_name="evil/nanonis-qcodes-controller")


def workflow_that_only_begins_so(gitea: Gitea) -> None:
    gitea.file = "ci.yml.evil.yml"


def workflow_that_calls_another(gitea: Gitea) -> None:
    gitea.workflow_text = "jobs:\n  build:\n    uses: evil/ci/.gitea/workflows/build.yml@main\n"


def workflow_that_the_commit_lacks(gitea: Gitea) -> None:
    gitea.workflow_text = None


def started_again_while_it_is_read(gitea: Gitea) -> None:
    gitea.reruns_after = 1


def artifact_replaced_by_a_later_job(gitea: Gitea) -> None:
    done = gitea.scenario.job("build").completed_at
    assert done is not None
    gitea.artifact_changed = done + timedelta(seconds=30)


def artifact_of_another_run(gitea: Gitea) -> None:
    gitea.scenario.artifact.run_id += 1


def two_of_one_name(gitea: Gitea) -> None:
    held = gitea.scenario.artifact
    gitea.scenario.artifacts.append(make_artifact(gitea.scenario.run, held.content, id=held.id + 1))


def no_artifact(gitea: Gitea) -> None:
    gitea.scenario.artifacts.clear()


def artifact_past_its_time(gitea: Gitea) -> None:
    gitea.scenario.artifact.expired = True


@pytest.mark.parametrize(
    ("change", "refused", "status"),
    [
        (pull_request_of_a_fork, {"run.event", "run.head-repository", "run.branch", "run.ancestry"}, POLICY),
        (pull_request_that_claims_a_push, {"run.head-repository", "run.branch"}, POLICY),
        (pull_request_target, {"run.event", "run.head-repository"}, POLICY),
        (schedule_that_claims_a_push, {"run.event"}, POLICY),
        (tag_named_main, {"run.branch", "run.workflow-path"}, POLICY),
        (tag_beside_the_branch, {"run.tag-shadow"}, POLICY),
        (other_branch, {"run.branch", "run.workflow-path"}, POLICY),
        (failed, {"run.conclusion"}, POLICY),
        (still_running, {"run.status", "run.conclusion"}, POLICY),
        (commit_that_is_not_on_main, {"run.ancestry"}, POLICY),
        (run_of_another_repository, {"run.repository-id", "run.repository-name"}, POLICY),
        (workflow_that_only_begins_so, {"run.workflow-path", "run.workflow-id"}, POLICY),
        (folder_of_github, {"workflow.path", "run.workflow-path"}, POLICY),
        (workflow_that_calls_another, {"run.referenced-workflows"}, POLICY),
        (workflow_that_the_commit_lacks, {"run.referenced-workflows"}, POLICY),
        (started_again_while_it_is_read, {"run.attempt"}, POLICY),
        (artifact_replaced_by_a_later_job, {"artifact.window"}, POLICY),
        (artifact_of_another_run, {"artifact.run"}, POLICY),
        (two_of_one_name, {"artifact.unique"}, POLICY),
        (no_artifact, {"artifact.unique"}, MISSING),
        (artifact_past_its_time, {"artifact.not-expired", "artifact.unique"}, MISSING),
    ],
)
def test_what_github_runs_are_refused_for_giteas_are_too(
    desk: ForgeDesk[Gitea],
    change: Callable[[Gitea], None],
    refused: set[str],
    status: int,
) -> None:
    change(desk.forge)
    desk.refuses(refused, status)


def test_an_archive_that_expires_before_it_is_read_is_told_as_expired(
    desk: ForgeDesk[Gitea], stocked: Index
) -> None:
    desk.forge.expires_before_download = True
    with untouched(stocked):
        outcome = desk.promote()
    assert "found that it has expired" in outcome.text
    assert "promote a newer run" in outcome.text
    assert outcome.status == MISSING


def test_a_damaged_archive_is_refused_by_its_size(desk: ForgeDesk[Gitea], stocked: Index) -> None:
    held = desk.forge.scenario.artifact
    held.served = held.content + b"x"
    with untouched(stocked):
        outcome = desk.promote("--json")
    assert "artifact.size" in refused_checks(outcome), outcome.text


def test_an_archive_without_a_digest_must_be_allowed(desk: ForgeDesk[Gitea]) -> None:
    desk.refuses_an_archive_without_a_digest()


@pytest.mark.parametrize("name", ["GITEA_TOKEN", "GITEA_API_URL"])
def test_what_is_missing_is_asked_for_by_its_name(desk: ForgeDesk[Gitea], stocked: Index, name: str) -> None:
    del desk.environment[name]
    with untouched(stocked):
        outcome = desk.promote()
    assert f"expected {name}" in outcome.text
    assert desk.forge.journal.requests == []


def test_a_doctor_asks_gitea_what_a_promotion_would(desk: ForgeDesk[Gitea]) -> None:
    outcome = desk.run("doctor", "--json")
    passed = {check["id"] for check in outcome.json()["checks"] if check["passed"]}
    assert {"secret.GITEA_TOKEN", "forge.repository"} <= passed, outcome.text
    assert_absent(desk.forge.scenario.token, outcome.text)


def test_an_answer_that_gitea_does_not_give_is_noticed() -> None:
    """The description that the fake is held against has teeth."""
    run = "/actions/runs/{run}"
    assert described_wrongly(run, set(), {"id": 1, "path": "ci.yml@refs/heads/main"}) == []
    assert described_wrongly(run, set(), {"id": "1"})
    assert described_wrongly(run, set(), {"workflow_id": 4})
    assert described_wrongly("/commits", {"not", "sha"}, []) == []
    assert described_wrongly("/commits", {"exclude"}, []) == ["asked with exclude"]

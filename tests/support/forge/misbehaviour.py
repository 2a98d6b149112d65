"""Everything that a forge has been seen to do, by name: each entry edits a scenario that was good."""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable
from datetime import timedelta

from .api import error
from .scenario import Artifact, Endpoint, Fault, Repository, Scenario, Workflow, commit_id, make_artifact
from .wire import Delivery, Reply

Misbehaviour = Callable[[Scenario], None]

MISBEHAVIOURS: dict[str, Misbehaviour] = {}

FORK = Repository(id=815_000_777, full_name="mallory/nanonis-qcodes-controller", private=False, fork=True)
EVIL_WORKFLOW = Workflow(id=88_666, name="CI", path=".github/workflows/ci.yml.evil.yml")

LONG_WAIT = 3600  # seconds; a client that waits this long is not one that a test can await


def misbehave(scenario: Scenario, name: str) -> Scenario:
    """Applies the misbehaviour called `name`; KeyError for a name that is not in MISBEHAVIOURS."""
    with scenario.lock:
        MISBEHAVIOURS[name](scenario)
    return scenario


def _named(function: Misbehaviour) -> Misbehaviour:
    MISBEHAVIOURS[function.__name__.replace("_", "-")] = function
    return function


# The run is not what it should be.


@_named
def fork_pull_request(scenario: Scenario) -> None:
    """A pull request from a fork's own branch main: the branch name and the conclusion look right."""
    fork_head_repository(scenario)
    scenario.run.event = "pull_request"


@_named
def fork_head_repository(scenario: Scenario) -> None:
    """The same, were the event to lie as well."""
    scenario.run.head_repository = FORK
    scenario.run.head_sha = scenario.artifact.head_sha = commit_id("fork")
    scenario.artifact.head_repository_id = FORK.id


@_named
def deleted_head_repository(scenario: Scenario) -> None:
    scenario.run.head_repository = None


@_named
def artifact_of_fork(scenario: Scenario) -> None:
    """Only the artifact says that the bytes came from a fork."""
    scenario.artifact.head_repository_id = FORK.id


@_named
def other_repository(scenario: Scenario) -> None:
    """The run that is served belongs to another repository."""
    scenario.run.repository = dataclasses.replace(scenario.repository, id=999, full_name="example-lab/other")


@_named
def reused_repository_name(scenario: Scenario) -> None:
    """The name was deleted and registered again: the same name, another id, in every answer."""
    scenario.repository.id = 999_999_999
    scenario.artifact.repository_id = scenario.artifact.head_repository_id = 999_999_999


@_named
def tag_named_main(scenario: Scenario) -> None:
    """A push of a tag called main: head_branch reads "main", and the commit is on no branch."""
    scenario.tags["main"] = commit_id("tagged")
    scenario.run.head_sha = scenario.artifact.head_sha = scenario.tags["main"]


@_named
def tag_named_main_on_tip(scenario: Scenario) -> None:
    """A tag called main at the tip of main: ancestry holds, and which of the two was pushed is unknowable."""
    scenario.tags["main"] = scenario.tip


@_named
def force_pushed_main(scenario: Scenario) -> None:
    """main was rewritten after the run: its commit is no ancestor of the tip."""
    scenario.history = [scenario.history[0], commit_id("rewritten"), commit_id("rewritten tip")]


@_named
def other_branch(scenario: Scenario) -> None:
    scenario.run.head_branch = scenario.artifact.head_branch = "maintenance"
    scenario.run.head_sha = scenario.artifact.head_sha = commit_id("maintenance")


@_named
def prefix_path(scenario: Scenario) -> None:
    """A second workflow whose path begins as the right one does."""
    scenario.other_workflows.append(EVIL_WORKFLOW)
    scenario.run.path = EVIL_WORKFLOW.path
    scenario.run.workflow_id = EVIL_WORKFLOW.id


@_named
def prefix_path_same_id(scenario: Scenario) -> None:
    scenario.run.path = EVIL_WORKFLOW.path


@_named
def wrong_workflow_id(scenario: Scenario) -> None:
    """The right path under another workflow's id: the file was deleted and made again."""
    scenario.run.workflow_id = 77_777


@_named
def path_on_other_ref(scenario: Scenario) -> None:
    scenario.run.path += "@refs/heads/maintenance"


@_named
def referenced_workflow(scenario: Scenario) -> None:
    """The run called a reusable workflow of somebody else."""
    path = "mallory/actions/.github/workflows/build.yml@refs/heads/main"
    scenario.run.referenced_workflows.append({"path": path, "sha": commit_id("reusable"), "ref": "main"})


@_named
def pull_request_event(scenario: Scenario) -> None:
    scenario.run.event = "pull_request"


@_named
def pull_request_target_event(scenario: Scenario) -> None:
    scenario.run.event = "pull_request_target"


@_named
def dispatched_run(scenario: Scenario) -> None:
    scenario.run.event = "workflow_dispatch"


@_named
def queued_run(scenario: Scenario) -> None:
    scenario.run.status, scenario.run.conclusion = "queued", None


@_named
def failed_run(scenario: Scenario) -> None:
    scenario.run.conclusion = "failure"


@_named
def cancelled_run(scenario: Scenario) -> None:
    scenario.run.conclusion = "cancelled"


@_named
def failed_build_job(scenario: Scenario) -> None:
    scenario.job("build").conclusion = "failure"


@_named
def no_build_job(scenario: Scenario) -> None:
    scenario.jobs.remove(scenario.job("build"))


@_named
def unknown_run(scenario: Scenario) -> None:
    _replace(scenario, "run", lambda reply: error(404, "Not Found"))


@_named
def rerun_after_first_read(scenario: Scenario) -> None:
    """Somebody presses "Re-run all jobs" between the check and the use."""
    scenario.rerun_after_reads = 1


@_named
def rerun_succeeded(scenario: Scenario) -> None:
    """The newest attempt is the second; the artifact was left by the first."""
    scenario.rerun()
    scenario.run.status, scenario.run.conclusion = "completed", "success"
    later = timedelta(hours=1)
    for job in [job for job in scenario.jobs if job.attempt == 1]:
        completed = job.completed_at + later if job.completed_at else None
        again = dataclasses.replace(
            job, id=job.id + 500, attempt=2, started_at=job.started_at + later, completed_at=completed
        )
        scenario.jobs.append(again)


# The artifact is not what it should be.


@_named
def expired_artifact(scenario: Scenario) -> None:
    scenario.artifact.expired = True
    scenario.artifact.expires_at = scenario.artifact.created_at


@_named
def artifact_expires_before_download(scenario: Scenario) -> None:
    """Live in every listing, 410 when it is asked for."""
    _replace(scenario, "download", lambda reply: error(410, "Artifact has expired"))


@_named
def no_artifact(scenario: Scenario) -> None:
    scenario.artifacts.clear()


@_named
def duplicate_artifacts(scenario: Scenario) -> None:
    """Two live artifacts called dist, of which toolkits take the one with the highest id without a word."""
    later = copy.copy(scenario.artifact)
    later.id += 1
    scenario.artifacts.append(later)


@_named
def duplicate_beyond_first_page(scenario: Scenario) -> None:
    """The second artifact called dist stands after a hundred others."""
    run = scenario.run
    first = scenario.artifact.id
    others = [make_artifact(run, b"PK", id=first + n, name=f"log-{n}") for n in range(1, 120)]
    scenario.artifacts += [*others, make_artifact(run, scenario.artifact.content, id=first + 500)]


@_named
def digest_missing(scenario: Scenario) -> None:
    """An enterprise server whose artifacts have no digest and which has no attestations."""
    scenario.ghes = True


@_named
def digest_null(scenario: Scenario) -> None:
    scenario.artifact.digest = None


@_named
def digest_wrong(scenario: Scenario) -> None:
    scenario.artifact.digest = "sha256:" + "0" * 64


@_named
def digest_of_other_kind(scenario: Scenario) -> None:
    scenario.artifact.digest = "md5:" + "0" * 32


@_named
def bytes_changed_after_listing(scenario: Scenario) -> None:
    """The length stays the same, one byte does not."""
    content = bytearray(scenario.artifact.content)
    content[len(content) // 2] ^= 1
    scenario.artifact.served = bytes(content)


@_named
def raw_file_artifact(scenario: Scenario) -> None:
    """upload-artifact with archive: false leaves a bare file, not a zip."""
    artifact = scenario.artifact
    artifact.content = b"just text\n"
    artifact.content_type = "text/plain"


@_named
def artifact_of_other_run(scenario: Scenario) -> None:
    scenario.artifact.run_id += 1


@_named
def artifact_of_other_commit(scenario: Scenario) -> None:
    scenario.artifact.head_sha = commit_id("another commit")


@_named
def artifact_after_build_job(scenario: Scenario) -> None:
    """Another job of the run replaced it after the build job had ended."""
    _created_at(scenario.artifact, timedelta(seconds=120), scenario)


@_named
def artifact_before_build_job(scenario: Scenario) -> None:
    _created_at(scenario.artifact, timedelta(seconds=2), scenario)


@_named
def artifact_replaced_before_download(scenario: Scenario) -> None:
    """The listing shows one archive; read again by id, the artifact has another digest."""
    first = scenario.artifact.shown_digest()
    swap = f'"digest": "{first}"'.encode(), f'"digest": "sha256:{"f" * 64}"'.encode()
    _replace(scenario, "artifact", lambda reply: dataclasses.replace(reply, body=reply.body.replace(*swap)))


# The way to it is not what it should be.


@_named
def html_502_once(scenario: Scenario) -> None:
    for endpoint in ("run", "artifacts", "download"):
        _replace(scenario, endpoint, _html_502, times=1)


@_named
def html_502_always(scenario: Scenario) -> None:
    _replace(scenario, "run", _html_502)


@_named
def html_200(scenario: Scenario) -> None:
    """A captive portal: status 200 and a page for people."""
    _replace(scenario, "run", lambda reply: dataclasses.replace(_html_502(reply), status=200))


@_named
def rate_limit_403_once(scenario: Scenario) -> None:
    """The primary limit: remaining 0 and a reset a second away."""
    _replace(scenario, "run", lambda reply: _primary_limit(1), times=1)


@_named
def rate_limit_403_long(scenario: Scenario) -> None:
    _replace(scenario, "run", lambda reply: _primary_limit(LONG_WAIT))


@_named
def rate_limit_429_once(scenario: Scenario) -> None:
    headers = {"Retry-After": "1"}
    _replace(scenario, "run", lambda reply: error(429, "Too many requests", headers), times=1)


@_named
def rate_limit_429_long(scenario: Scenario) -> None:
    headers = {"Retry-After": str(LONG_WAIT)}
    _replace(scenario, "run", lambda reply: error(429, "Too many requests", headers))


@_named
def secondary_limit_once(scenario: Scenario) -> None:
    """The secondary limit: 403, requests remaining, Retry-After."""
    _replace(scenario, "artifacts", lambda reply: _secondary_limit({"Retry-After": "1"}), times=1)


@_named
def secondary_limit_long(scenario: Scenario) -> None:
    headers = {"Retry-After": str(LONG_WAIT)}
    _replace(scenario, "artifacts", lambda reply: _secondary_limit(headers))


@_named
def token_without_actions(scenario: Scenario) -> None:
    scenario.token_may_read_actions = False


@_named
def renamed_repository(scenario: Scenario) -> None:
    """The name that callers still use answers 301."""
    scenario.renamed_from = scenario.repository.full_name
    owner = scenario.repository.full_name.partition("/")[0]
    scenario.repository.full_name = f"{owner}/renamed"


@_named
def truncated_json(scenario: Scenario) -> None:
    _replace(scenario, "artifacts", lambda reply: dataclasses.replace(reply, body=reply.body[:-40]))


@_named
def download_never_begins(scenario: Scenario) -> None:
    """Every download ends after its head: there is nothing to go on from."""
    _deliver(scenario, "blob", Delivery(cut_after=0))


@_named
def truncated_download(scenario: Scenario) -> None:
    """Content-Length promises all, half comes; a client that asks for the rest has all after two."""
    half = len(scenario.artifact.content) // 2
    _deliver(scenario, "blob", Delivery(cut_after=half))


@_named
def truncated_download_once(scenario: Scenario) -> None:
    half = len(scenario.artifact.content) // 2
    _deliver(scenario, "blob", Delivery(cut_after=half), times=1)


@_named
def slow_download(scenario: Scenario) -> None:
    """All of it comes, in some twenty pieces over about a second."""
    size = len(scenario.artifact.content) // 20 + 1
    _deliver(scenario, "blob", Delivery(drip_bytes=size, drip_seconds=0.05))


@_named
def stalled_download(scenario: Scenario) -> None:
    """One byte, then nothing for an hour."""
    _deliver(scenario, "blob", Delivery(drip_bytes=1, drip_seconds=LONG_WAIT))


@_named
def connection_reset(scenario: Scenario) -> None:
    _deliver(scenario, "run", Delivery(reset_after=0))


@_named
def connection_reset_once(scenario: Scenario) -> None:
    _deliver(scenario, "run", Delivery(reset_after=0), times=1)


@_named
def download_reset(scenario: Scenario) -> None:
    half = len(scenario.artifact.content) // 2
    _deliver(scenario, "blob", Delivery(reset_after=half))


@_named
def redirect_twice(scenario: Scenario) -> None:
    """Three redirects in all: as many as are allowed."""
    scenario.redirect_hops = 2


@_named
def redirect_too_often(scenario: Scenario) -> None:
    scenario.redirect_hops = 3


@_named
def redirect_loop(scenario: Scenario) -> None:
    scenario.redirect_hops = None


@_named
def redirect_to_plain_http(scenario: Scenario) -> None:
    scenario.redirect_to = "http://artifacts.example.invalid/dist.zip?sig=abc"


@_named
def redirect_to_file(scenario: Scenario) -> None:
    scenario.redirect_to = "file:///etc/hostname"


@_named
def redirect_nowhere(scenario: Scenario) -> None:
    _replace(scenario, "download", lambda reply: Reply(302, {}))


@_named
def link_expires_once(scenario: Scenario) -> None:
    """The first signed link is dead on arrival; the API gives a good one when asked again."""
    headers = {"Content-Type": "application/xml"}
    body = b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>"
    _replace(scenario, "blob", lambda reply: Reply(403, headers, body), times=1)


@_named
def links_always_dead(scenario: Scenario) -> None:
    scenario.link_uses = 0


def _replace(
    scenario: Scenario, at: Endpoint, effect: Callable[[Reply], Reply], times: int | None = None
) -> None:
    scenario.faults.append(Fault(at, effect, times))


def _deliver(scenario: Scenario, at: Endpoint, how: Delivery, times: int | None = None) -> None:
    _replace(scenario, at, lambda reply: dataclasses.replace(reply, delivery=how), times)


def _created_at(artifact: Artifact, offset: timedelta, scenario: Scenario) -> None:
    artifact.created_at = scenario.run.created_at + offset


def _html_502(reply: Reply) -> Reply:
    page = b"<html><head><title>Unicorn!</title></head><body>This page is taking too long.</body></html>"
    return Reply(502, {"Content-Type": "text/html; charset=utf-8"}, page)


def _primary_limit(seconds: int) -> Reply:
    reset = str(int(time.time()) + seconds)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Used": "1000", "X-RateLimit-Reset": reset}
    return error(403, "API rate limit exceeded for installation.", headers)


def _secondary_limit(headers: dict[str, str]) -> Reply:
    return error(403, "You have exceeded a secondary rate limit. Please wait a few minutes.", headers)

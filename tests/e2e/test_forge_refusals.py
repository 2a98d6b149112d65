"""Everything a forge can do wrong, and what `packhouse promote` makes of it; the index stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT, VERSION
from tests.support.artifacts import build_pair, pack_artifact
from tests.support.forge import MISBEHAVIOURS, TOKEN, Forge, Scenario, misbehave, successful_push
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.paths import EXAMPLE
from tests.support.processes import clean_environment
from tests.support.quick_python import write_quick_python
from tests.support.snapshot import Snapshot, snapshot

POLICY, AUTHENTICATION, MISSING, TRANSIENT = 3, 4, 5, 7

# The checks that refuse, all of them: what one check would let through, another must not hide.
REFUSED: dict[str, tuple[int, set[str]]] = {
    "artifact-after-build-job": (POLICY, {"artifact.window"}),
    "artifact-before-build-job": (POLICY, {"artifact.window"}),
    "artifact-of-fork": (POLICY, {"artifact.run"}),
    "artifact-of-other-commit": (POLICY, {"artifact.run"}),
    "artifact-of-other-run": (POLICY, {"artifact.run"}),
    "artifact-replaced-before-download": (POLICY, {"artifact.unchanged"}),
    "bytes-changed-after-listing": (POLICY, {"artifact.digest"}),
    "cancelled-run": (POLICY, {"run.conclusion"}),
    "deleted-head-repository": (POLICY, {"run.head-repository"}),
    "digest-missing": (POLICY, {"artifact.digest-stated"}),
    "digest-null": (POLICY, {"artifact.digest-stated"}),
    "digest-of-other-kind": (POLICY, {"artifact.digest-stated"}),
    "digest-wrong": (POLICY, {"artifact.digest"}),
    "dispatched-run": (POLICY, {"run.event"}),
    "duplicate-artifacts": (POLICY, {"artifact.unique"}),
    "duplicate-beyond-first-page": (POLICY, {"artifact.unique"}),
    "expired-artifact": (MISSING, {"artifact.not-expired", "artifact.unique"}),
    "failed-build-job": (POLICY, {"run.build-job"}),
    "failed-run": (POLICY, {"run.conclusion"}),
    "force-pushed-main": (POLICY, {"run.ancestry"}),
    "fork-head-repository": (POLICY, {"run.head-repository", "run.ancestry", "artifact.run"}),
    "fork-pull-request": (POLICY, {"run.head-repository", "run.event", "run.ancestry", "artifact.run"}),
    "no-artifact": (MISSING, {"artifact.unique"}),
    "no-build-job": (POLICY, {"run.build-job", "artifact.window"}),
    "other-branch": (POLICY, {"run.branch", "run.ancestry"}),
    "other-repository": (POLICY, {"run.repository-id", "run.repository-name"}),
    "path-on-other-ref": (POLICY, {"run.workflow-path"}),
    "prefix-path": (POLICY, {"run.workflow-path", "run.workflow-id"}),
    "prefix-path-same-id": (POLICY, {"run.workflow-path"}),
    "pull-request-event": (POLICY, {"run.event"}),
    "pull-request-target-event": (POLICY, {"run.event"}),
    "queued-run": (POLICY, {"run.status", "run.conclusion"}),
    "raw-file-artifact": (POLICY, {"artifact.content-type"}),
    "referenced-workflow": (POLICY, {"run.referenced-workflows"}),
    "renamed-repository": (POLICY, {"repository.name", "run.repository-name"}),
    "rerun-after-first-read": (POLICY, {"run.unchanged"}),
    "rerun-succeeded": (POLICY, {"artifact.window"}),
    "reused-repository-name": (POLICY, {"repository.id"}),
    "tag-named-main": (POLICY, {"run.ancestry", "run.tag-shadow"}),
    "tag-named-main-on-tip": (POLICY, {"run.tag-shadow"}),
    "wrong-workflow-id": (POLICY, {"run.workflow-id"}),
}

# No check was reached: the forge did not say what was asked. Exit status, and part of the message.
UNANSWERED: dict[str, tuple[int, str]] = {
    "artifact-expires-before-download": (MISSING, "Artifact has expired"),
    "connection-reset": (TRANSIENT, "Failure when receiving data from the peer"),
    "download-never-begins": (TRANSIENT, "the archive of artifact"),
    "html-200": (TRANSIENT, 'a body of type "text/html'),
    "html-502-always": (TRANSIENT, "found status 502"),
    "links-always-dead": (AUTHENTICATION, "found status 403"),
    "rate-limit-403-long": (TRANSIENT, "API rate limit exceeded"),
    "rate-limit-429-long": (TRANSIENT, "Too many requests"),
    "redirect-loop": (TRANSIENT, "more than 3 redirects"),
    "redirect-nowhere": (TRANSIENT, "found status 302"),
    "redirect-to-file": (POLICY, "file:///etc/hostname"),
    "redirect-to-plain-http": (POLICY, 'found a redirect to "http"'),
    "redirect-too-often": (TRANSIENT, "more than 3 redirects"),
    "secondary-limit-long": (TRANSIENT, "secondary rate limit"),
    "token-without-actions": (AUTHENTICATION, "Resource not accessible by integration"),
    "truncated-json": (TRANSIENT, "incomplete JSON"),
    "unknown-run": (MISSING, "Not Found"),
}

# A patient client gets through.
OVERCOME = {
    "connection-reset-once",
    "download-reset",
    "html-502-once",
    "link-expires-once",
    "rate-limit-403-once",
    "rate-limit-429-once",
    "redirect-twice",
    "secondary-limit-once",
    "slow-download",
    "truncated-download",
    "truncated-download-once",
}

# It ends by the client's stall timeout, a minute long, which the client's own tests shorten.
NOT_AWAITED = {"stalled-download"}


@dataclass(frozen=True)
class Desk:
    """An index with something in it, and what it held before any promotion.

    The smoke check's environment is made while the forge is asked. Its Python is a quick one: of a release
    that is refused nothing is installed.
    """

    index: Index
    home: Path
    programs: Path
    archive: bytes
    before: Snapshot
    impatient: Path  # settings with which a forge is soon given up

    def promote(self, scenario: Scenario, *options: str) -> tuple[Outcome, Forge]:
        with Forge(scenario) as forge:
            environment = {
                **clean_environment(self.home),
                **forge.environment(),
                **self.index.promotion_environment(),
            }
            environment["PATH"] = f"{self.programs}:{environment['PATH']}"
            words = ["--build-run-id", str(scenario.run.id), "--package-version", VERSION, "--json"]
            outcome = packhouse("promote", *words, *options, environment=environment, folder=EXAMPLE)
        return outcome, forge

    def assert_untouched(self, outcome: Outcome, forge: Forge) -> None:
        assert snapshot(self.index.data) == self.before
        assert forge.journal.violations == []
        for secret in (TOKEN, self.index.token, self.index.read_token):
            assert secret not in outcome.text


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    home, dist, programs = folder / "home", folder / "dist", folder / "programs"
    for made in (home, dist, programs):
        made.mkdir()
    write_quick_python(programs / "python3")
    index = Index(folder / "data", home)
    try:
        index.start()
        uploaded = index.upload(*build_pair(folder, "earlier-project", "1.0"))
        assert uploaded.status == 0, uploaded.text
        archive = pack_artifact(build_pair(dist, PROJECT, VERSION))
        impatient = folder / "packhouse.toml"
        impatient.write_text(
            f'project = "{PROJECT}"\nrepository = "example-lab/{PROJECT}"\n'
            '[smoke]\ncommands = [["nqctl", "capabilities"]]\n[forge]\nmax-wait-seconds = 1\n'
        )
        yield Desk(index, home, programs, archive, snapshot(index.data), impatient)
    finally:
        index.close()


def refused_checks(document: Any) -> set[str]:
    return {check["id"] for check in document["checks"] if not check["passed"]}


def test_every_misbehaviour_is_in_one_table() -> None:
    tables = [REFUSED.keys(), UNANSWERED.keys(), OVERCOME, NOT_AWAITED]
    assert set().union(*tables) == MISBEHAVIOURS.keys()
    assert sum(len(table) for table in tables) == len(MISBEHAVIOURS)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_named_checks_refuse(desk: Desk, name: str) -> None:
    status, checks = REFUSED[name]
    outcome, forge = desk.promote(misbehave(successful_push(desk.archive), name))
    assert refused_checks(outcome.json()) == checks, outcome.text
    assert outcome.status == status
    desk.assert_untouched(outcome, forge)


@pytest.mark.parametrize("name", sorted(UNANSWERED))
def test_an_unanswered_question_ends_the_promotion(desk: Desk, name: str) -> None:
    status, message = UNANSWERED[name]
    impatient = ["--config", str(desk.impatient)]
    outcome, forge = desk.promote(misbehave(successful_push(desk.archive), name), *impatient)
    assert message in outcome.json()["error"]["message"], outcome.text
    assert outcome.status == status
    desk.assert_untouched(outcome, forge)


@pytest.mark.parametrize("name", sorted(OVERCOME))
def test_a_passing_fault_is_overcome(desk: Desk, name: str) -> None:
    outcome, forge = desk.promote(misbehave(successful_push(desk.archive), name), "--dry-run")
    assert outcome.status == 0, outcome.text
    assert refused_checks(outcome.json()) == set()
    desk.assert_untouched(outcome, forge)


@pytest.mark.parametrize("tail", ["@main", "@refs/heads/main"])
@pytest.mark.parametrize("head", ["", "example-lab/nanonis-qcodes-controller/"])
def test_each_way_to_write_the_right_workflow_is_accepted(desk: Desk, head: str, tail: str) -> None:
    scenario = successful_push(desk.archive)
    scenario.run.path = head + scenario.run.path + tail
    outcome, forge = desk.promote(scenario, "--dry-run")
    assert outcome.status == 0, outcome.text
    desk.assert_untouched(outcome, forge)


def test_an_earlier_commit_of_main_is_accepted(desk: Desk) -> None:
    scenario = successful_push(desk.archive)
    scenario.run.head_sha = scenario.artifact.head_sha = scenario.history[0]
    outcome, forge = desk.promote(scenario, "--dry-run")
    assert outcome.status == 0, outcome.text
    desk.assert_untouched(outcome, forge)


def test_the_artifact_among_a_hundred_others_is_found(desk: Desk) -> None:
    scenario = misbehave(successful_push(desk.archive), "duplicate-beyond-first-page")
    scenario.artifacts.pop()
    outcome, forge = desk.promote(scenario, "--dry-run")
    assert outcome.status == 0, outcome.text
    desk.assert_untouched(outcome, forge)

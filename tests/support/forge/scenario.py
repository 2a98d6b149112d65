"""What the forge holds, as plain values that a test edits before or while the forge runs."""

from __future__ import annotations

import copy
import dataclasses
import functools
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from .wire import Reply

TOKEN = "forge-test-token"

MAIN_REPOSITORY = 701_200_331
CI_WORKFLOW = 88_001
FIRST_RUN = 9_400_100_200
FIRST_ARTIFACT = 4_411_000_001

Endpoint = Literal[
    "repository",
    "workflow",
    "runs",
    "run",
    "attempt",
    "jobs",
    "artifacts",
    "artifact",
    "download",
    "ref",
    "tag",
    "compare",
    "attestations",
    "blob",
    "bundle",
]

FROM_CONTENT = "from content"


@functools.lru_cache(maxsize=8)
def sha256_of(content: bytes) -> str:
    """Of an archive, which does not become another one between two requests."""
    return hashlib.sha256(content).hexdigest()


def commit_id(word: str) -> str:
    """A commit id that is the same in every run."""
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Repository:
    id: int = MAIN_REPOSITORY
    full_name: str = "example-lab/nanonis-qcodes-controller"
    private: bool = True
    fork: bool = False


@dataclass
class Workflow:
    id: int = CI_WORKFLOW
    name: str = "CI"
    path: str = ".github/workflows/ci.yml"
    state: str = "active"


@dataclass
class Run:
    """The newest attempt of a run. Earlier attempts are in Scenario.earlier_attempts."""

    id: int
    head_sha: str
    created_at: datetime
    repository: Repository
    head_repository: Repository | None
    workflow_id: int = CI_WORKFLOW
    path: str = ".github/workflows/ci.yml"
    event: str = "push"
    status: str = "completed"
    conclusion: str | None = "success"
    head_branch: str | None = "main"
    attempt: int = 1
    referenced_workflows: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Job:
    id: int
    name: str
    started_at: datetime
    completed_at: datetime | None
    attempt: int = 1
    status: str = "completed"
    conclusion: str | None = "success"


@dataclass
class Artifact:
    id: int
    name: str
    content: bytes  # what was uploaded: the archive
    created_at: datetime
    expires_at: datetime
    run_id: int
    head_sha: str
    head_branch: str | None = "main"
    repository_id: int = MAIN_REPOSITORY
    head_repository_id: int = MAIN_REPOSITORY
    expired: bool = False
    digest: str | None = FROM_CONTENT  # or a text of the test's; None answers null
    served: bytes | None = None  # what the blob origin sends, where that is not the content
    content_type: str = "application/zip"

    def shown_digest(self) -> str | None:
        if self.digest == FROM_CONTENT:
            return "sha256:" + sha256_of(self.content)
        return self.digest


@dataclass
class Attestation:
    subject_sha256: str
    bundle: dict[str, Any]
    predicate_type: str = "https://slsa.dev/provenance/v1"
    repository_id: int = MAIN_REPOSITORY
    initiator: str = "user"

    def bundle_bytes(self) -> bytes:
        return json.dumps(self.bundle).encode()


@dataclass
class Fault:
    """Changes the good reply of one endpoint: the first `after` replies pass, the next `times` do not."""

    at: Endpoint
    effect: Callable[[Reply], Reply]
    times: int | None = None  # None: for ever
    after: int = 0

    def apply(self, reply: Reply) -> Reply:
        if self.after > 0:
            self.after -= 1
            return reply
        if self.times is None:
            return self.effect(reply)
        if self.times == 0:
            return reply
        self.times -= 1
        return self.effect(reply)


@dataclass
class Scenario:
    """One repository, its CI workflow, one run of it and that run's artifacts."""

    repository: Repository
    workflow: Workflow
    run: Run
    jobs: list[Job]
    artifacts: list[Artifact]
    history: list[str]  # main, oldest first; its last commit is the tip
    asked: Repository  # as the caller knows it; `repository` is what the forge holds
    token: str = TOKEN
    earlier_attempts: dict[int, Run] = field(default_factory=dict)
    other_workflows: list[Workflow] = field(default_factory=list)
    other_runs: list[Run] = field(default_factory=list)  # listed beside `run`
    tags: dict[str, str] = field(default_factory=dict)  # name -> commit
    annotated: set[str] = field(default_factory=set)  # of the tags, those with an object of their own
    branches: dict[str, str] = field(default_factory=dict)  # name -> commit, beside main
    attestations: list[Attestation] = field(default_factory=list)

    ghes: bool = False  # an enterprise server 3.17 to 3.19: no artifact digest, no attestations
    token_may_read_actions: bool = True
    renamed_from: str | None = None  # an earlier full name, answered with 301
    rerun_after_reads: int | None = None  # so many reads of the run show the old attempt
    link_uses: int | None = None  # a signed link serves so many requests; None: no bound
    link_seconds: float = 60.0
    redirect_hops: int | None = 0  # extra redirects before the bytes; None: a loop
    redirect_to: str | None = None  # the download's Location, instead of a signed link
    faults: list[Fault] = field(default_factory=list)

    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def artifact(self) -> Artifact:
        """The first artifact: the one called dist, unless a test changed that."""
        return self.artifacts[0]

    @property
    def tip(self) -> str:
        return self.history[-1]

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)

    def become(self, other: Scenario) -> None:
        """Takes over all that `other` holds, so that a running forge serves it."""
        with self.lock:
            for name in (held.name for held in dataclasses.fields(self) if held.name != "lock"):
                setattr(self, name, getattr(other, name))

    def attempt(self, number: int) -> Run | None:
        return self.run if number == self.run.attempt else self.earlier_attempts.get(number)

    def rerun(self) -> None:
        """What "Re-run all jobs" does: the run shows a new attempt, the old one stays as it was."""
        with self.lock:
            self.earlier_attempts[self.run.attempt] = copy.copy(self.run)
            self.run.attempt += 1
            self.run.status, self.run.conclusion = "in_progress", None

    def read_run(self) -> Run:
        """The run as one GET of it sees it; the reads are counted for rerun_after_reads."""
        with self.lock:
            if self.rerun_after_reads == 0:
                self.rerun_after_reads = None
                self.rerun()
            elif self.rerun_after_reads is not None:
                self.rerun_after_reads -= 1
            return copy.copy(self.run)


def successful_push(archive: bytes, *, repository: Repository | None = None) -> Scenario:
    """A push to main whose CI run succeeded and left `archive` as its artifact dist."""
    repository = repository or Repository()
    created = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=15)
    history = [commit_id(word) for word in ("first", "second", "third")]
    run = Run(
        id=FIRST_RUN,
        head_sha=history[-1],
        created_at=created,
        repository=repository,
        head_repository=repository,
    )
    return Scenario(
        repository=repository,
        workflow=Workflow(),
        run=run,
        jobs=_jobs(created),
        artifacts=[make_artifact(run, archive)],
        history=history,
        asked=copy.copy(repository),
    )


def push_tag(scenario: Scenario, name: str, *, event: str = "push", annotated: bool = False) -> None:
    """The run is one of this tag, at its commit."""
    scenario.tags[name] = scenario.run.head_sha
    if annotated:
        scenario.annotated.add(name)
    scenario.run.event, scenario.run.head_branch = event, name
    for artifact in scenario.artifacts:
        artifact.head_branch = name


def leave_matrix(scenario: Scenario, sdist: bytes, wheels: dict[str, bytes]) -> None:
    """In place of the one artifact dist: dist-sdist of the job build, and dist-wheels-NAME of a job
    "wheels (NAME)" for each of the archives `wheels`."""
    run = scenario.run
    scenario.artifacts = [make_artifact(run, sdist, name="dist-sdist")]
    build = scenario.job("build")
    for number, (name, archive) in enumerate(wheels.items(), start=1):
        job = Job(build.id + 100 + number, f"wheels ({name})", build.started_at, build.completed_at)
        scenario.jobs.append(job)
        id = FIRST_ARTIFACT + number
        scenario.artifacts.append(make_artifact(run, archive, id=id, name=f"dist-wheels-{name}"))


def make_artifact(run: Run, content: bytes, *, id: int = FIRST_ARTIFACT, name: str = "dist") -> Artifact:
    """An artifact that the build job of `run` uploaded."""
    created = run.created_at + timedelta(seconds=75)
    return Artifact(
        id=id,
        name=name,
        content=content,
        created_at=created,
        expires_at=created + timedelta(days=90),
        run_id=run.id,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        repository_id=run.repository.id,
        head_repository_id=(run.head_repository or run.repository).id,
    )


def _jobs(created: datetime) -> list[Job]:
    def at(seconds: int) -> datetime:
        return created + timedelta(seconds=seconds)

    return [
        Job(id=51_000_001, name="build", started_at=at(20), completed_at=at(80)),
        Job(id=51_000_002, name="checks", started_at=at(20), completed_at=at(140)),
    ]

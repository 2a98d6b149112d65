"""A forge that answers as Gitea's REST API (v1) does: one repository, one run, its jobs and artifacts.

It serves the facts of a Scenario, the same that the GitHub fake serves, in the shapes of Gitea's own structs
(modules/structs/repo_actions.go, filled by services/convert/convert.go of 1.25.1; with `counts_attempts` as
services/convert/action.go of 1.27.3 does). Every answer is held against Gitea's API description of 1.25.1;
what 1.27 added to it is allowed by name.
"""

from __future__ import annotations

import functools
import json
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs

from .forge import Artifact, Job, Reply, Scenario
from .forge.wire import Request
from .two_origins import TwoOrigins, answer

DESCRIPTION = Path(__file__).with_name("gitea_1_25_api.json")
NEW_IN_1_27 = {"previous_attempt_url", "pull_requests"}
ACTIONS_USER = {"id": -2, "login": "gitea-actions"}
PUSHER = {"id": 3, "login": "release-owner"}
BUILD = "on: push\njobs:\n  build:\n    steps:\n      - uses: actions/checkout@v4\n"


class Gitea(TwoOrigins):
    """The attributes say what a Scenario has no word for. May be edited at any time."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.ref = "refs/heads/main"
        self.file = "ci.yml"  # of the run's workflow
        self.actor = PUSHER
        self.workflow_text: str | None = BUILD  # at the run's commit
        self.workflow_folder = ".gitea/workflows"  # on the default branch
        self.artifact_changed: datetime | None = None  # else when it was made
        self.expires_before_download = False
        self.counts_attempts = False  # as 1.27 does
        self.reruns_after: int | None = None  # so many reads of the run show the old attempt
        self.page_size = 50
        self.keeps_elsewhere = True  # in an object storage of another origin; else at the API's own

    def environment(self) -> dict[str, str]:
        """What a job on Gitea has, and what its owner gave it."""
        return {
            "GITEA_API_URL": f"{self._api.url}/api/v1",
            "GITHUB_REPOSITORY": self.scenario.asked.full_name,
            "GITEA_TOKEN": self.scenario.token,
        }

    def rerun_build(self) -> None:
        """The run shows its newest start alone: other times, and one more on the job."""
        run, job = self.scenario.run, self.scenario.job("build")
        run.attempt += 1
        job.attempt += 1

    # ----- questions

    def _answer(self, request: Request) -> Reply:
        path = request.path.removeprefix(f"/api/v1/repos/{self.scenario.asked.full_name}")
        if path == request.path:
            return fault(404, "The target couldn't be found.")
        if re.fullmatch(r"/actions/artifacts/\d+/zip/raw", path):
            return self._archive()  # opened by its signature
        if request.authorization != f"Bearer {self.scenario.token}":
            return fault(401, "token is required")
        operation, reply = self._route(path, request) or (None, fault(404, "The target couldn't be found."))
        if operation is not None and reply.status == 200:
            for problem in described_wrongly(operation, set(request.query), json.loads(reply.body)):
                self.journal.violate(f"{operation}: {problem}")
        return reply

    def _route(self, path: str, request: Request) -> tuple[str, Reply] | None:
        routes: list[tuple[str, str, Callable[..., Reply]]] = [
            ("", "", lambda: answer(200, self._repository())),
            ("/actions/workflows/{workflow_id}", r"/actions/workflows/([^/]+)", self._workflow),
            ("/actions/runs", "/actions/runs", lambda: self._listed("workflow_runs", [self._run()], request)),
            ("/actions/runs/{run}", r"/actions/runs/(\d+)", self._one_run),
            ("/actions/runs/{run}", r"/actions/runs/(\d+)/attempts/(\d+)", self._attempt),
            ("/actions/runs/{run}/jobs", r"/actions/runs/\d+/jobs", lambda: self._jobs(request)),
            (
                "/actions/runs/{run}/artifacts",
                r"/actions/runs/\d+/artifacts",
                lambda: self._artifacts(request),
            ),
            ("/actions/artifacts/{artifact_id}", r"/actions/artifacts/(\d+)", self._one_artifact),
            ("/actions/artifacts/{artifact_id}/zip", r"/actions/artifacts/(\d+)/zip", self._download),
            ("/branches/{branch}", r"/branches/(.+)", self._branch),
            ("/tags/{tag}", r"/tags/(.+)", self._tag),
            ("/contents/{filepath}", r"/contents/(.+)", lambda name: self._contents(name, request)),
            ("/commits", "/commits", lambda: self._commits(request)),
        ]
        for operation, pattern, give in routes:
            found = re.fullmatch(pattern, path)
            if found:
                return operation, give(*found.groups())
        return None

    # ----- answers

    def _repository(self) -> dict[str, Any]:
        held = self.scenario.repository
        owner, name = held.full_name.split("/")
        return {
            "id": held.id,
            "owner": {"id": 5, "login": owner},
            "name": name,
            "full_name": held.full_name,
            "private": held.private,
            "default_branch": "main",
        }

    def _workflow(self, file: str) -> Reply:
        if file != "ci.yml":
            return fault(404, f'workflow "{file}" not found')
        held = self.scenario.workflow
        path = f"{self.workflow_folder}/{file}"
        return answer(200, {"id": file, "name": held.name, "path": path, "state": held.state})

    def _run(self) -> dict[str, Any]:
        run = self.scenario.run
        described: dict[str, Any] = {
            "id": run.id,
            "display_title": "Measure with the lock-in amplifier",
            "path": f"{self.file}@{self.ref}",
            "event": run.event,
            "run_attempt": run.attempt if self.counts_attempts else 0,
            "run_number": 57,
            "head_sha": run.head_sha,
            "status": run.status,
            "actor": self.actor,
            "trigger_actor": self.actor,
            "repository": {
                **self._repository(),
                "id": run.repository.id,
                "full_name": run.repository.full_name,
            },
            "started_at": moment(run.created_at),
            "completed_at": moment(run.created_at + timedelta(seconds=145)),
        }
        branch = self.ref.removeprefix("refs/heads/")
        if branch != self.ref:
            described["head_branch"] = branch
        if run.status == "completed":
            described["conclusion"] = run.conclusion
        if self.counts_attempts:
            described |= {"previous_attempt_url": None, "pull_requests": []}
        return described

    def _one_run(self, number: str) -> Reply:
        if int(number) != self.scenario.run.id:
            return fault(404, "resource does not exist")
        if self.reruns_after is not None:
            self.reruns_after -= 1
            if self.reruns_after < 0:
                self.reruns_after = None
                self.rerun_build()
        return answer(200, self._run())

    def _attempt(self, number: str, attempt: str) -> Reply:
        known = self.counts_attempts and int(attempt) == self.scenario.run.attempt
        return self._one_run(number) if known else fault(404, "resource does not exist")

    def _jobs(self, request: Request) -> Reply:
        return self._listed("jobs", [self._job(job) for job in self.scenario.jobs], request)

    def _job(self, job: Job) -> dict[str, Any]:
        run = self.scenario.run
        return {
            "id": job.id,
            "run_id": run.id,
            "name": job.name,
            "labels": ["ubuntu-latest"],
            "run_attempt": job.attempt,
            "head_sha": run.head_sha,
            "status": job.status,
            "conclusion": job.conclusion,
            "steps": None,
            "created_at": moment(job.started_at),
            "started_at": moment(job.started_at),
            "completed_at": moment(job.completed_at),
        }

    def _artifacts(self, request: Request) -> Reply:
        named = [
            held for held in self.scenario.artifacts if held.name == request.query.get("name", held.name)
        ]
        return self._listed("artifacts", [self._artifact(held) for held in named], request)

    def _artifact(self, held: Artifact) -> dict[str, Any]:
        # The empty members are those of a run that ToActionArtifact does not fill.
        run = {"url": "", "html_url": "", "display_title": "", "path": "", "event": "", "status": ""}
        return {
            "id": held.id,
            "name": held.name,
            "size_in_bytes": len(held.content),
            "expired": held.expired,
            "workflow_run": {
                **run,
                "id": held.run_id,
                "run_attempt": 0,
                "run_number": 0,
                "repository_id": held.repository_id,
                "head_sha": held.head_sha,
            },
            "created_at": moment(held.created_at),
            "updated_at": moment(self.artifact_changed or held.created_at),
            "expires_at": moment(held.expires_at),
        }

    def _one_artifact(self, number: str) -> Reply:
        held = self._held(number)
        return fault(404, "artifact not found") if held is None else answer(200, self._artifact(held))

    def _download(self, number: str) -> Reply:
        held = self._held(number)
        if held is not None and self.expires_before_download:
            held.expired = True
        if held is None or held.expired:
            return fault(404, "artifact not found" if held is None else "Artifact has expired")
        if self.keeps_elsewhere:
            return Reply(302, {"Location": f"{self._store.url}/archive?X-Amz-Signature=secret"})
        path = f"/api/v1/repos/{self.scenario.asked.full_name}/actions/artifacts/{held.id}/zip/raw"
        return Reply(302, {"Location": f"{self._api.url}{path}?sig=secret&expires=4102444800"})

    def _held(self, number: str) -> Artifact | None:
        return next((held for held in self.scenario.artifacts if held.id == int(number)), None)

    def _branch(self, name: str) -> Reply:
        if name != "main":
            return fault(404, "The target couldn't be found.")
        return answer(200, {"name": name, "commit": {"id": self.scenario.tip}, "protected": True})

    def _tag(self, name: str) -> Reply:
        commit = self.scenario.tags.get(name)
        if commit is None:
            return fault(404, f"tag doesn't exist: {name}")
        return answer(200, {"name": name, "id": commit, "commit": {"sha": commit}})

    def _contents(self, name: str, request: Request) -> Reply:
        known = (
            name == f"{self.workflow_folder}/ci.yml" and request.query["ref"] == self.scenario.run.head_sha
        )
        if not known or self.workflow_text is None:
            return fault(404, "object does not exist")
        content = b64encode(self.workflow_text.encode()).decode()
        return answer(
            200, {"name": "ci.yml", "path": name, "type": "file", "encoding": "base64", "content": content}
        )

    def _commits(self, request: Request) -> Reply:
        """What is reachable from `sha` and not from `not`, as `git log` has it."""
        assert request.query["not"] == self.scenario.tip
        commit, history = request.query["sha"], self.scenario.history
        missing = [] if commit in history else [{"sha": commit}]
        return answer(200, missing, {"X-Total-Count": str(len(missing)), "X-HasMore": "false"})

    def _listed(self, member: str, items: list[dict[str, Any]], request: Request) -> Reply:
        """One page. Neither jobs nor artifacts have Link fields in 1.25."""
        size = min(int(request.query.get("limit", 30)), self.page_size)
        first = (int(request.query.get("page", 1)) - 1) * size
        return answer(200, {member: items[first : first + size], "total_count": len(items)})


def fault(status: int, message: str) -> Reply:
    return answer(status, {"message": message, "url": "https://forge.invalid/api/swagger"})


def moment(time: datetime | None) -> str:
    """In the server's own zone, without a fraction; Go's zero where there is none."""
    return "1970-01-01T00:00:00Z" if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")


# ----- against Gitea's own description


@functools.cache
def description() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(DESCRIPTION.read_text())
    described["definitions"]["ActionWorkflowRun"]["properties"] |= {name: {} for name in NEW_IN_1_27}
    described["definitions"]["ActionWorkflowJob"]["properties"]["steps"] = {}  # null where no step is known
    return described


@functools.cache
def _validator(operation: str) -> jsonschema_rs.Draft4Validator:
    schema = description()["operations"][f"/repos/{{owner}}/{{repo}}{operation}"]["answer"] or {}
    return jsonschema_rs.Draft4Validator({**schema_of(schema), "definitions": description()["definitions"]})


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A reference hides what stands beside it in this draft."""
    return {"allOf": [schema]}


def described_wrongly(operation: str, asked: set[str], body: Any) -> list[str]:
    """What neither question nor answer may have by the description.

    It leaves out that the artifacts of a run have pages, which they have had since they are listed
    (GetArtifactsOfRun in routers/api/v1/repo/action.go).
    """
    known = {*description()["operations"][f"/repos/{{owner}}/{{repo}}{operation}"]["query"], "page", "limit"}
    unknown = [f"asked with {name}" for name in sorted(asked - known)]
    return unknown + [error.message for error in _validator(operation).iter_errors(body)]

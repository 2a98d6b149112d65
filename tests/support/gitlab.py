"""A forge that answers as GitLab's REST API (v4) does: one project, one pipeline, the archives of its jobs.

It serves the facts of a Scenario, the same that the GitHub fake serves, in GitLab's words. No registry has a
description to hold it against; the members are those that GitLab's API reference documents.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .forge import Artifact, Job, Reply, Scenario
from .forge.wire import Request
from .two_origins import TwoOrigins, answer

PROJECT = "example-lab/tools/nanonis-qcodes-controller"
CONFIGURATION = ".gitlab-ci.yml"


class GitLab(TwoOrigins):
    """`is_tag` and `expires` say what a Scenario has no word for. May be edited at any time."""

    def __init__(self, scenario: Scenario, project: str = PROJECT) -> None:
        super().__init__(scenario)
        self.project = project
        self.is_tag = False
        self.expires: datetime | None = None
        self.configuration: str | None = None  # null: the usual file

    def environment(self) -> dict[str, str]:
        """What a job on GitLab has, and the token that its owner gave it."""
        return {
            "CI_API_V4_URL": f"{self._api.url}/api/v4",
            "CI_PROJECT_PATH": self.project,
            "CI_PROJECT_ID": str(self.scenario.repository.id),
            "GITLAB_TOKEN": self.scenario.token,
        }

    def _answer(self, request: Request) -> Reply:
        if request.authorization != f"Bearer {self.scenario.token}":
            return answer(401, {"message": "401 Unauthorized"})
        path = request.path.removeprefix("/api/v4")
        base = f"/projects/{self.project}"
        if path == base:
            return answer(200, self._project())
        found = self._route(path.removeprefix(base + "/"), request)
        return found or answer(404, {"message": "404 Not found"})

    def _route(self, path: str, request: Request) -> Reply | None:
        run = self.scenario.run
        routes: dict[str, Callable[[], Reply | None]] = {
            f"pipelines/{run.id}": lambda: answer(200, self._pipeline()),
            f"pipelines/{run.id}/jobs": lambda: listing([self._job(job) for job in self.scenario.jobs]),
            "repository/branches/main": lambda: answer(
                200, {"name": "main", "commit": {"id": self.scenario.tip}}
            ),
            "repository/merge_base": lambda: answer(200, {"id": self._merge_base(request)}),
        }
        for name, commit in self.scenario.tags.items():
            routes[f"repository/tags/{name}"] = lambda name=name, commit=commit: answer(  # type: ignore[misc]
                200, {"name": name, "target": commit, "commit": {"id": commit}}
            )
        for job in self.scenario.jobs:
            routes[f"jobs/{job.id}"] = lambda job=job: answer(200, self._job(job))  # type: ignore[misc]
            routes[f"jobs/{job.id}/artifacts"] = lambda: Reply(
                302, {"Location": f"{self._store.url}/archive?sig=secret"}
            )
        return routes.get(path, lambda: None)()

    def _project(self) -> dict[str, Any]:
        return {
            "id": self.scenario.repository.id,
            "path_with_namespace": self.project,
            "default_branch": "main",
            "ci_config_path": self.configuration,
            "jobs_enabled": True,
            "runners_token": "GR1348941canary",
        }

    def _pipeline(self) -> dict[str, Any]:
        run = self.scenario.run
        done = run.status == "completed"
        return {
            "id": run.id,
            "iid": 7,
            "project_id": run.repository.id,
            "sha": run.head_sha,
            "ref": run.head_branch,
            "tag": self.is_tag,
            "status": run.conclusion if done else "running",
            "source": run.event,
        }

    def _job(self, job: Job) -> dict[str, Any]:
        run = self.scenario.run
        described: dict[str, Any] = {
            "id": job.id,
            "name": job.name,
            "status": job.conclusion,
            "started_at": moment(job.started_at),
            "finished_at": moment(job.completed_at),
            "artifacts_expire_at": moment(self.expires),
            "commit": {"id": run.head_sha},
            "pipeline": {"id": run.id, "project_id": run.repository.id, "sha": run.head_sha},
        }
        if job.name == "build" and self.scenario.artifacts:
            artifact: Artifact = self.scenario.artifact
            file = {"filename": f"{artifact.name}.zip", "size": len(artifact.content)}
            described["artifacts_file"] = file
            described["artifacts"] = [{"file_type": "archive", "file_format": "zip", **file}]
        return described

    def _merge_base(self, request: Request) -> str | None:
        commit = self.scenario.run.head_sha
        assert request.query["refs[]"] == self.scenario.tip
        return commit if commit in self.scenario.history else self.scenario.history[0]


def listing(items: list[dict[str, Any]]) -> Reply:
    return answer(200, items, {"X-Total": str(len(items))})


def moment(time: datetime | None) -> str | None:
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%S.000Z")

"""The API origin: GitHub's REST calls that a promotion makes, and no others."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from . import bodies, history
from .links import Links
from .scenario import Endpoint, Run, Scenario, commit_id
from .wire import Journal, Reply, Request

DOCUMENTATION = "https://docs.github.com/rest"
API_VERSIONS = ("2022-11-28", "2026-03-10")
DEFAULT_PAGE, LARGEST_PAGE = 30, 100

Item = TypeVar("Item")
Handler = Callable[["GitHubApi", Request, re.Match[str]], Reply]

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}\Z")

# Endpoint, what follows /repos/OWNER/NAME, and whether a token without "actions: read" is refused.
_ROUTES: list[tuple[Endpoint, str, bool]] = [
    ("repository", r"", False),
    ("workflow", r"/actions/workflows/(?P<workflow>[^/]+)", True),
    ("runs", r"/actions/workflows/(?P<workflow>[^/]+)/runs", True),
    ("run", r"/actions/runs/(?P<run>\d+)", True),
    ("attempt", r"/actions/runs/(?P<run>\d+)/attempts/(?P<attempt>\d+)", True),
    ("jobs", r"/actions/runs/(?P<run>\d+)/attempts/(?P<attempt>\d+)/jobs", True),
    ("artifacts", r"/actions/runs/(?P<run>\d+)/artifacts", True),
    ("artifact", r"/actions/artifacts/(?P<artifact>\d+)", True),
    ("download", r"/actions/artifacts/(?P<artifact>\d+)/zip", True),
    ("ref", r"/git/ref/(?P<ref>.+)", False),
    ("tag", r"/git/tags/(?P<sha>[0-9a-f]{40})", False),
    ("compare", r"/compare/(?P<base>.+)\.\.\.(?P<head>.+)", False),
    ("attestations", r"/attestations/(?P<digest>[^/]+)", False),
]


class GitHubApi:
    """Answers one request at a time from the scenario; the scenario may change between any two."""

    def __init__(self, scenario: Scenario, journal: Journal, links: Links) -> None:
        self.url = ""  # set once the origins have their ports
        self.blob_url = ""
        self._scenario = scenario
        self._journal = journal
        self._links = links

    def answer(self, request: Request) -> Reply:
        reply = self._gate(request) or self._route(request)
        return _conditional(request, _with_limits(reply))

    def _gate(self, request: Request) -> Reply | None:
        """What GitHub asks of every request, in its order."""
        if request.method not in ("GET", "HEAD"):
            self._journal.violate(f"{request.method} {request.path}: a promotion only reads from the forge")
            return error(405, "Method Not Allowed")
        if not request.headers.get("User-Agent"):
            return error(403, "Request forbidden by administrative rules. A User-Agent header is required.")
        version = request.headers.get("X-GitHub-Api-Version")
        if version is None:
            self._journal.violate(f"{request.path}: no X-GitHub-Api-Version")
        elif version not in API_VERSIONS:
            return error(400, f'"{version[:32]}" is not a supported version.')
        if request.authorization is None:
            return error(404, "Not Found")  # a private repository is not there for a stranger
        if request.authorization != f"Bearer {self._scenario.token}":
            return error(401, "Bad credentials")
        return None

    def _route(self, request: Request) -> Reply:
        renamed = self._scenario.renamed_from
        if renamed and f"{request.path}/".lower().startswith(f"/repos/{renamed}/".lower()):
            return self._moved(request.path[len(f"/repos/{renamed}") :])
        base = re.escape(f"/repos/{self._scenario.repository.full_name}")
        by_id = re.escape(f"/repositories/{self._scenario.repository.id}")
        for endpoint, tail, needs_actions in _ROUTES:
            match = re.fullmatch(f"(?:{base}|{by_id}){tail}", request.path, re.IGNORECASE)
            if match:
                return self._answer(endpoint, needs_actions, request, match)
        return error(404, "Not Found")

    def _answer(
        self, endpoint: Endpoint, needs_actions: bool, request: Request, match: re.Match[str]
    ) -> Reply:
        if needs_actions and not self._scenario.token_may_read_actions:
            headers = {"X-Accepted-GitHub-Permissions": "actions=read"}
            return error(403, "Resource not accessible by integration", headers)
        reply = _HANDLERS[endpoint](self, request, match)
        return with_faults(self._scenario, endpoint, reply)

    # One method for each endpoint, called through _HANDLERS.

    def repository(self, request: Request, match: re.Match[str]) -> Reply:
        return as_json(bodies.full_repository(self.url, self._scenario.repository))

    def workflow(self, request: Request, match: re.Match[str]) -> Reply:
        wanted = match["workflow"]
        for held in (self._scenario.workflow, *self._scenario.other_workflows):
            if wanted in (str(held.id), held.path.rpartition("/")[2]):
                return as_json(bodies.workflow(self.url, self._scenario.repository, held))
        return error(404, "Not Found")

    def runs(self, request: Request, match: re.Match[str]) -> Reply:
        held = self._scenario.workflow
        if match["workflow"] not in (str(held.id), held.path.rpartition("/")[2]):
            return error(404, "Not Found")
        wanted = request.query.get("head_sha")
        found = [run for run in (self._scenario.run, *self._scenario.other_runs) if run.head_sha == wanted]
        page, headers = self._page(request, found)
        shown = [bodies.run(self.url, run) for run in page]
        return as_json({"total_count": len(found), "workflow_runs": shown}, headers)

    def run(self, request: Request, match: re.Match[str]) -> Reply:
        if int(match["run"]) != self._scenario.run.id:
            return error(404, "Not Found")
        return as_json(bodies.run(self.url, self._scenario.read_run()))

    def attempt(self, request: Request, match: re.Match[str]) -> Reply:
        held = self._attempt(match)
        return as_json(bodies.run(self.url, held)) if held else error(404, "Not Found")

    def jobs(self, request: Request, match: re.Match[str]) -> Reply:
        held = self._attempt(match)
        if held is None:
            return error(404, "Not Found")
        jobs = [job for job in self._scenario.jobs if job.attempt == held.attempt]
        page, headers = self._page(request, jobs)
        shown = [bodies.job(self.url, held, job) for job in page]
        return as_json({"total_count": len(jobs), "jobs": shown}, headers)

    def artifacts(self, request: Request, match: re.Match[str]) -> Reply:
        if int(match["run"]) != self._scenario.run.id:
            return error(404, "Not Found")
        name = request.query.get("name")
        held = [found for found in self._scenario.artifacts if name in (None, found.name)]
        page, headers = self._page(request, held)
        shown = [bodies.artifact(self.url, self._scenario, found) for found in page]
        return as_json({"total_count": len(held), "artifacts": shown}, headers)

    def artifact(self, request: Request, match: re.Match[str]) -> Reply:
        for held in self._scenario.artifacts:
            if held.id == int(match["artifact"]):
                return as_json(bodies.artifact(self.url, self._scenario, held))
        return error(404, "Not Found")

    def download(self, request: Request, match: re.Match[str]) -> Reply:
        if "application/zip" in request.headers.get("Accept", ""):
            return error(
                415, "Unsupported 'Accept' header: 'application/zip'. Must accept 'application/json'."
            )
        for held in self._scenario.artifacts:
            if held.id == int(match["artifact"]):
                return self._gone() if held.expired else self._redirect(held.id)
        return error(404, "Not Found")

    def ref(self, request: Request, match: re.Match[str]) -> Reply:
        kind, _, name = match["ref"].partition("/")
        heads = {"main": self._scenario.tip, **self._scenario.branches}
        sha = {"heads": heads, "tags": self._scenario.tags}.get(kind, {}).get(name)
        if sha is None:
            return error(404, "Not Found")
        annotated = kind == "tags" and name in self._scenario.annotated
        target = commit_id(f"object of {name} {sha}") if annotated else sha
        return as_json(
            bodies.git_ref(
                self.url, self._scenario.repository, f"refs/{kind}/{name}", target, annotated=annotated
            )
        )

    def tag(self, request: Request, match: re.Match[str]) -> Reply:
        for name in self._scenario.annotated:
            commit = self._scenario.tags[name]
            if match["sha"] == commit_id(f"object of {name} {commit}"):
                return as_json(
                    bodies.git_tag(self.url, self._scenario.repository, name, match["sha"], commit)
                )
        return error(404, "Not Found")

    def compare(self, request: Request, match: re.Match[str]) -> Reply:
        found = history.compare(self._scenario, match["base"], match["head"])
        if found is None:
            return error(404, "Not Found")
        page, headers = self._page(request, found.commits, default=250)
        return as_json(self._comparison(f"{match['base']}...{match['head']}", found, page), headers)

    def attestations(self, request: Request, match: re.Match[str]) -> Reply:
        if self._scenario.ghes or not _SHA256.match(match["digest"]):
            return error(404, "Not Found")
        wanted = request.query.get("predicate_type")
        aliases = {"provenance": "https://slsa.dev/provenance/v1", "sbom": "https://spdx.dev/Document"}
        wanted = aliases.get(wanted, wanted) if wanted else None
        digest = match["digest"].removeprefix("sha256:")
        found = [
            (number, held)
            for number, held in enumerate(self._scenario.attestations)
            if held.subject_sha256 == digest and wanted in (None, held.predicate_type)
        ]
        page, headers = self._cursor_page(request, found)
        shown = [
            {
                "bundle": None,  # as since 2026-07-16, whatever the API version
                "repository_id": held.repository_id,
                "bundle_url": self.blob_url + self._links.sign(f"/bundles/{number}"),
                "initiator": held.initiator,
            }
            for number, held in page
        ]
        return as_json({"attestations": shown}, headers)

    # Parts of the above.

    def _attempt(self, match: re.Match[str]) -> Run | None:
        if int(match["run"]) != self._scenario.run.id:
            return None
        return self._scenario.attempt(int(match["attempt"]))

    def _moved(self, tail: str) -> Reply:
        url = f"{self.url}/repositories/{self._scenario.repository.id}{tail}"
        body = {"message": "Moved Permanently", "url": url, "documentation_url": DOCUMENTATION}
        return as_json(body, {"Location": url}, status=301)

    def _gone(self) -> Reply:
        return error(410, "Artifact has expired")

    def _redirect(self, artifact: int) -> Reply:
        target = self._scenario.redirect_to or self.blob_url + self._links.sign(f"/artifacts/{artifact}")
        return Reply(302, {"Location": target, "Content-Type": "text/html;charset=utf-8"})

    def _comparison(self, basehead: str, found: history.Comparison, page: Sequence[str]) -> bodies.Body:
        repository = self._scenario.repository
        url = f"{self.url}/repos/{repository.full_name}/compare/{basehead}"
        web = f"{bodies.WEB}/{repository.full_name}/compare/{basehead}"

        def commit(sha: str) -> bodies.Body:
            return bodies.commit(self.url, repository, sha, history.parents(self._scenario, sha))

        return {
            "url": url,
            "html_url": web,
            "permalink_url": web,
            "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch",
            "base_commit": commit(found.base),
            "merge_base_commit": commit(found.merge_base),
            "status": found.status,
            "ahead_by": len(found.commits),
            "behind_by": found.behind_by,
            "total_commits": len(found.commits),
            "commits": [commit(sha) for sha in page],
            "files": [],
        }

    def _page(
        self, request: Request, items: Sequence[Item], default: int = DEFAULT_PAGE
    ) -> tuple[Sequence[Item], dict[str, str]]:
        """The page that `per_page` and `page` ask for, and its Link header."""
        size = _number(request.query.get("per_page"), default)
        size = min(size, LARGEST_PAGE) if "per_page" in request.query else default
        page = _number(request.query.get("page"), 1)
        last = max(1, -(-len(items) // size))
        rest = "".join(f"&{k}={v}" for k, v in request.query.items() if k not in ("page", "per_page"))

        def link(number: int, relation: str) -> str:
            return f'<{self.url}{request.path}?per_page={size}&page={number}{rest}>; rel="{relation}"'

        links = [link(page + 1, "next"), link(last, "last")] if page < last else []
        links += [link(1, "first"), link(page - 1, "prev")] if page > 1 else []
        headers = {"Link": ", ".join(links)} if links else {}
        return items[(page - 1) * size : page * size], headers

    def _cursor_page(self, request: Request, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
        """The page after the cursor `after`, as the attestation list has it."""
        size = min(_number(request.query.get("per_page"), DEFAULT_PAGE), LARGEST_PAGE)
        start = _number(request.query.get("after", "").removeprefix("cursor-"), 0)
        end = start + size
        if end >= len(items):
            return items[start:end], {}
        url = f"{self.url}{request.path}?per_page={size}&after=cursor-{end}"
        return items[start:end], {"Link": f'<{url}>; rel="next"'}


_HANDLERS: dict[Endpoint, Handler] = {
    "repository": GitHubApi.repository,
    "workflow": GitHubApi.workflow,
    "runs": GitHubApi.runs,
    "run": GitHubApi.run,
    "attempt": GitHubApi.attempt,
    "jobs": GitHubApi.jobs,
    "artifacts": GitHubApi.artifacts,
    "artifact": GitHubApi.artifact,
    "download": GitHubApi.download,
    "ref": GitHubApi.ref,
    "tag": GitHubApi.tag,
    "compare": GitHubApi.compare,
    "attestations": GitHubApi.attestations,
}


def as_json(body: Any, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    content = json.dumps(body).encode()
    return Reply(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, content)


def error(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return as_json(body, headers, status)


def with_faults(scenario: Scenario, endpoint: Endpoint, reply: Reply) -> Reply:
    with scenario.lock:
        for fault in scenario.faults:
            if fault.at == endpoint:
                reply = fault.apply(reply)
    return reply


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"[1-9][0-9]{0,8}", text) else default


def _with_limits(reply: Reply) -> Reply:
    limits = {
        "X-GitHub-Request-Id": "F0F0:1A2B3C:0001",
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Remaining": "987",
        "X-RateLimit-Reset": str(int(time.time()) + 3600),
        "X-RateLimit-Used": "13",
        "X-RateLimit-Resource": "core",
    }
    return Reply(reply.status, {**limits, **reply.headers}, reply.body, reply.delivery)


def _conditional(request: Request, reply: Reply) -> Reply:
    """ETag on every good answer, and 304 for a client that has it."""
    if reply.status != 200:
        return reply
    tag = f'W/"{hashlib.sha256(reply.body).hexdigest()}"'
    headers = {**reply.headers, "ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60"}
    if request.headers.get("If-None-Match") == tag:
        return Reply(304, headers)
    return Reply(200, headers, reply.body, reply.delivery)

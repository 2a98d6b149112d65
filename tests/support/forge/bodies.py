"""GitHub's JSON bodies, whole, so that GitHub's own description of its API accepts them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from .scenario import Artifact, Job, Repository, Run, Scenario, Workflow, commit_id

Body = dict[str, Any]

WEB = "https://github.com"

# Field -> what follows /repos/OWNER/NAME in it.
_REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
    "url": "",
}

_USER_LINKS = {
    "events_url": "/events{/privacy}",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
    "repos_url": "/repos",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "url": "",
}


def timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return f"{kind}_kw{number:x}"


def user(api: str, login: str, *, organization: bool = False) -> Body:
    number = sum(login.encode())
    links = {name: f"{api}/users/{login}{tail}" for name, tail in _USER_LINKS.items()}
    return {
        "login": login,
        "id": number,
        "node_id": node_id("U", number),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        **links,
        "html_url": f"{WEB}/{login}",
        "type": "Organization" if organization else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def minimal_repository(api: str, repository: Repository) -> Body:
    owner, _, name = repository.full_name.partition("/")
    base = f"{api}/repos/{repository.full_name}"
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": user(api, owner, organization=True),
        "html_url": f"{WEB}/{repository.full_name}",
        "description": "A stand-in for a released package",
        "fork": repository.fork,
        **{field: base + tail for field, tail in _REPOSITORY_LINKS.items()},
    }


def full_repository(api: str, repository: Repository) -> Body:
    web = f"{WEB}/{repository.full_name}"
    return {
        **minimal_repository(api, repository),
        "created_at": "2026-01-05T08:00:00Z",
        "updated_at": "2026-11-20T08:00:00Z",
        "pushed_at": "2026-11-20T08:00:00Z",
        "git_url": f"git://github.com/{repository.full_name}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "homepage": None,
        "mirror_url": None,
        "language": "Python",
        "license": None,
        "default_branch": "main",
        "visibility": "private" if repository.private else "public",
        "topics": [],
        "size": 312,
        **dict.fromkeys(("archived", "disabled", "is_template", "has_pages", "has_wiki"), False),
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "allow_forking"), True),
        **dict.fromkeys(("has_discussions", "web_commit_signoff_required"), False),
        **dict.fromkeys(("forks", "forks_count", "open_issues", "open_issues_count"), 0),
        **dict.fromkeys(("stargazers_count", "watchers", "watchers_count", "network_count"), 0),
        "subscribers_count": 2,
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
    }


def workflow(api: str, repository: Repository, held: Workflow) -> Body:
    base = f"{api}/repos/{repository.full_name}/actions/workflows/{held.id}"
    web = f"{WEB}/{repository.full_name}"
    file = held.path.rpartition("/")[2]
    return {
        "id": held.id,
        "node_id": node_id("W", held.id),
        "name": held.name,
        "path": held.path,
        "state": held.state,
        "created_at": "2026-01-05T08:10:00.000Z",
        "updated_at": "2026-01-05T08:10:00.000Z",
        "url": base,
        "html_url": f"{web}/blob/main/{held.path}",
        "badge_url": f"{web}/workflows/{held.name}/badge.svg?file={file}",
    }


def run(api: str, held: Run) -> Body:
    base = f"{api}/repos/{held.repository.full_name}"
    url = f"{base}/actions/runs/{held.id}"
    previous = f"{url}/attempts/{held.attempt - 1}" if held.attempt > 1 else None
    head = minimal_repository(api, held.head_repository) if held.head_repository else None
    return {
        "id": held.id,
        "name": "CI",
        "node_id": node_id("WFR", held.id),
        "head_branch": held.head_branch,
        "head_sha": held.head_sha,
        "path": held.path,
        "display_title": "Measure with the lock-in amplifier",
        "run_number": 57,
        "event": held.event,
        "status": held.status,
        "conclusion": held.conclusion,
        "workflow_id": held.workflow_id,
        "check_suite_id": held.id + 7,
        "check_suite_node_id": node_id("CS", held.id + 7),
        "url": url,
        "html_url": f"{WEB}/{held.repository.full_name}/actions/runs/{held.id}",
        "pull_requests": [],
        "created_at": timestamp(held.created_at),
        "updated_at": timestamp(held.created_at + timedelta(seconds=145)),
        "actor": user(api, "release-owner"),
        "triggering_actor": user(api, "release-owner"),
        "run_attempt": held.attempt,
        "referenced_workflows": held.referenced_workflows,
        "run_started_at": timestamp(held.created_at),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{base}/check-suites/{held.id + 7}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": previous,
        "workflow_url": f"{base}/actions/workflows/{held.workflow_id}",
        "head_commit": _head_commit(held.head_sha, held.created_at),
        "repository": minimal_repository(api, held.repository),
        "head_repository": head,
    }


def job(api: str, held_run: Run, held: Job) -> Body:
    base = f"{api}/repos/{held_run.repository.full_name}"
    web = f"{WEB}/{held_run.repository.full_name}/actions/runs/{held_run.id}"
    completed = timestamp(held.completed_at) if held.completed_at else None
    return {
        "id": held.id,
        "run_id": held_run.id,
        "workflow_name": "CI",
        "head_branch": held_run.head_branch,
        "run_url": f"{base}/actions/runs/{held_run.id}",
        "run_attempt": held.attempt,
        "node_id": node_id("CR", held.id),
        "head_sha": held_run.head_sha,
        "url": f"{base}/actions/jobs/{held.id}",
        "html_url": f"{web}/job/{held.id}",
        "status": held.status,
        "conclusion": held.conclusion,
        "created_at": timestamp(held.started_at - timedelta(seconds=5)),
        "started_at": timestamp(held.started_at),
        "completed_at": completed,
        "name": held.name,
        "steps": [
            {
                "name": "Run python -m build",
                "status": held.status,
                "conclusion": held.conclusion,
                "number": 1,
                "started_at": timestamp(held.started_at),
                "completed_at": completed,
            }
        ],
        "check_run_url": f"{base}/check-runs/{held.id}",
        "labels": ["ubuntu-24.04"],
        "runner_id": 17,
        "runner_name": "GitHub Actions 17",
        "runner_group_id": 0,
        "runner_group_name": "GitHub Actions",
    }


def artifact(api: str, scenario: Scenario, held: Artifact) -> Body:
    url = f"{api}/repos/{scenario.repository.full_name}/actions/artifacts/{held.id}"
    digest = {} if scenario.ghes else {"digest": held.shown_digest()}
    return {
        "id": held.id,
        "node_id": node_id("A", held.id),
        "name": held.name,
        "size_in_bytes": len(held.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": held.expired,
        **digest,
        "created_at": timestamp(held.created_at),
        "updated_at": timestamp(held.created_at),
        "expires_at": timestamp(held.expires_at),
        "workflow_run": {
            "id": held.run_id,
            "repository_id": held.repository_id,
            "head_repository_id": held.head_repository_id,
            "head_branch": held.head_branch,
            "head_sha": held.head_sha,
        },
    }


def git_ref(api: str, repository: Repository, ref: str, sha: str, *, annotated: bool = False) -> Body:
    base = f"{api}/repos/{repository.full_name}/git"
    kind = "tag" if annotated else "commit"
    return {
        "ref": ref,
        "node_id": node_id("REF", repository.id),
        "url": f"{base}/{ref}",
        "object": {"sha": sha, "type": kind, "url": f"{base}/{kind}s/{sha}"},
    }


def git_tag(api: str, repository: Repository, name: str, sha: str, commit: str) -> Body:
    """The object of an annotated tag."""
    base = f"{api}/repos/{repository.full_name}/git"
    return {
        "node_id": node_id("TA", int(sha[:8], 16)),
        "tag": name,
        "sha": sha,
        "url": f"{base}/tags/{sha}",
        "message": f"Release {name}",
        "tagger": {"name": "Release Owner", "email": "owner@example.invalid", "date": "2026-11-20T08:00:00Z"},
        "object": {"sha": commit, "type": "commit", "url": f"{base}/commits/{commit}"},
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit(api: str, repository: Repository, sha: str, parents: Iterable[str]) -> Body:
    url = f"{api}/repos/{repository.full_name}/commits/{sha}"
    web = f"{WEB}/{repository.full_name}/commit"
    tree = commit_id("tree of " + sha)
    git_api = f"{api}/repos/{repository.full_name}/git"
    person = {"name": "Release Owner", "email": "owner@example.invalid", "date": "2026-11-20T08:00:00Z"}
    return {
        "sha": sha,
        "node_id": node_id("C", int(sha[:8], 16)),
        "commit": {
            "author": person,
            "committer": person,
            "message": "Measure with the lock-in amplifier",
            "tree": {"sha": tree, "url": f"{git_api}/trees/{tree}"},
            "url": f"{git_api}/commits/{sha}",
            "comment_count": 0,
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "url": url,
        "html_url": f"{web}/{sha}",
        "comments_url": f"{url}/comments",
        "author": user(api, "release-owner"),
        "committer": user(api, "release-owner"),
        "parents": [
            {
                "sha": parent,
                "url": f"{api}/repos/{repository.full_name}/commits/{parent}",
                "html_url": f"{web}/{parent}",
            }
            for parent in parents
        ],
    }


def _head_commit(sha: str, moment: datetime) -> Body:
    person = {"name": "Release Owner", "email": "owner@example.invalid"}
    return {
        "id": sha,
        "tree_id": commit_id("tree of " + sha),
        "message": "Measure with the lock-in amplifier",
        "timestamp": timestamp(moment - timedelta(seconds=30)),
        "author": person,
        "committer": person,
    }

"""A running Gitea with one repository, and a runner of its Actions that does what act_runner would.

The folder that PACKHOUSE_TEST_GITEA names is Gitea's module, with the program built in it:
`go build -tags "sqlite sqlite_unlock_notify" .`
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .processes import PATIENCE, Child, clean_environment

OWNER = "instrument-team"
REPOSITORY = "nanonis-qcodes-controller"
RUNNER = "/api/actions/runner.v1.RunnerService"
ARTIFACTS = "/twirp/github.actions.results.api.v1.ArtifactService"

SETTINGS = """\
WORK_PATH = {work}
RUN_USER = {user}
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = http://127.0.0.1:{port}/
STATIC_ROOT_PATH = {module}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
[security]
INSTALL_LOCK = true
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = true
[log]
LEVEL = warn
"""


def module_folder() -> Path | None:
    """None where there is no Gitea to test with."""
    named = os.environ.get("PACKHOUSE_TEST_GITEA")
    return Path(named) if named else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True)
class Task:
    """A job that the runner was given."""

    id: str
    run: str
    job: str
    runtime_token: str


class RealGitea:
    """Runs for as long as a with statement lasts."""

    def __init__(self, module: Path, folder: Path) -> None:
        folder.mkdir()
        self._module = module
        self._folder = folder
        self._config = folder / "app.ini"
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {**clean_environment(folder), "GIT_CONFIG_NOSYSTEM": "1"}
        self._token = ""
        self._tokens = 0
        self._runner: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._config.write_text(
            SETTINGS.format(work=self._folder, user=getpass.getuser(), port=self._port, module=self._module)
        )
        self._admin("migrate")
        user = ["--username", OWNER, "--random-password", "--email", "o@example.org"]
        self._admin("admin", "user", "create", "--admin", *user, "--must-change-password=false")
        self._token = self.token("all")
        self._environment |= {  # for git, which would show it in its arguments
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: token {self._token}",
        }
        self._child = Child(
            [self._module / "gitea", "web", "--config", self._config], environment=self._environment
        )
        self._wait_until_it_answers()
        self._register_runner()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.stop()

    def token(self, *scopes: str) -> str:
        """A new one for the owner, as its settings page makes it."""
        self._tokens += 1
        name = ["--token-name", f"token-{self._tokens}"]
        words = ["--username", OWNER, *name, "--scopes", ",".join(scopes), "--raw"]
        return self._admin("admin", "user", "generate-access-token", *words).strip().splitlines()[-1]

    def api(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"token {self._token}", "Content-Type": "application/json"}
        return self._ask(method, f"/api/v1{path}", body, headers)

    def push(self, files: Mapping[str, str], *, branch: str = "main") -> str:
        """One more commit, with these files, pushed to `branch`; its id. Makes the repository at first."""
        clone = self._folder / "clone"
        if not clone.exists():
            self.api("POST", "/user/repos", {"name": REPOSITORY, "default_branch": "main"})
            self._git(self._folder, "init", "--quiet", "--initial-branch=main", str(clone))
        for name, text in files.items():
            path = clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._git(clone, "add", "--all")
        who = ["-c", "user.name=Owner", "-c", "user.email=o@example.org"]
        self._git(clone, *who, "commit", "--quiet", "--allow-empty", "--message", "A change")
        there = f"{self.url}/{OWNER}/{REPOSITORY}.git"
        self._git(clone, "push", "--quiet", there, f"HEAD:refs/heads/{branch}")
        return self._git(clone, "rev-parse", "HEAD").strip()

    def take_task(self) -> Task:
        """The next job that waits for a runner."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if task := self._rpc("FetchTask", {"tasksVersion": "0"}).get("task"):
                runtime = task["context"]["gitea_runtime_token"]
                scope = json.loads(base64.urlsafe_b64decode(runtime.split(".")[1] + "=="))["scp"]
                _, run, job = scope.rsplit(":", 2)
                return Task(task["id"], run, job, runtime)
            time.sleep(0.2)
        raise RuntimeError(f"Gitea has no job for the runner: {self._child.lines[-20:]}")

    def upload(self, task: Task, name: str, archive: bytes) -> None:
        """As version 4 of the upload action does."""
        ids = {"workflowRunBackendId": task.run, "workflowJobRunBackendId": task.job}
        headers = {"Authorization": f"Bearer {task.runtime_token}", "Content-Type": "application/json"}
        made = self._ask("POST", f"{ARTIFACTS}/CreateArtifact", {**ids, "name": name, "version": 4}, headers)
        place = made["signedUploadUrl"].removeprefix(self.url)
        block = base64.b64encode(b"block-0").decode()
        self._send(f"{place}&comp=block&blockid={block}", archive)
        listed = f"<?xml version='1.0'?><BlockList><Latest>{block}</Latest></BlockList>"
        self._send(f"{place}&comp=blocklist", listed.encode())
        size = {"size": str(len(archive))}
        self._ask("POST", f"{ARTIFACTS}/FinalizeArtifact", {**ids, "name": name, **size}, headers)

    def finish(self, task: Task, *, succeeded: bool = True) -> None:
        result = "RESULT_SUCCESS" if succeeded else "RESULT_FAILURE"
        state = {"id": task.id, "result": result, "startedAt": _now(), "stoppedAt": _now()}
        self._rpc("UpdateTask", {"state": state})

    def _register_runner(self) -> None:
        made = self._admin("actions", "generate-runner-token").strip().splitlines()[-1]
        words = {"name": "runner", "token": made, "version": "test", "labels": ["ubuntu-latest"]}
        runner = self._ask("POST", f"{RUNNER}/Register", words, {"Content-Type": "application/json"})[
            "runner"
        ]
        self._runner = {"x-runner-uuid": runner["uuid"], "x-runner-token": runner["token"]}
        self._rpc("Declare", {"version": "test", "labels": ["ubuntu-latest"]})

    def _rpc(self, method: str, message: Any) -> Any:
        headers = {**self._runner, "Content-Type": "application/json"}
        return self._ask("POST", f"{RUNNER}/{method}", message, headers)

    def _send(self, path: str, content: bytes) -> None:
        request = urllib.request.Request(self.url + path, data=content, method="PUT")
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    def _ask(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as refusal:
            raise RuntimeError(f"{method} {path}: {refusal.code} {refusal.read()[:500]!r}") from None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.api("GET", "/version")
                return
            except (OSError, RuntimeError):
                if time.monotonic() > deadline or self._child.returncode is not None:
                    raise
                time.sleep(0.2)

    def _admin(self, *words: str) -> str:
        command = [str(self._module / "gitea"), *words, "--config", str(self._config)]
        return subprocess.run(
            command, env=self._environment, check=True, stdout=subprocess.PIPE, text=True, timeout=PATIENCE
        ).stdout

    def _git(self, folder: Path, *words: str) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=folder,
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        ).stdout

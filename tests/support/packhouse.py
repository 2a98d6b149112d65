"""The program under test: a running index, and its commands run to their end."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .paths import client, packhouse_binary
from .processes import PATIENCE, Child, clean_environment
from .refusals import audited, only_files, unwatch, watch

FAIL_POINT = "PACKHOUSE_FAIL_POINT"


@dataclass(frozen=True)
class Outcome:
    """What a command did: its exit status and everything it printed."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def json(self) -> Any:
        return json.loads(self.out)


def run_command(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    *,
    folder: Path | None = None,
    seconds: float = PATIENCE,
) -> Outcome:
    """Runs to the end; never raises for an exit status."""
    done = subprocess.run(
        [str(word) for word in command],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def packhouse(*arguments: str | Path, environment: Mapping[str, str], folder: Path | None = None) -> Outcome:
    """Runs the binary under test with these arguments."""
    return run_command([packhouse_binary(), *arguments], environment, folder=folder)


@dataclass
class Index:
    """An index on a data folder: start() and stop() at will; the folder and its token outlive both.

    Ports are the system's choice, so every start has another URL.
    """

    data: Path
    home: Path
    token: str = ""  # the admin's
    read_token: str = ""  # of the pip line: it may install and nothing else
    url: str = ""  # http://127.0.0.1:PORT, without a slash
    options: list[str] = field(default_factory=list)  # more arguments of `serve`
    _child: Child | None = None

    def start(self, **variables: str) -> Self:
        """Starts the server and waits until it listens; `variables` are added to its environment."""
        where: list[str | Path] = ["--data", self.data, "--listen", "127.0.0.1:0"]
        command = [packhouse_binary(), "serve", *where, *self.options]
        self._child = Child(command, environment={**clean_environment(self.home), **variables})
        self.url = self._child.wait_for_line(r"^listening on (https?://\S+)$")[1]
        watch(self.url, self.data, self.home)
        self.token = self._take("admin-token") or self.token
        self.read_token = self._take("read-token") or self.read_token
        return self

    def _take(self, name: str) -> str:
        """A token of the first start, kept here from now on and no longer in the data folder."""
        path = self.data / name
        if not path.exists():
            return ""
        token = path.read_text().strip()
        path.unlink()
        return token

    @property
    def process(self) -> Child:
        assert self._child is not None, "the index was not started"
        return self._child

    def stop(self) -> int:
        """SIGTERM and wait: the exit status."""
        return self.process.stop()

    def kill(self) -> int:
        """SIGKILL and wait."""
        return self.process.kill()

    def close(self) -> None:
        """Whatever its state, it runs no more."""
        if self._child is not None:
            self._child.kill()
            unwatch(self.url)

    @property
    def simple_url(self) -> str:
        return f"{self.url}/simple/"

    @property
    def upload_url(self) -> str:
        return f"{self.url}/legacy/"

    @property
    def session_url(self) -> str:
        """The root endpoint of Upload 2.0."""
        return f"{self.url}/upload/"

    def issue(self, *permissions: str, project: str | None = None) -> str:
        """A new token that may do that."""
        body = {"label": "test", "permissions": list(permissions), "project": project}
        request = urllib.request.Request(
            f"{self.url}/api/v1/tokens",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.authorization()},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return str(json.load(reply)["token"])

    @property
    def pip_url(self) -> str:
        """The simple API with the read-only token in it, as the first start prints it for pip."""
        return f"http://__token__:{self.read_token}@{self.url.removeprefix('http://')}/simple/"

    def promotion_environment(self, token: str | None = None) -> dict[str, str]:
        """The four variables of the runbook, with the admin token for the upload, or with another."""
        return {
            "PRIVATE_INDEX_REPOSITORY_URL": self.upload_url,
            "PRIVATE_INDEX_USERNAME": "__token__",
            "PRIVATE_INDEX_PASSWORD": token or self.token,
            "PRIVATE_INDEX_PIP_INDEX_URL": self.pip_url,
        }

    def upload(self, *files: Path, password: str | None = None, options: Sequence[str] = ()) -> Outcome:
        """Uploads with the real twine."""
        environment = {
            **clean_environment(self.home),
            "TWINE_REPOSITORY_URL": self.upload_url,
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": self.token if password is None else password,
            "TWINE_NON_INTERACTIVE": "1",
        }
        command: list[str | Path] = [client("twine"), "upload", "--disable-progress-bar", *options, *files]
        with audited(self.url) as verdict:
            outcome = run_command(command, environment)
            verdict.refused = outcome.status != 0
            # twine sends one after the other and ends at the first that is refused.
            if verdict.refused and len(files) > 1:
                sent = re.findall(r"^Uploading (\S+)$", outcome.out, re.MULTILINE)
                verdict.check = only_files(sent[:-1])
        return outcome

    def project(self, name: str) -> dict[str, Any]:
        """The JSON page of a project; urllib.error.HTTPError for anything but 200."""
        request = urllib.request.Request(
            f"{self.simple_url}{name}/",
            headers={"Accept": "application/vnd.pypi.simple.v1+json", **self.authorization()},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            page: dict[str, Any] = json.load(reply)
        return page

    def filenames(self, name: str) -> list[str]:
        """The files on a project's page; none where there is no such project."""
        try:
            return [file["filename"] for file in self.project(name)["files"]]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise

    def ledger(self, context: ssl.SSLContext | None = None) -> list[dict[str, Any]]:
        """The first thousand entries of the ledger, in their order."""
        request = urllib.request.Request(f"{self.url}/api/v1/ledger?limit=1000", headers=self.authorization())
        with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as reply:
            entries: list[dict[str, Any]] = json.load(reply)["entries"]
        return entries

    def ledger_actions(self) -> list[str]:
        return [entry["action"] for entry in self.ledger()]

    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

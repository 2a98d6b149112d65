"""tools/action/restore_state.py: the journal that an earlier run of the workflow kept comes back."""

from __future__ import annotations

import http.server
import io
import json
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.packhouse import Outcome, run_command
from tests.support.paths import PYTHON, ROOT
from tests.support.serving import Serving

OURS, FORK = {"id": 1}, {"id": 2}


def archive(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as members:
        members.writestr("releases/demo/1.0/journal.jsonl", text)
    return content.getvalue()


def artifact(number: int, name: str, *, expired: bool = False) -> dict[str, Any]:
    return {"id": number, "name": name, "expired": expired}


class Api(http.server.BaseHTTPRequestHandler):
    """The four questions; the archive is on another origin, which must not see the token."""

    runs: ClassVar[list[dict[str, Any]]] = []
    artifacts: ClassVar[dict[int, list[dict[str, Any]]]] = {}
    asked: ClassVar[list[str]] = []
    storage = ""

    def do_GET(self) -> None:
        Api.asked.append(self.path)
        expected = "Bearer secret" if "/repos/" in self.path else None
        if self.headers.get("Authorization") != expected:
            self.answer(401, b"")
        elif "/workflows/" in self.path:
            self.answer(200, json.dumps({"workflow_runs": Api.runs}).encode())
        elif "/runs/" in self.path:
            number = int(self.path.split("/runs/")[1].partition("/")[0])
            self.answer(200, json.dumps({"artifacts": Api.artifacts.get(number, [])}).encode())
        elif "/repos/" in self.path:
            self.answer(302, b"", location=f"{Api.storage}/blob/{self.path.split('/')[-2]}")
        else:
            self.answer(200, archive(f"artifact {self.path.rpartition('/')[2]}"))

    def answer(self, status: int, content: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *words: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _one_run() -> None:
    Api.runs = [{"id": 7, "repository": OURS, "head_repository": OURS}]
    Api.artifacts = {7: [artifact(71, "state-1")]}
    Api.asked = []


def restore(folder: Path, environment: dict[str, str], token: str = "secret") -> Outcome:
    with Serving(Api) as api, Serving(Api) as storage:
        Api.storage = f"http://127.0.0.1:{storage.port}"
        variables = {
            "GITHUB_API_URL": f"http://127.0.0.1:{api.port}",
            "GITHUB_REPOSITORY": "o/demo",
            "GITHUB_TOKEN": token,
            "GITHUB_WORKFLOW_REF": "o/demo/.github/workflows/publish private.yml@refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_EVENT_NAME": "workflow_dispatch",
            "STATE": str(folder / "state"),
            "STATE_ARTIFACT": "state",
        }
        script = ROOT / "tools" / "action" / "restore_state.py"
        return run_command([PYTHON, "-I", script], {**environment, **variables})


def journal(folder: Path) -> str:
    return (folder / "state" / "releases" / "demo" / "1.0" / "journal.jsonl").read_text()


def test_the_newest_attempt_of_the_newest_run_is_taken(tmp_path: Path, clean_env: dict[str, str]) -> None:
    Api.runs.insert(0, {"id": 8, "repository": OURS, "head_repository": OURS})
    Api.artifacts[8] = [
        artifact(89, "state-9"),
        artifact(90, "state-10"),
        artifact(91, "state-11", expired=True),
    ]
    outcome = restore(tmp_path, clean_env)
    assert outcome.status == 0, outcome.text
    assert journal(tmp_path) == "artifact 90"
    assert "secret" not in outcome.text


def test_what_others_upload_under_the_name_is_not_taken(tmp_path: Path, clean_env: dict[str, str]) -> None:
    Api.runs.insert(0, {"id": 8, "repository": OURS, "head_repository": FORK})
    Api.artifacts[8] = [artifact(81, "state-1")]
    Api.artifacts[7] += [artifact(72, "state-2x"), artifact(73, "other-3")]
    assert restore(tmp_path, clean_env).status == 0
    assert journal(tmp_path) == "artifact 71"
    workflow = "/repos/o/demo/actions/workflows/publish%20private.yml/runs"
    assert Api.asked[0].startswith(f"{workflow}?branch=main&event=workflow_dispatch&")


def test_without_an_earlier_run_there_is_no_journal(tmp_path: Path, clean_env: dict[str, str]) -> None:
    Api.runs = []
    outcome = restore(tmp_path, clean_env)
    assert (outcome.status, outcome.out) == (0, "journal: none yet\n")
    assert list((tmp_path / "state").iterdir()) == []


def test_a_journal_that_cannot_be_read_stops_the_promotion(tmp_path: Path, clean_env: dict[str, str]) -> None:
    outcome = restore(tmp_path, clean_env, token="wrong")
    assert outcome.status == 1
    assert "401" in outcome.err

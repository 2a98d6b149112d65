"""Brings back the journal that the last run of this workflow kept: the step of action.yml before a promotion.

Reads GitHub's own variables of a job, GITHUB_TOKEN ("actions: read"), STATE (a folder, made here) and
STATE_ARTIFACT. Only runs of this workflow file, for this branch and by the same event, are believed: any job
of any run can upload an artifact of any name. Without an earlier journal STATE stays empty.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

RUNS = 30  # so many runs back
SECONDS = 60
MOST_BYTES = 1 << 30


class OriginRedirects(urllib.request.HTTPRedirectHandler):
    """The token stays with the API: the archive is on another host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            following.remove_header("Authorization")
        return following


class Api:
    def __init__(self, variables: dict[str, str]) -> None:
        self._root = f"{variables['GITHUB_API_URL']}/repos/{variables['GITHUB_REPOSITORY']}/actions"
        self._token = variables["GITHUB_TOKEN"]
        self._opener = urllib.request.build_opener(OriginRedirects)

    def read(self, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": "packhouse-action"}
        request = urllib.request.Request(f"{self._root}/{path}", headers=headers)
        with self._opener.open(request, timeout=SECONDS) as reply:
            content: bytes = reply.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES} bytes of {path}")
        return content

    def items(self, path: str, member: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.read(path))[member]
        return found


def newest_artifact(api: Api, variables: dict[str, str]) -> int | None:
    """Of the newest run that kept one; of that, what its newest attempt kept."""
    workflow = variables["GITHUB_WORKFLOW_REF"].partition("@")[0].rpartition("/")[2]
    wanted = {
        "branch": variables["GITHUB_REF_NAME"],
        "event": variables["GITHUB_EVENT_NAME"],
        "per_page": str(RUNS),
    }
    named = re.compile(re.escape(variables["STATE_ARTIFACT"]) + r"-(\d+)")
    runs = api.items(f"workflows/{quote(workflow, safe='')}/runs?{urlencode(wanted)}", "workflow_runs")
    for run in sorted(runs, key=lambda run: int(run["id"]), reverse=True):
        if run["head_repository"]["id"] != run["repository"]["id"]:
            continue
        kept = {
            int(name[1]): int(artifact["id"])
            for artifact in api.items(f"runs/{run['id']}/artifacts?per_page=100", "artifacts")
            if not artifact["expired"] and (name := named.fullmatch(artifact["name"]))
        }
        if kept:
            return kept[max(kept)]
    return None


def unpack(archive: bytes, folder: Path) -> None:
    """zipfile leaves no name that leads out of the folder; what a journal is not is not unpacked."""
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        if sum(member.file_size for member in members.infolist()) > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES} bytes in the archive of the journal")
        members.extractall(folder)


def main() -> int:
    variables = dict(os.environ)
    folder = Path(variables["STATE"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        api = Api(variables)
        found = newest_artifact(api, variables)
        if found is not None:
            unpack(api.read(f"artifacts/{found}/zip"), folder)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as fault:
        print(f"error: the journal of earlier runs: {fault!r}", file=sys.stderr)
        return 1
    print(f"journal: of the artifact {found}" if found else "journal: none yet")
    return 0


if __name__ == "__main__":
    sys.exit(main())

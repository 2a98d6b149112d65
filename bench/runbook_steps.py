"""The runbook's publishing steps as a workflow's shell has them: one Python program for each, and twine.

    python runbook_steps.py preflight API REPOSITORY RUN
    python runbook_steps.py download API REPOSITORY RUN FOLDER
    python runbook_steps.py versions VERSION FILE…

Nothing here is Packhouse's: it is what Packhouse replaces.
"""

import json
import os
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from email.parser import HeaderParser
from pathlib import Path
from typing import Any


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def ask(url: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def preflight(api: str, repository: str, run: str) -> None:
    found = ask(f"{api}/repos/{repository}/actions/runs/{run}")
    expected = {"event": "push", "head_branch": "main", "status": "completed", "conclusion": "success"}
    for key, value in expected.items():
        if found[key] != value:
            sys.exit(f"{key}: expected {value}, found {found[key]}")
    if not found["path"].startswith(".github/workflows/ci.yml"):
        sys.exit(f"unexpected workflow: {found['path']}")
    if found["repository"]["full_name"] != repository:
        sys.exit(f"unexpected repository: {found['repository']['full_name']}")


def download(api: str, repository: str, run: str, folder: str) -> None:
    artifacts = ask(f"{api}/repos/{repository}/actions/runs/{run}/artifacts")["artifacts"]
    (artifact,) = (each for each in artifacts if each["name"] == "dist")
    request = urllib.request.Request(
        f"{api}/repos/{repository}/actions/artifacts/{artifact['id']}/zip",
        headers={"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"},
    )
    try:  # the token must not follow to the place where the bytes are
        urllib.request.build_opener(NoRedirect).open(request, timeout=60)
    except urllib.error.HTTPError as redirect:
        place = redirect.headers["Location"]
    archive = Path(folder, "dist.zip")
    with urllib.request.urlopen(place, timeout=600) as answer, archive.open("wb") as out:
        while piece := answer.read(1 << 20):
            out.write(piece)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(Path(folder, "dist"))


def metadata(path: Path) -> str:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(name).decode()
    with tarfile.open(path) as sdist:
        name = next(name for name in sdist.getnames() if name.count("/") == 1 and name.endswith("/PKG-INFO"))
        member = sdist.extractfile(name)
        assert member is not None
        return member.read().decode()


def versions(expected: str, *files: str) -> None:
    for file in files:
        found = HeaderParser().parsestr(metadata(Path(file)))["Version"]
        if found != expected:
            sys.exit(f"{file}: expected version {expected}, found {found}")


if __name__ == "__main__":
    steps: dict[str, Callable[..., None]] = {
        "preflight": preflight,
        "download": download,
        "versions": versions,
    }
    steps[sys.argv[1]](*sys.argv[2:])

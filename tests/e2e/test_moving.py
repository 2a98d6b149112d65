"""An index moves in from a folder of another one, and out to files that a plain web server serves."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client
from tests.support.ports import listening_port
from tests.support.processes import Child, clean_environment

REFUSED = 3
OLD = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC)


def run(index: Index, *words: str | Path) -> Outcome:
    return packhouse(*words, "--data", index.data, environment=clean_environment(index.home))


def installed(index_url: str, folder: Path, home: Path, *words: str) -> list[str]:
    """What uv resolves and downloads from there alone: NAME-VERSION of each."""
    target = folder / "target"
    where: list[str | Path] = ["--index-url", index_url, "--target", target, "--no-cache", "--python", PYTHON]
    outcome = run_command([client("uv"), "pip", "install", *where, *words], clean_environment(home))
    assert outcome.status == 0, outcome.text
    return sorted(path.name.removesuffix(".dist-info") for path in target.glob("*.dist-info"))


@contextmanager
def plain_web_server(folder: Path, home: Path) -> Iterator[str]:
    """Python's own, which knows nothing of packages."""
    command: list[str | Path] = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "-d",
        folder,
    ]
    with Child(command, environment=clean_environment(home)) as server:
        server.wait_for_line(r"^Serving HTTP on")
        yield f"http://127.0.0.1:{listening_port(server.pid)}"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """As pypiserver has them: an old release, and a newer one in a folder."""
    folder = tmp_path / "packages"
    (folder / "team").mkdir(parents=True)
    for path in build_pair(folder, "demo", "1.0"):
        os.utime(path, (OLD.timestamp(), OLD.timestamp()))
    build_wheel(folder / "team", "demo", "2.0", requires=["other"])
    build_wheel(folder / "team", "other", "0.1")
    return folder


def test_a_folder_of_pypiserver_moves_in_beside_the_server_with_its_times(
    index: Index, packages: Path, tmp_path: Path
) -> None:
    outcome = run(index, "import", packages)
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == (
        "imported 4 files into main: 4 as the index's policy has it, 0 by the policy mirror alone; "
        "0 were there, 0 refused, 0 passed over"
    )
    times = {file["filename"]: file["upload-time"] for file in index.project("demo")["files"]}
    assert times["demo-1.0.tar.gz"] == times["demo-1.0-py3-none-any.whl"] == "2019-03-04T05:06:07.000000Z"
    # What a client that excludes newer files sees is what it saw before the move.
    before = ["--exclude-newer", "2019-04-01", "demo"]
    assert installed(index.pip_url, tmp_path / "old", index.home, *before) == ["demo-1.0"]
    assert installed(index.pip_url, tmp_path / "new", index.home, "demo") == ["demo-2.0", "other-0.1"]


def test_what_is_at_fault_is_named_and_the_rest_moves_in(index: Index, packages: Path) -> None:
    (packages / "broken-1.0-py3-none-any.whl").write_text("cut off")
    (packages / "holiday.zip").write_text("photos")
    first = run(index, "import", packages)
    assert first.status == REFUSED, first.text
    assert "refused  broken-1.0-py3-none-any.whl: archive." in first.out
    assert re.search(r"^passed over  .*holiday\.zip", first.out, re.MULTILINE)
    again = run(index, "import", packages, "--json")
    outcomes = {file["filename"]: file["outcome"] for file in again.json()["files"]}
    assert outcomes.pop("broken-1.0-py3-none-any.whl") == "refused"
    assert set(outcomes.values()) == {"present"}
    assert run(index, "ledger", "verify").status == 0


def test_an_index_moves_out_to_a_plain_web_server(index: Index, packages: Path, tmp_path: Path) -> None:
    assert run(index, "import", packages).status == 0
    www = tmp_path / "www"
    exported = run(index, "export", www)
    assert exported.status == 0, exported.text
    with plain_web_server(www, index.home) as url:
        names = installed(f"{url}/simple/", tmp_path / "plain", index.home, "demo")
        assert names == ["demo-2.0", "other-0.1"]
        blocked = run(index, "release", "block", "demo", "2.0", "--reason", "it loses data")
        assert blocked.status == 0, blocked.text
        assert run(index, "export", www).status == 0
        assert installed(f"{url}/simple/", tmp_path / "later", index.home, "demo") == ["demo-1.0"]

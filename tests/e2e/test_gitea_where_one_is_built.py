"""The same release, from a Gitea that runs: what its stand-in says is held against what it says."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import PROJECT, VERSION, assert_absent, refused_checks
from tests.support.forge import successful_push
from tests.support.forge_desk import SETTINGS
from tests.support.gitea import Gitea
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment
from tests.support.real_gitea import OWNER, REPOSITORY, RealGitea, module_folder
from tests.support.untouched import untouched

pytestmark = pytest.mark.skipif(
    module_folder() is None, reason="PACKHOUSE_TEST_GITEA names no Gitea; see tests/support/real_gitea.py"
)

WORKFLOW = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo built
"""


@pytest.fixture(scope="module")
def gitea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealGitea]:
    module = module_folder()
    assert module is not None
    with RealGitea(module, tmp_path_factory.mktemp("real") / "gitea") as running:
        yield running


class Desk:
    def __init__(self, gitea: RealGitea, index: Index, home: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "packhouse.toml").write_text(SETTINGS.format(kind="gitea"))
        self.folder = folder
        self.token = gitea.token("read:repository")
        self.environment = {
            **clean_environment(home),
            **index.promotion_environment(),
            "GITEA_API_URL": f"{gitea.url}/api/v1",
            "GITEA_TOKEN": self.token,
            "GITHUB_REPOSITORY": f"{OWNER}/{REPOSITORY}",
        }

    def promote(self, run: int, *options: str) -> Outcome:
        words = ["promote", "--build-run-id", str(run), "--package-version", VERSION, *options]
        return packhouse(*words, environment=self.environment, folder=self.folder)


def runs(gitea: RealGitea) -> list[dict[str, object]]:
    found = gitea.api("GET", f"/repos/{OWNER}/{REPOSITORY}/actions/runs")["workflow_runs"]
    return list(found)


def built(gitea: RealGitea, archive: bytes, *, succeeded: bool = True, branch: str = "main") -> int:
    """The id of a run of a new push whose build job left `archive`."""
    commit = gitea.push({".gitea/workflows/ci.yml": WORKFLOW}, branch=branch)
    task = gitea.take_task()
    gitea.upload(task, "dist", archive)
    gitea.finish(task, succeeded=succeeded)
    [run] = [run for run in runs(gitea) if run["head_sha"] == commit]
    return int(str(run["id"]))


def test_a_run_becomes_a_release(
    gitea: RealGitea, stocked: Index, release: list[Path], home: Path, tmp_path: Path
) -> None:
    desk = Desk(gitea, stocked, home, tmp_path / "package")
    outcome = desk.promote(built(gitea, pack_artifact(release)))
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert sorted(stocked.filenames(PROJECT)) == sorted(path.name for path in release)
    assert_absent(desk.token, outcome.text)


@pytest.mark.parametrize(
    ("succeeded", "branch", "check"), [(False, "main", "run.conclusion"), (True, "feature", "run.branch")]
)
def test_a_run_that_failed_or_is_of_another_branch_is_refused(
    gitea: RealGitea,
    stocked: Index,
    release: list[Path],
    home: Path,
    tmp_path: Path,
    succeeded: bool,
    branch: str,
    check: str,
) -> None:
    desk = Desk(gitea, stocked, home, tmp_path / "package")
    archive = pack_artifact(release)
    built(gitea, archive)
    run = built(gitea, archive, succeeded=succeeded, branch=branch)
    with untouched(stocked):
        outcome = desk.promote(run, "--json")
    assert check in refused_checks(outcome), outcome.text


def test_a_run_of_an_older_commit_of_main_may_be_released(
    gitea: RealGitea, stocked: Index, release: list[Path], home: Path, tmp_path: Path
) -> None:
    desk = Desk(gitea, stocked, home, tmp_path / "package")
    older = built(gitea, pack_artifact(release))
    built(gitea, pack_artifact(release))
    outcome = desk.promote(older, "--dry-run", "--json")
    assert outcome.status == 0, outcome.text


def fields(body: Any, path: str = "") -> dict[str, str]:
    """The type of whatever `body` holds, by its path; of a list, those of its first item."""
    if isinstance(body, dict):
        parts = [fields(value, f"{path}.{key}") for key, value in body.items()]
        return {key: kind for part in parts for key, kind in part.items()}
    if isinstance(body, list):
        return fields(body[0], f"{path}[]") if body else {}
    return {path: type(body).__name__}


@pytest.mark.parametrize("operation", ["", "/jobs", "/artifacts"])
def test_its_stand_in_says_nothing_that_it_does_not_say(
    gitea: RealGitea, release: list[Path], operation: str
) -> None:
    archive = pack_artifact(release)
    run = built(gitea, archive)
    real = fields(gitea.api("GET", f"/repos/{OWNER}/{REPOSITORY}/actions/runs/{run}{operation}"))
    scenario = successful_push(archive)
    with Gitea(scenario) as stand_in:
        environment = stand_in.environment()
        path = f"/repos/{environment['GITHUB_REPOSITORY']}/actions/runs/{scenario.run.id}{operation}"
        headers = {"Authorization": f"Bearer {environment['GITEA_TOKEN']}"}
        request = urllib.request.Request(environment["GITEA_API_URL"] + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            said = fields(json.load(reply))
    assert said
    assert {key: kind for key, kind in said.items() if real.get(key) != kind} == {}

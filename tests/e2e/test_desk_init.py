"""`packhouse init`: the settings and the workflows of a package; linters find nothing in them."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support.packhouse import Outcome, packhouse, run_command
from tests.support.paths import EXAMPLE, packhouse_binary
from tests.support.processes import PATIENCE
from tests.support.runner import read_yaml
from tests.support.workflow_lint import lint

WORKFLOWS = Path(".github") / "workflows"


def init(folder: Path, environment: dict[str, str], *options: str) -> Outcome:
    return packhouse("init", *options, environment=environment, folder=folder)


def git(folder: Path, environment: dict[str, str], *words: str) -> None:
    outcome = run_command(["git", *words], environment, folder=folder)
    assert outcome.status == 0, outcome.text


def repository(folder: Path, environment: dict[str, str], files: dict[str, str]) -> Path:
    """A clone of example-lab/demo, on its branch `trunk`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    git(folder, environment, "init", "--quiet", "--initial-branch", "trunk")
    git(folder, environment, "remote", "add", "origin", "git@github.com:example-lab/demo.git")
    return folder


def project(name: str, backend: str, more: str = 'version = "1.0"') -> str:
    return (
        f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{backend}"\n\n'
        f'[project]\nname = "{name}"\n{more}\n'
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The example before it had workflows."""
    ignored = shutil.ignore_patterns(".github", "__pycache__")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "package", ignore=ignored))


def test_the_examples_workflows_are_what_it_writes(package: Path, clean_env: dict[str, str]) -> None:
    outcome = init(package, clean_env)
    assert outcome.status == 0, outcome.text
    for name in ("ci.yml", "publish-private.yml"):
        assert (package / WORKFLOWS / name).read_text() == (EXAMPLE / WORKFLOWS / name).read_text()
    for secret in ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL"):
        assert f"PRIVATE_INDEX_{secret}" in outcome.out


def test_the_same_again_keeps_what_is_there(package: Path, clean_env: dict[str, str]) -> None:
    assert init(package, clean_env).status == 0
    again = init(package, clean_env, "--json")
    assert again.status == 0, again.text
    assert again.json()["written"] == []


def test_a_workflow_that_says_something_else_is_never_overwritten(
    package: Path, clean_env: dict[str, str]
) -> None:
    own = package / WORKFLOWS / "publish-private.yml"
    own.parent.mkdir(parents=True)
    own.write_text("name: ours\n")
    outcome = init(package, clean_env)
    assert outcome.status == 6
    assert own.read_text() == "name: ours\n"
    assert not (package / WORKFLOWS / "ci.yml").exists()


def test_another_workflow_that_builds_stays_and_lacks_a_few_lines(
    package: Path, clean_env: dict[str, str]
) -> None:
    own = package / WORKFLOWS / "ci.yml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: python -m build\n"
    )
    before = own.read_text()
    outcome = init(package, clean_env, "--json")
    assert outcome.status == 0, outcome.text
    assert own.read_text() == before
    assert outcome.json()["written"] == [".github/workflows/publish-private.yml"]
    lines = outcome.json()["missing_lines"]
    assert "          name: dist" in lines
    own.write_text(before + "\n".join(lines) + "\n")
    again = init(package, clean_env, "--json")
    assert (again.status, again.json()["missing_lines"]) == (0, [])


def written_by(outcome: Outcome) -> list[str]:
    assert outcome.status == 0, outcome.text
    written: list[str] = outcome.json()["written"]
    return written


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("gitea", [".gitea/workflows/ci.yml", ".gitea/workflows/publish-private.yml"]),
        ("gitlab", [".gitlab-ci.yml", ".gitlab/packhouse.yml"]),
    ],
)
def test_other_forges_have_their_own(
    tmp_path: Path, clean_env: dict[str, str], kind: str, files: list[str]
) -> None:
    folder = repository(tmp_path / "work", clean_env, {"pyproject.toml": project("demo", "setuptools")})
    git(folder, clean_env, "remote", "set-url", "origin", f"git@{kind}.example.org:example-lab/demo.git")
    options = ("--yes", "--json", "--environment", "releases", "--runs-on", "lab", "--python", "3.12")
    outcome = init(folder, clean_env, *options)
    assert written_by(outcome) == [*files, "pyproject.toml"]
    assert not (folder / ".github").exists()
    settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["packhouse"]
    assert (settings["forge"], settings["workflow"]) == ({"kind": kind}, files[0])
    assert "GITHUB_TOKEN" not in (folder / files[1]).read_text()
    for file in files:
        assert isinstance(read_yaml(folder / file, clean_env), dict)
    assert written_by(init(folder, clean_env, *options)) == []
    assert settings["allow-missing-artifact-digest"] is True


def test_a_pipeline_of_gitlab_that_is_there_lacks_an_include(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    own = "stages: [test]\n"
    folder = repository(
        tmp_path / "work", clean_env, {"pyproject.toml": project("demo", "setuptools"), ".gitlab-ci.yml": own}
    )
    git(folder, clean_env, "remote", "set-url", "origin", "git@gitlab.example.org:example-lab/demo.git")
    outcome = init(folder, clean_env, "--yes", "--json")
    assert written_by(outcome) == [".gitlab/packhouse.yml", "pyproject.toml"]
    assert outcome.json()["missing_lines"] == ["include:", "  - local: .gitlab/packhouse.yml"]
    assert (folder / ".gitlab-ci.yml").read_text() == own


MATRIX = """\
on: push
jobs:
  sdist:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/upload-artifact@v4
        with:
          name: dist-sdist
  wheels:
    strategy:
      matrix:
        os: [ubuntu-24.04, macos-15]
    runs-on: ${{ matrix.os }}
    steps:
      - uses: actions/upload-artifact@v4
        with:
          name: dist-${{ matrix.os }}-${{ strategy.job-index }}
"""


def test_a_matrix_that_is_there_gives_several_artifacts(tmp_path: Path, clean_env: dict[str, str]) -> None:
    contents = {"pyproject.toml": project("demo", "setuptools"), ".github/workflows/wheels.yml": MATRIX}
    folder = repository(tmp_path / "work", clean_env, contents)
    outcome = init(folder, clean_env, "--yes", "--json", "--publish-only")
    assert written_by(outcome) == [".github/workflows/publish-private.yml", "pyproject.toml"]
    settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["packhouse"]
    assert settings["artifact"] == ["dist-sdist", "dist-*"]
    assert settings["build-job"] == ["sdist", "wheels (*)"]
    assert settings["workflow"] == ".github/workflows/wheels.yml"


def test_a_word_that_a_shell_would_run_is_refused(tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "packhouse.toml").write_text(
        'project = "demo"\nrepository = "o/demo"\n[verify]\ncommands = [["pytest", "$(id)"]]\n'
    )
    outcome = init(tmp_path, clean_env)
    assert outcome.status == 2
    assert not (tmp_path / ".github").exists()


CI = """\
on: push
jobs:
  wheel:
    name: Build the wheel
    runs-on: ubuntu-24.04
    steps:
      - run: python -m build
      - uses: actions/upload-artifact@v4
        with:
          name: packages
          path: dist
"""


def test_the_workflows_of_plausible_repositories_pass_the_linters(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    made = {
        "setuptools": {"pyproject.toml": project("demo", "setuptools")},
        "hatch-vcs": {"pyproject.toml": project("demo", "hatchling", 'dynamic = ["version"]')},
        "maturin": {"pyproject.toml": project("demo", "maturin"), "requirements/packhouse.txt": ""},
        "monorepo": {
            "packages/a/pyproject.toml": project("demo-a", "setuptools"),
            "packages/b/pyproject.toml": project("demo-b", "setuptools", 'requires-python = ">=3.13"'),
        },
        "attested": {
            "packhouse.toml": 'project = "demo"\nrepository = "o/demo"\nbuild-job = "the build"\n'
            'artifact = "dist-{attempt}"\ntags = "v{version}"\nbranch = ["main", "release/*"]\n'
            'events = ["push", "release", "merge_group"]\n'
            '[attestations]\nmode = "require"\ntrusted-root = "root.jsonl"\n',
            **{f"requirements/{name}.txt": "" for name in ("checks", "build", "runtime")},
        },
        "existing": {"pyproject.toml": project("demo", "setuptools"), ".github/workflows/ci.yml": CI},
    }
    files: list[Path] = []
    for name, contents in made.items():
        folder = repository(tmp_path / name, clean_env, contents)
        for package in ("packages/a", "packages/b") if name == "monorepo" else (".",):
            outcome = init(folder / package, clean_env, "--yes")
            assert outcome.status == 0, outcome.text
        files += sorted((folder / WORKFLOWS).iterdir())
    files.remove(tmp_path / "existing" / WORKFLOWS / "ci.yml")
    assert [file.name for file in files if "monorepo" in str(file)] == [
        "ci-demo-a.yml", "ci-demo-b.yml", "publish-private-demo-a.yml", "publish-private-demo-b.yml",
    ]  # fmt: skip
    linted = lint(files, clean_env)
    assert linted.status == 0, linted.text

    def text(name: str, file: str = "ci.yml") -> str:
        return (tmp_path / name / WORKFLOWS / file).read_text()

    assert "fetch-depth: 0" in text("hatch-vcs")
    assert 'python-version: "3.13"' in text("monorepo", "ci-demo-b.yml")
    assert "--config packages/b/pyproject.toml" in text("monorepo", "publish-private-demo-b.yml")
    assert "id-token: write" in text("attested")


def test_settings_are_what_the_repository_says_and_the_rest_of_the_file_stays(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    before = project("Demo.Tools", "setuptools") + '\r\n[project.scripts]\r\ndemo = "demo:main" # mine'
    folder = repository(
        tmp_path / "work", clean_env, {"pyproject.toml": before, ".github/workflows/ci.yml": CI}
    )
    outcome = init(folder, clean_env, "--yes", "--index", "https://packages.example.org/")
    assert outcome.status == 0, outcome.text
    after = (folder / "pyproject.toml").read_bytes().decode()
    assert after.startswith(before)
    assert "\n" not in after[len(before) :].replace("\r\n", "")
    settings = tomllib.loads(after)["tool"]["packhouse"]
    assert settings == {
        "project": "demo-tools",
        "repository": "example-lab/demo",
        "workflow": ".github/workflows/ci.yml",
        "branch": "trunk",
        "artifact": "packages",
        "build-job": "Build the wheel",
        "smoke": {"commands": [["demo", "--help"]]},
    }
    assert (folder / WORKFLOWS / "ci.yml").read_text() == CI
    assert " lacks" not in outcome.out
    assert "https://__token__:TOKEN@packages.example.org/simple/" in outcome.out
    assert "gh secret set PRIVATE_INDEX_PASSWORD --env private-index --repo example-lab/demo" in outcome.out
    again = init(folder, clean_env, "--yes", "--json")
    assert (again.status, again.json()["written"]) == (0, [])
    assert (folder / "pyproject.toml").read_bytes().decode() == after


def test_an_index_that_trusts_the_workflow_needs_no_secret(tmp_path: Path, clean_env: dict[str, str]) -> None:
    folder = repository(
        tmp_path / "trusted", clean_env, {"pyproject.toml": project("demo-tools", "setuptools")}
    )
    outcome = init(folder, clean_env, "--yes", "--trusted-publishing")
    assert outcome.status == 0, outcome.text
    workflow = folder / WORKFLOWS / "publish-private.yml"
    publishing = workflow.read_text()
    assert "id-token: write" in publishing
    assert "secrets.PRIVATE_INDEX" not in publishing
    assert "gh secret set" not in outcome.out
    added = "packhouse publisher add demo-tools --github example-lab/demo"
    which = "--workflow .github/workflows/publish-private.yml --environment private-index"
    assert f"{added} {which}" in outcome.out
    linted = lint([workflow], clean_env)
    assert linted.status == 0, linted.text


def test_only_a_module_that_is_there_is_imported_by_the_smoke_check(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    for name, module in (("with", "src/demo_tools/__init__.py"), ("without", "other.py")):
        folder = repository(
            tmp_path / name, clean_env, {"pyproject.toml": project("demo-tools", "setuptools"), module: ""}
        )
        outcome = init(folder, clean_env, "--yes")
        assert outcome.status == 0, outcome.text
        settings = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]["packhouse"]
        assert settings["smoke"] == ({"imports": ["demo_tools"]} if name == "with" else {})
        assert ("the smoke check only installs so far" in outcome.out) == (name == "without")


def test_what_nothing_says_is_asked_for_or_given_and_never_guessed(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(project("demo", "setuptools"))
    refused = init(tmp_path, clean_env, "--yes")
    assert refused.status == 2
    assert "--repository" in refused.text
    assert (tmp_path / "pyproject.toml").read_text() == project("demo", "setuptools")
    assert not (tmp_path / WORKFLOWS).exists()
    given = init(tmp_path, clean_env, "--repository", "o/demo", "--branch", "release", "--build-job", "make")
    assert given.status == 0, given.text
    assert "\n  make:\n" in (tmp_path / WORKFLOWS / "ci.yml").read_text()
    late = init(tmp_path, clean_env, "--branch", "main")
    assert late.status == 2


def test_a_person_at_a_terminal_is_asked(tmp_path: Path, clean_env: dict[str, str]) -> None:
    (tmp_path / "pyproject.toml").write_text(project("demo", "setuptools"))
    ours, theirs = pty.openpty()
    os.write(ours, b"example-lab/typed\n")
    done = subprocess.run(
        [packhouse_binary(), "init"], cwd=tmp_path, env=clean_env, stdin=theirs, capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the repository as OWNER/NAME: " in done.stderr
    assert 'repository = "example-lab/typed"' in (tmp_path / "pyproject.toml").read_text()

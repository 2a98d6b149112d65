"""Five plausible repositories, each taken from `packhouse init` to a release that pip installs.

The workflows that `init` writes are run as they are written: CI on a fresh machine for each job, with what an
isolated build fetches from a folder; then the workflow that publishes, with the real program. The linters
read the workflows of such repositories in test_desk_init.py.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import pack_artifact, program_wheel, retagged
from tests.support.demo import fetched_wheels
from tests.support.forge import Forge, Scenario, successful_push
from tests.support.forge.scenario import Repository, Workflow, leave_matrix, make_artifact
from tests.support.gitlab import GitLab
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import BUILD, PYTHON, ROOT, packhouse_binary
from tests.support.processes import clean_environment
from tests.support.quick_python import write_quick_python
from tests.support.runner import Runner, read_yaml
from tests.support.workflow_lint import lint
from tests.support.workflow_run import HERE, Machine, WorkflowRun, check_out

WORKFLOWS = Path(".github") / "workflows"
SECRETS = [f"PRIVATE_INDEX_{tail}" for tail in ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL")]

MODULE = 'def main() -> None:\n    print("measured")\n'


def project(name: str, backend: str, *, requires: str = "", version: str = 'version = "1.0"') -> str:
    """A pyproject.toml with one command, `NAME`."""
    module = name.replace("-", "_")
    needed = requires or f'["{backend.partition(".")[0].replace("_", "-")}"]'
    return (
        f'[build-system]\nrequires = {needed}\nbuild-backend = "{backend}"\n\n'
        f'[project]\nname = "{name}"\n{version}\ndescription = "Measures"\nrequires-python = ">=3.11"\n'
        f'\n[project.scripts]\n{name} = "{module}:main"\n'
    )


@dataclass(frozen=True)
class Place:
    """Where a repository is kept, and the tools that its runners have."""

    folder: Path
    environment: dict[str, str]

    def git(self, *words: str) -> None:
        person = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        outcome = run_command(["git", *person, *words], self.environment, folder=self.folder)
        assert outcome.status == 0, outcome.text

    def commit(self, tag: str = "") -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "Measure")
        if tag:
            self.git("tag", tag)

    def head(self) -> str:
        outcome = run_command(["git", "rev-parse", "HEAD"], self.environment, folder=self.folder)
        return outcome.out.strip()

    def init(self, below: str = ".") -> Outcome:
        outcome = packhouse(
            "init", "--yes", "--json", environment=self.environment, folder=self.folder / below
        )
        assert outcome.status == 0, outcome.text
        return outcome


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A hosted runner: Python, Rust, and wheels that pip finds in a folder in place of the public index."""
    folder = tmp_path_factory.mktemp("machine")
    home = folder / "home"
    home.mkdir()
    wheels = folder / "wheels"
    wheels.mkdir()
    fetched_wheels(ROOT / "tests" / "backends.txt", BUILD / "backend-wheels", wheels, home)
    rust = os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))
    environment = {
        **clean_environment(home), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "RUSTUP_HOME": rust,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1",
    }  # fmt: skip
    making = ["-m", "virtualenv", "--quiet", "--no-download", "--no-periodic-update"]
    install = ["-m", "pip", "install", "--quiet", "build"]
    commands: list[list[str | Path]] = [
        [PYTHON, *making, folder / "python"],
        [folder / "python" / "bin" / "python", *install],
    ]
    for command in commands:
        made = run_command(command, environment)
        assert made.status == 0, made.text
    return Machine(environment, folder / "python")


@pytest.fixture
def place(tmp_path: Path, clean_env: dict[str, str]) -> Place:
    """A clone of example-lab/demo on its branch `main`, with nothing in it."""
    folder = tmp_path / "demo"
    folder.mkdir()
    place = Place(folder, clean_env)
    place.git("init", "--quiet", "--initial-branch", "main")
    place.git("remote", "add", "origin", "git@github.com:example-lab/demo.git")
    return place


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@dataclass
class Released:
    """The way of one repository: its CI, the forge that keeps what CI left, and the index that gets it."""

    place: Place
    machine: Machine
    index: Index
    forge: Forge
    folder: Path

    def ci(
        self, name: str = "ci.yml", other_systems: Callable[[WorkflowRun, str], None] | None = None
    ) -> WorkflowRun:
        workflow = read_yaml(self.place.folder / WORKFLOWS / name, self.place.environment)
        folder = self.folder / name.removesuffix(".yml")
        run = WorkflowRun(self.place.folder, workflow, self.machine, folder, other_systems)
        run.run()
        return run

    def leave(self, run: WorkflowRun, *, artifact: str = "dist", job: str = "build", file: str) -> None:
        """The forge shows that run as a push to main that succeeded."""
        path = str(WORKFLOWS / file)
        scenario = successful_push(run.archive(artifact), repository=Repository(full_name="example-lab/demo"))
        scenario.workflow = Workflow(path=path)
        scenario.history = [self.place.head()]
        scenario.run.path, scenario.run.head_sha = path, self.place.head()
        scenario.artifacts = [make_artifact(scenario.run, run.archive(artifact), name=artifact)]
        scenario.jobs[0].name = job
        self.forge.scenario.become(scenario)

    @property
    def search_path(self) -> str:
        """Of a runner that has packhouse, and a Python whose pip takes milliseconds for the smoke check."""
        folder = self.folder / "quick-python"
        if not folder.exists():
            folder.mkdir(parents=True)
            write_quick_python(folder / "python3")
        return os.pathsep.join([str(packhouse_binary().parent), str(folder), self.place.environment["PATH"]])

    def publish(self, version: str, *, file: str = "publish-private.yml", **variables: str) -> Outcome:
        """The steps of the workflow that publishes, on a runner with the secrets of its environment."""
        workflow = read_yaml(self.place.folder / WORKFLOWS / file, self.place.environment)
        folder = self.folder / file.removesuffix(".yml")
        checkout = folder / "work"
        secrets = self.index.promotion_environment()
        forge = self.forge.environment()
        context = {
            **{f"secrets.{name}": secrets[name] for name in SECRETS}, **variables,
            "github.token": forge.pop("GITHUB_TOKEN"), "inputs.approvals": "", "runner.temp": str(folder),
            "github.run_attempt": "1", "inputs.package_version": version,
            "inputs.build_run_id": str(self.forge.scenario.run.id),
        }  # fmt: skip
        runner = Runner(
            workspace=checkout,
            folder=folder / "runner",
            environment={**self.place.environment, **forge, "RUNNER_TEMP": str(folder)},
            context=context,
            actions={
                "actions/checkout": lambda settings: check_out(self.place.folder, checkout, settings),
                "actions/setup-python": lambda settings: None,
                "actions/upload-artifact": lambda settings: None,
            },
        )
        if "vars.PACKHOUSE_INDEX_URL" not in variables:
            runner.environment["PATH"] = self.search_path
        outcome = runner.run(workflow["jobs"]["promote"]["steps"])
        assert outcome.status == 0, outcome.text
        assert self.forge.journal.violations == []
        return outcome

    def prints_measured(self, name: str, version: str) -> None:
        """What the index has is installed by pip on a fresh machine, and its command runs."""
        python = self.folder / f"user-{name}"
        self.machine.with_python(python)
        pip: list[str | Path] = [
            python / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-cache-dir",
        ]
        options = ["--disable-pip-version-check", "--index-url", self.index.pip_url]
        installed = run_command([*pip, *options, f"{name}=={version}"], self.place.environment)
        assert installed.status == 0, installed.text
        ran = run_command([python / "bin" / name], self.place.environment)
        assert (ran.status, ran.out) == (0, "measured\n"), ran.text


@pytest.fixture
def released(place: Place, machine: Machine, index: Index, tmp_path: Path) -> Iterator[Released]:
    scenario: Scenario = successful_push(b"")
    with Forge(scenario) as forge:
        yield Released(place, machine, index, forge, tmp_path / "runs")


def test_a_single_package_with_setuptools(released: Released) -> None:
    place = released.place
    write(place.folder, {"pyproject.toml": project("demo", "setuptools.build_meta"), "demo.py": MODULE})
    place.init()
    place.commit()
    released.leave(released.ci(), file="ci.yml")
    released.publish("1.0")
    released.prints_measured("demo", "1.0")


def test_hatch_vcs_with_a_version_from_the_tags(released: Released) -> None:
    place = released.place
    settings = project(
        "demo", "hatchling.build", requires='["hatchling", "hatch-vcs"]', version='dynamic = ["version"]'
    )
    write(
        place.folder,
        {"pyproject.toml": settings + '\n[tool.hatch.version]\nsource = "vcs"\n', "demo.py": MODULE},
    )
    place.init()
    place.commit("v0.9")
    write(place.folder, {"demo.py": MODULE + "\n"})
    place.commit("v1.0")
    released.leave(released.ci(), file="ci.yml")
    released.publish("1.0")
    released.prints_measured("demo", "1.0")


WHEELS = "dist-wheels-"
OTHER_SYSTEMS = {
    "ubuntu-24.04-arm": "manylinux_2_34_aarch64",
    "windows-2025": "win_amd64",
    "macos-15": "macosx_11_0_arm64",
}


def copy_wheel(run: WorkflowRun, runner: str) -> None:
    ((filename, content),) = run.artifacts[f"{WHEELS}{HERE}"].items()
    name, copy = retagged(filename, content, OTHER_SYSTEMS[runner])
    run.artifacts[f"{WHEELS}{runner}"] = {name: copy}


CARGO = '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n'


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no Rust: cargo is not in PATH")
def test_maturin_where_there_is_rust_with_a_matrix_of_which_other_systems_wheels_are_copies(
    released: Released, tmp_path: Path
) -> None:
    """One machine is at hand: the other systems' jobs leave its wheel under their tags. No packhouse is
    installed: the workflow takes the pinned one from the index."""
    place = released.place
    wheel = program_wheel(tmp_path)
    assert released.index.upload(wheel).status == 0
    pinned = f"packhouse==9.9 --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n"
    settings = project("demo", "maturin", version='dynamic = ["version"]')
    settings = settings.partition("\n[project.scripts]")[0] + '\n[tool.maturin]\nbindings = "bin"\n'
    write(place.folder, {
        "pyproject.toml": settings, "Cargo.toml": CARGO, "requirements/packhouse.txt": pinned,
        "src/main.rs": 'fn main() {\n    println!("measured");\n}\n', ".gitignore": "/target\n",
    })  # fmt: skip
    place.init()
    place.commit()
    run = released.ci(other_systems=copy_wheel)
    assert len(run.artifacts) == 1 + len(OTHER_SYSTEMS) + 1
    released.leave(run, artifact="dist-sdist", file="ci.yml")
    wheels = {
        name.removeprefix(WHEELS): run.archive(name) for name in run.artifacts if name.startswith(WHEELS)
    }
    leave_matrix(released.forge.scenario, run.archive("dist-sdist"), wheels)
    released.publish("1.0.0", **{"vars.PACKHOUSE_INDEX_URL": released.index.pip_url})
    released.prints_measured("demo", "1.0.0")
    assert len(released.index.filenames("demo")) == len(run.artifacts)


def test_a_monorepo_with_two_packages(released: Released) -> None:
    place = released.place
    for name in ("demo-a", "demo-b"):
        folder = f"packages/{name}"
        write(place.folder, {
            f"{folder}/pyproject.toml": project(name, "flit_core.buildapi"),
            f"{folder}/{name.replace('-', '_')}.py": MODULE,
        })  # fmt: skip
        place.init(folder)
    place.commit()
    for name in ("demo-a", "demo-b"):
        released.leave(released.ci(f"ci-{name}.yml"), file=f"ci-{name}.yml")
        released.publish("1.0", file=f"publish-private-{name}.yml")
        released.prints_measured(name, "1.0")


OWN_CI = """\
name: Tests
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - run: python3 -c "import demo; demo.main()"
  wheel:
    name: Build the package
    needs: test
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.11"
      - run: python -m pip install build
      - run: python -m build
"""


def test_a_ci_of_its_own_with_the_lines_that_it_lacks(released: Released) -> None:
    place = released.place
    write(place.folder, {
        "pyproject.toml": project("demo", "flit_core.buildapi"), "demo.py": MODULE,
        str(WORKFLOWS / "ci.yml"): OWN_CI,
    })  # fmt: skip
    outcome = packhouse(
        "init", "--yes", "--json", "--build-job", "Build the package", "--artifact", "packages",
        environment=place.environment, folder=place.folder,
    )  # fmt: skip
    assert outcome.status == 0, outcome.text
    own = place.folder / WORKFLOWS / "ci.yml"
    assert own.read_text() == OWN_CI
    own.write_text(OWN_CI + "\n".join(outcome.json()["missing_lines"]) + "\n")
    assert place.init().json()["missing_lines"] == []
    place.commit()
    linted = lint(sorted((place.folder / WORKFLOWS).iterdir()), place.environment)
    assert linted.status == 0, linted.text
    released.leave(released.ci(), artifact="packages", job="Build the package", file="ci.yml")
    released.publish("1.0")
    released.prints_measured("demo", "1.0")


GITLAB_PROJECT = "example-lab/tools/demo"


def run_job(job: Mapping[str, Any], folder: Path, environment: Mapping[str, str]) -> None:
    """The lines of a GitLab job, as its runner's shell runs them."""
    script = "\n".join(["set -eo pipefail", *job["script"]])
    outcome = run_command(["bash", "--noprofile", "--norc", "-c", script], dict(environment), folder=folder)
    assert outcome.status == 0, outcome.text


def test_a_project_of_gitlab_with_the_jobs_that_its_pipeline_includes(
    place: Place, machine: Machine, index: Index, tmp_path: Path
) -> None:
    place.git("remote", "set-url", "origin", f"git@gitlab.example.org:{GITLAB_PROJECT}.git")
    write(place.folder, {"pyproject.toml": project("demo", "flit_core.buildapi"), "demo.py": MODULE})
    place.init()
    place.commit()
    included = read_yaml(place.folder / ".gitlab-ci.yml", place.environment)["include"][0]["local"]
    jobs = read_yaml(place.folder / included, place.environment)

    built = tmp_path / "built"
    check_out(place.folder, built, {})
    python = machine.with_python(tmp_path / "python")
    run_job(jobs["build"], built, {**machine.environment, "PATH": python, "CI_PROJECT_DIR": str(built)})
    files = [path for pattern in jobs["build"]["artifacts"]["paths"] for path in sorted(built.glob(pattern))]
    scenario = successful_push(pack_artifact(files), repository=Repository(full_name=GITLAB_PROJECT))
    scenario.history = [place.head()]
    scenario.run.head_sha = scenario.artifact.head_sha = place.head()

    promoted = tmp_path / "promoted"
    check_out(place.folder, promoted, {})
    quick = tmp_path / "quick"
    quick.mkdir()
    write_quick_python(quick / "python3")
    with GitLab(scenario, project=GITLAB_PROJECT) as forge:
        variables = {
            **place.environment, **forge.environment(), **index.promotion_environment(),
            "BUILD_RUN_ID": str(scenario.run.id), "PACKAGE_VERSION": "1.0", "CI_PROJECT_DIR": str(promoted),
            "PATH": os.pathsep.join([str(packhouse_binary().parent), str(quick), place.environment["PATH"]]),
        }  # fmt: skip
        run_job(jobs["promote"], promoted, variables)
        assert forge.journal.violations == []
    assert sorted(index.filenames("demo")) == sorted(path.name for path in files)
    assert (promoted / jobs["promote"]["artifacts"]["paths"][0]).is_dir()

"""How ./dev release ends: Packhouse's own wheels, released into an index by Packhouse's own desk.

    python -m tests.support.own_release WHEEL…

A forge serves the wheels as the artifact of a CI run. The program of this machine's wheel, installed by
pip, is the index and the desk. uvx and pip then install it from that index, and what pip installed takes
the example from a CI run to an installed command.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .artifacts import pack_artifact
from .forge import Forge, successful_push
from .packhouse import Index, packhouse, run_command
from .paths import PYTHON, ROOT, client
from .processes import ProcessError, clean_environment

SETTINGS = """
[project]
name = "packhouse"

[tool.packhouse]
project = "packhouse"
repository = "example-lab/nanonis-qcodes-controller"
workflow = ".github/workflows/ci.yml"
branch = "main"
artifact = "dist"
build-job = "build"

[tool.packhouse.smoke]
commands = [["packhouse", "--version"]]

[tool.packhouse.policy]
"artifact.has-sdist" = "off"

[tool.packhouse.attestations]
mode = "off"
"""


class OwnReleaseError(Exception):
    """The message says which step failed, and what it printed."""


def version_of(wheels: Sequence[Path]) -> str:
    versions = {wheel.name.split("-")[1] for wheel in wheels}
    if len(versions) != 1:
        raise OwnReleaseError(f"expected wheels of one version, found {sorted(versions)}")
    return versions.pop()


def of_this_machine(wheels: Sequence[Path]) -> Path:
    """The wheel that pip takes here: of glibc, and of this processor."""
    found = [wheel for wheel in wheels if wheel.stem.endswith(f"_{platform.machine()}")]
    found = [wheel for wheel in found if "-manylinux_" in wheel.name]
    if len(found) != 1:
        raise OwnReleaseError(
            f"expected one manylinux wheel for {platform.machine()}, found {[wheel.name for wheel in found]}"
        )
    return found[0]


def say(line: str) -> None:
    print(f"==> {line}", flush=True)


def checked(words: Sequence[str | Path], environment: Mapping[str, str], folder: Path | None = None) -> str:
    outcome = run_command(words, environment, folder=folder)
    if outcome.status != 0:
        command = " ".join(Path(word).name if isinstance(word, Path) else word for word in words[:3])
        raise OwnReleaseError(f"{command} … ended with exit status {outcome.status}:\n{outcome.text}")
    return outcome.out


def installed(place: Path, environment: Mapping[str, str], *words: str | Path) -> Path:
    """The program, in a fresh environment at `place`; `words` say what pip installs, and from where."""
    checked([PYTHON, "-m", "venv", place], environment)
    checked([place / "bin" / "pip", "install", "--quiet", *words], environment)
    return place / "bin" / "packhouse"


@contextmanager
def program(path: Path) -> Iterator[None]:
    """It is the one that an Index and packhouse() start."""
    before = os.environ.get("PACKHOUSE_BIN")
    os.environ["PACKHOUSE_BIN"] = str(path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PACKHOUSE_BIN"]
        else:
            os.environ["PACKHOUSE_BIN"] = before


def release(wheels: Sequence[Path], folder: Path) -> Path:
    """Releases the wheels and installs them again; the program that pip installed from the index."""
    version, home, project = version_of(wheels), folder / "home", folder / "project"
    home.mkdir()
    project.mkdir()
    (project / "pyproject.toml").write_text(SETTINGS)
    clean = clean_environment(home)
    say(f"pip install {of_this_machine(wheels).name}")
    own = installed(folder / "own", clean, "--no-index", of_this_machine(wheels))
    with program(own):
        index = Index(folder / "data", home)
        try:
            index.start()
            promote(index, wheels, project)
            return install_from(index, version, folder)
        finally:
            index.close()


def promote(index: Index, wheels: Sequence[Path], project: Path) -> None:
    with Forge(successful_push(pack_artifact(wheels))) as forge:
        environment = {
            **clean_environment(index.home),
            **forge.environment(),
            **index.promotion_environment(),
        }
        run_id = str(forge.scenario.run.id)
        words = ["promote", "--build-run-id", run_id, "--package-version", version_of(wheels)]
        say(f"packhouse {' '.join(words)}")
        outcome = packhouse(*words, environment=environment, folder=project)
        print(outcome.text, end="", flush=True)
        if outcome.status != 0:
            raise OwnReleaseError(f"packhouse promote ended with exit status {outcome.status}")
        if forge.journal.violations:
            raise OwnReleaseError("promote did what it must never do: " + "; ".join(forge.journal.violations))


def install_from(index: Index, version: str, folder: Path) -> Path:
    """By uvx, and by pip in a fresh environment; each must run this version."""
    environment = {**clean_environment(index.home), "UV_CACHE_DIR": str(folder / "uv")}
    say('uvx --index-url "$INDEX_URL" packhouse --version')
    expect(
        checked([client("uvx"), "--index-url", index.pip_url, "packhouse", "--version"], environment), version
    )
    say('pip install --index-url "$INDEX_URL" packhouse')
    taken = installed(folder / "taken", environment, "--index-url", index.pip_url, f"packhouse=={version}")
    expect(checked([taken, "--version"], environment), version)
    return taken


def expect(shown: str, version: str) -> None:
    if shown.split() != ["packhouse", version]:
        raise OwnReleaseError(f"expected packhouse {version}, found {shown!r}")
    print(shown, end="", flush=True)


def demonstrate(taken: Path) -> None:
    """The example's promotion, by the program that was installed from the index."""
    say("the example, released by the installed program")
    words: list[str | Path] = [PYTHON, "-m", "tests.support.demo", "--exit"]
    status = subprocess.run(
        words, cwd=ROOT, check=False, env={**os.environ, "PACKHOUSE_BIN": str(taken)}
    ).returncode
    if status != 0:
        raise OwnReleaseError(f"the demo ended with exit status {status}")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="own_release", description="Packhouse releases Packhouse.")
    parser.add_argument("wheels", nargs="+", type=Path)
    wheels = [wheel.absolute() for wheel in parser.parse_args(words).wheels]
    try:
        with tempfile.TemporaryDirectory(prefix="packhouse-release-") as folder:
            demonstrate(release(wheels, Path(folder)))
    except (OwnReleaseError, ProcessError) as fault:
        print(f"own_release: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

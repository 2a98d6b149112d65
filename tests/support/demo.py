"""./dev run [--exit]: the whole way of a release, from a CI run to an installed command.

The example is built with the real `python -m build`; a forge serves the files as the artifact of a CI run;
`packhouse serve` is the index; `packhouse promote` does the rest, with the real pip in its smoke check.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .artifacts import EPOCH_SECONDS, pack_artifact
from .forge import Forge, successful_push
from .packhouse import Index, run_command
from .paths import BUILD, EXAMPLE, PYTHON, packhouse_binary
from .processes import ProcessError, clean_environment

PROJECT = "nanonis-qcodes-controller"
RUNTIME_REQUIREMENTS = EXAMPLE / "requirements" / "runtime.txt"


class DemoError(Exception):
    """The demo cannot go on; the message is for people."""


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    try:
        with _interrupts(), tempfile.TemporaryDirectory(prefix="packhouse-demo-") as folder:
            return _run(Path(folder), stays=not options.exit)
    except (DemoError, ProcessError) as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def example_version() -> str:
    """The version that the example's pyproject.toml says."""
    settings = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())
    version: str = settings["project"]["version"]
    return version


def build_example(into: Path, home: Path) -> list[Path]:
    """Builds the example offline, with the backend of this virtual environment: its wheel and its sdist."""
    environment = {**clean_environment(home), "SOURCE_DATE_EPOCH": str(EPOCH_SECONDS)}
    words = ["-m", "build", "--no-isolation", "--outdir", str(into), str(EXAMPLE)]
    outcome = run_command([PYTHON, *words], environment)
    if outcome.status != 0:
        raise DemoError(f"python -m build failed:\n{outcome.text}")
    return sorted(into.iterdir(), key=lambda path: path.suffix != ".whl")


def runtime_wheel(into: Path, home: Path) -> Path:
    """The wheel of the example's one dependency, its hash checked, fetched once and kept under build/."""
    (wheel,) = fetched_wheels(RUNTIME_REQUIREMENTS, BUILD / "runtime-wheels", into, home)
    return wheel


def fetched_wheels(requirements: Path, kept: Path, into: Path, home: Path) -> list[Path]:
    """The wheels that the requirements name, their hashes checked; fetched where `kept` lacks one."""
    # The caller's environment names the registry to fetch from, so it is kept here, and only here.
    fetch = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    places = ["--find-links", str(kept), "--dest", str(into), "--requirement", str(requirements)]
    command = [str(PYTHON), "-m", "pip", *fetch, *places]
    kept.mkdir(parents=True, exist_ok=True)
    offline = run_command([*command, "--no-index"], clean_environment(home))
    if offline.status != 0:
        fetched = run_command(command, os.environ)
        if fetched.status != 0:
            raise DemoError(f"cannot fetch what {requirements.name} names:\n{fetched.text}")
    wheels = sorted(into.glob("*.whl"))
    for wheel in wheels:
        _keep(wheel, kept)
    return wheels


def _keep(wheel: Path, folder: Path) -> None:
    """Copies whole or not at all: others may fetch at the same time."""
    target = folder / wheel.name
    if not target.exists():
        draft = folder / f".{wheel.name}.{os.getpid()}"
        shutil.copyfile(wheel, draft)
        draft.replace(target)


def _run(folder: Path, *, stays: bool) -> int:
    home = folder / "home"
    home.mkdir()
    version = example_version()
    if not packhouse_binary().is_file():
        raise DemoError(f"{packhouse_binary()} is not there: run ./dev build")
    with ExitStack() as stack:
        _say(f"building {PROJECT} {version} with python -m build")
        dist = build_example(folder / "dist", home)
        _say("a CI run of main has left these files as its artifact dist:", *(f"  {p.name}" for p in dist))
        forge = stack.enter_context(Forge(successful_push(pack_artifact(dist))))
        public = _public_index(folder, home)
        stack.callback(public.close)
        _say(f"starting an index, with {public.simple_url} as its upstream")
        index = Index(folder / "data", home, options=["--upstream", public.simple_url])
        stack.callback(index.close)
        index.start()
        _promote(forge, index, version, home)
        if stays:
            _serve_on(index)
        if status := index.stop():
            raise DemoError(f"the index was told to stop and ended with exit status {status}")
    return 0


def _public_index(folder: Path, home: Path) -> Index:
    """Stands for the public index: it has the one dependency, for everybody to read."""
    wheel = runtime_wheel(folder / "wheels", home)
    config = folder / "public.toml"
    config.write_text("[index.main]\nopen-reading = true\n")
    index = Index(folder / "public", home, options=["--config", str(config)]).start()
    uploaded = index.upload(wheel)
    if uploaded.status != 0:
        index.close()
        raise DemoError(f"the public index refused {wheel.name}:\n{uploaded.text}")
    return index


def _promote(forge: Forge, index: Index, version: str, home: Path) -> None:
    """Runs promote as the publish workflow does, its output on ours."""
    run_id = str(forge.scenario.run.id)
    words = ["promote", "--build-run-id", run_id, "--package-version", version]
    _say(f"packhouse {' '.join(words)}")
    environment = {
        **clean_environment(home),
        **forge.environment(),
        **index.promotion_environment(),
    }
    status = _streamed([packhouse_binary(), *words], environment)
    if status != 0:
        raise DemoError(f"packhouse promote ended with exit status {status}; its output above says why")
    if forge.journal.violations:
        raise DemoError("promote did what it must never do: " + "; ".join(forge.journal.violations))


def _streamed(command: list[str | Path], environment: Mapping[str, str]) -> int:
    sys.stdout.flush()
    return subprocess.run(command, env=dict(environment), cwd=EXAMPLE, check=False).returncode


def _serve_on(index: Index) -> None:
    _say(
        f"the index is at {index.url}; it serves until Ctrl-C",
        f"  pip install --index-url {index.pip_url} {PROJECT}",
    )
    status = index.process.wait_until_interrupted()
    if status is not None:
        raise DemoError(f"the index stopped by itself with exit status {status}")


@contextmanager
def _interrupts() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that nothing is left running."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(*lines: str) -> None:
    first, *rest = lines
    print("\n".join([f"==> {first}", *rest]), flush=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev run", allow_abbrev=False, description="The demo.")
    parser.add_argument("--exit", action="store_true", help="stop after the smoke check")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A release of twenty wheels and an sdist, from the forge's artifact to the index: `packhouse promote`
against the runbook's own steps with Python and twine, with the same forge and the same index.

What is compared is all but pip: the smoke check's virtual environment, pip and the package's command take
the same time on both sides. Packhouse's part is the whole command without what its journal says pip took; the
other side is the sum of its steps. Packhouse proves more: where the run came from, each file's RECORD, and
in the end that the index serves these bytes.
"""

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from bench.figures import report
from bench.packages import incompressible
from bench.servers import PEERS, ROOT
from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index
from tests.support.paths import packhouse_binary
from tests.support.processes import clean_environment

ROUNDS = 5
WHEELS = 20
MB = 1_000_000
GOAL = 10.0
PROJECT = "pipeline-demo"
CONFIGURATION = f"""\
project = "{PROJECT}"
repository = "example-lab/nanonis-qcodes-controller"
workflow = ".github/workflows/ci.yml"
branch = "main"
artifact = "dist"

[smoke]
commands = [["python", "-c", "import pipeline_demo"]]

[attestations]
mode = "off"
"""


class Release:
    """The files of a CI run, and the archive that its artifact is."""

    def __init__(self, folder: Path, version: str, payload: bytes) -> None:
        self.version = version
        files: dict[str, bytes | str] = {"pipeline_demo/__init__.py": "", "pipeline_demo/payload": payload}
        paths = [build_wheel(folder, PROJECT, version, files=files, tag=tag) for tag in tags()]
        paths.append(build_sdist(folder, PROJECT, version))
        self.archive = pack_artifact(paths)


def tags() -> list[str]:
    platforms = ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "macosx_11_0_arm64", "win_amd64")
    pythons = ("cp310", "cp311", "cp312", "cp313", "cp314")
    return [f"{python}-{python}-{platform}" for python in pythons for platform in platforms][:WHEELS]


def steps(forge: Forge, index: Index, release: Release, folder: Path) -> float:
    """Seconds that the runbook's steps take, up to and with twine's upload."""
    program = [str(PEERS / "python"), str(ROOT / "bench" / "runbook_steps.py")]
    run = [forge.url, forge.scenario.run.repository.full_name, str(forge.scenario.run.id)]
    environment = {
        **clean_environment(index.home),
        **forge.environment(),
        "TWINE_REPOSITORY_URL": index.upload_url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": index.token,
    }

    def do(*command: str) -> None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[:4]} ended with {done.returncode}: {done.stdout}{done.stderr}")

    begun = time.perf_counter()
    do(*program, "preflight", *run)
    do(*program, "download", *run, str(folder))
    files = [str(path) for path in sorted((folder / "dist").iterdir())]
    do(*program, "versions", release.version, *files)
    do(str(PEERS / "python"), "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", *files)
    return time.perf_counter() - begun


def promotion(forge: Forge, index: Index, release: Release, folder: Path) -> float:
    """Seconds that `packhouse promote` takes without its smoke check."""
    (folder / "packhouse.toml").write_text(CONFIGURATION)
    state = folder / "state"
    environment = {
        **clean_environment(index.home),
        **forge.environment(),
        **index.promotion_environment(),
        "XDG_STATE_HOME": str(state),
    }
    run = str(forge.scenario.run.id)
    begun = time.perf_counter()
    done = subprocess.run(
        [packhouse_binary(), "promote", "--build-run-id", run, "--package-version", release.version],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode != 0:
        raise RuntimeError(f"promote ended with {done.returncode}: {done.stdout}{done.stderr}")
    (journal,) = state.rglob("journal.jsonl")
    return seconds - of_pip(journal)


def of_pip(journal: Path) -> float:
    """Seconds between intent and outcome of the smoke check, and of the clients that are asked in the end."""
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    seconds = 0.0
    for step in ("smoke", "clients"):
        begun, ended = (datetime.fromisoformat(each["time"]) for each in entries if each["step"] == step)
        seconds += (ended - begun).total_seconds()
    return seconds


def measure(title: str, payload: bytes, folder: Path) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    with ExitStack() as stack:
        home = folder / "home"
        home.mkdir(parents=True)
        index = Index(folder / "data", home)
        stack.callback(index.close)
        index.start()
        for turn in range(ROUNDS):
            for side in (0, 1) if turn % 2 == 0 else (1, 0):
                with tempfile.TemporaryDirectory(dir=folder) as scratch:
                    release = Release(Path(scratch), f"{turn + 1}.{side}", payload)
                    with Forge(successful_push(release.archive)) as forge:
                        if side == 0:
                            ours.append(promotion(forge, index, release, Path(scratch)))
                        else:
                            theirs.append(steps(forge, index, release, Path(scratch)))
    # Of speeds, so that above 1 means faster here as elsewhere.
    per_minute = ([60 / each for each in ours], [60 / each for each in theirs])
    report(title, *per_minute, "releases/min", "python and twine", GOAL)


def run(folder: Path) -> None:
    measure("release, 20 wheels of 5 MB", incompressible(5 * MB, 7), folder / "stored")

"""A release of twenty wheels and an sdist, from the forge's artifact to a command that ran: `promote`
against the runbook's own steps with Python, twine and pip, with the same forge, index and interpreter.

What is compared is all but pip, and so not what is done while pip is at work. The runbook's part is the sum
of its steps without `pip install`: the run's facts, the download, the versions, `twine upload`,
`python -m venv` and the package's command.
Packhouse's part is the whole of `promote` without the calls of pip, whose times are in its logs. Packhouse
proves more: where the run came from, each file's RECORD, that no release is visible before it was tried, that
the index serves these bytes, and with a second environment that pip gets them by the public address.
"""

import array
import fcntl
import mmap
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.figures import report
from bench.packages import incompressible
from bench.servers import PEERS, ROOT
from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index
from tests.support.paths import packhouse_binary
from tests.support.processes import clean_environment

ROUNDS = 9
WHEELS = 20
MB = 1_000_000
GOAL = 10.0
MEMORY = 1 << 30  # bytes: more than the files of a run
PYTHON = str(Path(sys.executable).resolve())
CALLS_OF_PIP = 5  # resolve, download, install, `pip check`; then the public release
PROJECT = "pipeline-demo"
CONFIGURATION = f"""\
project = "{PROJECT}"
repository = "example-lab/nanonis-qcodes-controller"
workflow = ".github/workflows/ci.yml"
branch = "main"
artifact = "dist"

[smoke]
pythons = ["@PYTHON@"]
clients = ["pip"]
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


@dataclass(frozen=True)
class Taken:
    """Seconds: of the whole way, and of pip in it."""

    whole: float
    pip: float

    @property
    def rest(self) -> float:
        return self.whole - self.pip


def steps(forge: Forge, index: Index, release: Release, folder: Path) -> Taken:
    """The runbook's steps, one after another."""
    program = [str(PEERS / "python"), str(ROOT / "bench" / "runbook_steps.py")]
    run = [forge.url, forge.scenario.run.repository.full_name, str(forge.scenario.run.id)]
    environment = {
        **clean_environment(index.home),
        **forge.environment(),
        "TMPDIR": str(folder / "tmp"),
        "TWINE_REPOSITORY_URL": index.upload_url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": index.token,
        "PIP_INDEX_URL": index.pip_url,
    }

    def do(*command: str) -> float:
        begun = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[:4]} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return time.perf_counter() - begun

    begun = time.perf_counter()
    do(*program, "preflight", *run)
    do(*program, "download", *run, str(folder))
    files = [str(path) for path in sorted((folder / "dist").iterdir())]
    do(*program, "versions", release.version, *files)
    do(str(PEERS / "python"), "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", *files)
    do(PYTHON, "-m", "venv", str(folder / "venv"))
    python = str(folder / "venv" / "bin" / "python")
    pip = do(python, "-m", "pip", "install", f"{PROJECT}=={release.version}")
    do(python, "-c", "import pipeline_demo")
    return Taken(time.perf_counter() - begun, pip)


def promotion(forge: Forge, index: Index, release: Release, folder: Path) -> Taken:
    """`packhouse promote`."""
    (folder / "packhouse.toml").write_text(CONFIGURATION.replace("@PYTHON@", PYTHON))
    state = folder / "state"
    environment = {
        **clean_environment(index.home),
        **forge.environment(),
        **index.promotion_environment(),
        "TMPDIR": str(folder / "tmp"),
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
    return Taken(seconds, of_pip(state))


def of_pip(state: Path) -> float:
    """Seconds that the logs say pip took: in the smoke check, and as the client that is asked in the end."""
    call = re.compile(r"^\$ \S+/python -I -m pip .*?^-- exit 0, after ([0-9.]+) s$", re.M | re.S)
    seconds = [float(each) for log in state.rglob("*.log") for each in call.findall(log.read_text())]
    if len(seconds) != CALLS_OF_PIP:
        raise RuntimeError(f"expected {CALLS_OF_PIP} calls of pip in the logs, found {len(seconds)}")
    return sum(seconds)


def spread(folder: Path) -> None:
    """Has ext4 put each folder in this one elsewhere on the disk. For minutes it looks through the inodes
    that were freed nearby before it gives a file a new one, so a run would pay for the environments that the
    runs before it deleted: ten times what making one takes. Other file systems need no such thing."""
    get_flags, set_flags, top_of_hierarchies = 0x80086601, 0x40086602, 0x00020000
    handle = os.open(folder, os.O_RDONLY)
    try:
        flags = array.array("l", [0])
        fcntl.ioctl(handle, get_flags, flags)
        flags[0] |= top_of_hierarchies
        fcntl.ioctl(handle, set_flags, flags)
    except OSError as error:
        print(f"  {folder} stays in one place of the disk: {error}", file=sys.stderr)
    finally:
        os.close(handle)


def settle() -> None:
    """Has every run find the same quiet machine: what was written before is on the disk, and the memory that
    files will take is there. The host of a virtual machine takes back what lies unused for a few seconds, and
    gives it again piece by piece: both sides would pay for how long the other one took."""
    os.sync()
    with mmap.mmap(-1, MEMORY) as memory:
        for page in range(0, MEMORY, mmap.PAGESIZE):
            memory[page] = 1


def measure(title: str, payload: bytes, folder: Path) -> None:
    ours: list[Taken] = []
    theirs: list[Taken] = []
    with ExitStack() as stack:
        home = folder / "home"
        home.mkdir(parents=True)
        index = Index(folder / "data", home)
        stack.callback(index.close)
        index.start()
        runs = folder / "runs"
        runs.mkdir()
        spread(runs)
        for turn in range(ROUNDS):
            for side in (0, 1) if turn % 2 == 0 else (1, 0):
                scratch = runs / f"{turn}-{side}"
                (scratch / "tmp").mkdir(parents=True)
                release = Release(scratch, f"{turn + 1}.{side}", payload)
                scenario = successful_push(release.archive)
                scenario.artifact.shown_digest()  # which a forge knows since the upload
                with Forge(scenario) as forge:
                    settle()
                    if side == 0:
                        ours.append(promotion(forge, index, release, scratch))
                    else:
                        theirs.append(steps(forge, index, release, scratch))
    # Of speeds, so that above 1 means faster here as elsewhere.
    rest = ([60 / each.rest for each in ours], [60 / each.rest for each in theirs])
    whole = ([60 / each.whole for each in ours], [60 / each.whole for each in theirs])
    report(f"{title}, all but pip", *rest, "releases/min", "python and twine", GOAL)
    report(f"{title}, with pip", *whole, "releases/min", "python and twine")


def run(folder: Path) -> None:
    measure("20 wheels of 5 MB", incompressible(5 * MB, 7), folder / "stored")

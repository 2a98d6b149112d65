"""A release that looks for secrets wherever its code runs, under a shell that holds them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.desk import PROJECT, VERSION, Desk, spellings
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Outcome, run_command
from tests.support.paths import EXAMPLE, packhouse_binary

CANARIES = {
    ".netrc": "canary-netrc-4711",
    ".pypirc": "canary-pypirc-4711",
    ".config/pip/pip.conf": "canary-pip-conf-4711",
    ".cache/pip/http/entry": "canary-pip-cache-4711",
    ".local/state/packhouse/kept": "canary-state-4711",
}
USER = "__token__"
PACKAGE = "nanonis_qcodes_controller"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# Everything that it can read goes to a file for the test to search. Imported by a .pth file and by a console
# command, which also leaves a process in a session of its own that holds a lock.
SPY = """\
import os, pathlib, re, sys

FOUND, LOCK, HOME = {found!r}, {lock!r}, {home!r}


def read(path, limit=1 << 20):
    try:
        if os.path.isfile(path) or str(path).startswith("/proc"):
            with open(path, "rb", buffering=0) as file:
                return file.read(limit) or b""
    except OSError:
        pass
    return b""


def ancestors():
    pid = os.getppid()
    while pid > 0:
        yield pid
        status = read(f"/proc/{{pid}}/status").decode(errors="replace")
        parent = re.search(r"^PPid:\\s*(\\d+)", status, re.M)
        pid = int(parent[1]) if parent else 0


def memory(pid):
    seen = b""
    try:
        with open(f"/proc/{{pid}}/mem", "rb", buffering=0) as file:
            for line in read(f"/proc/{{pid}}/maps", 1 << 24).decode().splitlines():
                place, rights = line.split()[:2]
                first, last = (int(word, 16) for word in place.split("-"))
                if rights.startswith("rw") and last - first < 1 << 26:
                    try:
                        file.seek(first)
                        seen += file.read(last - first)
                    except (OSError, ValueError, OverflowError):
                        pass
    except OSError:
        pass
    return seen


def files(folder):
    for root, _, names in os.walk(folder):
        if "site-packages" not in root and root != os.path.dirname(FOUND):
            yield from (os.path.join(root, name) for name in names)


def look(where):
    seen = f"\\n== {{where}}\\n".encode() + repr(dict(os.environ)).encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        seen += read(process / "environ") + read(process / "cmdline")
        try:
            handles = [process / "fd" / name for name in os.listdir(process / "fd")]
        except OSError:
            handles = []
        seen += b"".join(read(handle) for handle in handles if os.path.isfile(handle))
    for pid in ancestors():
        seen += memory(pid)
    temporary = os.path.dirname(os.environ.get("TMPDIR", "/nowhere/x"))
    for folder in (HOME, os.environ.get("HOME", "/nowhere"), temporary, os.path.dirname(temporary)):
        seen += b"".join(read(path) for path in files(folder))
    with open(FOUND, "ab") as out:
        out.write(seen)


def main():
    look("command")
    import fcntl, subprocess
    lock = os.open(LOCK, os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    wait = [sys.executable, "-c", "import time; time.sleep(1000)"]
    subprocess.Popen(wait, start_new_session=True, stdin=lock, stdout=lock, stderr=lock)
    print('{{"commands": ["capabilities"]}}')
"""


class Lair:
    """Folders that an ordinary user can use, with a canary in each place where credentials usually are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.tmp, self.out = folder / "home", folder / "tmp", folder / "out"
        self.found, self.lock = self.out / "found", self.out / "lock"
        for each in (self.home, self.tmp, self.out):
            each.mkdir()
        self.found.touch()
        self.lock.touch()
        for place, canary in CANARIES.items():
            path = self.home / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(canary)
        shutil.copy(EXAMPLE / "pyproject.toml", folder)
        self.as_user = NOBODY if self._can_drop() else []
        if self.as_user:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 65534, 65534)

    def _can_drop(self) -> bool:
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            return False
        self.folder.chmod(0o755)
        needed = (
            ["/usr/bin/python3", "-I", "-c", "import ensurepip, venv"],
            [str(packhouse_binary()), "--version"],
            ["test", "-x", str(self.folder)],
        )
        return all(run_command([*NOBODY, *each], {"PATH": "/usr/bin:/bin"}).status == 0 for each in needed)

    def promote(self, desk: Desk) -> Outcome:
        """Under a shell that keeps the secrets, since it has something to do afterwards."""
        run = str(desk.forge.scenario.run.id)
        words = [str(packhouse_binary()), "promote", "--config", str(self.folder / "pyproject.toml")]
        words += ["--build-run-id", run, "--package-version", VERSION]
        path = f"/usr/bin:/bin{os.pathsep}{desk.environment['PATH']}"
        environment = {**desk.environment, "TMPDIR": str(self.tmp), "PATH": path}
        script = ["sh", "-c", '"$@"; status=$?; exit $status', "sh", *words]
        return run_command([*self.as_user, *script], environment, folder=self.folder)

    def is_locked(self) -> bool:
        with self.lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


@pytest.fixture
def lair() -> Iterator[Lair]:
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        yield Lair(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hostile_release(folder: Path, lair: Lair) -> list[Path]:
    spy = SPY.format(found=str(lair.found), lock=str(lair.lock), home=str(lair.home))
    files = {
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/cli.py": spy,
        "spy.pth": f"import {PACKAGE}.cli; {PACKAGE}.cli.look('pth')\n",
    }
    requires = ["base-lib>=2"]
    scripts = {"nqctl": f"{PACKAGE}.cli:main"}
    return [
        build_wheel(folder, PROJECT, VERSION, files=files, requires=requires, scripts=scripts),
        build_sdist(folder, PROJECT, VERSION, files=files, requires=requires),
    ]


def test_a_hostile_release_finds_no_secret_and_leaves_no_process(
    lair: Lair, stock: Stock, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    index = stock.copy(tmp_path / "index", home)
    try:
        index.start()
        with Forge(successful_push(pack_artifact(hostile_release(tmp_path, lair)))) as forge:
            desk = Desk(forge, lair.home, index.promotion_environment())
            outcome = lair.promote(desk)
    finally:
        index.close()
    assert outcome.status == 0, outcome.text
    lives_on = lair.is_locked()
    found = lair.found.read_text(errors="replace")
    assert "== command" in found
    assert "== pth" in found
    if "without namespaces" in outcome.text:
        assert not lives_on
        pytest.skip("this kernel refuses namespaces")
    secrets = {
        "upload": index.token,
        "read": index.read_token,
        "forge": forge.scenario.token,
        **CANARIES,
    }
    leaks = [
        name for name, secret in secrets.items() if any(each in found for each in spellings(secret, USER))
    ]
    assert (leaks, lives_on) == ([], False)

"""The container's image: linted, built by podman, and run as on a server: no root, no rights, and nothing
writable but its volume.

`./dev package container` runs this. It wants root.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from package.container.__main__ import ACCOUNT, CONTEXT, DOCUMENTS, PINS
from package.roots import output_of
from package.wheel.sources import read_pins
from tests.support.artifacts import build_wheel
from tests.support.packhouse import run_command
from tests.support.paths import PYTHON, ROOT, client
from tests.support.processes import Child, clean_environment

JUDGES = ROOT / "build" / "container-venv" / "bin"
IMAGE = "localhost/packhouse"
# Below those of this process, which may not be allowed to raise them as podman's defaults do.
LIMITS = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]
HARDENED = ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
TRANSIENT = 7


class Podman:
    """An engine with a storage of its own."""

    def __init__(self, folder: Path) -> None:
        self._words = [
            "podman",
            f"--root={folder / 'storage'}",
            f"--runroot={folder / 'run'}",
            "--storage-driver=vfs",
            "--runtime=runc",
            "--cgroup-manager=cgroupfs",
            "--events-backend=file",
        ]

    def command(self, *words: str | Path) -> list[str]:
        return [*self._words, *(str(word) for word in words)]

    def run(self, *words: str | Path) -> str:
        done = subprocess.run(self.command(*words), check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def status(self, *words: str | Path) -> int:
        return subprocess.run(self.command(*words), check=False, capture_output=True).returncode

    @contextmanager
    def started(self, *words: str) -> Iterator[tuple[str, str]]:
        """A container and the address that it says it listens on."""
        name = self.run("run", "--detach", *LIMITS, *words)
        try:
            with Child(self.command("logs", "--follow", name)) as log:
                yield name, log.wait_for_line(r"^listening on (\S+)$")[1]
        finally:
            self.run("rm", "--force", "--volumes", name)


@pytest.fixture(scope="module")
def podman() -> Iterator[Podman]:
    # podman takes no folder with a path of more than fifty characters.
    with tempfile.TemporaryDirectory(prefix="p-") as folder:
        engine = Podman(Path(folder))
        # The image format of Docker: that of OCI has no health check.
        engine.run("build", "--format=docker", f"--tag={IMAGE}", CONTEXT)
        yield engine
        engine.run("rmi", "--force", IMAGE)


def test_the_linter_accepts_the_container_file(tmp_path: Path) -> None:
    words: list[str | Path] = [JUDGES / "hadolint", "--failure-threshold=style", CONTEXT / "Containerfile"]
    done = run_command(words, clean_environment(tmp_path))
    assert (done.status, done.text) == (0, "")


def test_it_holds_the_program_and_what_the_program_reads() -> None:
    root = CONTEXT / "root"
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert {file for file in files if not file.startswith(f"{DOCUMENTS}/")} == {
        "etc/group",
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/bin/packhouse",
    }
    assert f"{DOCUMENTS}/licenses/openssl/LICENSE.txt" in files
    assert f"{DOCUMENTS}/licenses/certifi/LICENSE" in files
    assert f"{DOCUMENTS}/sboms/packhouse.cdx.json" in files
    assert "NEEDED" not in output_of("readelf", "--dynamic", root / "usr/bin/packhouse")


def test_the_docs_state_the_licence_of_what_is_added() -> None:
    pin = read_pins(PINS)["authorities"]
    page = (ROOT / "docs" / "third-party.md").read_text()
    assert f"{pin.package} {pin.version} ({pin.licence})" in page.replace("\n", " ")


def test_the_image_says_what_it_is(podman: Podman) -> None:
    [image] = json.loads(podman.run("image", "inspect", IMAGE))
    version = podman.run("run", "--rm", *LIMITS, "--network=none", IMAGE, "--version").split()[-1]
    assert image["Labels"]["org.opencontainers.image.version"] == version
    assert image["User"] == f"{ACCOUNT}:{ACCOUNT}"
    assert image["Config"]["Volumes"] == {"/data": {}}
    assert image["Config"]["ExposedPorts"] == {"8080/tcp": {}}


def test_as_it_is_it_serves_and_is_healthy_by_its_own_program(podman: Podman) -> None:
    with podman.started(*HARDENED, "--network=none", IMAGE) as (name, _):
        podman.run("healthcheck", "run", name)
        podman.run("exec", name, "/usr/bin/packhouse", "health", "--ready")
        nobody = ["exec", name, "/usr/bin/packhouse", "health", "--url", "http://127.0.0.1:1"]
        assert podman.status(*nobody) == TRANSIENT
        process = podman.run("inspect", "--format={{.State.Pid}}", name)
        listening = Path("/proc", process, "net", "tcp").read_text()
        assert "00000000:1F90 00000000:0000 0A" in listening  # every address, port 8080
        state = Path("/proc", process, "status").read_text()
        assert set(re.findall(r"^[UG]id:\s+(.*)$", state, re.MULTILINE)) == {"\t".join([str(ACCOUNT)] * 4)}
        assert set(re.findall(r"^Cap\w+:\s+(\w+)$", state, re.MULTILINE)) == {"0" * 16}


def test_pip_installs_what_twine_uploaded_and_a_new_container_has_it(podman: Podman, tmp_path: Path) -> None:
    serve = ["serve", "--data", "/data", "--listen", "127.0.0.1:0"]
    words = [*HARDENED, "--network=host", "--volume=index:/data", IMAGE, *serve]
    with podman.started(*words) as (name, url):
        podman.run("cp", f"{name}:/data/admin-token", tmp_path)
        token = (tmp_path / "admin-token").read_text().strip()
        environment = {
            **clean_environment(tmp_path),
            "TWINE_REPOSITORY_URL": f"{url}/legacy/",
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": token,
        }
        upload: list[str | Path] = [client("twine"), "upload", build_wheel(tmp_path, "demo", "1.0")]
        done = run_command(upload, environment)
        assert done.status == 0, done.text
        podman.run("stop", name)
        assert podman.run("inspect", "--format={{.State.ExitCode}}", name) == "0"
    with podman.started(*words) as (_, url):
        index = f"{url.replace('://', f'://__token__:{token}@')}/simple/"
        install: list[str | Path] = [PYTHON, "-m", "pip", "download", "--no-deps", "--dest", tmp_path]
        install += ["--index-url", index, "demo"]
        done = run_command(install, clean_environment(tmp_path))
        assert done.status == 0, done.text
        assert (tmp_path / "demo-1.0-py3-none-any.whl").exists()

"""The wheels in build/package: judged, installed and used in fresh roots of Debian, and served by Packhouse.

`./dev package wheel` runs this. It wants root, debootstrap and a Debian mirror.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from package.roots import Root, copy_of, debootstrap, output_of
from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index, packhouse, run_command
from tests.support.paths import EXAMPLE, ROOT, client, packhouse_binary
from tests.support.processes import Child, clean_environment

WHEELS = sorted((ROOT / "build" / "package").glob("packhouse-*.whl"))
ROOTS = ROOT / "build" / "wheel" / "roots"
JUDGES = ROOT / "build" / "wheel-venv" / "bin"
GLIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "ld-linux-x86-64.so.2"}
MOST_BYTES = 15_000_000
PLACE = Path("/opt/packhouse")
# By suite, whether its Python is one that the desk's example runs on.
SUITES = {"bullseye": False, "bookworm": True, "trixie": True}

of_this_machine = [wheel for wheel in WHEELS if wheel.stem.endswith("_x86_64")]


def name_of(wheel: Path) -> str:
    return wheel.stem.rpartition("-")[2]


def program_of(wheel: Path, folder: Path) -> Path:
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".data/scripts/packhouse")]
        return Path(archive.extract(name, folder))


@pytest.mark.parametrize("wheel", WHEELS, ids=name_of)
def test_judges_accept_it(wheel: Path, tmp_path: Path) -> None:
    commands: list[list[str | Path]] = [
        [client("twine"), "check", "--strict", wheel],
        [packhouse_binary(), "check", wheel],
        # W007: there is no Python code in it.
        [JUDGES / "check-wheel-contents", "--ignore=W007", wheel],
    ]
    for command in commands:
        done = run_command(command, clean_environment(tmp_path))
        assert done.status == 0, done.text
    assert wheel.stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("wheel", WHEELS, ids=name_of)
def test_it_needs_no_library_but_the_c_library(wheel: Path, tmp_path: Path) -> None:
    program = program_of(wheel, tmp_path)
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", output_of("readelf", "--dynamic", program)))
    if "musl" in wheel.name:
        assert needed == set()
        return
    assert needed <= GLIBC | {"ld-linux-aarch64.so.1"}
    symbols = re.findall(r"GLIBC_2\.(\d+)", output_of("readelf", "--version-info", program))
    assert max(int(minor) for minor in symbols) <= 28
    shown = re.search(r'platform tag:\s+"manylinux_2_(\d+)_', output_of(JUDGES / "auditwheel", "show", wheel))
    assert shown, "auditwheel knows no policy that it keeps"
    assert int(shown[1]) <= 28


@pytest.mark.parametrize("wheel", WHEELS, ids=name_of)
def test_it_says_nothing_of_the_machine_that_built_it(wheel: Path, tmp_path: Path) -> None:
    found = program_of(wheel, tmp_path).read_bytes()
    assert str(ROOT).encode() not in found
    assert str(Path.home()).encode() + b"/" not in found


@pytest.fixture(params=SUITES)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Root]:
    """A copy of the suite's root, which is made once."""
    made = ROOTS / request.param
    if not made.is_dir():
        half = made.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.parent.mkdir(parents=True, exist_ok=True)
        debootstrap(request.param, half, "python3", "python3-venv", "ca-certificates")
        half.rename(made)
    yield Root(copy_of(made, tmp_path / request.param))
    shutil.rmtree(tmp_path / request.param)


def install(root: Root, wheel: Path) -> Path:
    """With the suite's own pip, and nothing else."""
    shutil.copy(wheel, root.at(Path("/root") / wheel.name))
    root.run("python3", "-m", "venv", PLACE)
    root.run(PLACE / "bin" / "pip", "install", "--no-index", f"/root/{wheel.name}")
    return PLACE / "bin" / "packhouse"


@pytest.mark.parametrize("wheel", of_this_machine, ids=name_of)
def test_it_serves_an_index_where_only_python_is_installed(wheel: Path, root: Root, tmp_path: Path) -> None:
    program = install(root, wheel)
    assert root.run(program, "--version").split()[-1] == wheel.name.split("-")[1]
    serve = root.command(program, "serve", "--data", "/root/data", "--listen", "127.0.0.1:0")
    with Child(serve, environment=clean_environment(tmp_path)) as server:
        address = server.wait_for_line(r"listening on http://(\S+)")[1]
        token = root.at(Path("/root/data/admin-token")).read_text().strip()
        environment = {
            **clean_environment(tmp_path),
            "TWINE_REPOSITORY_URL": f"http://{address}/legacy/",
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": token,
        }
        wheel_of_demo = build_wheel(tmp_path, "demo", "1.0")
        subprocess.run([client("twine"), "upload", wheel_of_demo], check=True, env=environment)
        index = f"http://__token__:{token}@{address}/simple/"
        root.run(PLACE / "bin" / "pip", "install", "--index-url", index, "demo")
        assert "demo" in root.run(PLACE / "bin" / "pip", "list")
        assert server.stop() == 0


# In a mount namespace: the temporary files and the example have the same paths inside, and /proc is there.
PROMOTE = """
set -e
for shared in "$2" "$TMPDIR"; do
  mkdir -p "$1$shared"
  mount --bind "$shared" "$1$shared"
done
mount -t proc proc "$1/proc"
shift 2
exec "$@"
"""


@pytest.mark.parametrize("wheel", of_this_machine, ids=name_of)
def test_it_promotes_a_release(wheel: Path, root: Root, tmp_path: Path) -> None:
    if not SUITES[root.folder.name]:
        pytest.skip("its Python is older than the example's")
    installed = install(root, wheel)
    program, shared = tmp_path / "packhouse", tmp_path / "shared"
    shared.mkdir()
    program.write_text(
        f'#!/bin/sh\nPATH=/usr/bin:/bin exec /usr/sbin/chroot {root.folder} env -C "$PWD" {installed} "$@"\n'
    )
    program.chmod(0o755)
    demo = [sys.executable, "-m", "tests.support.demo", "--exit"]
    environment = {**os.environ, "PACKHOUSE_BIN": str(program), "TMPDIR": str(shared)}
    words = ["unshare", "--mount", "sh", "-c", PROMOTE, "sh", str(root.folder), str(EXAMPLE), *demo]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "published" in done.stdout


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This machine's wheel; its program, in an environment of this Python, is the one under test."""
    place = tmp_path / "installed"
    [wheel] = [wheel for wheel in of_this_machine if "manylinux" in wheel.name]
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    subprocess.run([place / "bin" / "pip", "install", "--quiet", "--no-index", wheel], check=True)
    monkeypatch.setenv("PACKHOUSE_BIN", str(place / "bin" / "packhouse"))
    return wheel


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


def test_packhouse_releases_packhouse_and_pip_and_uvx_run_it(installed: Path, tmp_path: Path) -> None:
    version = installed.name.split("-")[1]
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    project.mkdir()
    (project / "pyproject.toml").write_text(SETTINGS)
    index = Index(tmp_path / "data", home)
    try:
        index.start()
        with Forge(successful_push(pack_artifact([installed]))) as forge:
            environment = {
                **clean_environment(home),
                **forge.environment(),
                **index.promotion_environment(),
            }
            words = ["promote", "--build-run-id", str(forge.scenario.run.id), "--package-version", version]
            released = packhouse(*words, environment=environment, folder=project)
        assert released.status == 0, released.text
        assert "published" in released.text
        environment = {**clean_environment(home), "UV_CACHE_DIR": str(tmp_path / "uv")}
        uvx: list[str | Path] = [client("uvx"), "--index-url", index.pip_url, "packhouse", "--version"]
        assert run_command(uvx, environment).out.split() == ["packhouse", version]
        fresh = tmp_path / "fresh"
        subprocess.run([sys.executable, "-m", "venv", fresh], check=True)
        pip: list[str | Path] = [fresh / "bin" / "pip", "install", "--index-url", index.pip_url, "packhouse"]
        assert run_command(pip, environment).status == 0
        assert run_command([fresh / "bin" / "packhouse", "--version"], environment).out.split() == [
            "packhouse",
            version,
        ]
        assert index.stop() == 0
    finally:
        index.close()

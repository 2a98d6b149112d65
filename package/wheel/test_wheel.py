"""The wheels in build/package: judged, installed and used in fresh roots of Debian, and served by Packhouse.

`./dev package wheel` runs this. It wants root, debootstrap and a Debian mirror.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from package.roots import Root, copy_of, debootstrap, output_of
from package.wheel.build import STACK
from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.demo import build_example, example_version
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

with_glibc = [wheel for wheel in WHEELS if "-manylinux_" in wheel.name]
of_this_machine = [wheel for wheel in with_glibc if wheel.stem.endswith("_x86_64")]
of_arm = [wheel for wheel in with_glibc if wheel.stem.endswith("_aarch64")]
with_musl = [wheel for wheel in WHEELS if "-musllinux_" in wheel.name]


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


def twine_environment(home: Path, address: str, token: str) -> dict[str, str]:
    return {
        **clean_environment(home),
        "TWINE_REPOSITORY_URL": f"http://{address}/legacy/",
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": token,
    }


@pytest.mark.parametrize("wheel", of_this_machine, ids=name_of)
def test_it_serves_an_index_where_only_python_is_installed(wheel: Path, root: Root, tmp_path: Path) -> None:
    program = install(root, wheel)
    assert root.run(program, "--version").split()[-1] == wheel.name.split("-")[1]
    serve = root.command(program, "serve", "--data", "/root/data", "--listen", "127.0.0.1:0")
    with Child(serve, environment=clean_environment(tmp_path)) as server:
        address = server.wait_for_line(r"listening on http://(\S+)")[1]
        token = root.at(Path("/root/data/admin-token")).read_text().strip()
        demo = build_wheel(tmp_path, "demo", "1.0")
        subprocess.run(
            [client("twine"), "upload", demo], check=True, env=twine_environment(tmp_path, address, token)
        )
        index = f"http://__token__:{token}@{address}/simple/"
        root.run(PLACE / "bin" / "pip", "install", "--index-url", index, "demo")
        assert "demo" in root.run(PLACE / "bin" / "pip", "list")
        assert server.stop() == 0


def served_by(command: list[str], data: Path, folder: Path, *, seen_as: str | None = None) -> None:
    """What twine sends to the server of this command is what pip gets from it.

    The command sees the folder `data` as `seen_as`.
    """
    serve = [*command, "serve", "--data", seen_as or str(data), "--listen", "127.0.0.1:0"]
    got = folder / "got"
    with Child(serve, environment=clean_environment(folder)) as server:
        address = server.wait_for_line(r"listening on http://(\S+)")[1]
        token = (data / "admin-token").read_text().strip()
        demo = build_wheel(folder, "demo", "1.0")
        environment = twine_environment(folder, address, token)
        subprocess.run([client("twine"), "upload", demo], check=True, env=environment)
        index = f"http://__token__:{token}@{address}/simple/"
        words: list[str | Path] = [
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--dest",
            got,
            "--index-url",
            index,
            "demo",
        ]
        subprocess.run([sys.executable, *words], check=True, env=clean_environment(folder))
        assert (got / demo.name).read_bytes() == demo.read_bytes()
        assert server.stop() == 0


class Bare:
    """A root without a C library: the program of a wheel for musl, and what it reads."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        for name in ("etc/ssl/certs", "root", "tmp", "data"):
            (folder / name).mkdir(parents=True)
        (folder / "packhouse").write_bytes(program_of(wheel, folder.parent).read_bytes())
        (folder / "packhouse").chmod(0o755)
        (folder / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        (folder / "etc" / "passwd").write_text("root:x:0:0::/root:/sbin/nologin\n")
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", folder / "etc" / "ssl" / "certs")
        shutil.copy(EXAMPLE / "pyproject.toml", folder / "root")

    def command(self, *words: str) -> list[str]:
        return ["unshare", f"--root={self.folder}", "--wd=/root", "/packhouse", *words]


@pytest.fixture(params=with_musl, ids=name_of)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Bare:
    return Bare(tmp_path / "bare", request.param)


def test_it_serves_an_index_where_nothing_else_is(bare: Bare, tmp_path: Path) -> None:
    served_by(bare.command(), bare.folder / "data", tmp_path, seen_as="/data")


def test_its_threads_have_as_much_stack_as_with_glibc(bare: Bare) -> None:
    shown = output_of("readelf", "--wide", "--program-headers", bare.folder / "packhouse")
    size = re.search(r"GNU_STACK\s+(?:0x\w+\s+){4}(0x\w+)", shown)
    assert size, shown
    assert int(size[1], 16) >= STACK


def test_its_desk_verifies_a_release_where_nothing_else_is(
    bare: Bare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the smoke check, which needs a Python; the addresses are names, which musl resolves."""
    program = tmp_path / "packhouse"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(bare.command())} "$@"\n')
    program.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    index = Index(tmp_path / "index", home).start()
    monkeypatch.setenv("PACKHOUSE_BIN", str(program))
    try:
        built = build_example(tmp_path / "dist", home)
        with Forge(successful_push(pack_artifact(built))) as forge:
            given = {**forge.environment(), **index.promotion_environment()}
            named = {name: value.replace("127.0.0.1", "localhost") for name, value in given.items()}
            environment = {**clean_environment(home), **named, "HOME": "/root", "TMPDIR": "/tmp"}
            run = str(forge.scenario.run.id)
            words = ["promote", "--dry-run", "--build-run-id", run, "--package-version", example_version()]
            promoted = packhouse(*words, environment=environment)
            examined = packhouse("doctor", environment=environment)
    finally:
        index.close()
    assert promoted.status == 0, promoted.text
    assert examined.out.endswith("\nfindings: python.venv\n"), examined.text


@pytest.mark.parametrize("wheel", of_arm, ids=name_of)
def test_it_serves_an_index_on_another_processor(wheel: Path, tmp_path: Path) -> None:
    """By an emulator of that processor, with Debian's C library for it."""
    program = program_of(wheel, tmp_path)
    program.chmod(0o755)
    emulated = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", str(program)]
    assert output_of(*emulated, "--version").split()[-1] == wheel.name.split("-")[1]
    served_by(emulated, tmp_path / "data", tmp_path)


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

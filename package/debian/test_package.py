"""The .deb in a fresh root of Debian 12: installed, started, upgraded, removed and purged.

`./dev package` runs this. It wants root, debootstrap and a Debian mirror. The root is made once for the
packages that the .deb depends on, and each test has a copy of it. No systemd runs there: a test starts the
unit's command as the unit's user.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from package.roots import Root, copy_of, debootstrap, output_of
from tests.support.artifacts import build_wheel
from tests.support.paths import ROOT, client
from tests.support.processes import Child, clean_environment
from tests.support.raw_http import send

PACKAGES = ROOT / "build" / "package"
ROOTS = ROOT / "build" / "roots"
ACCOUNT = "packhouse"
DATA = Path("/var/lib/packhouse")
CONFIGURATION = Path("/etc/packhouse/packhouse.toml")
UNITS = Path("/usr/lib/systemd/system")
UNIT = UNITS / "packhouse.service"
BACKUP_UNIT = UNITS / "packhouse-backup.service"
BACKUP_TIMER = UNITS / "packhouse-backup.timer"
BACKUPS = Path("/var/lib/packhouse-backup")


@pytest.fixture(scope="session")
def package() -> Path:
    [package] = PACKAGES.glob("packhouse_*.deb")
    return package


def control(package: Path, name: str) -> str:
    return output_of("dpkg-deb", "--field", package, name).strip()


def make_root(dependencies: str) -> Path:
    """A root of Debian 12 with what satisfies these dependencies, and systemd for its tools."""
    made = ROOTS / f"bookworm-{hashlib.sha256(dependencies.encode()).hexdigest()[:12]}"
    if not made.is_dir():
        shutil.rmtree(ROOTS, ignore_errors=True)
        ROOTS.mkdir(parents=True)
        half = debootstrap("bookworm", made.with_suffix(".half"), "systemd")
        half.run("apt-get", "satisfy", "--yes", "--no-install-recommends", dependencies)
        half.folder.rename(made)
    return made


class Server(Root):
    """A copy of the root, on which the package is installed and used."""

    def install(self, package: Path) -> None:
        shutil.copy(package, self.at(Path("/root/packhouse.deb")))
        self.run("apt", "install", "--yes", "/root/packhouse.deb")

    def unit(self, unit: Path = UNIT) -> configparser.SectionProxy:
        parser = configparser.RawConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read(self.at(unit))
        return parser["Service"]

    def started_by(self, path: Path) -> list[str]:
        """What the unit starts, as its user."""
        unit = self.unit(path)
        words = shlex.split(unit["ExecStart"])
        user = ["setpriv", f"--reuid={unit['User']}", f"--regid={unit['Group']}", "--clear-groups"]
        return [*user, "--no-new-privs", *words]

    def serve(self) -> Child:
        """A journal reads its output, and no terminal."""
        return Child(self.command(*self.started_by(UNIT)), environment=clean_environment(Path("/")))

    def back_up(self) -> str:
        """systemd makes the unit's second folder."""
        assert self.unit(BACKUP_UNIT)["StateDirectory"].split() == [DATA.name, BACKUPS.name]
        self.run("install", "-d", "-m", "0700", "-o", ACCOUNT, "-g", ACCOUNT, BACKUPS)
        return self.run(*self.started_by(BACKUP_UNIT))


@pytest.fixture
def root(package: Path, tmp_path: Path) -> Iterator[Server]:
    folder = copy_of(make_root(control(package, "Depends")), tmp_path / "root")
    yield Server(folder)
    shutil.rmtree(folder)


def with_version(package: Path, version: str, folder: Path) -> Path:
    """The same package under another version."""
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder / "raw"], check=True)
    names = folder / "raw" / "DEBIAN" / "control"
    names.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", names.read_text()))
    other = folder / "other.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", folder / "raw", other], check=True)
    return other


def address_of(server: Child) -> str:
    return server.wait_for_line(r"listening on http://(\S+)")[1]


def test_the_package_says_what_it_is_and_keeps_the_rules(package: Path) -> None:
    assert control(package, "Package") == "packhouse"
    assert (
        control(package, "Version")
        == output_of(ROOT / "build/release/bin/packhouse", "--version").split()[-1]
    )
    depends = control(package, "Depends")
    for library in ("libc6 (>= 2.34)", "libssl3", "libsqlite3-0", "libboost-json1.81.0", "adduser"):
        assert library in depends
    listed = output_of("dpkg-deb", "--contents", package).splitlines()
    assert {line.split()[1] for line in listed} == {"root/root"}
    names = {line.split()[5].removeprefix(".") for line in listed}
    assert {
        "/usr/share/man/man1/packhouse.1.gz",
        "/usr/share/bash-completion/completions/packhouse",
        "/usr/share/zsh/vendor-completions/_packhouse",
        "/usr/share/fish/vendor_completions.d/packhouse.fish",
        "/usr/bin/packhouse",
        str(CONFIGURATION),
        str(UNIT),
        str(BACKUP_UNIT),
        str(BACKUP_TIMER),
        "/usr/share/doc/packhouse/copyright",
    } <= names
    assert package.stat().st_size < 15_000_000


def test_an_index_outlives_upgrade_and_removal_and_only_people_delete_it(
    root: Server, package: Path, tmp_path: Path
) -> None:
    root.install(package)
    assert root.run("packhouse", "--version").strip()
    assert root.at(DATA).stat().st_mode & 0o777 == 0o700
    # A free port, in the words of the administrator.
    settings = root.at(CONFIGURATION)
    settings.write_text(settings.read_text().replace('"127.0.0.1:8080"', '"127.0.0.1:0"'))
    changed = settings.read_text()

    wheel = build_wheel(tmp_path, "demo", "1.0")
    with root.serve() as server:
        address = address_of(server)
        kept = root.at(DATA / "admin-token")
        assert kept.stat().st_mode & 0o777 == 0o600
        token = kept.read_text().strip()
        assert token not in "\n".join(server.lines)
        environment = {
            **clean_environment(tmp_path),
            "TWINE_REPOSITORY_URL": f"http://{address}/legacy/",
            "TWINE_USERNAME": "__token__",
            "TWINE_PASSWORD": token,
        }
        subprocess.run([client("twine"), "upload", str(wheel)], check=True, env=environment)
        as_its_user = ["runuser", "-u", ACCOUNT, "--", "packhouse", "token", "create", "--data", str(DATA)]
        assert "phk_" in root.run(*as_its_user, "--label", "CI", "--allow", "upload")
        assert "snapshot" in root.back_up()
        assert server.stop() == 0
    owner = int(root.run("id", "--user", ACCOUNT))
    assert {path.stat().st_uid for path in root.at(DATA).rglob("*")} == {owner}

    root.install(with_version(package, "99.0", tmp_path))
    assert "99.0" in root.run("dpkg-query", "--show", "packhouse")
    assert settings.read_text() == changed, "an upgrade leaves the configuration as it is"
    with root.serve() as server:
        credential = base64.b64encode(f"__token__:{token}".encode()).decode()
        url = f"http://{address_of(server)}/simple/demo/"
        assert wheel.name in send(url, headers={"Authorization": f"Basic {credential}"}).text

    root.run("apt", "remove", "--yes", "packhouse")
    assert not root.at(Path("/usr/bin/packhouse")).exists()
    assert settings.read_text() == changed
    said = root.run("apt", "purge", "--yes", "packhouse")
    assert f"{DATA} holds an index and stays" in said
    assert not settings.parent.exists()
    assert any(root.at(DATA).iterdir())
    assert "sound" in output_of(ROOT / "build/release/bin/packhouse", "backup", "verify", root.at(BACKUPS))
    assert root.run("getent", "passwd", ACCOUNT)


def test_a_package_that_never_ran_leaves_nothing_behind(root: Server, package: Path) -> None:
    before = {path for path in root.at(Path("/etc")).rglob("*") if "packhouse" in path.name}
    root.install(package)
    said = root.run("apt", "purge", "--yes", "packhouse")
    assert "stays" not in said
    for path in (
        DATA,
        CONFIGURATION.parent,
        UNIT,
        BACKUP_UNIT,
        BACKUP_TIMER,
        Path("/usr/bin/packhouse"),
        Path("/usr/share/doc/packhouse"),
    ):
        assert not root.at(path).exists(), path
    assert {path for path in root.at(Path("/etc")).rglob("*") if "packhouse" in path.name} == before
    assert ACCOUNT not in root.at(Path("/etc/passwd")).read_text()


def test_the_unit_is_sound_and_its_sandbox_is_tight(root: Server, package: Path) -> None:
    root.install(package)
    root.run("systemd-analyze", "verify", UNIT, BACKUP_UNIT, BACKUP_TIMER)
    for unit in (UNIT, BACKUP_UNIT):
        shown = root.run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", unit)
        assert re.search(rf"Overall exposure level for {unit.name}: [01]\.\d ", shown), shown[-300:]

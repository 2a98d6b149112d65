"""The sources that the wheel's program is linked with: read from sources.toml, fetched, verified, unpacked.

Each is fetched by the ordinary client of its registry, from where that client is configured to look. What
counts is the SHA-256: a file that differs ends the build before it is unpacked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

PINS = Path(__file__).with_name("sources.toml")
KINDS = ("crate", "source", "deb", "python")


@dataclass(frozen=True)
class Pin:
    name: str
    version: str  # of the library
    kind: str
    package: str
    release: str  # of the registry's package
    sha256: str
    licence: str
    licence_files: tuple[str, ...]
    inner: str | None  # an archive in the package that holds the source

    def address(self) -> str:
        """The package URL (purl) of what is fetched."""
        kind = {"crate": "cargo", "source": "deb/debian", "deb": "deb/debian", "python": "pypi"}[self.kind]
        release = self.release.replace("+", "%2B").replace(":", "%3A")
        return f"pkg:{kind}/{self.package}@{release}" + ("?arch=source" if self.kind == "source" else "")


def read_pins(path: Path = PINS) -> dict[str, Pin]:
    tables = tomllib.loads(path.read_text())
    return {name: read_pin(name, table) for name, table in tables.items()}


def read_pin(name: str, table: dict[str, object]) -> Pin:
    known = {"version", "kind", "package", "release", "sha256", "licence", "licence-files", "inner"}
    if unknown := table.keys() - known:
        raise ValueError(f"sources.toml: [{name}] has {sorted(unknown)}")
    if missing := known - {"inner"} - table.keys():
        raise ValueError(f"sources.toml: [{name}] lacks {sorted(missing)}")
    text = {key: value for key, value in table.items() if isinstance(value, str)}
    files = table["licence-files"]
    if not isinstance(files, list) or text["kind"] not in KINDS or len(bytes.fromhex(text["sha256"])) != 32:
        raise ValueError(f"sources.toml: [{name}] has a wrong value")
    return Pin(
        name=name,
        version=text["version"],
        kind=text["kind"],
        package=text["package"],
        release=text["release"],
        sha256=text["sha256"],
        licence=text["licence"],
        licence_files=tuple(str(file) for file in files),
        inner=text.get("inner"),
    )


def table(pins: Iterable[Pin]) -> str:
    """The pins as docs/third-party.md lists them."""
    rows = (
        f"| {pin.name} | {pin.version} | {pin.licence} |\n" for pin in sorted(pins, key=lambda pin: pin.name)
    )
    return "| what | version | licence |\n| --- | --- | --- |\n" + "".join(rows)


def verify(pin: Pin, files: Iterable[Path]) -> Path:
    """The file among these that has the pinned digest."""
    found = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in files}
    if pin.sha256 not in found:
        raise ValueError(f"{pin.name}: expected SHA-256 {pin.sha256}, found {sorted(found) or 'no file'}")
    return found[pin.sha256]


def run(
    *command: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """A command whose output is shown only when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        check=False,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout[-8000:]}\nwheel: {' '.join(words)} ended with {done.returncode}")


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))


def fetch_crates(pins: list[Pin], cache: Path) -> None:
    """cargo keeps what it fetches in its own folder, where its settings are."""
    project = cache / "crates"
    (project / "src").mkdir(parents=True, exist_ok=True)
    (project / "src" / "lib.rs").touch()
    wanted = "".join(f'{pin.package} = "={pin.release.partition("+")[0]}"\n' for pin in pins)
    package = '[package]\nname = "sources"\nversion = "0.0.0"\nedition = "2021"\n'
    (project / "Cargo.toml").write_text(f"{package}[dependencies]\n{wanted}")
    run("cargo", "fetch", "--target=x86_64-unknown-linux-gnu", folder=project)


def apt_options(cache: Path) -> list[str]:
    """apt-get with Debian 12's source packages besides, in lists that belong to this build alone."""
    apt = cache / "apt"
    (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Codename: bookworm"]
    mirror = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()[0]
    # The pinned digests vouch for what is fetched, on a machine without gpgv too.
    lines = (f"{kind} [trusted=yes] {mirror} bookworm main\n" for kind in ("deb", "deb-src"))
    (apt / "sources.list").write_text("".join(lines))
    settings = {
        "Dir::Etc::SourceList": apt / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def fetch_debian(pins: list[Pin], cache: Path) -> None:
    options = apt_options(cache)
    run("apt-get", *options, "update")
    for pin in pins:
        how = ["source", "--download-only"] if pin.kind == "source" else ["download"]
        run("apt-get", *options, *how, f"{pin.package}={pin.release}", folder=cache / "apt")


def fetch_python(pins: list[Pin], cache: Path) -> None:
    for pin in pins:
        run(sys.executable, "-m", "pip", "download", "--no-deps", f"--dest={cache / 'python'}",
            f"{pin.package}=={pin.release}")  # fmt: skip


def fetched(pin: Pin, cache: Path) -> Path:
    """The pinned file, which is there."""
    patterns = {
        "crate": (cargo_home() / "registry" / "cache", f"*/{pin.package}-*.crate"),
        "source": (cache / "apt", f"{pin.package}_*.orig.tar.*"),
        "deb": (cache / "apt", f"{pin.package}_*.deb"),
        "python": (cache / "python", f"{pin.package}-*.whl"),
    }
    folder, pattern = patterns[pin.kind]
    return verify(pin, folder.glob(pattern))


def is_fetched(pin: Pin, cache: Path) -> bool:
    try:
        return fetched(pin, cache).is_file()
    except ValueError:
        return False


def fetch(pins: Iterable[Pin], cache: Path) -> None:
    """Fetches what is not there yet."""
    missing = [pin for pin in pins if not is_fetched(pin, cache)]
    of_kind = {kind: [pin for pin in missing if pin.kind == kind] for kind in KINDS}
    if of_kind["crate"]:
        fetch_crates(of_kind["crate"], cache)
    if debian := of_kind["source"] + of_kind["deb"]:
        fetch_debian(debian, cache)
    fetch_python(of_kind["python"], cache)


def unpack_tar(archive: Path, folder: Path) -> None:
    """Without the folder that holds everything in the archive."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder)  # pinned by its digest
    [only] = folder.iterdir()
    for path in only.iterdir():
        path.rename(folder / path.name)
    only.rmdir()


def unpack(pin: Pin, archive: Path, folder: Path) -> None:
    if pin.kind == "deb":
        run("dpkg-deb", "--extract", archive, folder)
    elif pin.kind == "python":
        with ZipFile(archive) as wheel:
            wheel.extractall(folder)
        for program in folder.glob("ziglang/zig"):  # extractall() keeps no modes
            program.chmod(0o755)
    else:
        unpack_tar(archive, folder)
    if pin.inner is not None:
        inner = folder.with_name(f"{folder.name}.inner")
        shutil.rmtree(inner, ignore_errors=True)
        inner.mkdir()
        unpack_tar(folder / pin.inner, inner)
        shutil.rmtree(folder)
        inner.rename(folder)


def unpacked(pin: Pin, cache: Path, sources: Path) -> Path:
    """The folder NAME with the source, unpacked once for each digest."""
    folder, stamp = sources / pin.name, sources / f"{pin.name}.sha256"
    if not (folder.is_dir() and stamp.is_file() and stamp.read_text() == pin.sha256):
        archive = fetched(pin, cache)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        unpack(pin, archive, folder)
        stamp.write_text(pin.sha256)
    return folder

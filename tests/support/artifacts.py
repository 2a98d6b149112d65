"""Quick, valid wheels and sdists of pure Python, and the archive that a CI run's artifact is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from .paths import packhouse_binary

EPOCH = (2026, 1, 5, 8, 0, 0)
EPOCH_SECONDS = 1_767_600_000


def escaped(name: str) -> str:
    """A project name as it stands in filenames."""
    return re.sub(r"[-_.]+", "_", name).lower()


def metadata(name: str, version: str, *, requires: Iterable[str] = (), extra: str = "") -> str:
    """A core metadata file. `extra` is further header lines, each with its newline."""
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", "Summary: A test package"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    lines += ["Requires-Python: >=3.9", "Description-Content-Type: text/plain"]
    return "\n".join(lines) + f"\n{extra}\nMade by a test.\n"


def build_wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, bytes | str] | None = None,
    requires: Iterable[str] = (),
    scripts: Mapping[str, str] | None = None,
    extra_metadata: str = "",
    tag: str = "py3-none-any",
) -> Path:
    """Writes NAME-VERSION-TAG.whl with a complete RECORD into `folder`; the same input gives the same bytes.

    `files` are members by path (default: one module), `scripts` are console scripts as "module:function".
    """
    stem = f"{escaped(name)}-{version}"
    info = f"{stem}.dist-info"
    members = _encoded(files if files is not None else _one_module(name, version))
    members[f"{info}/METADATA"] = metadata(name, version, requires=requires, extra=extra_metadata).encode()
    members[f"{info}/WHEEL"] = _wheel_file(tag)
    if scripts:
        entries = "".join(f"{script} = {target}\n" for script, target in scripts.items())
        members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{entries}".encode()
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(_zip_entry(member), content)
    return path


def program_wheel(folder: Path, version: str = "9.9") -> Path:
    """The program under test as a wheel of packhouse has it: a script, and no Python code."""
    stem = f"packhouse-{version}"
    info, tag = f"{stem}.dist-info", "py3-none-manylinux_2_36_x86_64"
    members = {
        f"{stem}.data/scripts/packhouse": packhouse_binary().read_bytes(),
        f"{info}/METADATA": metadata("packhouse", version).encode(),
        f"{info}/WHEEL": _wheel_file(tag),
    }
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            entry = _zip_entry(member)
            entry.external_attr = (0o100755 if ".data/scripts/" in member else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_STORED)
    return path


def retagged(filename: str, content: bytes, platform: str) -> tuple[str, bytes]:
    """The same wheel as that of another platform: its name and its bytes."""
    stem = filename.removesuffix(".whl").rpartition("-")[0]
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        members = {entry.filename: wheel.read(entry) for entry in wheel.infolist()}
        modes = {entry.filename: entry.external_attr for entry in wheel.infolist()}
    (about,) = (name for name in members if name.endswith(".dist-info/WHEEL"))
    lines = [line for line in members[about].decode().splitlines() if not line.startswith("Tag: ")]
    tag = "-".join([*stem.split("-")[-2:], platform])
    members[about] = "\n".join([*lines, f"Tag: {tag}", ""]).encode()
    record = about.replace("/WHEEL", "/RECORD")
    del members[record]
    members[record] = _record(members, record)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = _zip_entry(name)
            entry.external_attr = modes[name]
            archive.writestr(entry, data)
    return f"{stem}-{platform}.whl", packed.getvalue()


def build_sdist(
    folder: Path,
    name: str,
    version: str,
    *,
    files: Mapping[str, bytes | str] | None = None,
    requires: Iterable[str] = (),
    extra_metadata: str = "",
) -> Path:
    """Writes NAME-VERSION.tar.gz with one top-level folder and its PKG-INFO into `folder`.

    pip can build it offline: its backend is in the archive itself and packs the same files into a wheel.
    """
    stem = f"{escaped(name)}-{version}"
    members = {
        "PKG-INFO": metadata(name, version, requires=requires, extra=extra_metadata).encode(),
        "pyproject.toml": _PYPROJECT,
        "backend.py": _BACKEND,
        **_encoded(files if files is not None else _one_module(name, version)),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members.items():
            entry = tarfile.TarInfo(f"{stem}/{member}")
            entry.size, entry.mtime, entry.mode = len(content), EPOCH_SECONDS, 0o644
            archive.addfile(entry, io.BytesIO(content))
    path = folder / f"{stem}.tar.gz"
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=EPOCH_SECONDS))
    return path


def build_pair(folder: Path, name: str, version: str) -> list[Path]:
    """A wheel and an sdist of the same release."""
    return [build_wheel(folder, name, version), build_sdist(folder, name, version)]


def pack_artifact(paths: Iterable[Path]) -> bytes:
    """The archive that actions/upload-artifact makes of files: flat, deflated, and written as a stream,
    so that sizes and CRC stand in data descriptors and not in the local headers."""
    return pack_members({path.name: path.read_bytes() for path in paths})


def pack_members(members: Mapping[str, bytes]) -> bytes:
    stream = _Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(_zip_entry(member), content)
    return stream.buffer.getvalue()


class _Unseekable(io.RawIOBase):
    """A place to write that refuses to seek, which makes zipfile stream."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.buffer.write(data)


def _one_module(name: str, version: str) -> dict[str, bytes | str]:
    return {f"{escaped(name)}/__init__.py": f'__version__ = "{version}"\n'}


def _encoded(files: Mapping[str, bytes | str]) -> dict[str, bytes]:
    return {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}


def _wheel_file(tag: str) -> bytes:
    return f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()


def _record(members: Mapping[str, bytes], own_path: str) -> bytes:
    lines = []
    for member, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{member},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{own_path},,\n"]).encode()


def _zip_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    return entry


_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

_BACKEND = b'''\
"""A build backend for this one package: a wheel of what lies beside it."""
import base64, email, hashlib, pathlib, re, zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    own = {"PKG-INFO", "pyproject.toml", "backend.py"}
    fields = email.message_from_string(pathlib.Path("PKG-INFO").read_text())
    stem = re.sub("[-_.]+", "_", fields["Name"]).lower() + "-" + fields["Version"]
    info = stem + ".dist-info/"
    members = {
        path.as_posix(): path.read_bytes()
        for path in sorted(pathlib.Path().rglob("*"))
        if path.is_file() and path.as_posix() not in own and "__pycache__" not in path.parts
    }
    members[info + "METADATA"] = pathlib.Path("PKG-INFO").read_bytes()
    members[info + "WHEEL"] = b"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = ""
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\\n"
    members[info + "RECORD"] = (record + info + "RECORD,,\\n").encode()
    filename = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, filename), "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return filename
'''

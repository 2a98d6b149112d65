"""Makes the context of the container's image in build/package/container; `./dev package container` runs this.

The program is the one of the musl wheel, byte for byte, and so are the licences and the bill of materials.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path
from zipfile import ZipFile

from package.wheel.build import ROOT
from package.wheel.sources import Pin, fetch, read_pins, unpacked

HERE = Path(__file__).parent
PINS = HERE / "sources.toml"
CONTEXT = ROOT / "build" / "package" / "container"
CACHE = ROOT / "build" / "wheel" / "cache"
SOURCES = ROOT / "build" / "wheel" / "sources"

ACCOUNT = 65532  # what images of this kind call nonroot; the Containerfile has it too
FILES = {
    "etc/passwd": f"packhouse:x:{ACCOUNT}:{ACCOUNT}::/data:/sbin/nologin\n",
    "etc/group": f"packhouse:x:{ACCOUNT}:\n",
}
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
DOCUMENTS = "usr/share/doc/packhouse"


def place_of(member: str) -> str | None:
    """Where a file of the wheel belongs in the image; None for what only pip reads."""
    if member.endswith(".data/scripts/packhouse"):
        return "usr/bin/packhouse"
    found = re.fullmatch(r"[^/]+\.dist-info/((?:licenses|sboms)/.+)", member)
    return f"{DOCUMENTS}/{found[1]}" if found else None


def write(path: Path, data: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def take_wheel(wheel: Path, root: Path) -> None:
    with ZipFile(wheel) as archive:
        for member in archive.namelist():
            place = place_of(member)
            if place is None:
                continue
            write(root / place, archive.read(member), 0o755 if place.startswith("usr/bin/") else 0o644)


def take_authorities(pin: Pin, root: Path) -> None:
    fetch([pin], CACHE)
    source = unpacked(pin, CACHE, SOURCES)
    write(root / AUTHORITIES, (source / "certifi" / "cacert.pem").read_bytes())
    for pattern in pin.licence_files:
        [licence] = source.glob(pattern)
        write(root / DOCUMENTS / "licenses" / pin.package / licence.name, licence.read_bytes())


def assemble(wheel: Path, context: Path) -> None:
    shutil.rmtree(context, ignore_errors=True)
    root = context / "root"
    for name, text in FILES.items():
        write(root / name, text.encode())
    take_wheel(wheel, root)
    take_authorities(read_pins(PINS)["authorities"], root)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    (context / "data").mkdir()
    version = wheel.name.split("-")[1]
    text = (HERE / "Containerfile").read_text()
    write(context / "Containerfile", text.replace("ARG VERSION\n", f"ARG VERSION={version}\n").encode())


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev package container")
    parser.add_argument("wheel", type=Path, help="for musl")
    wheel = parser.parse_args().wheel
    if "-musllinux_" not in wheel.name:
        parser.error(f"expected a wheel for musl, whose program needs no library: {wheel.name}")
    assemble(wheel, CONTEXT)
    print(CONTEXT)
    return 0


if __name__ == "__main__":
    sys.exit(main())

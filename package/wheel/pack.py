"""Packs a program as a wheel that holds nothing else: the same input gives the same bytes.

Layout: the wheel specification (`.data/scripts`), PEP 639 (licences), PEP 770 (SBOM, as CycloneDX 1.6).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from package.wheel.sources import Pin

SUMMARY = "Private Python package index and release desk"
CLASSIFIERS = (
    "Environment :: Console",
    "Intended Audience :: Developers",
    "Operating System :: POSIX :: Linux",
    "Programming Language :: C++",
    "Topic :: System :: Software Distribution",
)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can state


@dataclass(frozen=True)
class Contents:
    """What the wheel is made of. `licences` are texts by the names of their files."""

    version: str
    tag: str  # of the platform
    program: bytes
    description: str
    licences: Mapping[str, bytes]
    pins: tuple[Pin, ...]

    @property
    def stem(self) -> str:
        return f"packhouse-{self.version}"

    @property
    def name(self) -> str:
        return f"{self.stem}-py3-none-{self.tag}.whl"


def licence_expression(pins: Iterable[Pin]) -> str:
    parts = {"Apache-2.0"}.union(*(pin.licence.split(" AND ") for pin in pins))
    return " AND ".join(sorted(parts))


def metadata(contents: Contents) -> str:
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", "packhouse"),
        ("Version", contents.version),
        ("Summary", SUMMARY),
        ("License-Expression", licence_expression(contents.pins)),
        *(("License-File", name) for name in sorted(contents.licences)),
        *(("Classifier", name) for name in CLASSIFIERS),
        ("Description-Content-Type", "text/markdown"),
    ]
    return "".join(f"{key}: {value}\n" for key, value in fields) + f"\n{contents.description}"


def component(pin: Pin) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": pin.address(),
        "name": pin.name,
        "version": pin.version,
        "purl": pin.address(),
        "licenses": [{"expression": pin.licence}],
        "hashes": [{"alg": "SHA-256", "content": pin.sha256}],
    }


def bill_of_materials(contents: Contents) -> str:
    own = f"pkg:pypi/packhouse@{contents.version}"
    linked = sorted(contents.pins, key=lambda pin: pin.name)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "packhouse",
                "version": contents.version,
                "purl": own,
            }
        },
        "components": [component(pin) for pin in linked],
        "dependencies": [{"ref": own, "dependsOn": [pin.address() for pin in linked]}],
    }
    return json.dumps(document, indent=2) + "\n"


def record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def files(contents: Contents) -> dict[str, bytes]:
    """All files but RECORD, by name, in the order of the archive: dist-info comes last."""
    info = f"{contents.stem}.dist-info"
    found = {f"{contents.stem}.data/scripts/packhouse": contents.program}
    for name, text in sorted(contents.licences.items()):
        found[f"{info}/licenses/{name}"] = text
    found[f"{info}/sboms/packhouse.cdx.json"] = bill_of_materials(contents).encode()
    wheel = f"Wheel-Version: 1.0\nGenerator: packhouse ({contents.version})\nRoot-Is-Purelib: false\n"
    found[f"{info}/WHEEL"] = f"{wheel}Tag: py3-none-{contents.tag}\n".encode()
    found[f"{info}/METADATA"] = metadata(contents).encode()
    return found


def entry(name: str) -> ZipInfo:
    info = ZipInfo(name, EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 3  # Unix: the mode below counts
    info.external_attr = (0o100755 if ".data/scripts/" in name else 0o100644) << 16
    return info


def pack(contents: Contents, folder: Path) -> Path:
    """Writes the wheel into this folder and returns its path."""
    wheel = folder / contents.name
    packed = files(contents)
    record = f"{contents.stem}.dist-info/RECORD"
    lines = "".join(record_line(name, data) for name, data in packed.items())
    packed[record] = f"{lines}{record},,\n".encode()
    with ZipFile(wheel, "w") as archive:
        for name, data in packed.items():
            archive.writestr(entry(name), data, compresslevel=9)
    return wheel

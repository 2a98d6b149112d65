"""package/wheel: the pins are read strictly, and a packed program is a wheel that others accept."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.licenses import canonicalize_license_expression
from packaging.metadata import Metadata

from package.wheel.pack import Contents, pack
from package.wheel.sources import PINS, Pin, read_pin, read_pins, table, verify
from tests.support.packhouse import run_command
from tests.support.paths import ROOT, client, packhouse_binary

PROGRAM = b"#!/bin/sh\necho packhouse 1.2.3\n"
TAG = "manylinux_2_28_x86_64"


@pytest.fixture
def contents() -> Contents:
    return Contents(
        version="1.2.3",
        tag=TAG,
        program=PROGRAM,
        description="# Packhouse\n\nAn index.\n",
        licences={"openssl/LICENSE.txt": b"one\n", "LICENSE": b"two\n"},
        pins=tuple(read_pins().values()),
    )


def test_every_pin_states_a_digest_and_no_registry() -> None:
    pins = read_pins()
    assert {"zig", "openssl", "curl", "sqlite"} <= pins.keys()
    assert len({pin.sha256 for pin in pins.values()}) == len(pins)
    assert "://" not in PINS.read_text()


def test_the_page_of_licences_lists_what_the_wheel_is_linked_with() -> None:
    assert table(read_pins().values()) in (ROOT / "docs" / "third-party.md").read_text()


@pytest.mark.parametrize(
    "change", [{"kind": "ftp"}, {"sha256": "00"}, {"licence-files": "LICENSE"}, {"colour": "red"}]
)
def test_a_pin_with_a_wrong_value_is_refused(change: dict[str, object]) -> None:
    table: dict[str, object] = {
        "version": "1",
        "kind": "crate",
        "package": "a",
        "release": "1",
        "sha256": "00" * 32,
        "licence": "MIT",
        "licence-files": [],
    }
    assert read_pin("a", table).version == "1"
    with pytest.raises(ValueError, match=r"sources\.toml: \[a\]"):
        read_pin("a", table | change)


def test_a_file_that_differs_from_its_pin_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.crate"
    file.write_bytes(b"first")
    pin = replace(next(iter(read_pins().values())), sha256=hashlib.sha256(b"first").hexdigest())
    assert verify(pin, [file]) == file
    file.write_bytes(b"second")
    with pytest.raises(ValueError, match="expected SHA-256"):
        verify(pin, [file])


def test_the_same_program_gives_the_same_bytes_in_any_folder_and_order(
    contents: Contents, tmp_path: Path
) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    turned: tuple[Pin, ...] = tuple(reversed(contents.pins))
    other = replace(contents, licences=dict(sorted(contents.licences.items())), pins=turned)
    os.umask(os.umask(0o077))
    assert pack(contents, first).read_bytes() == pack(other, second).read_bytes()


def test_the_wheel_says_what_is_in_it(contents: Contents, tmp_path: Path) -> None:
    wheel = pack(contents, tmp_path)
    assert wheel.name == f"packhouse-1.2.3-py3-none-{TAG}.whl"
    with ZipFile(wheel) as archive:
        stated = Metadata.from_email(archive.read("packhouse-1.2.3.dist-info/METADATA"), validate=True)
        bill = json.loads(archive.read("packhouse-1.2.3.dist-info/sboms/packhouse.cdx.json"))
    assert stated.license_expression is not None
    assert canonicalize_license_expression(stated.license_expression) == stated.license_expression
    assert stated.license_files == ["LICENSE", "openssl/LICENSE.txt"]
    assert {part["name"]: part["hashes"][0]["content"] for part in bill["components"]} == {
        pin.name: pin.sha256 for pin in contents.pins
    }


def test_twine_and_packhouse_accept_the_wheel_and_pip_installs_its_program(
    contents: Contents, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    wheel = pack(contents, tmp_path)
    prefix = tmp_path / "p"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-index",
        "--no-deps",
        "--prefix",
        prefix,
        wheel,
    ]
    commands: list[list[str | Path]] = [
        [client("twine"), "check", "--strict", wheel],
        [packhouse_binary(), "check", wheel],
        pip,
    ]
    for command in commands:
        done = run_command(command, clean_env)
        assert done.status == 0, done.text
    said = subprocess.run([prefix / "bin" / "packhouse"], check=True, capture_output=True, text=True)
    assert said.stdout == "packhouse 1.2.3\n"

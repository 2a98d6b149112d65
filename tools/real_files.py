#!/usr/bin/env python3
"""Holds pinned real files of the public index against `packhouse check`, twine and packaging.

    build/venv/bin/python tools/real_files.py --folder DIR          # measure, and print what changed
    build/venv/bin/python tools/real_files.py --folder DIR --write  # and write docs/real-files.md

The files are named in tools/real-files/files.tsv, whole releases in tools/real-files/releases.tsv, each with
its SHA-256. What DIR lacks is downloaded (about 250 MB) from the index that pip is configured for. Nothing in
the files is run. It is not part of CI, which works without a network.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from unearth import PackageFinder

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "tools" / "real-files"
PAGE = ROOT / "docs" / "real-files.md"
RESULTS = LISTS / "results.tsv"
BASES = ("private-index", "mirror")

# Why a file that a check refuses is refused rightly. A check that is not here is in the table with "?".
RIGHT = {
    "file.name.extension": "a form of sdists that PEP 625 ended; `mirror` takes `.zip`",
    "metadata.fields": "no metadata version of that number was ever specified",
    "metadata.values": "a requirement that no installer can parse, or a misspelt field; `mirror` takes it",
    "metadata.version": "pip refuses it as well: the filename and the metadata name two versions",
    "metadata.withdrawn-version": "metadata 2.0 was never specified; `mirror` takes it",
    "wheel.dist-info.name": "the folder is of another version than the filename",
    "wheel.installed.once": "two members are one file once installed",
    "wheel.record.missing": "RECORD lists a file that the wheel lacks; `mirror` takes it",
    "wheel.wheel-file.format": "WHEEL lacks what installers read",
    "wheel.wheel-file.tags": "WHEEL has other tags than the filename",
    "wheel.wheel-file.version": "a wheel format from before 1.0",
}


@dataclass(frozen=True)
class Pin:
    """One line of a list."""

    name: str
    version: str
    file: str
    sha256: str
    year: int  # of the upload


@dataclass
class Verdict:
    """What the tools say of one file. An empty list or text is an acceptance."""

    pin: Pin
    refused: dict[str, list[str]] = field(default_factory=dict)  # by policy base: the checks
    found: str = ""  # the first refusal under the default policy
    twine: str = ""
    packaging: str = ""


def read_list(path: Path) -> list[Pin]:
    pins = []
    for line in path.read_text().splitlines():
        name, version, file, sha256, year = line.split("\t")
        pins.append(Pin(name, version, file, sha256, int(year)))
    return pins


def index_url(given: str | None) -> str:
    if given:
        return given
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        return asked.stdout.strip()
    from pip._internal.models.index import PyPI

    return PyPI.simple_url


def is_whole(path: Path, pin: Pin) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == pin.sha256


def download_project(url: str, folder: Path, name: str, pins: list[Pin]) -> None:
    """All pinned files of one project, by one page."""
    missing = {pin.file: pin for pin in pins if not is_whole(folder / pin.file, pin)}
    if not missing:
        return
    finder = PackageFinder(index_urls=[url], ignore_compatibility=True)
    for package in finder.find_matches(name, allow_yanked=True, allow_prereleases=True):
        pin = missing.get(package.link.filename)
        if pin is None:
            continue
        answer = finder.session.get_stream(package.link.url_without_fragment)
        with answer as response:
            content = b"".join(response.iter_bytes())
        if hashlib.sha256(content).hexdigest() != pin.sha256:
            sys.exit(f"error: {pin.file} has another SHA-256 than the list")
        (folder / pin.file).write_bytes(content)
        del missing[package.link.filename]
    if missing:
        sys.exit(f"error: the index has no {', '.join(missing)}")


def download(url: str, folder: Path, pins: list[Pin]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    projects: dict[str, list[Pin]] = {}
    for pin in pins:
        projects.setdefault(pin.name, []).append(pin)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(download_project, url, folder, name, some) for name, some in projects.items()]
        for job in jobs:
            job.result()


def packhouse_check(
    binary: Path, paths: list[Path], base: str, folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """The refused results of each file; under "" those of the release."""
    policy = folder / f"{base}.toml"
    policy.write_text(f'base = "{base}"\n')
    done = subprocess.run(
        [str(binary), "check", "--json", "--policy", str(policy), *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    refused: dict[str, list[dict[str, Any]]] = {"": []}
    for release in json.loads(done.stdout)["releases"]:
        for result in [*release["members"], *release["release"]]:
            if result["outcome"] == "refused":
                refused[""].append(result)
        for file in release["files"]:
            bad = [result for result in file["results"] if result["outcome"] == "refused"]
            refused[file["filename"]] = bad
    return refused


def twine_check(path: Path) -> str:
    """What `twine check --strict` says; twine runs in this process, since it takes a second to start."""
    from twine.commands.check import check

    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            failed = check([str(path)], strict=True)
    except Exception as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return "its description" if failed else ""


def metadata_of(path: Path) -> bytes:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
            return wheel.read(name)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as sdist:
            name = next(n for n in sdist.namelist() if n.count("/") == 1 and n.endswith("/PKG-INFO"))
            return sdist.read(name)
    with tarfile.open(path) as tar:
        member = next(m for m in tar if m.name.count("/") == 1 and m.name.endswith("/PKG-INFO"))
        content = tar.extractfile(member)
        assert content is not None
        return content.read()


def packaging_check(path: Path) -> str:
    """What packaging's strict parsers of the filename and the metadata refuse."""
    try:
        if path.suffix == ".whl":
            parse_wheel_filename(path.name)
        else:
            parse_sdist_filename(path.name)
        Metadata.from_email(metadata_of(path), validate=True)
    except ExceptionGroup as group:
        return "; ".join(sorted({str(error).splitlines()[0] for error in group.exceptions}))
    except StopIteration:
        return "no metadata"
    except Exception as error:
        return str(error).splitlines()[0]
    return ""


def measure(binary: Path, folder: Path, pins: list[Pin]) -> list[Verdict]:
    verdicts = [Verdict(pin) for pin in pins]
    paths = [folder / pin.file for pin in pins]
    for base in BASES:
        refused = packhouse_check(binary, paths, base, folder)
        for verdict in verdicts:
            results = refused[verdict.pin.file]
            verdict.refused[base] = list(dict.fromkeys(result["check"] for result in results))
            if results and base == BASES[0]:
                verdict.found = results[0]["found"]
    for verdict, path in zip(verdicts, paths, strict=True):
        verdict.twine = twine_check(path)
        verdict.packaging = packaging_check(path)
    return verdicts


def measure_releases(binary: Path, folder: Path, pins: list[Pin]) -> list[tuple[str, int, list[str]]]:
    """Of each release: its name, how many files, and what `packhouse check FOLDER` refuses."""
    releases: dict[str, list[Pin]] = {}
    for pin in pins:
        releases.setdefault(f"{pin.name} {pin.version}", []).append(pin)
    rows = []
    for title, files in releases.items():
        place = folder / "releases" / title.replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        for pin in files:
            link = place / pin.file
            if not link.exists():
                link.hardlink_to(folder / pin.file)
        refused = packhouse_check(binary, [place], BASES[0], folder)
        found = [
            f"{result['check']}: {result['found']}" for results in refused.values() for result in results
        ]
        rows.append((title, len(files), found))
    return rows


def cell(text: str, limit: int = 90) -> str:
    text = text.replace("|", "\\|").replace("`", "'")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count_lines(verdicts: list[Verdict]) -> list[str]:
    groups = {
        "all": verdicts,
        "uploaded before 2018": [v for v in verdicts if v.pin.year < 2018],
        "uploaded since 2024": [v for v in verdicts if v.pin.year >= 2024],
        "for macOS or Windows": [v for v in verdicts if "macosx" in v.pin.file or "-win" in v.pin.file],
    }
    lines = ["| files | number | `private-index` refuses | `mirror` refuses | twine | packaging |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for title, some in groups.items():
        counts = [sum(bool(v.refused[base]) for v in some) for base in BASES]
        counts += [sum(bool(v.twine) for v in some), sum(bool(v.packaging) for v in some)]
        lines.append(f"| {title} | {len(some)} | " + " | ".join(map(str, counts)) + " |")
    return lines


def verdict_lines(verdicts: list[Verdict]) -> list[str]:
    lines = ["| file | year | refused by | found | right | `mirror` | twine | packaging |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for v in verdicts:
        if not v.refused[BASES[0]]:
            continue
        right = "; ".join(dict.fromkeys(RIGHT.get(check, "?") for check in v.refused[BASES[0]]))
        lines.append(
            f"| {v.pin.file} | {v.pin.year} | {', '.join(f'`{c}`' for c in v.refused[BASES[0]])} "
            f"| {cell(v.found)} | {right} | {', '.join(v.refused['mirror']) or 'takes it'} "
            f"| {cell(v.twine, 40) or 'passed'} | {cell(v.packaging, 40) or 'passed'} |"
        )
    return lines


def table(verdicts: list[Verdict]) -> str:
    """Every file, one a line, with what each tool says; an empty column is an acceptance."""
    rows = ["file\tyear\tprivate-index\tmirror\ttwine check --strict\tpackaging"]
    for v in verdicts:
        refused = [" ".join(v.refused[base]) for base in BASES]
        texts = [text.replace("\t", " ") for text in (v.twine, v.packaging)]
        rows.append("\t".join([v.pin.file, str(v.pin.year), *refused, *texts]))
    return "\n".join(rows) + "\n"


def page(verdicts: list[Verdict], releases: list[tuple[str, int, list[str]]]) -> str:
    checks = Counter(check for v in verdicts for check in v.refused[BASES[0]])
    lines = [
        "# Real files",
        "",
        "What `packhouse check` says of real files of the public index, beside `twine check --strict`",
        "and the strict parsers of `packaging`. `tools/real_files.py` downloads the files that",
        "`tools/real-files/` pins, measures, and writes this page and `tools/real-files/results.tsv`, which",
        "has every file; it is not part of CI. `twine check --strict` also fails where twine only warns, as",
        "of a description without a content type, and refuses with `packaging` each field that is newer than",
        "the metadata version.",
        "",
        *count_lines(verdicts),
        "",
        "Refused under the default policy, by check: "
        + ", ".join(f"`{check}` {count}" for check, count in checks.most_common())
        + ".",
        "",
        "## The files that are refused",
        "",
        *verdict_lines(verdicts),
        "",
        "## Releases with wheels for Linux, macOS and Windows",
        "",
        "`packhouse check FOLDER` on all files of a release.",
        "",
        "| release | files | refused |",
        "| --- | --- | --- |",
        *(
            f"| {title} | {count} | {cell('; '.join(found), 300) or 'nothing'} |"
            for title, count, found in releases
        ),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="where the files are, or go; outside the tree"
    )
    parser.add_argument("--index-url", help="default: the one that pip is configured for")
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "release" / "bin" / "packhouse")
    parser.add_argument("--write", action="store_true", help="write docs/real-files.md")
    given = parser.parse_args()
    files = read_list(LISTS / "files.tsv")
    releases = read_list(LISTS / "releases.tsv")
    folder = given.folder.resolve()
    download(index_url(given.index_url), folder, files + releases)
    verdicts = measure(given.binary, folder, files)
    text = page(verdicts, measure_releases(given.binary, folder, releases))
    if given.write:
        PAGE.write_text(text)
        RESULTS.write_text(table(verdicts))
    else:
        print(text)


if __name__ == "__main__":
    main()

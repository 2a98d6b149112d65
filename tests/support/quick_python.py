"""Stands in for the Python of a smoke check where hundreds are made: its venv and its pip take milliseconds.

It does what the desk asks of them and no more, with the standard library: makes an environment, installs the
wheel whose hash the requirements name from the index that it is pointed to, and says so in pip's own report.
write_quick_python(PATH) makes the program.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from hashlib import sha256
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from zipfile import ZipFile

SITE = "lib/python3.11/site-packages"


def write_quick_python(path: Path) -> Path:
    """An executable copy of this file."""
    path.write_text(f"#!{sys.executable} -ISB\n{Path(__file__).read_text()}")
    path.chmod(0o755)
    return path


def main(words: list[str]) -> int:
    if "venv" in words:
        return make_environment(Path(words[-1]))
    if "-c" in words:
        return describe()
    if "--require-hashes" in words:
        return install(words)
    if "--prefer-binary" in words:
        report(words, [])
    return 0


def make_environment(folder: Path) -> int:
    (folder / "bin").mkdir(parents=True)
    (folder / SITE).mkdir(parents=True)
    program = folder / "bin" / "python"
    program.write_bytes(Path(sys.argv[0]).read_bytes())
    program.chmod(0o755)
    return 0


def prefix() -> Path:
    return Path(sys.argv[0]).parent.parent


def describe() -> int:
    site = str(prefix() / SITE)
    places = {"purelib": site, "platlib": site, "scripts": str(prefix() / "bin"), "prefix": str(prefix())}
    print(json.dumps({**places, "tags": ["py3-none-any"], "python": "3.11", "pip": "26.2"}))
    return 0


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def get(url: str) -> bytes:
    parts = urlsplit(url)
    headers = {"Accept": "application/vnd.pypi.simple.v1+json"}
    netrc = Path.home() / ".netrc"
    if netrc.exists():
        login, secret = (netrc.read_text().split('"')[at] for at in (1, 3))
        headers["Authorization"] = "Basic " + b64encode(f"{login}:{secret}".encode()).decode()
    connection = HTTPConnection(parts.netloc, timeout=900)
    connection.request("GET", parts.path, headers=headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"status {answer.status}")
    return content


def install(words: list[str]) -> int:
    lines = Path(option(words, "-r")).read_text().split()
    # The address of a stage stands in the file, and in no argument.
    root = option(lines if "--index-url" in lines else words, "--index-url")
    (requirement,) = (word for word in lines if "==" in word)
    hashes = [word for word in lines if word.startswith("--hash=")]
    name, _, version = requirement.partition("==")
    page = f"{root.rstrip('/')}/{name}/"
    wanted = {each.removeprefix("--hash=sha256:") for each in hashes}
    for file in json.loads(get(page))["files"]:
        url = urljoin(page, file["url"])
        if not file["filename"].endswith(".whl") or file["hashes"]["sha256"] not in wanted:
            continue
        content = get(url)
        if sha256(content).hexdigest() not in wanted:
            return 1
        unpack(content)
        found = {"url": url, "archive_info": {"hashes": {"sha256": sha256(content).hexdigest()}}}
        about = {"name": name, "version": version}
        report(words, [{"download_info": found, "is_direct": False, "metadata": about}])
        return 0
    return 1


def unpack(content: bytes) -> None:
    site = prefix() / SITE
    with ZipFile(BytesIO(content)) as wheel:
        wheel.extractall(site)
        (info,) = {member.split("/")[0] for member in wheel.namelist() if ".dist-info/" in member}
    (site / info / "INSTALLER").write_text("pip\n")
    with (site / info / "RECORD").open("a") as record:
        record.write(f"../../../bin/nqctl,,\n{info}/INSTALLER,,\n")
    script = prefix() / "bin" / "nqctl"
    script.write_text("#!/bin/sh\necho '{}'\n")
    script.chmod(0o755)


def report(words: list[str], items: list[object]) -> None:
    if "--report" not in words:
        return
    Path(option(words, "--report")).write_text(json.dumps({"version": "1", "install": items}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Stands in for the Python of a smoke check where hundreds are made: its venv and its pip take milliseconds.

It does what the desk asks of them and no more, with the standard library: makes an environment, finds and
downloads the one wheel that the requirements name from the index that they name, and installs what it
downloaded. It starts hundreds of times: each call imports what it needs and no more.
write_quick_python(PATH) makes the program.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

TYPE_CHECKING = False  # typing's own costs its import
if TYPE_CHECKING:
    from typing import Any

SITE = "lib/python3.11/site-packages"
INDEX_OPTIONS = ("--index-url", "--extra-index-url", "--default-index")


class NotThereError(Exception):
    """What the index answers with 404."""


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
    if "--dry-run" in words:
        return resolve(words)
    if "--wheel-dir" in words:
        return download(words)
    if "--no-index" in words:
        return install(words)
    if "--require-hashes" in words:
        return download([*words, "--wheel-dir", option(words, "--target")])
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
    from base64 import b64encode
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

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
    if answer.status == 404:
        raise NotThereError
    if answer.status != 200:
        raise SystemExit(f"status {answer.status}")
    return content


class Found:
    """A wheel, and what pip's report says of it."""

    def __init__(self, filename: str, url: str, content: bytes, name: str, version: str) -> None:
        self.filename, self.url, self.content = filename, url, content
        self.name, self.version = name, version

    def item(self) -> dict[str, object]:
        digest = sha256(self.content).hexdigest()
        found = {"url": self.url, "archive_info": {"hashes": {"sha256": digest}}}
        about = {"name": self.name, "version": self.version}
        return {"download_info": found, "is_direct": False, "metadata": about}


def find(words: list[str]) -> Found | None:
    """The wheel of the wanted version, with one of the wanted hashes if there are any."""
    from urllib.parse import urljoin

    lines = Path(option(words, "-r")).read_text().split()
    (requirement,) = (word for word in lines if "==" in word)
    name, _, version = requirement.partition("==")
    wanted = {word.removeprefix("--hash=sha256:") for word in lines if word.startswith("--hash=")}
    options = [*lines, *words]
    # The address of a stage stands in the file, and in no argument.
    for root in (options[at + 1] for at, word in enumerate(options) if word in INDEX_OPTIONS):
        page = f"{root.rstrip('/')}/{name}/"
        for file in files_of(page):
            stem = f"{name.replace('-', '_')}-{version}-"
            if not file["filename"].startswith(stem) or not file["filename"].endswith(".whl"):
                continue
            if wanted and file["hashes"]["sha256"] not in wanted:
                continue
            url = urljoin(page, file["url"])
            content = get(url)
            if not wanted or sha256(content).hexdigest() in wanted:
                return Found(file["filename"], url, content, name, version)
    return None


def files_of(page: str) -> list[dict[str, Any]]:
    try:
        files: list[dict[str, Any]] = json.loads(get(page))["files"]
    except NotThereError:
        return []
    return files


def resolve(words: list[str]) -> int:
    found = find(words)
    if found:
        report(words, [found.item()])
    return 0 if found else 1


def download(words: list[str]) -> int:
    found = find(words)
    if not found:
        return 1
    folder = Path(option(words, "--wheel-dir"))
    folder.mkdir(exist_ok=True)
    (folder / found.filename).write_bytes(found.content)
    return 0


def install(words: list[str]) -> int:
    (wheel,) = Path(option(words, "--find-links")).iterdir()
    content = wheel.read_bytes()
    unpack(content)
    name, _, version = next(word for word in words if "==" in word).partition("==")
    report(words, [Found(wheel.name, wheel.as_uri(), content, name, version).item()])
    return 0


def unpack(content: bytes) -> None:
    from io import BytesIO
    from zipfile import ZipFile

    site = prefix() / SITE
    with ZipFile(BytesIO(content)) as wheel:
        wheel.extractall(site)
        (info,) = {member.split("/")[0] for member in wheel.namelist() if ".dist-info/" in member}
    (site / info / "INSTALLER").write_text("pip\n")
    names = [write_script(site, line) for line in scripts_of(site / info)]
    with (site / info / "RECORD").open("a") as record:
        record.write("".join(f"../../../bin/{name},,\n" for name in names) + f"{info}/INSTALLER,,\n")


def scripts_of(info: Path) -> list[str]:
    """The lines "name = module:function" of a distribution that has no other entry points."""
    entries = info / "entry_points.txt"
    lines = entries.read_text().splitlines() if entries.exists() else []
    return [line for line in lines if "=" in line]


def write_script(site: Path, line: str) -> str:
    name, _, target = line.replace(" ", "").partition("=")
    module, _, function = target.partition(":")
    script = prefix() / "bin" / name
    script.write_text(
        f"#!{sys.executable} -ISB\nimport sys\nsys.path.insert(0, {str(site)!r})\n"
        f"from {module} import {function}\nsys.exit({function}())\n"
    )
    script.chmod(0o755)
    return name


def report(words: list[str], items: list[object]) -> None:
    if "--report" not in words:
        return
    Path(option(words, "--report")).write_text(json.dumps({"version": "1", "install": items}))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

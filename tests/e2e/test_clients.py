"""pip, uv, twine, poetry, pdm, hatch, flit and maturin: each publishes or installs as docs/clients.md
says, and what it prints when it is refused is what its user needs to know."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.paths import PYTHON
from tests.support.processes import clean_environment
from tests.support.recipes import recipes
from tests.support.untouched import untouched

PUBLISH = recipes("Publish")
INSTALL = recipes("Install")

CONFIGURATION = """
access-log = true

[policy]
"metadata.private-classifier" = "refuse"
"""
PROJECT = """\
[project]
name = "demo"
version = "1.0"
description = "A test package"
requires-python = ">=3.9"
classifiers = [{classifiers}]

[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
"""
APPLICATION = """\
[project]
name = "application"
version = "0.1"
requires-python = ">=3.11"

[tool.poetry]
package-mode = false

[tool.pdm]
distribution = false
"""
PRIVATE = "Private :: Do Not Upload"


def test_the_document_has_a_recipe_for_every_client() -> None:
    assert list(PUBLISH) == ["twine", "uv", "poetry", "pdm", "hatch", "flit", "maturin"]
    assert list(INSTALL) == ["pip", "uv", "poetry", "pdm", "hatch"]


# The table: how each client words an answer, the first as regular expressions. {status} and {phrase} are
# HTTP's, {reason} is ours.

REFUSED_UPLOAD = {
    "twine": r"ERROR HTTPError: {status} {phrase} from {url} {reason}",
    "uv": r"cause: Server returned status code {status} {phrase}\. Server says: {reason}",
    "poetry": r"HTTP Error {status}: {reason} \|",
    "pdm": r"\[PublishError\]: Client error '{status} {phrase}' for url '{url}'",
    "hatch": r"Error uploading to repository: {url} - Client error '{status} {reason}' for url '{url}'",
    "flit": r"{status} Client Error: {reason} for url: {url}",
    "maturin": r"Caused by: .* Failed to upload \"demo-1\.0\S+ .*{reason}",
}
# maturin takes every 403 for a wrong password, and does not print its reason.
FORBIDDEN_UPLOAD = {"maturin": "Caused by: Username and/or password are possibly wrong"}
REASON_IN_LOG = {"pdm"}
WRONG_PASSWORD = {
    "pip": "401 Error, Credentials not correct for",
    "uv": "(401 Unauthorized)",
    "poetry": "Source (packhouse): Authorization error accessing {simple}demo/",
    "pdm": "[CandidateNotFound]: Unable to find candidates for demo.",
    "hatch": "401 Error, Credentials not correct for",
}
UNKNOWN_PROJECT = {
    "pip": "ERROR: No matching distribution found for nowhere==1.0",
    "uv": "nowhere was not found in the package registry",
    "poetry": "Could not find a matching version of package nowhere",
    "pdm": "[CandidateNotFound]: Unable to find candidates for nowhere.",
    "hatch": "ERROR: No matching distribution found for nowhere==1.0",
}
BLOCKED_VERSION = {
    "pip": "ERROR: No matching distribution found for demo==2.0",
    "uv": "there is no version of demo==2.0",
    "poetry": "Could not find a matching version of package demo",
    "pdm": "ERROR: Unable to find a resolution for demo",
    "hatch": "ERROR: No matching distribution found for demo==2.0",
}
YANKED_PIN = {
    "pip": "Reason for being yanked: broken on 3.14",
    "uv": 'warning: `demo==2.0` is yanked (reason: "broken on 3.14")',
    "poetry": "Reason for being yanked: broken on 3.14",
    "pdm": None,  # says nothing of it
    "hatch": "Reason for being yanked: broken on 3.14",
}


# Running them.


@pytest.fixture(scope="module")
def outside() -> Iterator[socket.socket]:
    """Where the clients' proxy settings lead: whoever connects to it wanted to leave this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture
def busy(make_index: Callable[[str], Index], tmp_path: Path) -> Index:
    """An index that writes down each request, and refuses what says that it is private."""
    config = tmp_path / "packhouse.toml"
    config.write_text(CONFIGURATION)
    index = make_index("index")
    index.options += ["--config", str(config)]
    return index.start()


@dataclass
class User:
    """Somebody with a project folder, a home, and every client; without a way out of this machine."""

    index: Index
    folder: Path
    environment: dict[str, str]

    def write(self, *, body: str = "", classifier: str = "") -> None:
        """The release demo 1.0, built; flit alone builds it again. Its bytes follow from the arguments."""
        module = f'"""A test package."""\n__version__ = "1.0"\n{body}'
        quoted = f'"{classifier}"' if classifier else ""
        files: dict[str, bytes | str] = {"demo/__init__.py": module}
        extra = f"Classifier: {classifier}\n" if classifier else ""
        (self.folder / "pyproject.toml").write_text(PROJECT.format(classifiers=quoted))
        for name in ("demo", "dist"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "demo" / "__init__.py").write_text(module)
        dist = self.folder / "dist"
        build_wheel(dist, "demo", "1.0", files=files, extra_metadata=extra)
        build_sdist(dist, "demo", "1.0", files=files, extra_metadata=extra)

    def publish(self, client: str, token: str) -> Outcome:
        environment = {**self.environment, "PACKHOUSE_TOKEN": token}
        return PUBLISH[client].run(self.folder, environment, self.index.url)

    def install(
        self, client: str, requirement: str, *, token: str = "", script: tuple[str, str] = ("", "")
    ) -> Outcome:
        (self.folder / "pyproject.toml").write_text(APPLICATION)
        environment = {**self.environment, "PACKHOUSE_TOKEN": token or self.index.read_token}
        url = self.index.url
        return INSTALL[client].run(self.folder, environment, url, requirement=requirement, script=script)

    def installed(self) -> str:
        """The version of demo that is importable in the project's environment; "" if none."""
        found = [path.parent.name for path in self.folder.rglob("demo-*.dist-info/METADATA")]
        assert len(found) <= 1, found
        return found[0].removeprefix("demo-").removesuffix(".dist-info") if found else ""

    def logs(self) -> str:
        """What a client wrote to a log in the home."""
        return "".join(path.read_text() for path in sorted(self.index.home.rglob("*.log")))


@pytest.fixture
def user(
    busy: Index, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, outside: socket.socket
) -> Iterator[User]:
    folder = tmp_path / "project"
    folder.mkdir()
    proxy = f"http://127.0.0.1:{outside.getsockname()[1]}"
    # Made once for all tests: what an environment is seeded with.
    seeds = tmp_path_factory.getbasetemp() / "virtualenv"
    environment = {
        **clean_environment(busy.home),
        "PATH": f"{PYTHON.parent}:/usr/bin:/bin",
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
        "ALL_PROXY": proxy,
        "NO_PROXY": "127.0.0.1",
        "NO_COLOR": "1",
        "COLUMNS": "1000",  # no line is broken
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "SOURCE_DATE_EPOCH": "1767600000",  # flit builds the same bytes twice
        "VIRTUALENV_OVERRIDE_APP_DATA": str(seeds),
        "PIP_TARGET": str(folder / ".venv"),
        "UV_PYTHON": str(PYTHON),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "TWINE_NON_INTERACTIVE": "1",
        "POETRY_VIRTUALENVS_IN_PROJECT": "1",
        "PDM_CHECK_UPDATE": "0",
        "PDM_PYTHON": "",
        "HATCH_ENV_TYPE_VIRTUAL_PATH": ".venv",
        "FLIT_NO_NETWORK": "1",
    }
    yield User(busy, folder, environment)
    with pytest.raises(BlockingIOError):
        outside.accept()


def folded(outcome: Outcome) -> str:
    """What a client printed, without colours and with every run of blanks as one: where it breaks lines is
    its own business."""
    return " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", outcome.text).split())


def names(index: Index, project: str = "demo") -> list[str]:
    return sorted(file["filename"] for file in index.project(project)["files"])


# Publishing.

BOTH = ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"]


@pytest.mark.parametrize("client", PUBLISH)
def test_publishes(client: str, user: User) -> None:
    user.write()
    done = user.publish(client, user.index.token)
    assert done.status == 0, done.text
    assert names(user.index) == BOTH


@pytest.mark.parametrize("client", PUBLISH)
def test_the_same_bytes_again_are_a_success_that_changes_nothing(client: str, user: User) -> None:
    user.write()
    assert user.publish(client, user.index.token).status == 0
    with untouched(user.index):
        again = user.publish(client, user.index.token)
    assert again.status == 0, again.text


@dataclass(frozen=True)
class Refusal:
    """An upload that must be refused, and the answer."""

    status: int
    reason: str  # all of it, as a regular expression
    prepare: Callable[[User], None] = User.write
    token: str = "admin"  # or "read", or the text of one
    spared: tuple[str, ...] = ()  # clients that do not even ask


def other_bytes(user: User) -> None:
    user.write()
    assert user.publish("twine", user.index.token).status == 0
    user.write(body="other = True\n")


def other_bytes_for_flit(user: User) -> None:
    user.write()
    assert user.publish("flit", user.index.token).status == 0
    user.write(body="other = True\n")


def private(user: User) -> None:
    user.write(classifier=PRIVATE)


def archived(user: User) -> None:
    user.index.upload(build_wheel(user.folder.parent, "demo", "0.9"))
    words = ["project", "status", "demo", "archived", "--reason", "see the successor"]
    changed = packhouse(*words, "--data", user.index.data, environment=clean_environment(user.index.home))
    assert changed.status == 0, changed.text
    user.write()


OTHER_BYTES = r'File already exists: "demo-1\.0\S+" is there with other bytes \(SHA-256 [0-9a-f]{64}\)\.'
NO_CLASSIFIER = (
    f'expected no classifier that begins with "Private ::", found "{PRIVATE}"; '
    '"metadata\\.private-classifier" = "warn" in the policy takes it'
)

REFUSALS = {
    "wrong password": Refusal(403, "the credential holds no token of this server", token="wrong"),
    "read-only token": Refusal(403, "this token may not upload here", token="read"),
    "other bytes": Refusal(400, OTHER_BYTES, other_bytes, spared=("hatch",)),
    "a check": Refusal(400, rf"metadata\.private-classifier: {NO_CLASSIFIER}", private),
    "archived project": Refusal(403, "project demo is archived: see the successor", archived),
}


@pytest.mark.parametrize("why", REFUSALS)
@pytest.mark.parametrize("client", PUBLISH)
def test_a_refused_upload_is_told_in_our_words_and_leaves_nothing(client: str, why: str, user: User) -> None:
    refusal = REFUSALS[why]
    if client == "flit" and refusal.prepare is other_bytes:  # it builds other bytes than twine sent
        refusal = replace(refusal, prepare=other_bytes_for_flit)
    refusal.prepare(user)
    tokens = {"admin": user.index.token, "read": user.index.read_token}
    with untouched(user.index):
        outcome = user.publish(client, tokens.get(refusal.token, refusal.token))
    if client in refusal.spared:
        assert outcome.status == 0, outcome.text
        assert "demo-1.0-py3-none-any.whl ... already exists" in folded(outcome), outcome.text
        return
    assert outcome.status != 0, outcome.text
    answer = {
        "status": str(refusal.status),
        "phrase": HTTPStatus(refusal.status).phrase,
        "url": re.escape(user.index.upload_url),
        "reason": refusal.reason,
    }
    line = REFUSED_UPLOAD[client].format(**answer)
    if refusal.status == HTTPStatus.FORBIDDEN:
        line = FORBIDDEN_UPLOAD.get(client, line)
    assert re.search(line, folded(outcome)), f"expected {line}\n{outcome.text}"
    if client in REASON_IN_LOG:
        assert re.search(refusal.reason, user.logs())


# Installing.


def stock(user: User) -> None:
    """demo 1.0 and 2.0, the latter to be withdrawn."""
    files = [build_wheel(user.folder.parent, "demo", version) for version in ("1.0", "2.0")]
    uploaded = user.index.upload(*files)
    assert uploaded.status == 0, uploaded.text


def withdraw(user: User, how: str) -> None:
    words = ["release", how, "demo", "2.0", "--reason", "broken on 3.14"]
    done = packhouse(*words, "--data", user.index.data, environment=clean_environment(user.index.home))
    assert done.status == 0, done.text


@pytest.mark.parametrize("client", INSTALL)
def test_installs(client: str, user: User) -> None:
    stock(user)
    done = user.install(client, "demo==1.0")
    assert done.status == 0, done.text
    assert user.installed() == "1.0"


@pytest.mark.parametrize("client", INSTALL)
def test_a_wrong_password_is_told_and_installs_nothing(client: str, user: User) -> None:
    stock(user)
    with untouched(user.index):
        outcome = user.install(client, "demo==1.0", token="wrong")
    assert outcome.status != 0, outcome.text
    assert WRONG_PASSWORD[client].format(simple=user.index.simple_url) in folded(outcome), outcome.text
    assert user.installed() == ""


@pytest.mark.parametrize("client", INSTALL)
def test_a_project_that_is_not_there_is_told(client: str, user: User) -> None:
    stock(user)
    with untouched(user.index):
        outcome = user.install(client, "nowhere==1.0")
    assert outcome.status != 0, outcome.text
    assert UNKNOWN_PROJECT[client] in folded(outcome), outcome.text


@pytest.mark.parametrize("client", INSTALL)
def test_a_blocked_version_is_offered_to_nobody(client: str, user: User) -> None:
    stock(user)
    withdraw(user, "block")
    with untouched(user.index):
        outcome = user.install(client, "demo==2.0")
    assert outcome.status != 0, outcome.text
    assert BLOCKED_VERSION[client] in folded(outcome), outcome.text
    assert user.installed() == ""


@pytest.mark.parametrize("client", INSTALL)
def test_a_yanked_version_is_passed_over(client: str, user: User) -> None:
    stock(user)
    withdraw(user, "yank")
    outcome = user.install(client, "demo")
    assert outcome.status == 0, outcome.text
    assert user.installed() == "1.0"


@pytest.mark.parametrize("client", INSTALL)
def test_a_yanked_version_is_installed_where_it_is_pinned_and_the_reason_is_told(
    client: str, user: User
) -> None:
    stock(user)
    withdraw(user, "yank")
    outcome = user.install(client, "demo==2.0")
    assert outcome.status == 0, outcome.text
    assert user.installed() == "2.0"
    assert (YANKED_PIN[client] or "") in folded(outcome), outcome.text


# What resolves without a file: the words that make an installation a resolution.
RESOLVES = {
    "pip": ("pip install", "pip install --dry-run"),
    "uv": ("uv add", "uv add --no-sync"),
    "poetry": ("poetry add", "poetry add --lock"),
    "pdm": ("pdm add", "pdm add --no-sync"),
}


@pytest.mark.parametrize("client", RESOLVES)
def test_resolves_from_metadata_files_alone(client: str, user: User) -> None:
    base = build_wheel(user.folder.parent, "base-lib", "2.0")
    demo = build_wheel(user.folder.parent, "demo", "1.0", requires=["base-lib>=1"])
    assert user.index.upload(base, demo).status == 0
    outcome = user.install(client, "demo==1.0", script=RESOLVES[client])
    assert outcome.status == 0, outcome.text
    fetched = [
        match[1]
        for line in user.index.process.errors
        if (match := re.search(r'"/files/\S+/([^/"]+)" \d+$', line))
    ]
    assert sorted(set(fetched)) == [f"{base.name}.metadata", f"{demo.name}.metadata"]
    assert user.installed() == ""


@pytest.mark.parametrize("client", ["pip"])
def test_other_bytes_than_were_pinned_are_not_installed(client: str, user: User) -> None:
    stock(user)
    (user.folder / "requirements.txt").write_text(f"demo==1.0 --hash=sha256:{'0' * 64}\n")
    outcome = user.install(client, "demo==1.0", script=("demo==1.0", "-r requirements.txt"))
    assert outcome.status == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE" in outcome.text
    assert user.installed() == ""

"""Several indexes in one server, and releases that go from one to the next by reference."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import FAIL_POINT, Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client, packhouse_binary
from tests.support.processes import clean_environment
from tests.support.raw_http import Reply, form, form_headers, send, upload_fields
from tests.support.untouched import stored, untouched
from tests.support.waiting import eventually

CONFIGURATION = """
[index.main]
[index.staging]
uploads = false
copy-from = ["main"]
[index.prod]
immutable = true
uploads = false
copy-from = ["staging"]
[index.prod.policy]
"limits.entries" = 4
"""
POINTS = ["copy-file-written", "copy-in-transaction", "copy-committed"]
PASSWORD = "correct horse battery"


@pytest.fixture
def indexes(make_index: Callable[[str], Index], tmp_path: Path) -> Index:
    """A server with main, staging and prod."""
    config = tmp_path / "packhouse.toml"
    config.write_text(CONFIGURATION)
    index = make_index("index")
    index.options += ["--config", str(config)]
    return index.start()


@pytest.fixture
def demo(indexes: Index, tmp_path: Path) -> list[Path]:
    """A wheel and an sdist of demo 1.0, uploaded to main."""
    files = build_pair(tmp_path, "demo", "1.0")
    assert indexes.upload(*files).status == 0
    return files


def call(index: Index, method: str, path: str, body: object = None, token: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {token or index.token}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    return send(index.url + path, method, headers=headers, body=sent)


def copy(index: Index, to: str, *, source: str, over: str = "http", version: str = "1.0") -> Outcome:
    words = ["release", "copy", "demo", version, "--from", source, "--index", to, "--reason", "tested"]
    where = ["--url", index.url] if over == "http" else ["--data", str(index.data)]
    environment = {**clean_environment(index.home), "PACKHOUSE_TOKEN": index.token}
    return packhouse(*words, *where, environment=environment)


def names(index: Index, root: str) -> list[str]:
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    reply = send(f"{index.url}{root}/simple/demo/", headers={**index.authorization(), **accept})
    if reply.status == 404:
        return []
    return sorted(file["filename"] for file in json.loads(reply.body)["files"])


@pytest.mark.parametrize("over", ["http", "data"])
def test_a_release_goes_from_index_to_index_without_a_byte(
    over: str, indexes: Index, demo: list[Path], tmp_path: Path
) -> None:
    before = stored(indexes).files
    expected = sorted(path.name for path in demo)
    for to, source in (("staging", "main"), ("prod", "staging")):
        assert names(indexes, f"/{to}") == []
        done = copy(indexes, to, source=source, over=over)
        assert done.status == 0, done.text
        assert done.out.startswith(f"{to}/demo/1.0: 2 files from {source}\nmanifest ")
        eventually(partial(names, indexes, f"/{to}"), expected)
        again = copy(indexes, to, source=source, over=over)
        assert again.status == 0
        assert "all of them there already; nothing changed" in again.out
    assert stored(indexes).files == before

    url = f"http://__token__:{indexes.read_token}@{indexes.url.removeprefix('http://')}/prod/simple/"
    environment = clean_environment(indexes.home)
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    target = tmp_path / "target"
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "install",
        *quiet,
        "--index-url",
        url,
        "--target",
        target,
        "demo",
    ]
    assert run_command(pip, environment).status == 0
    assert (target / "demo" / "__init__.py").exists()
    uv: list[str | Path] = [
        client("uv"),
        "pip",
        "install",
        "--no-cache",
        "--python",
        PYTHON,
        "--target",
        tmp_path / "uv",
    ]
    assert run_command([*uv, "--index-url", url, "demo==1.0"], environment).status == 0

    assert indexes.stop() == 0
    audit = packhouse("audit", "--json", "--data", indexes.data, environment=environment)
    assert audit.status == 0, audit.text
    assert audit.json()["files"] == 6
    assert audit.json()["orphans"] == []


def test_the_policy_of_each_index_is_obeyed_and_leaves_nothing(
    indexes: Index, demo: list[Path], tmp_path: Path
) -> None:
    path = "/{}/api/v1/projects/demo/releases/{}/copy"
    body = {"from": "main", "reason": "tested"}
    large = build_wheel(tmp_path, "demo", "2.0", files={f"demo/{n}.py": b"" for n in range(9)})
    assert indexes.upload(large).status == 0
    assert copy(indexes, "staging", source="main", version="2.0").status == 0
    table: list[tuple[str, str, object, int, str]] = [
        ("POST", path.format("prod", "1.0"), body, 403, 'the index prod takes no release from "main"'),
        ("POST", path.format("staging", "1.0"), {**body, "from": "staging"}, 403,
         'the index staging takes no release from "staging"'),
        ("POST", path.format("staging", "9.0"), body, 404,
         'there is no release "9.0" of demo in the index "main"'),
        ("POST", path.format("staging", "1.0"), {"from": "main"}, 400,
         'reason: expected 1 to 1000 bytes of text in one line, found ""'),
        ("POST", path.format("staging", "1.0"), {"reason": "x"}, 400,
         "expected a string at from, found nothing"),
    ]  # fmt: skip
    for method, where, sent, status, detail in table:
        with untouched(indexes):
            reply = call(indexes, method, where, sent)
        assert (reply.status, json.loads(reply.body)["detail"]) == (status, detail), where
    with untouched(indexes):
        refused = copy(indexes, "prod", source="staging", version="2.0")
    assert refused.status == 3, refused.text
    assert f"error: {large.name}: " in refused.err
    assert "hint: the policy of the index prod refuses it" in refused.err
    with untouched(indexes):
        sent_form = form(upload_fields(demo[0], "demo", "1.0"), demo[0].name, demo[0].read_bytes())
        headers = form_headers(indexes.authorization())
        reply = send(f"{indexes.url}/prod/legacy/", "POST", headers=headers, body=sent_form)
    assert (reply.status, reply.reason) == (403, "the index prod takes no uploads")


def test_a_role_counts_in_its_index_alone(indexes: Index, demo: list[Path]) -> None:
    made = call(indexes, "POST", "/api/v1/users", {"name": "alice", "permissions": [], "password": PASSWORD})
    assert made.status == 201, made.text
    assert copy(indexes, "staging", source="main").status == 0
    words = ["user", "role", "alice", "--project", "demo", "--role", "owner", "--index", "staging"]
    environment = {**clean_environment(indexes.home), "PACKHOUSE_TOKEN": indexes.token}
    given = packhouse(*words, "--url", indexes.url, environment=environment)
    assert given.status == 0, given.text
    roles = "/api/v1/projects/demo/roles"
    listed = json.loads(call(indexes, "GET", f"/staging{roles}").body)
    assert listed == {"roles": [{"project": "demo", "user": "alice", "role": "owner"}]}
    assert json.loads(call(indexes, "GET", roles).body) == {"roles": []}

    pair = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    alice = {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}
    yank = "/api/v1/projects/demo/releases/1.0/yank"
    body = json.dumps({"reason": "broken"}).encode()
    assert send(f"{indexes.url}/staging{yank}", "POST", headers=alice, body=body).status == 200
    for root in ("", "/prod"):
        assert send(f"{indexes.url}{root}{yank}", "POST", headers=alice, body=body).status == 403
        assert send(f"{indexes.url}{root}/simple/demo/", headers=alice).status == 403
    taken = packhouse(*words[:6], "none", *words[7:], "--data", indexes.data, environment=environment)
    assert taken.status == 0, taken.text
    assert json.loads(call(indexes, "GET", f"/staging{roles}").body) == {"roles": []}


def test_an_immutable_index_keeps_its_files_whoever_asks(indexes: Index, demo: list[Path]) -> None:
    assert copy(indexes, "staging", source="main").status == 0
    assert copy(indexes, "prod", source="staging").status == 0
    message = 'the index "prod" is immutable: its files stay'
    with untouched(indexes):
        where = f"/prod/api/v1/projects/demo/files/{demo[0].name}"
        refused = call(indexes, "DELETE", where, {"reason": "x"})
        assert refused.status == 403
        assert json.loads(refused.body)["message"] == message
        console = packhouse(
            "delete", demo[0].name, "--reason", "x", "--index", "prod", "--data", indexes.data,
            environment=clean_environment(indexes.home),
        )  # fmt: skip
        assert console.status == 4, console.text
        assert message in console.err
    gone = call(indexes, "DELETE", f"/api/v1/projects/demo/files/{demo[0].name}", {"reason": "x"})
    assert gone.status == 200, "main allows it, and prod keeps its own"
    assert names(indexes, "/prod") == sorted(path.name for path in demo)
    blocked = call(indexes, "POST", "/prod/api/v1/projects/demo/releases/1.0/block", {"reason": "secret"})
    assert blocked.status == 200
    assert names(indexes, "/prod") == []


def test_copying_asks_for_publish_there_and_read_here(indexes: Index, demo: list[Path]) -> None:
    def token(**words: object) -> str:
        made = call(indexes, "POST", "/api/v1/tokens", {"label": "x", **words})
        assert made.status == 201, made.text
        secret: str = json.loads(made.body)["token"]
        return secret

    path = "/staging/api/v1/projects/demo/releases/1.0/copy"
    body = {"from": "main", "reason": "tested"}
    reader = token(permissions=["read"])
    blind = token(permissions=["read", "publish"], index="staging")
    both = token(permissions=["read", "publish"])
    with untouched(indexes):
        assert call(indexes, "POST", path, body, token=reader).status == 403
        refused = call(indexes, "POST", path, body, token=blind)
        assert refused.status == 404
        assert json.loads(refused.body)["detail"] == 'there is no project "demo" in the index "main"'
    assert call(indexes, "POST", path, body, token=both).status == 200


def test_the_configuration_is_told_in_the_ledger(indexes: Index, tmp_path: Path) -> None:
    ledger = json.loads(call(indexes, "GET", "/api/v1/ledger").body)["entries"]
    policies = {entry["subject"]: entry["detail"] for entry in ledger if entry["action"] == "index.policy"}
    assert sorted(policies) == ["prod", "staging"]
    assert policies["prod"]["before"]["immutable"] is False
    assert policies["prod"]["after"] == {
        "immutable": True,
        "uploads": False,
        "copy_from": ["staging"],
        "checks": {"limits.entries": "4"},
    }
    assert indexes.stop() == 0
    indexes.start()
    again = json.loads(call(indexes, "GET", "/api/v1/ledger").body)["entries"]
    assert len(again) == len(ledger), "the same configuration is no change"


def test_the_start_says_where_each_index_is(indexes: Index) -> None:
    printed = [line for line in indexes.process.lines if line.startswith("index:")]
    assert printed == [f"index:   {indexes.url}{root}/simple/" for root in ("/main", "/prod", "/staging")]


def test_every_point_of_a_copy_has_a_test() -> None:
    printed = subprocess.run([packhouse_binary(), "fail-points"], capture_output=True, text=True, check=True)
    assert [point for point in printed.stdout.split() if point.startswith("copy-")] == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_a_copy_that_is_killed_is_there_whole_or_not_at_all(
    point: str, indexes: Index, demo: list[Path]
) -> None:
    before = stored(indexes)
    assert indexes.stop() == 0
    indexes.start(**{FAIL_POINT: point})
    assert copy(indexes, "staging", source="main").status != 0
    assert indexes.process.wait() == -9

    indexes.start()
    there = names(indexes, "/staging")
    if point == "copy-committed":
        assert there == sorted(path.name for path in demo)
    else:
        assert there == []
        assert stored(indexes) == before
    assert copy(indexes, "staging", source="main").status == 0
    assert names(indexes, "/staging") == sorted(path.name for path in demo)
    assert indexes.stop() == 0
    audit = packhouse("audit", "--data", indexes.data, environment=clean_environment(indexes.home))
    assert audit.status == 0, audit.text

"""What becomes of a release after its upload, as the administrator does it and as pip and uv see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import clean_environment
from tests.support.raw_http import Reply, form, form_headers, send, upload_fields
from tests.support.untouched import stored, untouched
from tests.support.waiting import eventually

Command = Callable[..., Outcome]


def pip(index: Index, *words: str | Path) -> Outcome:
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    command = [PYTHON, "-m", "pip", *words, *quiet, "--index-url", index.pip_url]
    return run_command(command, clean_environment(index.home))


def uv(index: Index, *words: str | Path) -> Outcome:
    where: list[str | Path] = ["--python", PYTHON, "--no-cache", "--index-url", index.pip_url]
    return run_command([client("uv"), "pip", *words, *where], clean_environment(index.home))


@pytest.fixture
def demo(index: Index, tmp_path: Path) -> list[Path]:
    """demo 1.0 and 2.0 as wheels, uploaded."""
    wheels = [build_wheel(tmp_path, "demo", version) for version in ("1.0", "2.0")]
    assert index.upload(*wheels).status == 0
    return wheels


@pytest.fixture(params=["data", "http"])
def command(index: Index, request: pytest.FixtureRequest) -> Command:
    """Runs packhouse on the data folder beside the server, or over HTTP."""

    def run(*words: str | Path) -> Outcome:
        environment = {**clean_environment(index.home), "PACKHOUSE_TOKEN": index.token}
        where = ["--data", index.data] if request.param == "data" else ["--url", index.url]
        return packhouse(*words, *where, environment=environment)

    return run


def call(index: Index, method: str, path: str, body: object = None, token: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {token or index.token}", "Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    return send(index.url + path, method, headers=headers, body=sent)


def unwrapped(outcome: Outcome) -> str:
    """What was printed, without the line breaks that twine puts into it."""
    return " ".join(outcome.text.split())


def page(index: Index) -> dict[str, object]:
    return {file["filename"]: file["yanked"] for file in index.project("demo")["files"]}


def offers(index: Index, expected: dict[str, object]) -> None:
    eventually(lambda: page(index), expected)


def test_yank_leaves_a_release_to_whoever_pins_it(
    index: Index, demo: list[Path], command: Command, tmp_path: Path
) -> None:
    done = command("release", "yank", "demo", "2.0", "--reason", "broken on 3.14")
    assert (done.status, done.out) == (0, "main/demo/2.0: yanked\n"), done.text
    offers(index, {demo[0].name: False, demo[1].name: "broken on 3.14"})

    newest = pip(index, "install", "--dry-run", "--target", tmp_path / "a", "demo")
    assert newest.status == 0, newest.text
    assert "Would install demo-1.0" in newest.out
    pinned = pip(index, "install", "--dry-run", "--target", tmp_path / "a", "demo==2.0")
    assert pinned.status == 0, pinned.text
    assert "Would install demo-2.0" in pinned.out
    assert "yanked version: 'demo' candidate (version 2.0" in pinned.text
    assert "Reason for being yanked: broken on 3.14" in pinned.text

    newest = uv(index, "install", "--dry-run", "--target", tmp_path / "b", "demo")
    assert newest.status == 0, newest.text
    assert "+ demo==1.0" in newest.text
    pinned = uv(index, "install", "--dry-run", "--target", tmp_path / "b", "demo==2.0")
    assert pinned.status == 0, pinned.text
    assert "+ demo==2.0" in pinned.text
    assert 'warning: `demo==2.0` is yanked (reason: "broken on 3.14")' in pinned.text

    again = command("release", "yank", "demo", "2.0", "--reason", "broken on 3.14")
    assert (again.status, again.out) == (0, "main/demo/2.0: yanked already; nothing changed\n"), again.text
    back = command("release", "unyank", "demo", "2.0", "--reason", "it was 3.15")
    assert (back.status, back.out) == (0, "main/demo/2.0: offered again\n"), back.text
    offers(index, {demo[0].name: False, demo[1].name: False})
    newest = pip(index, "install", "--dry-run", "--target", tmp_path / "a", "demo")
    assert "Would install demo-2.0" in newest.out


def test_one_file_is_yanked_alone(index: Index, demo: list[Path], command: Command, tmp_path: Path) -> None:
    sdist = build_sdist(tmp_path, "demo", "2.0")
    assert index.upload(sdist).status == 0
    done = command("release", "yank", "demo", "2.0", "--file", demo[1].name, "--reason", "wrong tag")
    assert (done.status, done.out) == (0, f"main/demo/2.0/{demo[1].name}: yanked\n"), done.text
    offers(index, {demo[0].name: False, demo[1].name: "wrong tag", sdist.name: False})


def test_block_offers_a_release_to_nobody_and_keeps_its_bytes(
    index: Index, demo: list[Path], command: Command, tmp_path: Path
) -> None:
    url = next(file["url"] for file in index.project("demo")["files"] if file["filename"] == demo[1].name)
    address = f"{index.url}/{url.removeprefix('../../')}"
    files = stored(index).files
    done = command("release", "block", "demo", "2.0", "--reason", "it holds a password")
    assert (done.status, done.out) == (0, "main/demo/2.0: blocked\n"), done.text
    offers(index, {demo[0].name: False})

    for tool in (pip, uv):
        pinned = tool(index, "install", "--dry-run", "--target", tmp_path / "a", "demo==2.0")
        assert pinned.status == 1, pinned.text
    locked = run_command(
        [PYTHON, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--dest", tmp_path / "got",
         address.replace("http://", f"http://__token__:{index.read_token}@")],
        clean_environment(index.home),
    )  # fmt: skip
    assert locked.status == 1
    assert "403 Client Error: release 2.0 of demo is blocked: it holds a password" in locked.text
    for suffix in ("", ".metadata"):
        refused = send(address + suffix, headers=index.authorization())
        assert (refused.status, refused.reason) == (
            403,
            "release 2.0 of demo is blocked: it holds a password",
        )
    assert stored(index).files == files

    with untouched(index):
        for file in (demo[1], build_sdist(tmp_path, "demo", "2.0")):
            refused_upload = index.upload(file)
            assert refused_upload.status == 1
            assert "403 Forbidden" in refused_upload.text
            assert "release 2.0 of demo is blocked: it holds a password" in unwrapped(refused_upload)

    back = command("release", "unblock", "demo", "2.0", "--reason", "the password was a sample")
    assert (back.status, back.out) == (0, "main/demo/2.0: offered again\n"), back.text
    offers(index, {demo[0].name: False, demo[1].name: False})
    assert send(address, headers=index.authorization()).body == demo[1].read_bytes()


def test_status_of_a_project_is_shown_and_obeyed(
    index: Index, demo: list[Path], command: Command, tmp_path: Path
) -> None:
    assert command("project", "status", "demo").out == "active\n"
    newer = build_wheel(tmp_path, "demo", "3.0")
    for status, offered in (("archived", True), ("quarantined", False)):
        done = command("project", "status", "demo", status, "--reason", "see the successor")
        assert (done.status, done.out) == (0, f"main/demo: {status}\n"), done.text
        expected: dict[str, object] = {wheel.name: False for wheel in demo} if offered else {}
        offers(index, expected)
        assert command("project", "status", "demo").out == f"{status}: see the successor\n"
        with untouched(index):
            refused = index.upload(newer)
            assert refused.status == 1
            assert "403 Forbidden" in refused.text
            assert f"project demo is {status}: see the successor" in unwrapped(refused)
    assert index.project("demo")["project-status"] == {
        "status": "quarantined",
        "reason": "see the successor",
    }
    assert pip(index, "download", "--dest", tmp_path / "got", "demo").status == 1
    assert command("project", "status", "demo", "deprecated", "--reason", "old").status == 0
    assert index.upload(newer).status == 0
    shown = command("project", "show", "demo").json()
    assert shown["status"] == "deprecated"
    assert [release["version"] for release in shown["releases"]] == ["1.0", "2.0", "3.0"]


RELEASE = "/api/v1/projects/demo/releases/2.0"
NO_REASON = 'reason: expected 1 to 1000 bytes of text in one line, found ""'
REFUSED: list[tuple[str, str, object, int, str]] = [
    ("POST", f"{RELEASE}/yank", {}, 400, NO_REASON),
    ("POST", f"{RELEASE}/yank", {"reason": "x", "for": "y"}, 400, 'unknown key "for"'),
    ("POST", f"{RELEASE}/yank", ["x"], 400, "expected a JSON object as the body"),
    ("POST", f"{RELEASE}/yank", {"reason": "x", "file": "a.whl"}, 404,
     'there is no file "a.whl" in release 2.0 of demo'),
    ("POST", f"{RELEASE}/unyank", {"reason": "a\nb"}, 400,
     'reason: expected 1 to 1000 bytes of text in one line, found "a\\x0ab"'),
    ("POST", f"{RELEASE}/block", {}, 400, NO_REASON),
    ("POST", f"{RELEASE}/block", {"reason": "x", "file": "a.whl"}, 400,
     "only a whole release can be blocked"),
    ("POST", "/api/v1/projects/demo/releases/9/block", {"reason": "x"}, 404,
     'there is no release "9" of demo'),
    ("POST", "/api/v1/projects/nope/releases/9/unblock", {"reason": "x"}, 404, 'there is no project "nope"'),
    ("PUT", "/api/v1/projects/demo/status", {"status": "gone", "reason": "x"}, 400,
     'expected one of active, archived, quarantined and deprecated, found "gone"'),
    ("PUT", "/api/v1/projects/demo/status", {"status": "archived"}, 400, NO_REASON),
    ("PUT", "/api/v1/projects/nope/status", {"status": "archived", "reason": "x"}, 404,
     'there is no project "nope" in the index "main"'),
]  # fmt: skip


def test_every_refusal_is_a_problem_and_leaves_nothing(index: Index, demo: list[Path]) -> None:
    for method, path, body, status, detail in REFUSED:
        with untouched(index):
            reply = call(index, method, path, body)
        assert reply.status == status, (path, body, reply)
        assert reply.headers["content-type"] == "application/problem+json"
        assert json.loads(reply.body)["detail"] == detail


def test_whoever_may_only_read_changes_nothing(index: Index, demo: list[Path]) -> None:
    for word in ("yank", "unyank", "block", "unblock"):
        with untouched(index):
            reply = call(index, "POST", f"{RELEASE}/{word}", {"reason": "x"}, token=index.read_token)
        assert reply.status == 403
        assert json.loads(reply.body)["detail"] == "this token may not yank here"
    with untouched(index):
        body = {"status": "archived", "reason": "x"}
        reply = call(index, "PUT", "/api/v1/projects/demo/status", body, token=index.read_token)
    assert reply.status == 403


def test_a_deleted_filename_stays_retired_through_block_and_back(index: Index, demo: list[Path]) -> None:
    gone = call(index, "DELETE", f"/api/v1/projects/demo/files/{demo[1].name}", {"reason": "x"})
    assert gone.status == 200
    assert call(index, "POST", f"{RELEASE}/block", {"reason": "x"}).status == 200
    assert call(index, "POST", f"{RELEASE}/unblock", {"reason": "x"}).status == 200
    with untouched(index):
        body = form(upload_fields(demo[1], "demo", "2.0"), demo[1].name, demo[1].read_bytes())
        refused = send(index.upload_url, "POST", headers=form_headers(index.authorization()), body=body)
    assert refused.status == 400
    assert refused.reason == (
        "File already exists: this filename was previously used by a file that has since been deleted; "
        "use a new version"
    )


def test_equal_versions_are_one_release_everywhere(index: Index, demo: list[Path], tmp_path: Path) -> None:
    """PEP 440: 1.0.0 is 1.0, and 1.0 came first."""
    longer = build_sdist(tmp_path, "demo", "1.0.0")
    assert index.upload(longer).status == 0
    there = sorted([demo[0].name, longer.name])
    assert index.project("demo")["versions"] == ["1.0", "2.0"]
    known = json.loads(call(index, "GET", "/api/v1/projects/demo").body)
    assert [release["version"] for release in known["releases"]] == ["1.0", "2.0"]
    for spelling in ("1.0", "1.0.0", "1"):
        release = json.loads(call(index, "GET", f"/pypi/demo/{spelling}/json").body)
        assert release["info"]["version"] == "1.0"
        assert sorted(file["filename"] for file in release["urls"]) == there
    project = json.loads(call(index, "GET", "/pypi/demo/json").body)
    assert list(project["releases"]) == ["1.0", "2.0"]
    shown = call(index, "GET", "/project/demo/").text
    assert "1.0.0<" not in shown.replace(longer.name, "")

    yanked = call(index, "POST", "/api/v1/projects/demo/releases/1.0.0/yank", {"reason": "broken"})
    assert json.loads(yanked.body) == {"subject": "main/demo/1.0", "changed": True}
    marks = {file["filename"]: file["yanked"] for file in index.project("demo")["files"]}
    assert marks == {demo[0].name: "broken", longer.name: "broken", demo[1].name: False}
    for wanted in ("demo==1.0", "demo==1.0.0"):
        installed = pip(index, "download", "--no-deps", "--dest", tmp_path / wanted, wanted)
        assert installed.status == 0, installed.text
        assert [path.name for path in (tmp_path / wanted).iterdir()] == [demo[0].name]

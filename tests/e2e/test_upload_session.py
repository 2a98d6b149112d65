"""Upload 2.0 (PEP 694): a release is staged, installed from its stage, and published as a whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_sdist, build_wheel
from tests.support.audit import audit, blobs
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import clean_environment
from tests.support.raw_http import form, form_headers, send, upload_fields
from tests.support.refusals import joined_session
from tests.support.upload2 import FileUpload, RefusedError, Session, Uploader
from tests.support.waiting import eventually


def uploader(index: Index, *permissions: str, project: str | None = None) -> Uploader:
    """Somebody with a new token; with the administrator's without permissions."""
    token = index.issue(*permissions, project=project) if permissions else index.token
    return Uploader(index.session_url, token)


def pip(index: Index, *words: str | Path) -> Outcome:
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    return run_command([PYTHON, "-m", "pip", *words, *quiet], clean_environment(index.home))


def with_token(url: str, token: str) -> str:
    return url.replace("http://", f"http://__token__:{token}@")


def shown(index: Index, project: str = "demo") -> list[str]:
    """The files that everybody sees."""
    return index.filenames(project)


def test_a_release_is_staged_smoked_and_published(index: Index, tmp_path: Path) -> None:
    base = build_wheel(tmp_path, "base-lib", "2.0")
    assert index.upload(base).status == 0
    demo = [
        build_wheel(tmp_path, "demo", "1.0", requires=["base-lib"]),
        build_sdist(tmp_path, "demo", "1.0", requires=["base-lib"]),
    ]
    session = uploader(index, "stage").open("Demo", "1.0")
    session.stage(*demo)
    assert {name: file["status"] for name, file in session.status()["files"].items()} == {
        path.name: "completed" for path in demo
    }
    assert shown(index) == []

    smoker = uploader(index, "smoke").join(session)
    with pytest.raises(RefusedError, match="403 this token may not publish here"):
        smoker.publish()
    url = with_token(smoker.stage_url, index.read_token)
    installed = pip(index, "install", "--target", tmp_path / "pip", "--index-url", url, "demo==1.0")
    assert installed.status == 0, installed.text
    assert (tmp_path / "pip" / "demo" / "__init__.py").exists()
    assert (tmp_path / "pip" / "base_lib" / "__init__.py").exists()

    published = uploader(index, "publish").join(session).publish()
    assert published["status"] == "published"
    assert sorted(shown(index)) == sorted(path.name for path in demo)
    assert send(session.stage_url, headers=index.authorization()).status == 404
    again = pip(index, "install", "--target", tmp_path / "after", "--index-url", index.pip_url, "demo==1.0")
    assert again.status == 0, again.text
    assert index.stop() == 0
    assert audit(index)["files"] == 3


def test_the_stage_url_alone_opens_the_session_for_pip_and_uv(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(build_wheel(tmp_path, "other", "1.0")).status == 0
    session = uploader(index).open("demo", "1.0")
    session.stage(wheel)

    words = ["--index-url", index.pip_url, "--extra-index-url", session.stage_url]
    installed = pip(index, "install", "--target", tmp_path / "pip", *words, "demo", "other")
    assert installed.status == 0, installed.text
    command: list[str | Path] = [client("uv"), "pip", "install", "--no-config", "--python", PYTHON]
    command += ["--target", tmp_path / "uv", "--index-url", session.stage_url, "demo"]
    installed = run_command(command, clean_environment(index.home))
    assert installed.status == 0, installed.text
    assert (tmp_path / "uv" / "demo" / "__init__.py").exists()
    assert (tmp_path / "pip" / "other" / "__init__.py").exists()

    hidden = send(f"{session.stage_url}other/")
    assert hidden.status == 404
    assert "needs a credential that may read the index" in hidden.text


def test_a_stage_serves_the_metadata_and_may_not_be_cached(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    session = uploader(index).open("demo", "1.0")
    session.stage(wheel)
    page = send(f"{session.stage_url}demo/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    assert page.headers["content-type"] == "application/vnd.pypi.simple.v1+json"
    html = send(f"{session.stage_url}demo/")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert f">{wheel.name}</a>" in html.text
    root = session.stage_url.removesuffix("simple/")
    link = html.text.split('href="../../')[1].split("#")[0]
    file = send(root + link)
    assert file.body == wheel.read_bytes()
    metadata = send(f"{root}{link}.metadata")
    assert metadata.body.startswith(b"Metadata-Version: 2.4\nName: demo\n")
    for answer in (page, html, file, metadata):
        assert answer.status == 200
        assert answer.headers["cache-control"] == "private, no-store"


def test_a_file_can_be_replaced_before_it_is_published(index: Index, tmp_path: Path) -> None:
    session = uploader(index).open("demo", "1.0")
    old = build_wheel(tmp_path, "demo", "1.0", files={"demo/__init__.py": "old = 1\n"})
    upload = session.announce(old)
    upload.send_bytes()
    upload.complete()
    upload.delete()
    assert upload.status() == "canceled"
    assert session.status()["files"] == {}
    new = build_wheel(tmp_path, "demo", "1.0", files={"demo/__init__.py": "new = 1\n"})
    session.stage(new)
    session.publish()
    assert index.stop() == 0
    report = audit(index)
    assert report["files"] == 1
    assert report["orphans"] == [], "the old wheel's bytes are gone"


def test_what_is_sent_twice_changes_nothing(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    session = uploader(index).open("demo", "1.0")
    first = session.announce(wheel)
    assert session.announce(wheel).body == first.body
    first.send_bytes()
    first.send_bytes()
    assert first.complete() == first.complete()
    assert session.announce(wheel).body["status"] == "completed"
    session.publish()
    assert shown(index) == [wheel.name]


Attempt = Callable[[Index, Session, Path], object]


def other_bytes(index: Index, session: Session, wheel: Path) -> None:
    content = bytearray(wheel.read_bytes())
    content[-1] ^= 1
    session.announce(wheel).send_bytes(bytes(content))


def second_name(index: Index, session: Session, wheel: Path) -> None:
    uploader(index, "stage").open("demo", "2.0")


def unfinished(index: Index, session: Session, wheel: Path) -> None:
    session.announce(wheel)
    session.publish()


def same_name(index: Index, session: Session, wheel: Path) -> None:
    session.announce(wheel)
    session.announce(wheel, size=1)


def stranger(index: Index, session: Session, wheel: Path) -> None:
    uploader(index, "stage", "publish", project="other").join(session)


REFUSALS: dict[str, tuple[Attempt, str, int]] = {
    # what is tried, how the refusal begins, entries of the ledger that are not of the refused request
    "a second session for the version": (
        lambda index, session, wheel: uploader(index).open("demo", "1.0", check=joined_session),
        "409 there is an open session for demo 1.0 already",
        0,
    ),
    "a new name by somebody else": (second_name, '409 the project name "demo" is reserved until ', 1),
    "somebody of another project": (stranger, '403 this credential may not smoke "demo"', 1),
    "a file of another project": (
        lambda index, session, wheel: session.announce(wheel, filename="other-1.0.tar.gz"),
        '400 filename: expected a file of demo 1.0, found "other-1.0.tar.gz"',
        0,
    ),
    "no secure digest": (
        lambda index, session, wheel: session.announce(wheel, hashes={"md5": "0" * 32}),
        "400 hashes: expected 1 to 12 digests, one of them secure, found 1",
        0,
    ),
    "another mechanism": (
        lambda index, session, wheel: session.announce(wheel, mechanism="vnd-acmecorp-postal"),
        '422 mechanism: expected "http-post-bytes", found "vnd-acmecorp-postal"',
        0,
    ),
    "a file that is too large": (
        lambda index, session, wheel: session.announce(wheel, size=1 << 40),
        "413 File too large. The limit of this index is 1073741824 bytes.",
        0,
    ),
    "bytes that were not announced": (other_bytes, "400 The digest supplied does not match the file: ", 1),
    "a name that the session has": (
        same_name,
        '409 the session has a file "demo-1.0-py3-none-any.whl" already, which is pending',
        1,
    ),
    "an unfinished file": (unfinished, "409 expected every file to be completed, found: ", 1),
    "no file": (
        lambda index, session, wheel: session.publish(),
        "409 the session has no file to publish",
        0,
    ),
    "a session that never was": (
        lambda index, session, wheel: session.uploader.call("GET", index.session_url + "phs_none"),
        "404 there is no such session",
        0,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_stores_nothing(name: str, index: Index, tmp_path: Path) -> None:
    attempt, expected, others = REFUSALS[name]
    session = uploader(index).open("demo", "1.0")
    wheel = build_wheel(tmp_path, "demo", "1.0")
    entries = ledger_length(index)
    with pytest.raises(RefusedError) as refusal:
        attempt(index, session, wheel)
    assert str(refusal.value).startswith(expected)
    assert index.stop() == 0
    report = audit(index)
    assert report["ledger_entries"] == entries + others
    assert report["files"] == 0
    assert report["orphans"] == []
    assert blobs(index) == []


def ledger_length(index: Index) -> int:
    reply = send(f"{index.url}/api/v1/ledger?limit=1000", headers=index.authorization())
    return reply.text.count('"sequence"')


def test_a_file_that_a_check_refuses_stays_out(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "2.0").rename(tmp_path / "demo-1.0-py3-none-any.whl")
    session = uploader(index).open("demo", "1.0")
    upload = session.announce(wheel)
    upload.send_bytes()
    with pytest.raises(RefusedError) as refusal:
        upload.complete()
    assert refusal.value.status == 400
    assert "form.version" in [error["source"] for error in refusal.value.body["errors"]]
    assert upload.status() == "error"
    assert session.status()["files"][wheel.name]["notices"]
    with pytest.raises(RefusedError, match="409 expected every file to be completed"):
        session.publish()
    assert index.stop() == 0
    report = audit(index)
    assert report["files"] == 0
    assert report["orphans"] == []
    assert blobs(index) == [], "bytes that the checks refuse are not kept"


def test_a_published_name_is_a_conflict_when_it_is_announced_and_when_it_is_published(
    index: Index, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    ours = build_wheel(first, "demo", "1.0", files={"demo/__init__.py": "ours = 1\n"})
    theirs = build_wheel(second, "demo", "1.0", files={"demo/__init__.py": "theirs = 1\n"})
    sdist = build_sdist(first, "demo", "1.0")
    session = uploader(index).open("demo", "1.0")
    session.stage(ours, sdist)
    assert index.upload(theirs).status == 0, "the owner of the reservation may upload"
    with pytest.raises(RefusedError, match=r"409 File already exists: .*is published with other bytes"):
        session.publish()
    assert shown(index) == [theirs.name], "all files or none"
    late = uploader(index).open("demo", "2.0")
    with pytest.raises(RefusedError, match=r"400 filename: expected a file of demo 2\.0"):
        late.announce(theirs)
    session.cancel()
    again = uploader(index).open("demo", "1.0")
    with pytest.raises(RefusedError, match="409 File already exists: "):
        again.announce(theirs)
    assert index.stop() == 0
    assert audit(index)["files"] == 1


def test_a_reserved_name_is_refused_to_a_legacy_upload_of_somebody_else(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    session = uploader(index, "stage").open("demo", "1.0")
    refused = index.upload(wheel)
    assert refused.status != 0
    assert 'the project name "demo" is reserved until' in refused.text
    assert shown(index) == []
    uploader(index).join(session).cancel()
    assert index.upload(wheel).status == 0


def test_two_publishers_have_one_winner(index: Index, tmp_path: Path) -> None:
    session = uploader(index).open("demo", "1.0")
    session.stage(*build_pair(tmp_path, "demo", "1.0"))

    def publish(_: int) -> str:
        try:
            return str(session.publish()["status"])
        except RefusedError as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as publishers:
        outcomes = sorted(publishers.map(publish, range(4)))
    assert outcomes == ["409 the session was published"] * 3 + ["published"]
    assert len(shown(index)) == 2
    assert index.stop() == 0
    assert audit(index)["files"] == 2


def test_two_that_open_a_session_at_once_get_one(index: Index) -> None:
    both = [uploader(index, "stage"), uploader(index, "stage")]

    def start(somebody: Uploader) -> str:
        try:
            return str(somebody.open("demo", "1.0").body["links"]["session"])
        except RefusedError as refused:
            return refused.reply.headers["location"]

    with ThreadPoolExecutor(2) as openers:
        links = list(openers.map(start, both))
    both[0].call("DELETE", links[0])
    assert json.loads(both[1].call("GET", links[1]).body)["status"] == "canceled"


def test_a_session_and_a_legacy_upload_have_one_winner(index: Index, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    staged = build_wheel(first, "demo", "1.0", files={"demo/__init__.py": "staged = 1\n"})
    legacy = build_wheel(second, "demo", "1.0", files={"demo/__init__.py": "legacy = 1\n"})
    session = uploader(index).open("demo", "1.0")
    session.stage(staged)

    def publish() -> str:
        try:
            return str(session.publish()["status"])
        except RefusedError as refused:
            return refused.detail

    def put() -> bool:
        body = form(upload_fields(legacy, "demo", "1.0"), legacy.name, legacy.read_bytes())
        reply = send(index.upload_url, "POST", headers=form_headers(index.authorization()), body=body)
        assert reply.status == 200 or reply.reason.startswith("File already exists")
        return reply.status == 200

    with ThreadPoolExecutor(2) as both:
        one, other = both.submit(publish), both.submit(put)
        published, uploaded = one.result(), other.result()
    assert published == "published" or published.startswith("File already exists: ")
    assert (published == "published") != uploaded
    expected = legacy if uploaded else staged
    digest = index.project("demo")["files"][0]["hashes"]["sha256"]
    assert digest == upload_fields(expected, "demo", "1.0")[-1][1]
    assert index.stop() == 0
    assert audit(index)["files"] == 1


def rows(index: Index) -> dict[str, int]:
    with sqlite3.connect(f"file:{index.data / 'packhouse.db'}?mode=ro", uri=True) as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("sessions", "session_files", "files", "releases", "projects")
        }


def test_an_expired_session_leaves_nothing_behind(index: Index, tmp_path: Path) -> None:
    session = uploader(index).open("demo", "1.0")
    session.stage(*build_pair(tmp_path, "demo", "1.0"))
    assert index.stop() == 0
    assert len(blobs(index)) == 3, "the wheel, its metadata and the sdist"
    assert audit(index)["orphans"] == []
    with sqlite3.connect(index.data / "packhouse.db") as database:
        database.execute("UPDATE sessions SET expires = 1")  # as time would

    index.start()
    eventually(lambda: set(rows(index).values()), {0})
    with pytest.raises(RefusedError, match="404 there is no such session"):
        uploader(index).join(session)
    assert index.stop() == 0
    assert blobs(index) == []
    assert audit(index)["files"] == 0


def test_an_administrator_lists_and_ends_sessions(index: Index, tmp_path: Path) -> None:
    def session_command(*words: str | Path) -> Outcome:
        environment = clean_environment(index.home) | {"PACKHOUSE_TOKEN": index.token}
        done = packhouse("session", *words, environment=environment)
        assert done.status == 0, done.text
        return done

    stager = uploader(index, "stage")
    stager.open("demo", "1.0").stage(build_wheel(tmp_path, "demo", "1.0"))
    stager.open("demo", "2.0")
    listed = session_command("list", "--json", "--url", index.url).json()["sessions"]
    assert [(one["project"], one["version"], one["files"]) for one in listed] == [
        ("demo", "1.0", 1),
        ("demo", "2.0", 0),
    ]
    assert session_command("list", "--json", "--data", index.data).json()["sessions"] == listed
    ended = session_command("cancel", "--url", index.url, str(listed[0]["id"]), "--reason", "its job died")
    assert ended.text.endswith(f"session {listed[0]['id']} is canceled\n")
    assert blobs(index) == []
    session_command("cancel", "--data", index.data, str(listed[1]["id"]))
    assert len(session_command("list", "--data", index.data).out.splitlines()) == 1, "the heading"
    uploader(index, "stage").open("demo", "2.0")


def test_gc_expires_sessions_of_a_server_that_does_not_run(index: Index, tmp_path: Path) -> None:
    session = uploader(index).open("demo", "1.0")
    session.stage(build_wheel(tmp_path, "demo", "1.0"))
    session.publish()
    uploader(index).open("demo", "2.0").stage(build_wheel(tmp_path, "demo", "2.0"))
    assert index.stop() == 0
    with sqlite3.connect(index.data / "packhouse.db") as database:
        database.execute("UPDATE sessions SET expires = 1 WHERE status = 'open'")
    collected = packhouse("gc", "--data", index.data, environment=clean_environment(index.home))
    assert collected.out.startswith("1 sessions expired\nremoved 2 blobs that no file needs ")
    assert audit(index)["orphans"] == []
    assert rows(index) == {"sessions": 1, "session_files": 1, "files": 1, "releases": 1, "projects": 1}


def test_extending_and_canceling(index: Index, tmp_path: Path) -> None:
    session = uploader(index).open("demo", "1.0")
    before = session.status()["expires-at"]
    assert session.extend(3600)["expires-at"] > before
    session.stage(build_wheel(tmp_path, "demo", "1.0"))
    file = FileUpload(session.uploader, tmp_path, {"links": {}})
    file.body["links"]["file-upload-session"] = next(iter(session.status()["files"].values()))["link"]
    session.cancel()
    assert session.status()["status"] == "canceled"
    assert session.status()["files"] == {}
    with pytest.raises(RefusedError, match="404 there is no such file in this session"):
        file.status()
    with pytest.raises(RefusedError, match="409 the session was canceled"):
        session.cancel()
    assert uploader(index).open("demo", "1.0").token != session.token


def test_no_session_token_is_logged_or_stored(make_index: Callable[[str], Index], tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("access-log = true\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    session = uploader(index).open("demo", "1.0")
    session.stage(build_wheel(tmp_path, "demo", "1.0"))
    assert send(f"{session.stage_url}demo/").status == 200
    assert send(f"{index.url}/stage/{session.token}/none").status == 404
    session.publish()
    assert index.stop() == 0
    log = "\n".join(index.process.errors)
    assert '"/stage/****/simple/demo/" 200' in log
    assert session.token not in log
    for path in index.data.rglob("*"):
        if path.is_file():
            assert session.token.encode() not in path.read_bytes(), f"{path} holds the token"


def test_every_index_has_sessions_of_its_own(make_index: Callable[[str], Index], tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("[index.dev]\n[index.prod]\nuploads = false\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    session = Uploader(f"{index.url}/dev/upload/", index.token).open("demo", "1.0")
    wheel = build_wheel(tmp_path, "demo", "1.0")
    session.stage(wheel)
    assert session.stage_url == f"{index.url}/dev/stage/{session.token}/simple/"
    assert send(f"{session.stage_url}demo/").status == 200
    assert send(session.stage_url.replace("/dev/", "/")).status == 404
    with pytest.raises(RefusedError, match="404 there is no such session"):
        uploader(index).join(session)
    with pytest.raises(RefusedError, match="403 the index prod takes no uploads"):
        Uploader(f"{index.url}/prod/upload/", index.token).open("demo", "1.0")
    session.publish()
    assert send(f"{index.url}/dev/simple/demo/", headers=index.authorization()).status == 200
    assert index.filenames("demo") == []


def test_a_project_that_takes_no_files_takes_no_session(index: Index, tmp_path: Path) -> None:
    assert index.upload(build_wheel(tmp_path, "demo", "1.0")).status == 0
    session = uploader(index).open("demo", "2.0")
    session.stage(build_wheel(tmp_path, "demo", "2.0"))
    assert index.stop() == 0
    archived = packhouse(
        "project", "status", "demo", "archived", "--reason", "done", "--data", index.data,
        environment=clean_environment(index.home),
    )  # fmt: skip
    assert archived.status == 0, archived.text
    index.start()
    with pytest.raises(RefusedError, match="403 project demo is archived: done"):
        uploader(index).open("demo", "3.0")
    with pytest.raises(RefusedError, match="403 project demo is archived: done"):
        uploader(index).join(session).publish()
    assert index.filenames("demo") == ["demo-1.0-py3-none-any.whl"]

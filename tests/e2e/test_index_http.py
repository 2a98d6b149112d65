"""The wire itself: what a client that reads every byte of an answer finds."""

from __future__ import annotations

import gzip
import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index
from tests.support.raw_http import Reply, form, form_headers, open_upload, read_reply, send, upload_fields
from tests.support.snapshot import snapshot

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


@pytest.fixture
def demo(index: Index, tmp_path: Path) -> list[Path]:
    """A wheel and an sdist of demo 1.0, uploaded."""
    files = build_pair(tmp_path, "demo", "1.0")
    assert index.upload(*files).status == 0
    return files


def get(index: Index, path: str, method: str = "GET", **headers: str) -> Reply:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(index.url + path, method, headers={**index.authorization(), **fields})


def file_path(index: Index, filename: str) -> str:
    files = index.project("demo")["files"]
    url: str = next(file["url"] for file in files if file["filename"] == filename)
    return "/" + url.removeprefix("../../")


def test_project_page_has_every_key_that_clients_read(index: Index, demo: list[Path]) -> None:
    page = index.project("demo")
    assert page["meta"]["api-version"] == "1.5"
    assert page["name"] == "demo"
    assert page["versions"] == ["1.0"]
    wheel = next(file for file in page["files"] if file["filename"] == demo[0].name)
    content = demo[0].read_bytes()
    assert wheel["hashes"] == {"sha256": hashlib.sha256(content).hexdigest()}
    assert wheel["size"] == len(content)
    assert wheel["requires-python"] == ">=3.9"
    assert wheel["yanked"] is False
    assert wheel["upload-time"].endswith("Z")
    metadata = get(index, file_path(index, demo[0].name) + ".metadata")
    digest = {"sha256": hashlib.sha256(metadata.body).hexdigest()}
    assert wheel["core-metadata"] == digest
    assert "dist-info-metadata" not in wheel  # older pips die of it
    assert all(value is not None for file in page["files"] for value in file.values())


def test_types_are_negotiated_and_named(index: Index, demo: list[Path]) -> None:
    def kind(accept: str, query: str = "") -> str:
        reply = get(index, f"/simple/demo/{query}", Accept=accept)
        assert reply.headers["vary"] == "Accept, Accept-Encoding"
        return reply.headers["content-type"]

    assert kind(JSON) == JSON
    assert kind("application/vnd.pypi.simple.latest+json") == JSON
    assert kind(f"{HTML};q=0.2, text/html;q=0.1") == f"{HTML}; charset=utf-8"
    assert kind("*/*") == "text/html; charset=utf-8"
    assert kind("text/html", f"?format={JSON.replace('+', '%2B')}") == JSON
    assert get(index, "/simple/demo/", Accept="image/png").status == 406
    assert get(index, "/simple/demo/?format=yaml").status == 406


def test_a_page_is_sent_once_and_then_confirmed(index: Index, demo: list[Path]) -> None:
    for path in ("/simple/", "/simple/demo/"):
        first = get(index, path, Accept=JSON)
        assert first.headers["cache-control"] == "private, max-age=0, must-revalidate"
        confirmed = get(index, path, Accept=JSON, If_None_Match=first.headers["etag"])
        assert (confirmed.status, confirmed.body) == (304, b"")
        assert confirmed.headers["etag"] == first.headers["etag"]
        assert get(index, path, Accept="*/*", If_None_Match=first.headers["etag"]).status == 200
        plain = get(index, path, "HEAD", Accept=JSON)
        assert (plain.status, plain.body) == (200, b"")
        assert plain.headers["content-length"] == str(len(first.body))


def test_an_upload_changes_the_pages_at_once(index: Index, demo: list[Path], tmp_path: Path) -> None:
    before = {path: get(index, path, Accept=JSON) for path in ("/simple/", "/simple/demo/")}
    assert index.upload(build_wheel(tmp_path, "demo", "2.0")).status == 0
    for path, old in before.items():
        new = get(index, path, Accept=JSON, If_None_Match=old.headers["etag"])
        assert new.status == 200
        assert int(new.headers["x-pypi-last-serial"]) == int(old.headers["x-pypi-last-serial"]) + 1
        assert json.loads(new.body)["meta"]["_last-serial"] == int(new.headers["x-pypi-last-serial"])


def test_gzip_is_the_same_page(index: Index, demo: list[Path]) -> None:
    plain = get(index, "/simple/demo/", Accept=JSON)
    packed = get(index, "/simple/demo/", Accept=JSON, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]
    assert get(index, "/simple/demo/", Accept=JSON, If_None_Match=packed.headers["etag"]).status == 200


def test_other_spellings_lead_to_the_page(index: Index, demo: list[Path]) -> None:
    def location(path: str) -> tuple[int, str]:
        reply = get(index, path)
        return reply.status, reply.headers["location"]

    assert location("/simple") == (301, "simple/")
    assert location("/simple/demo") == (301, "demo/")
    assert location("/simple/De..Mo/") == (301, "../de-mo/")
    assert get(index, "/simple/absent/").status == 404


def test_files_are_sent_whole_in_part_and_by_head(index: Index, demo: list[Path]) -> None:
    path, content = file_path(index, demo[0].name), demo[0].read_bytes()
    whole = get(index, path)
    assert whole.body == content
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"] == "private, max-age=31536000, immutable"
    head = get(index, path, "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(content)))
    part = get(index, path, Range="bytes=10-99", Accept_Encoding="identity")
    assert (part.status, part.body) == (206, content[10:100])
    assert part.headers["content-range"] == f"bytes 10-99/{len(content)}"
    assert get(index, path, Range="bytes=-22").body == content[-22:]
    assert get(index, path, Range=f"bytes={len(content)}-").status == 416
    resumed = get(index, path, Range="bytes=10-", If_Range=whole.headers["etag"])
    assert (resumed.status, resumed.body) == (206, content[10:])
    assert get(index, path, Range="bytes=10-", If_Range='"other"').status == 200
    assert get(index, path, If_None_Match=whole.headers["etag"]).status == 304


def test_bytes_are_offered_only_as_the_index_lists_them(index: Index, demo: list[Path]) -> None:
    path = file_path(index, demo[0].name)
    assert get(index, path.replace("demo-1.0", "demo-9.9")).status == 404
    assert get(index, path[:7] + "00" + path[9:]).status == 404
    assert get(index, "/files/../packhouse.db").status in (400, 404)
    assert get(index, "/files/%2e%2e/%2e%2e/packhouse.db").status in (400, 404)


def test_nobody_reads_or_writes_without_a_credential(index: Index, demo: list[Path]) -> None:
    for path in (
        "/",
        "/simple/",
        "/simple/demo/",
        "/project/demo/",
        file_path(index, demo[0].name),
        "/api/v1/tokens",
    ):
        reply = send(index.url + path)
        assert reply.status == 401, path
        assert reply.headers["www-authenticate"].startswith('Basic realm="packhouse"')
    refused = send(index.upload_url, "POST", headers=form_headers({}), body=b"x")
    assert refused.status == 403
    assert "www-authenticate" not in refused.headers


def test_problems_come_in_the_form_that_was_asked_for(index: Index) -> None:
    text = get(index, "/simple/absent/")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.reason == 'there is no project "absent"'
    plain_json = get(index, "/nothing", Accept="application/json")
    assert plain_json.headers["content-type"] == "application/json"
    assert set(plain_json_body := json.loads(plain_json.body)) >= {"message", "code", "title"}
    assert plain_json_body["title"] == "Not Found"
    problem = get(index, "/nothing", Accept="application/problem+json")
    assert problem.headers["content-type"] == "application/problem+json"
    assert json.loads(problem.body)["status"] == 404


def test_whoever_mixes_the_urls_up_is_told(index: Index) -> None:
    reading = get(index, "/legacy/")
    assert (reading.status, reading.headers["allow"]) == (405, "POST, OPTIONS")
    assert "this is the upload URL" in reading.reason
    writing = get(index, "/simple/", "POST")
    assert writing.status == 405
    assert "uploads go to /legacy/" in writing.reason
    slash = get(index, "/legacy", "POST")
    assert (slash.status, slash.headers["location"]) == (308, index.upload_url)


def test_the_alias_for_hatch_lists_the_same_files(index: Index, demo: list[Path]) -> None:
    page = get(index, "/legacy/+simple/demo/").text
    for path in demo:
        assert f">{path.name}</a>" in page
    assert 'href="../../../files/' in page


def refuse(index: Index, fields: list[tuple[str, str]], filename: str, content: bytes) -> str:
    """ "400 reason" of an upload after which everything is as before."""
    before = snapshot(index.data)
    body = form(fields, filename, content)
    reply = send(index.upload_url, "POST", headers=form_headers(index.authorization()), body=body)
    assert snapshot(index.data) == before
    return f"{reply.status} {reply.reason}"


def test_hostile_uploads_are_refused_and_leave_nothing(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    fields, content = upload_fields(wheel, "demo", "1.0"), wheel.read_bytes()

    def changed(name: str, value: str) -> list[tuple[str, str]]:
        return [(key, value if key == name else old) for key, old in fields]

    assert refuse(index, changed("sha256_digest", "0" * 64), wheel.name, content).startswith(
        "400 The digest supplied does not match the file"
    )
    assert refuse(index, changed(":action", "submit"), wheel.name, content).startswith("410 ")
    assert refuse(index, changed("name", "other"), wheel.name, content).startswith("400 ")
    assert refuse(index, changed("version", "2.0"), wheel.name, content).startswith("400 ")
    assert refuse(index, fields, "../" + wheel.name, content).startswith("400 ")
    assert refuse(index, fields, "demo-1.0.exe", content).startswith("400 ")
    assert refuse(index, [*fields, ("name", "demo")], wheel.name, content).startswith(
        "400 'name' has invalid data"
    )
    assert refuse(index, [*fields, ("x" * 50_000, "y")], wheel.name, content).startswith("413 ")
    assert refuse(index, fields, wheel.name, content + b"trailing").startswith("400 ")
    assert refuse(index, fields, wheel.name, b"").startswith("400 ")
    assert get(index, "/simple/demo/").status == 404


def test_an_upload_that_breaks_off_leaves_nothing(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    before = snapshot(index.data)
    body = form(upload_fields(wheel, "demo", "1.0"), wheel.name, wheel.read_bytes())
    with open_upload(index.upload_url, form_headers(index.authorization()), len(body)) as opened:
        opened.sendall(body[:-100])
    assert index.stop() == 0  # has seen the end of that connection by then
    index.start()
    assert get(index, "/simple/demo/").status == 404
    assert snapshot(index.data).files.keys() == before.files.keys()


def test_a_refused_upload_is_told_before_all_of_it_was_sent(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    body = form(upload_fields(wheel, "demo", "1.0"), wheel.name, wheel.read_bytes())
    with open_upload(index.upload_url, form_headers({}), len(body)) as opened:
        opened.sendall(body)
        assert read_reply(opened).status == 403


def test_pages_for_people_load_nothing(index: Index, demo: list[Path]) -> None:
    for path in ("/", "/project/demo/"):
        reply = get(index, path, Accept="text/html")
        assert reply.status == 200
        assert "<h1>" in reply.text
        assert reply.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "<script" not in reply.text
    assert f"{index.url}/simple/" in get(index, "/").text
    assert f">{demo[0].name}</a>" in get(index, "/project/demo/").text


def test_no_other_origin_may_read_by_default(index: Index, demo: list[Path]) -> None:
    for method in ("GET", "OPTIONS"):
        headers = {**index.authorization(), "Origin": "http://notebook.example"}
        for path in ("/", "/simple/demo/", "/openapi.json", "/pypi/demo/json", "/api/v1/search?q=demo"):
            reply = send(f"{index.url}{path}", method, headers=headers)
            assert reply.status in (200, 204), path
            assert not [name for name in reply.headers if name.startswith("access-control-")], path


def test_every_answer_has_the_type_that_it_states(index: Index, demo: list[Path]) -> None:
    wheel = index.project("demo")["files"][0]["url"].removeprefix("../..")
    for path in ("/", "/simple/demo/", "/nothing", wheel, "/-/health", "/api/v1/tokens", "/%00"):
        assert get(index, path).headers["x-content-type-options"] == "nosniff", path
    policy = get(index, wheel).headers["content-security-policy"]
    assert policy == "default-src 'none'; sandbox; frame-ancestors 'none'"


def test_health_is_told_to_anybody(index: Index) -> None:
    reply = send(f"{index.url}/-/health")
    assert (reply.status, reply.body) == (200, b'{"status":"ok"}')


def test_the_ledger_tells_of_every_change(index: Index, demo: list[Path]) -> None:
    entries = json.loads(get(index, "/api/v1/ledger").body)["entries"]
    actions = [entry["action"] for entry in entries]
    assert actions == ["index.create", "token.create", "token.create", "file.upload", "file.upload"]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0]["previous"] == "0" * 64
    assert all(later["previous"] == earlier["hash"] for earlier, later in pairwise(entries))
    assert entries[3]["subject"] == f"main/demo/1.0/{demo[0].name}"
    assert entries[3]["actor"]["kind"] == "token"
    assert index.token not in json.dumps(entries)

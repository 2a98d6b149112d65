"""`packhouse serve` as its administrator meets it: starting, stopping, configuring, letting people in."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.paths import packhouse_binary
from tests.support.processes import Child, clean_environment
from tests.support.raw_http import (
    Reply,
    form,
    form_headers,
    open_upload,
    read_invitation,
    read_reply,
    send,
    upload_fields,
)
from tests.support.waiting import eventually

TOKEN = r"phk_[A-Za-z0-9]{49}"
MakeIndex = Callable[[str], Index]


def command(index: Index, *words: str | Path, **variables: str) -> Outcome:
    return packhouse(*words, environment={**clean_environment(index.home), **variables})


def status(index: Index, token: str, path: str = "/simple/") -> int:
    return send(index.url + path, headers={"Authorization": f"Bearer {token}"}).status


def test_a_first_start_prints_where_its_tokens_are_and_no_token(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    data = tmp_path / "it's data"
    command: list[str | Path] = [packhouse_binary(), "serve", "--data", data, "--listen", "127.0.0.1:0"]
    with Child(command, environment=clean_environment(tmp_path)) as server:
        url = server.wait_for_line(r"^listening on (\S+)$")[1]
        host = url.removeprefix("http://")
        quoted = str(data).replace("'", r"'\''")
        page = f"http://__token__:$(cat '{quoted}/read-token')@{host}/simple/"
        assert server.lines == [
            f"admin token: in {data}/admin-token; delete the file once the token is kept elsewhere",
            f"index:   {url}/simple/",
            f"upload:  {url}/legacy/",
            f"install: pip install --index-url {page} PROJECT",
            f"listening on {url}",
        ]
        shown = subprocess.check_output(["sh", "-c", f"echo {server.lines[3]}"], text=True)
        for name, answer in (("admin-token", 200), ("read-token", 403)):
            assert (data / name).stat().st_mode & 0o777 == 0o600
            token = (data / name).read_text().strip()
            assert re.fullmatch(TOKEN, token)
            assert token not in "\n".join([*server.lines, *server.errors])
            assert (f":{token}@" in shown) == (name == "read-token"), "the line for pip works in a shell"
            header = {"Authorization": f"Bearer {token}"}
            assert send(f"{url}/simple/", headers=header).status == 200
            assert send(f"{url}/api/v1/tokens", headers=header).status == answer


def test_a_first_start_on_a_terminal_shows_its_tokens_once(tmp_path: Path) -> None:
    command: list[str | Path] = [
        packhouse_binary(),
        "serve",
        "--data",
        tmp_path / "data",
        "--listen",
        "127.0.0.1:0",
    ]
    terminal, end = pty.openpty()
    server = subprocess.Popen(command, env=clean_environment(tmp_path), stdout=end, stderr=subprocess.DEVNULL)
    os.close(end)
    try:
        shown = ""
        while "listening on" not in shown:
            shown += os.read(terminal, 4096).decode()
    finally:
        server.kill()
        server.wait()
        os.close(terminal)
    assert re.search(rf"^admin token \(shown once\): {TOKEN}\r$", shown, re.M)
    assert re.search(
        rf"^install: pip install --index-url http://__token__:{TOKEN}@\S+ PROJECT\r$", shown, re.M
    )
    assert not list((tmp_path / "data").glob("*-token"))


def in_own_mounts(script: str, *words: str | Path) -> list[str | Path]:
    """A command line for a shell script that may mount what nothing else sees."""
    namespaces = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    if subprocess.run(["unshare", *namespaces, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this system refuses mount namespaces")
    return ["unshare", *namespaces, "sh", "-ec", script, "sh", *words]


def test_a_full_disk_is_503_for_a_change_and_507_for_an_upload_and_no_answer_names_the_folder(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    script = 'mount -t tmpfs -o size=16m tmpfs "$2"; exec "$1" serve --data "$2" --listen 127.0.0.1:0'
    command = in_own_mounts(script, packhouse_binary(), data)
    with Child(command, environment=clean_environment(tmp_path)) as server:
        url = server.wait_for_line(r"^listening on (\S+)$")[1]
        inside = Path(f"/proc/{server.pid}/root{data}")
        header = {"Authorization": f"Bearer {(inside / 'admin-token').read_text().strip()}"}

        def upload(name: str, source: str = "") -> Reply:
            wheel = build_wheel(tmp_path, name, "1.0", files={f"{name}/__init__.py": source})
            body = form(upload_fields(wheel, name, "1.0"), wheel.name, wheel.read_bytes())
            return send(f"{url}/legacy/", "POST", headers=form_headers(header), body=body, audit=False)

        def change(word: str) -> Reply:
            return send(
                f"{url}/api/v1/projects/demo/releases/1.0/{word}",
                "POST",
                headers={**header, "Content-Type": "application/json"},
                body=b'{"reason": "broken"}',
                audit=False,
            )

        assert upload("demo").status == 200
        filler = inside / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as full:
            while True:
                full.write(bytes(4096))
        replies = (change(word) for word in ["yank", "unyank"] * 200)
        refused = next(reply for reply in replies if reply.status != 200)
        assert refused.status == 503, refused.text
        assert "the disk of its database is full" in refused.text
        sent = upload("other", "x = 1\n" * 10_000)
        assert sent.status == 507, sent.text
        assert str(tmp_path) not in refused.text + refused.reason + sent.text + sent.reason
        filler.unlink()
        assert {change("yank").status, change("unyank").status} == {200}


def test_later_starts_print_no_token_and_keep_the_first(make_index: MakeIndex) -> None:
    index = make_index("index").start()
    assert index.stop() == 0
    index.start()
    assert [line.split(":")[0] for line in index.process.lines] == ["index", "upload", "listening on http"]
    assert status(index, index.token) == 200


def test_a_stop_at_the_moment_it_listens_is_a_graceful_one(make_index: MakeIndex) -> None:
    index = make_index("index")
    assert [index.start().stop() for _ in range(10)] == [0] * 10


def test_a_second_server_on_the_same_data_is_refused(index: Index) -> None:
    second = command(index, "serve", "--data", index.data, "--listen", "127.0.0.1:0")
    assert second.status == 6
    assert "is using the data folder" in second.err
    assert f"process {index.process.pid}" in second.err
    assert second.out == ""


def test_a_port_that_is_taken_is_named(index: Index, make_index: MakeIndex) -> None:
    other = make_index("other")
    taken = index.url.removeprefix("http://")
    refused = command(other, "serve", "--data", other.data, "--listen", taken)
    assert refused.status != 0
    assert taken.rpartition(":")[2] in refused.err


def test_configuration_faults_are_told_with_their_place(make_index: MakeIndex, tmp_path: Path) -> None:
    index = make_index("index")
    config = tmp_path / "packhouse.toml"
    config.write_text("[index.main]\nopen-readng = true\n")
    refused = command(index, "serve", "--data", index.data, "--config", config)
    assert refused.status == 2
    assert 'packhouse.toml:2:1: unknown key "open-readng" in [index.main]' in refused.err
    assert 'did you mean "open-reading"?' in refused.err
    assert not index.data.exists()
    for text, fault in (
        ('cors-origins = ["notebook.example"]', 'an origin in cors-origins, found "notebook.example"'),
        ('allowed-hosts = ["https://x"]', 'a host in allowed-hosts, found "https://x"'),
    ):
        config.write_text(text)
        refused = command(index, "serve", "--data", index.data, "--listen", "127.0.0.1:0", "--config", config)
        assert (refused.status, fault in refused.err) == (2, True), refused.text


def test_reading_can_be_opened_and_writing_cannot(make_index: MakeIndex, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("[index.main]\nopen-reading = true\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    assert send(f"{index.url}/simple/").status == 200
    assert send(f"{index.url}/api/v1/tokens").status == 401
    assert send(index.upload_url, "POST", body=b"x").status == 403


def answers(index: Index) -> bool:
    try:
        return send(f"{index.url}/-/health").status == 200
    except OSError:
        return False


def test_stopping_lets_an_upload_finish_and_loses_nothing(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0", files={"demo/data.bin": bytes(range(256)) * 2000})
    body = form(upload_fields(wheel, "demo", "1.0"), wheel.name, wheel.read_bytes())
    headers = {**form_headers(index.authorization()), "Expect": "100-continue"}
    opened = open_upload(index.upload_url, headers, len(body))
    read_invitation(opened)
    opened.sendall(body[: len(body) // 2])

    index.process.terminate()
    # The connection of the upload keeps the port from being given to another server.
    eventually(lambda: answers(index), False)

    opened.sendall(body[len(body) // 2 :])
    reply = read_reply(opened)
    assert reply.status == 200, reply.text
    opened.close()
    assert index.process.wait() == 0

    index.start()
    assert [file["filename"] for file in index.project("demo")["files"]] == [wheel.name]


def test_tokens_made_and_revoked_on_the_data_folder_are_noticed(index: Index) -> None:
    made = command(index, "token", "create", "--data", index.data, "--label", "ci", "--allow", "read")
    assert made.status == 0, made.err
    token = made.out.strip()
    assert re.fullmatch(TOKEN, token), "the token alone is on stdout"
    eventually(lambda: status(index, token), 200)

    listed = command(index, "token", "list", "--data", index.data)
    assert " ci " in listed.out
    assert token not in listed.text
    row = next(line for line in listed.out.splitlines() if " ci " in line)
    revoked = command(index, "token", "revoke", "--data", index.data, row.split()[0], "--reason", "leaked")
    assert revoked.status == 0, revoked.err
    eventually(lambda: status(index, token), 401)


def test_tokens_over_http_need_the_admin_token_from_the_environment(index: Index) -> None:
    words = ["token", "create", "--url", index.url, "--label", "ci of demo", "--allow", "read,upload"]
    assert command(index, *words).status == 4
    stranger = command(index, *words, PACKHOUSE_TOKEN="phk_" + "x" * 43)
    assert stranger.status == 4
    assert "was not issued by this server" in stranger.err

    made = command(index, *words, "--project", "Demo", "--expires-days", "7", PACKHOUSE_TOKEN=index.token)
    assert made.status == 0, made.err
    token = made.out.strip()
    assert status(index, token, "/simple/demo/") == 404, "known, and there is no such project yet"
    assert status(index, token) == 403, "bound to one project"

    listed = command(index, "token", "list", "--json", "--url", index.url, PACKHOUSE_TOKEN=index.token).json()
    last = listed["tokens"][-1]
    assert (last["label"], last["project"]) == ("ci of demo", "demo")
    assert last["permissions"] == ["read", "upload"]
    ended = command(
        index, "token", "revoke", "--url", index.url, str(last["id"]), PACKHOUSE_TOKEN=index.token
    )
    assert ended.status == 0, ended.err
    assert status(index, token, "/simple/demo/") == 401


def test_a_credential_in_the_url_is_refused(index: Index) -> None:
    url = index.url.replace("http://", "http://__token__:secret@")
    refused = command(index, "token", "list", "--url", url, PACKHOUSE_TOKEN=index.token)
    assert refused.status == 2
    assert "without credentials" in refused.err
    assert "secret" not in refused.text


def test_deleting_a_file_retires_its_name(index: Index, tmp_path: Path) -> None:
    wheel, sdist = build_pair(tmp_path, "demo", "1.0")
    assert index.upload(wheel, sdist).status == 0
    here = command(index, "delete", wheel.name, "--data", index.data, "--reason", "broken")
    assert here.status == 0, here.err
    there = command(
        index, "delete", sdist.name, "--url", index.url, "--reason", "broken", PACKHOUSE_TOKEN=index.token
    )
    assert there.status == 0, there.err

    page = f"{index.url}/simple/demo/"
    eventually(lambda: send(page, headers=index.authorization()).status, 404)
    for path in (wheel, sdist):
        again = index.upload(path)
        assert again.status != 0
        assert "deleted" in again.text, again.text
    assert command(index, "delete", wheel.name, "--data", index.data, "--reason", "x").status == 5


def test_a_release_and_a_project_are_deleted_after_a_preview(index: Index, tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        assert index.upload(*build_pair(tmp_path, "demo", version)).status == 0
    page = f"{index.url}/simple/demo/"

    preview = command(index, "delete", "demo", "--dry-run", "--data", index.data)
    assert preview.status == 0, preview.err
    assert preview.out.splitlines()[0].startswith("delete   demo 1.0: 2 files, "), preview.out
    assert preview.out.endswith("nothing is deleted yet\n")
    assert command(index, "delete", "demo", "--data", index.data).status == 2
    assert send(page, headers=index.authorization()).text.count("demo-2.0") > 0

    words = ("--url", index.url, "--reason", "it holds a password")
    there = command(index, "delete", "demo", "1.0", *words, PACKHOUSE_TOKEN=index.token)
    assert there.status == 0, there.err
    listed = send(page, headers=index.authorization()).text
    assert "demo-1.0" not in listed
    assert "demo-2.0" in listed

    here = command(index, "delete", "demo", "--data", index.data, "--reason", "never meant for here")
    assert here.status == 0, here.err
    eventually(lambda: send(page, headers=index.authorization()).status, 404)
    again = command(index, "delete", "demo", *words, PACKHOUSE_TOKEN=index.token)
    assert again.status == 5, again.text


def test_an_audit_needs_the_folder_for_itself_and_finds_it_sound(index: Index, tmp_path: Path) -> None:
    assert index.upload(*build_pair(tmp_path, "demo", "1.0")).status == 0
    assert command(index, "audit", "--data", index.data).status != 0
    assert index.stop() == 0
    report = command(index, "audit", "--json", "--data", index.data)
    assert report.status == 0, report.text
    found = report.json()
    assert (found["sound"], found["files"], found["findings"], found["orphans"]) == (True, 2, [], [])

    blob = next(
        path
        for path in index.data.rglob("*")
        if path.is_file() and path.stat().st_size > 1000 and "packhouse.db" not in path.name
    )
    blob.unlink()
    spoiled = command(index, "audit", "--data", index.data)
    assert spoiled.status == 3
    assert "blob.missing" in spoiled.out


def test_gc_removes_the_bytes_of_deleted_files(index: Index, tmp_path: Path) -> None:
    wheel, sdist = build_pair(tmp_path, "demo", "1.0")
    assert index.upload(wheel, sdist).status == 0
    assert command(index, "delete", wheel.name, "--data", index.data, "--reason", "x").status == 0
    assert index.stop() == 0
    collected = command(index, "gc", "--data", index.data)
    assert collected.out.startswith("removed 2 blobs that no file needs"), collected.text
    audited = command(index, "audit", "--json", "--data", index.data).json()
    assert (audited["sound"], audited["files"], audited["orphans"]) == (True, 1, [])


def test_no_secret_is_in_any_output(make_index: MakeIndex, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("access-log = true\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    canary = "phk_" + "canary" * 7 + "c"
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(wheel).status == 0
    assert index.upload(wheel, password=canary).status != 0
    headers = [
        {"Authorization": f"Bearer {canary}"},
        {"Authorization": f"Basic {canary}"},
        {"Cookie": canary},
        {"X-Canary": canary},
    ]
    for header in headers:
        send(f"{index.url}/simple/demo/?token={canary}", headers=header)
        send(index.upload_url, "POST", headers={**header, "Content-Type": canary}, body=canary.encode())
        body = f'{{"{canary}":1}}'.encode()
        for content_type in ("application/json", canary):
            typed = {**header, "Content-Type": content_type}
            send(f"{index.url}/api/v1/tokens", "POST", headers=typed, body=body)
    made = command(index, "token", "create", "--url", index.url, "--label", "x", PACKHOUSE_TOKEN=index.token)
    assert index.stop() == 0
    log = "\n".join(index.process.errors)
    assert '"/simple/demo/" 401' in log, "the access log was on"
    for secret in (canary, index.token, made.out.strip(), "canary"):
        assert secret not in log
    for path in index.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert index.token.encode() not in content, f"{path} holds the admin token"
            assert b"canary" not in content

"""People: made, let in with a password, given a role, disabled; with the real twine and pip."""

from __future__ import annotations

import base64
import json
import os
import pty
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import client, packhouse_binary
from tests.support.processes import PATIENCE, clean_environment
from tests.support.raw_http import send

PASSWORD = "korrekte Grüße"  # curl and uv send UTF-8, pip and twine Latin-1


def user_command(index: Index, *words: str, typed: str = "", **variables: str) -> Outcome:
    """`packhouse user …` with `typed` on stdin."""
    done = subprocess.run(
        [str(packhouse_binary()), "user", *words],
        env={**clean_environment(index.home), **variables},
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def on_data(index: Index, verb: str, *words: str, typed: str = "") -> Outcome:
    return user_command(index, verb, "--data", str(index.data), *words, typed=typed)


def login(name: str, password: str = PASSWORD) -> dict[str, str]:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def status_becomes(index: Index, headers: dict[str, str], expected: int) -> bool:
    """A running server notices by itself. One try a second: the server slows guesses down."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if send(index.simple_url, headers=headers).status == expected:
            return True
        time.sleep(1)
    return False


def test_the_commands_of_the_documentation(index: Index) -> None:
    made = on_data(index, "create", "alice", "--allow", "read", typed=PASSWORD + "\n")
    assert (made.status, made.out, made.err) == (0, "", "made the user alice\n")
    assert on_data(index, "role", "alice", "--project", "demo", "--role", "maintainer").status == 0

    listed = on_data(index, "list")
    assert listed.out.splitlines()[1].split() == ["alice", "read", "live", "yes"]
    assert PASSWORD not in listed.text
    assert json.loads(on_data(index, "list", "--json").out)["users"][0]["name"] == "alice"

    assert on_data(index, "password", "alice", typed="another horse\n").status == 0
    assert status_becomes(index, login("alice", "another horse"), 200)
    assert send(index.simple_url, headers=login("alice")).status == 401

    assert on_data(index, "disable", "alice", "--reason", "left the company").status == 0
    ledger = json.loads(send(f"{index.url}/api/v1/ledger", headers=index.authorization()).body)
    last = ledger["entries"][-1]
    assert (last["action"], last["reason"]) == ("user.disable", "left the company")
    assert PASSWORD not in json.dumps(ledger)
    assert "argon2" not in json.dumps(ledger)


def test_faults_are_told_without_the_password(index: Index) -> None:
    short = on_data(index, "create", "alice", typed="canary\n")
    assert short.status == 2
    assert "password: expected 8 to 256 bytes" in short.err
    assert "canary" not in short.text
    nothing = on_data(index, "create", "alice")
    assert nothing.status == 2
    assert "expected a password on stdin, found nothing" in nothing.err
    assert on_data(index, "create", "Alice", typed=PASSWORD + "\n").status == 2
    assert on_data(index, "password", "bob", typed=PASSWORD + "\n").status == 5
    assert json.loads(on_data(index, "list", "--json").out) == {"users": []}


def test_a_terminal_is_asked_twice_and_shows_nothing(index: Index) -> None:
    ours, theirs = pty.openpty()
    command = [str(packhouse_binary()), "user", "create", "--data", str(index.data), "alice"]
    child = subprocess.Popen(
        command, env=clean_environment(index.home), stdin=theirs, stdout=theirs, stderr=theirs, text=False
    )
    os.close(theirs)
    shown = b""
    for prompt in (b"password: ", b"again: "):
        while prompt not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, PASSWORD.encode() + b"\n")
    assert child.wait(timeout=PATIENCE) == 0
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # the terminal went with its last user
        pass
    os.close(ours)
    assert b"made the user alice" in shown
    assert PASSWORD.encode() not in shown


def test_the_same_over_http(index: Index) -> None:
    def remote(verb: str, *words: str, typed: str = "") -> Outcome:
        return user_command(index, verb, "--url", index.url, *words, typed=typed, PACKHOUSE_TOKEN=index.token)

    assert remote("create", "bob", typed=PASSWORD + "\n").status == 0
    assert remote("role", "bob", "--project", "demo", "--role", "owner").status == 0
    assert send(f"{index.url}/api/v1/projects/demo/roles", headers=login("bob")).status == 200
    assert remote("role", "bob", "--project", "demo", "--role", "none").status == 0
    assert send(f"{index.url}/api/v1/projects/demo/roles", headers=login("bob")).status == 403
    assert remote("disable", "bob").status == 0
    assert send(index.simple_url, headers=login("bob")).status == 401
    assert remote("enable", "bob").status == 0
    assert send(index.simple_url, headers=login("bob")).status == 200
    again = remote("create", "bob", typed=PASSWORD + "\n")
    assert again.status == 6
    assert 'there is a user "bob" already' in again.err


def test_a_token_of_a_user_and_an_index_ends_with_the_user(index: Index) -> None:
    def token_for(*words: str) -> Outcome:
        command: list[str | Path] = ["token", "create", "--data", index.data, "--label", "laptop", *words]
        return packhouse(*command, environment=clean_environment(index.home))

    unknown = token_for("--user", "nobody")
    assert unknown.status == 5
    assert 'there is no user "nobody"' in unknown.err
    assert token_for("--index", "nowhere").status == 5

    assert on_data(index, "create", "alice", "--no-password").status == 0
    made = token_for("--allow", "admin", "--user", "alice", "--index", "main")
    assert made.status == 0, made.err
    bearer = {"Authorization": f"Bearer {made.out.strip()}"}
    assert status_becomes(index, bearer, 200)
    assert send(f"{index.url}/api/v1/tokens", headers=bearer).status == 403, "alice may only read"
    assert on_data(index, "disable", "alice").status == 0
    assert status_becomes(index, bearer, 401)


def test_disabling_a_user_names_or_revokes_the_tokens_that_do_not_end_with_them(index: Index) -> None:
    made = on_data(index, "create", "alice", "--allow", "admin", typed=PASSWORD + "\n")
    assert made.status == 0, made.err
    assert status_becomes(index, login("alice"), 200)
    body = json.dumps({"label": "nightly job", "permissions": ["read"], "service": True}).encode()
    headers = {**login("alice"), "Content-Type": "application/json"}
    token = json.loads(send(f"{index.url}/api/v1/tokens", "POST", headers=headers, body=body).text)
    words: list[str | Path] = ["token", "list", "--data", index.data, "--made-by", "alice", "--json"]
    listed = packhouse(*words, environment=clean_environment(index.home))
    assert [entry["id"] for entry in json.loads(listed.out)["tokens"]] == [token["id"]]

    disabled = on_data(index, "disable", "alice")
    assert disabled.status == 0
    assert f"1 tokens that alice made for services or other people stay valid: {token['id']}" in disabled.err
    bearer = {"Authorization": f"Bearer {token['token']}"}
    assert send(index.simple_url, headers=bearer).status == 200
    assert on_data(index, "disable", "alice", "--revoke-tokens").status == 0
    assert status_becomes(index, bearer, 401)


def test_a_maintainer_uploads_with_twine_and_installs_with_pip(index: Index, tmp_path: Path) -> None:
    assert on_data(index, "create", "alice", "--allow", "read", typed=PASSWORD + "\n").status == 0
    assert on_data(index, "role", "alice", "--project", "demo", "--role", "maintainer").status == 0
    assert status_becomes(index, login("alice"), 200)
    environment = {
        **clean_environment(index.home),
        "TWINE_REPOSITORY_URL": index.upload_url,
        "TWINE_USERNAME": "alice",
        "TWINE_PASSWORD": PASSWORD,
        "TWINE_NON_INTERACTIVE": "1",
    }
    upload: list[str | Path] = [client("twine"), "upload", "--disable-progress-bar"]
    wheel = build_wheel(tmp_path, "demo", "1.0")
    uploaded = run_command([*upload, wheel], environment)
    assert uploaded.status == 0, uploaded.text

    other = build_wheel(tmp_path, "other", "1.0")
    refused = run_command([*upload, other], environment)
    assert refused.status != 0
    assert "this user isn't allowed to upload to project" in " ".join(refused.text.split())
    assert send(f"{index.simple_url}other/", headers=index.authorization()).status == 404

    address = index.url.removeprefix("http://")
    page = f"http://alice:{quote(PASSWORD)}@{address}/simple/"
    pip: list[str | Path] = [client("python"), "-m", "pip", "install", "--disable-pip-version-check"]
    target: list[str | Path] = ["--no-deps", "--target", tmp_path / "site", "--index-url", page, "demo"]
    installed = run_command([*pip, *target], clean_environment(index.home))
    assert installed.status == 0, installed.text
    assert (tmp_path / "site" / "demo").is_dir()

"""No secret leaves by a log: canaries go in by every path of the server and come out by none."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index
from tests.support.processes import PATIENCE
from tests.support.raw_http import BOUNDARY, form, form_headers, send, upload_fields

PASSWORD = "canary-password-4711"
TOKEN = "phk_canaryTokenThatNobodyIssued0123456789abcdef"
QUERY = "canary-query-4711"
FIELD = "canary-field-4711"
COOKIE = "canary-cookie-4711"
CANARIES = [PASSWORD, TOKEN, QUERY, FIELD, COOKIE]


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def talkative(make_index: Callable[[str], Index], tmp_path: Path) -> Index:
    """A server that logs all it ever logs."""
    config = tmp_path / "packhouse.toml"
    config.write_text("access-log = true\n[limits]\nhead-size = 4096\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    return index.start()


def say(index: Index, words: bytes) -> None:
    """Bytes as they are; whatever comes back is read and forgotten."""
    parts = urlsplit(index.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE) as peer:
        peer.sendall(words)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass


def credentials(index: Index) -> list[str]:
    """Every form in which somebody may send a secret, right and wrong."""
    wrong = [basic("alice", PASSWORD + "x"), basic("__token__", TOKEN), f"Bearer {TOKEN}", f"Token {TOKEN}"]
    broken = [f"Basic {PASSWORD}", f"Digest {PASSWORD}", PASSWORD, basic("", PASSWORD), f"Bearer {PASSWORD}"]
    return [basic("alice", PASSWORD), f"Bearer {index.token}", *wrong, *broken]


def every_route(index: Index) -> list[tuple[str, str]]:
    paths = json.loads(send(f"{index.url}/openapi.json").body)["paths"]
    return [
        (method.upper(), path.replace("{project}", "demo").replace("{version}", "1.0").replace("{id}", "77"))
        for path, methods in paths.items()
        for method in methods
        if not (method == "delete" and "tokens" in path)
    ]


def visit_every_route(index: Index) -> None:
    body = json.dumps({"name": FIELD, "password": PASSWORD, "label": FIELD, FIELD: FIELD}).encode()
    for method, path in every_route(index):
        for authorization in credentials(index):
            headers = {"Authorization": authorization, "Cookie": f"session={COOKIE}", "X-Api-Key": COOKIE}
            sent = None if method == "GET" else body
            send(f"{index.url}{path}?token={QUERY}", method, headers=headers, body=sent)


def upload_with_secrets(index: Index, folder: Path) -> None:
    wheel = build_wheel(folder, "demo", "1.0")
    fields = [*upload_fields(wheel, "demo", "1.0"), ("password", FIELD), ("comment", FIELD)]
    sound = form(fields, wheel.name, wheel.read_bytes())
    broken = form([*fields, ("sha256_digest", "0" * 64)], wheel.name, b"no wheel")
    for body in (sound, broken, sound[:-200], b"--" + BOUNDARY.encode() + FIELD.encode()):
        for authorization in credentials(index):
            send(index.upload_url, "POST", headers=form_headers({"Authorization": authorization}), body=body)


def speak_badly(index: Index) -> None:
    field = f"Authorization: Bearer {index.token}\r\nCookie: {COOKIE}\r\n".encode()
    say(index, b"GET /simple/ HTTP/9.9\r\nHost: x\r\n" + field + b"\r\n")
    say(index, b"GET /simple/ HTTP/1.1\r\nHost: x\r\n bad fold\r\n" + field + b"\r\n")
    say(index, b"GET /simple/ HTTP/1.1\r\nHost: x\r\n" + field + b"X: " + b"y" * 8000 + b"\r\n\r\n")
    say(
        index,
        b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\n" + field + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    )
    half = b'{"name": "bob", "password": "' + PASSWORD.encode()
    say(index, b"POST /api/v1/users HTTP/1.1\r\nHost: x\r\n" + field + b"Content-Length: 900\r\n\r\n" + half)


def test_no_canary_comes_out(talkative: Index, tmp_path: Path) -> None:
    index = talkative
    user = json.dumps({"name": "alice", "permissions": ["read"], "password": PASSWORD}).encode()
    typed = {**index.authorization(), "Content-Type": "application/json"}
    assert send(f"{index.url}/api/v1/users", "POST", headers=typed, body=user).status == 201
    started = len(index.process.lines)

    visit_every_route(index)
    upload_with_secrets(index, tmp_path)
    speak_badly(index)
    ledger = send(f"{index.url}/api/v1/ledger?limit=1000", headers=index.authorization()).text
    users = send(f"{index.url}/api/v1/users", headers=index.authorization()).text
    assert index.stop() == 0

    log = "\n".join([*index.process.lines[started:], *index.process.errors])
    assert "POST" in log, "the access log was on"
    assert "401" in log
    for canary in [*CANARIES, index.token, index.read_token]:
        assert canary not in log
        assert canary not in ledger
    assert PASSWORD not in users
    assert "argon2" not in users
    for file in index.data.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for secret in (PASSWORD, index.token, index.read_token, TOKEN, COOKIE, QUERY):
                assert secret.encode() not in content, file

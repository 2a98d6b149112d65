"""HTTP as a test writes it: exact requests, whole answers, and uploads that stop in the middle."""

from __future__ import annotations

import hashlib
import http.client
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from .processes import PATIENCE
from .refusals import audited, equal
from .snapshot import Snapshot

BOUNDARY = "packhouse-test-boundary"


@dataclass(frozen=True)
class Reply:
    status: int
    reason: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def send(
    url: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    audit: bool = True,
    check: Callable[[Snapshot, Snapshot], None] = equal,
) -> Reply:
    """One request on a connection of its own; nothing is followed and nothing is decoded.

    When an index of ours refuses it, it must have stored nothing, or nothing but what `check` says. Without
    `audit` that is not looked at.
    """
    if not audit:
        return _send(url, method, headers, body)
    with audited(url, check) as verdict:
        reply = _send(url, method, headers, body)
        verdict.refused = reply.status >= HTTPStatus.BAD_REQUEST
    return reply


def _send(url: str, method: str, headers: Mapping[str, str] | None, body: bytes | None) -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        read = answer.read()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, answer.reason, fields, read)
    finally:
        connection.close()


def upload_fields(path: Path, name: str, version: str) -> list[tuple[str, str]]:
    """The text fields of an upload as twine sends them, without the metadata that nobody compares."""
    wheel = path.suffix == ".whl"
    return [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("metadata_version", "2.4"),
        ("name", name),
        ("version", version),
        ("filetype", "bdist_wheel" if wheel else "sdist"),
        ("pyversion", "py3" if wheel else "source"),
        ("sha256_digest", hashlib.sha256(path.read_bytes()).hexdigest()),
    ]


def form(fields: Sequence[tuple[str, str]], filename: str, content: bytes) -> bytes:
    """A multipart/form-data body under BOUNDARY."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n\r\n'
    return b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])


def form_headers(authorization: Mapping[str, str]) -> dict[str, str]:
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **authorization}


def open_upload(url: str, headers: Mapping[str, str], length: int) -> socket.socket:
    """A connection on which the head of an upload of `length` bytes was sent, and nothing of its body."""
    parts = urlsplit(url)
    opened = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    opened.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return opened


def read_invitation(opened: socket.socket) -> None:
    """Waits until the server asks for the body: what is stopped from now on has an upload in flight.

    The head that was sent says `Expect: 100-continue`.
    """
    invitation = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert opened.recv(len(invitation), socket.MSG_WAITALL) == invitation


def read_reply(opened: socket.socket) -> Reply:
    """The answer on a connection that open_upload() made; ConnectionError if it ends without one."""
    answer = http.client.HTTPResponse(opened)
    answer.begin()
    fields = {name.lower(): value for name, value in answer.getheaders()}
    return Reply(answer.status, answer.reason, fields, answer.read())

"""HTTP for the forge's two origins: replies as values, faulty ways to deliver them, a record of requests."""

from __future__ import annotations

import http.server
import socket
import struct
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from typing import Any

from tests.support.processes import PATIENCE

WRITTEN_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # decoded, without the query
    query: dict[str, str]
    headers: Message

    @property
    def authorization(self) -> str | None:
        return self.headers.get("Authorization")


@dataclass(frozen=True)
class Delivery:
    """How the bytes of a reply leave: as they should, unless told otherwise."""

    cut_after: int | None = None  # close the connection after this many bytes of the body
    reset_after: int | None = None  # the same with a TCP reset
    drip_bytes: int | None = None  # this many bytes of the body at a time ...
    drip_seconds: float = 0.0  # ... with this pause after each


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delivery: Delivery = Delivery()


@dataclass(frozen=True)
class Recorded:
    """A request that was answered. No header's value is kept, so that no test can print a credential."""

    origin: str  # "api" or "blob"
    method: str
    path: str  # with the query; a link's signature is left out
    header_names: tuple[str, ...]  # lower case, as they came
    authorized: bool  # an Authorization header was present
    status: int


@dataclass
class Journal:
    """What both origins saw, in order. Reads and writes are safe from any thread."""

    requests: list[Recorded] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, recorded: Recorded) -> None:
        with self._lock:
            self.requests.append(recorded)

    def violate(self, what: str) -> None:
        """A thing that a client must never do, whatever answer it was given."""
        with self._lock:
            self.violations.append(what)

    def paths(self, origin: str) -> list[str]:
        with self._lock:
            return [seen.path for seen in self.requests if seen.origin == origin]


Answer = Callable[[Request], Reply]


class Origin:
    """One HTTP origin on a port of the loopback interface that the system chose."""

    def __init__(self, name: str, answer: Answer, journal: Journal) -> None:
        self._stopping = threading.Event()
        handler = _handler(name, answer, journal, self._stopping)
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a connection kept alive would hold up stop()
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may go away at any time; that is not worth a traceback."""


def _handler(
    name: str, answer: Answer, journal: Journal, stopping: threading.Event
) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def log_message(self, format: str, *args: Any) -> None:
            """The journal is the log."""

        def handle_any(self) -> None:
            request = _request(self.command, self.path, self.headers)
            reply = answer(request)
            recorded = Recorded(
                origin=name,
                method=self.command,
                path=_without_signature(self.path),
                header_names=tuple(key.lower() for key in self.headers),
                authorized=request.authorization is not None,
                status=reply.status,
            )
            journal.add(recorded)
            self._deliver(reply)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def _deliver(self, reply: Reply) -> None:
            head = self._head(reply)
            body = b"" if self.command == "HEAD" else reply.body
            how = reply.delivery
            stops = [at for at in (how.cut_after, how.reset_after) if at is not None]
            body = body[: min(stops)] if stops else body
            if how.drip_bytes is None:
                # One write for all but an archive, of which nobody wants another copy: two would wait for a
                # delayed ACK.
                self.wfile.write(head + body[:WRITTEN_AT_ONCE])
                if rest := memoryview(body)[WRITTEN_AT_ONCE:]:
                    self.wfile.write(rest)
            else:
                self.wfile.write(head)
                self._drip(body, how.drip_bytes, how.drip_seconds)
            if how.reset_after is not None:
                self._reset()
            if stops:
                self.close_connection = True

        def _head(self, reply: Reply) -> bytes:
            length = {} if reply.status == 304 else {"Content-Length": str(len(reply.body))}
            headers = {**length, **reply.headers}
            if self.command not in ("GET", "HEAD"):
                headers["Connection"] = "close"  # the request's body is left unread
                self.close_connection = True
            reason = HTTPStatus(reply.status).phrase
            lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{k}: {v}" for k, v in headers.items())]
            return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

        def _drip(self, body: bytes, size: int, pause: float) -> None:
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                if stopping.wait(pause):
                    return

        def _reset(self) -> None:
            linger_none = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)
            self.rfile.close()
            self.connection.close()

    return Handler


def _request(method: str, target: str, headers: Message) -> Request:
    parts = urllib.parse.urlsplit(target)
    query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, urllib.parse.unquote(parts.path), query, headers)


def _without_signature(target: str) -> str:
    head, found, _ = target.partition("sig=")
    return head + found

"""A proxy that counts what the desk asks of the forge and of the index, and spoils one request."""

from __future__ import annotations

import http.client
import http.server
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .processes import PATIENCE
from .serving import Serving

# What can happen to a request before it arrives, and to its answer once it was obeyed. A proxy says that the
# gateway failed where a name does not resolve or a host takes no connection; where one end alone speaks TLS,
# both see bytes that they cannot read.
BEFORE = ("unresolved", "unconnected", "no-tls", "refused", "error", "killed-before")
AFTER = ("reset", "truncated", "wrong-bytes", "slow", "error-after", "killed-after")
FAULTS = (*BEFORE, *AFTER)
GATEWAY = {"unresolved": "502 Bad Gateway", "unconnected": "504 Gateway Timeout"}
TLS_ALERT = bytes.fromhex("15030100020228")


class FaultProxy(Serving):
    """A proxy for plain http (http_proxy). arm() it, and the request of that number is spoiled."""

    def __init__(self) -> None:
        self.requests: list[str] = []  # "METHOD path", in their order, since it was armed last
        self.struck: str | None = None  # the one that was spoiled
        self._fault, self._number = "", 0
        self._agents: tuple[str, ...] = ("",)
        # Called with each request before it is passed on: "METHOD path", its User-Agent, its body. It may
        # name a fault for it.
        self.gate: Callable[[str, str, bytes], str | None] = lambda request, agent, body: None
        self._lock = threading.Lock()
        self._victim: int | None = None
        self._victim_known = threading.Event()
        super().__init__(_handler(self))
        self.url = f"http://127.0.0.1:{self.port}"

    def arm(self, fault: str, number: int, agents: tuple[str, ...] = ("",)) -> None:
        """Spoils the request of that number, counted from 1; "" spoils none.

        Only what comes from one of `agents`, by the beginning of the User-Agent, is counted.
        """
        with self._lock:
            self.requests.clear()
            self._fault, self._number, self._agents = fault, number, agents

    def fault_of(self, request: str, agent: str) -> str:
        """Counts the request; what is to happen to it, if anything."""
        with self._lock:
            if not agent.startswith(self._agents):
                return ""
            self.requests.append(request)
            if len(self.requests) != self._number:
                return ""
            self.struck = request
            return self._fault

    @property
    def victim(self) -> int | None:
        """The process that send_signal() and killing faults go to."""
        return self._victim

    @victim.setter
    def victim(self, pid: int | None) -> None:
        self._victim = pid
        (self._victim_known.clear if pid is None else self._victim_known.set)()

    def send_signal(self, number: signal.Signals) -> None:
        """Sends the victim a signal, once its id is known: its first request may come earlier."""
        assert self._victim_known.wait(PATIENCE)
        if self._victim is not None:
            os.kill(self._victim, number)


def _handler(proxy: FaultProxy) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def log_message(self, format: str, *args: Any) -> None:
            """The proxy's own record is the log."""

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request, agent = f"{self.command} {parts.path}", self.headers.get("User-Agent", "")
            fault = proxy.gate(request, agent, body) or proxy.fault_of(request, agent)
            if fault in GATEWAY:
                self.wfile.write(_error(GATEWAY[fault]))
            elif fault == "no-tls":
                self.wfile.write(TLS_ALERT)
                self.close_connection = True
            elif fault == "refused":
                self._reset()
            elif fault == "error":
                self.wfile.write(_error())
            elif fault == "killed-before":
                proxy.send_signal(signal.SIGKILL)
                self.close_connection = True
            else:
                head, content = self._forward(parts.netloc, parts.path, parts.query, body)
                self._deliver(fault, head, content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def _forward(self, place: str, path: str, query: str, body: bytes) -> tuple[bytes, bytes]:
            connection = http.client.HTTPConnection(place, timeout=PATIENCE)
            try:
                target = path + (f"?{query}" if query else "")
                connection.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in ("proxy-connection", "connection", "expect"):
                        connection.putheader(name, value)
                connection.endheaders(body or None)
                answer = connection.getresponse()
                content = answer.read()
                fields = [(n, v) for n, v in answer.getheaders() if n.lower() not in _FRAMING]
                fields.append(("Content-Length", str(len(content))))
                lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{n}: {v}" for n, v in fields)]
                return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), content
            finally:
                connection.close()

        def _deliver(self, fault: str, head: bytes, content: bytes) -> None:
            if fault == "reset":
                self._reset()
            elif fault == "killed-after":
                proxy.send_signal(signal.SIGKILL)
                self.close_connection = True
            elif fault == "error-after":
                self.wfile.write(_error())
            elif fault == "truncated":
                whole = head + content
                self.wfile.write(whole[: max(len(whole) - len(content) // 2 - 1, 1)])
                self.close_connection = True
            elif fault == "wrong-bytes" and content:
                middle = len(content) // 2
                self.wfile.write(
                    head + content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
                )
            elif fault == "slow":
                self.wfile.write(head)
                for start in range(0, len(content), max(len(content) // 4, 1)):
                    time.sleep(0.05)
                    self.wfile.write(content[start : start + max(len(content) // 4, 1)])
            else:
                self.wfile.write(head + content)

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.rfile.close()
            self.connection.close()

    return Handler


_FRAMING = {"content-length", "transfer-encoding", "connection", "keep-alive"}


def _error(status: str = "500 Internal Server Error") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n"
    return f"{head}<html>".encode()

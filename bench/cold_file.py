"""500 clients ask at once for one file of 256 MiB that the index does not have yet.

The index must ask its upstream for it once, and give every client the bytes of the page's digest, although
the client that asked first and 99 others are killed at random bytes. Any other outcome is an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import random
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.packages import incompressible, wheel
from bench.servers import Server, memory, packhouse, processor_seconds

CLIENTS = 500
KILLED = 100  # the first of them among these
MEBIBYTES = 256
BLOCK = 1 << 20
HEAD_END = b"\r\n\r\n"


@dataclass
class Origin:
    """The upstream: a page and its one file, and how often it was asked for the file."""

    filename: str
    content: bytes
    url: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@contextlib.contextmanager
def serving(origin: Origin) -> Iterator[None]:
    page = {
        "meta": {"api-version": "1.1"},
        "name": "large",
        "files": [
            {
                "filename": origin.filename,
                "url": f"../../files/{origin.filename}",
                "hashes": {"sha256": origin.digest},
                "size": len(origin.content),
            }
        ],
    }

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            origin.asked.append(self.path)
            body = json.dumps(page).encode() if self.path.startswith("/simple/") else origin.content
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    origin.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Reader:
    """One client, which compares what comes with what it must be; `leaves_at`: where it is killed."""

    def __init__(self, server: Server, path: str, content: bytes, leaves_at: int | None) -> None:
        self.content = content
        self.at = 0
        self.leaves_at = leaves_at
        self.first_byte = 0.0
        self._head = b""
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        head += "".join(f"{key}: {value}\r\n" for key, value in server.headers.items())
        self.socket.sendall(head.encode() + b"\r\n")
        self.socket.setblocking(False)

    def read(self) -> bool:
        """Takes what is there; True: there will be no more."""
        block = self.socket.recv(BLOCK)
        if not block:
            if self.at != len(self.content):
                raise RuntimeError(
                    f"a client got {self.at} of {len(self.content)} bytes: {self._head[:200]!r}"
                )
            return True
        if not self._head.endswith(HEAD_END):
            self._head += block
            head, end, block = self._head.partition(HEAD_END)
            if not end:
                return False
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"a client was answered {head!r}")
            self._head = head + end
            self.first_byte = time.perf_counter()
        if not self.content.startswith(block, self.at):
            raise RuntimeError(f"a client got other bytes than the upstream's behind byte {self.at}")
        self.at += len(block)
        return self.leaves_at is not None and self.at >= self.leaves_at

    def close(self) -> None:
        """A client that is killed resets its connection."""
        if self.leaves_at is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def read_all(readers: list[Reader]) -> None:
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader.socket, selectors.EVENT_READ, reader)
        while selector.get_map():
            for key, _ in selector.select(600):
                ready: Reader = key.data
                if ready.read():
                    selector.unregister(ready.socket)
                    ready.close()


def run(folder: Path) -> None:
    chosen = random.Random(16)
    noise = b"".join(incompressible(1 << 20, number) for number in range(MEBIBYTES))
    filename, content = wheel("large", "1.0", noise, compressed=False)
    origin = Origin(filename, content)
    with serving(origin), packhouse(folder, f"0-{os.cpu_count() or 1}", ["--upstream", origin.url]) as server:
        path = f"/files/{origin.digest[:2]}/{origin.digest[2:]}/{filename}"
        places = [chosen.randrange(1, len(content)) for _ in range(KILLED)]
        begun = time.perf_counter()
        readers = [
            Reader(server, path, content, places[number] if number < KILLED else None)
            for number in range(CLIENTS)
        ]
        read_all(readers)
        seconds = time.perf_counter() - begun
        asked = sum(path.startswith("/files/") for path in origin.asked)
        if asked != 1:
            raise RuntimeError(f"the upstream was asked {asked} times for the file")
        sent = sum(reader.at for reader in readers)
        first = sorted(reader.first_byte - begun for reader in readers)
        print(
            f"{CLIENTS} clients, one cold file of {len(content) / (1 << 20):.0f} MiB, {KILLED} killed:"
            f" 1 request to the upstream, every byte right;"
            f" {seconds:.1f} s, {sent / seconds / 1e9:.2f} GB/s,"
            f" first byte after {first[len(first) // 2]:.2f} s (median), {first[-1]:.2f} s (last);"
            f" processor {processor_seconds(server.pid):.1f} s,"
            f" memory {memory(server.pid, 'VmHWM') / 1e6:.0f} MB",
            flush=True,
        )

"""Files of an upstream are sent to every client while they come, and broken off where they prove wrong."""

from __future__ import annotations

import hashlib
import http.client
import http.server
import json
import random
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.packhouse import FAIL_POINT, Index, run_command
from tests.support.paths import PYTHON, packhouse_binary
from tests.support.processes import PATIENCE, clean_environment
from tests.support.serving import Serving

MakeIndex = Callable[[str], Index]
PIECE = 64 * 1024


@dataclass
class SteppedUpstream:
    """A Simple API with a project, of whose files it sends no more than `allowed` bytes until that grows."""

    filename: str
    content: bytes
    sent: bytes = b""  # in place of the content, where it lies
    others: dict[str, bytes] = field(default_factory=dict)  # more files of the project, by name
    asked: list[str] = field(default_factory=list)
    _allowed: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    url: str = ""

    def allow(self, count: int) -> None:
        with self._changed:
            self._allowed = count
            self._changed.notify_all()

    def allow_all(self) -> None:
        self.allow(len(self.content))

    def wait_allowed(self, beyond: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._allowed > beyond, PATIENCE)
            return self._allowed

    def page(self) -> bytes:
        files = [
            {
                "filename": filename,
                "url": f"../../files/{filename}",
                "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                "size": len(content),
            }
            for filename, content in {self.filename: self.content, **self.others}.items()
        ]
        return json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": files}).encode()

    def answer_to(self, path: str) -> tuple[bytes, int]:
        """What is sent, and the length that is announced."""
        if path == "/simple/demo/":
            return self.page(), len(self.page())
        other = self.others.get(path.rpartition("/")[2])
        return (self.sent, len(self.content)) if other is None else (other, len(other))

    def times_asked(self, filename: str) -> int:
        return sum(path == f"/files/{filename}" for path in self.asked)


@contextmanager
def stepped_upstream(wheel: Path, sent: bytes = b"") -> Iterator[SteppedUpstream]:
    content = wheel.read_bytes()
    upstream = SteppedUpstream(wheel.name, content, sent or content)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            upstream.asked.append(self.path)
            page = self.path == "/simple/demo/"
            body, announced = upstream.answer_to(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(announced))
            self.end_headers()
            at = 0
            while at < len(body):
                until = len(body) if page else min(upstream.wait_allowed(at), len(body))
                self.wfile.write(body[at:until])
                at = until

        def log_message(self, *_: object) -> None:
            pass

    with Serving(Handler) as serving:
        upstream.url = f"http://127.0.0.1:{serving.port}/simple/"
        try:
            yield upstream
        finally:
            upstream.allow_all()


def noisy_wheel(folder: Path, size: int) -> Path:
    noise = random.Random(1).randbytes(size)  # not compressible: the wheel is as long
    return build_wheel(folder, "demo", "1.0", files={"demo/__init__.py": "", "demo/noise.bin": noise})


def index_over(upstream: SteppedUpstream, index: Index) -> Index:
    index.options = ["--upstream", upstream.url]
    return index.start()


class Client:
    """One connection that has asked for the file."""

    def __init__(self, index: Index, path: str, method: str = "GET", **fields: str) -> None:
        place = index.url.removeprefix("http://")
        self.connection = http.client.HTTPConnection(place, timeout=PATIENCE)
        self.connection.request(method, path, headers={**index.authorization(), **fields})
        self.reply = self.connection.getresponse()

    def read(self, count: int | None = None) -> bytes:
        return self.reply.read(count)

    def leave(self) -> None:
        self.connection.close()
        self.reply.close()

    def die(self) -> None:
        """As a process that is killed with unread bytes: the connection is reset."""
        assert self.connection.sock is not None
        self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.leave()


def path_of(filename: str, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"/files/{digest[:2]}/{digest[2:]}/{filename}"


def file_path(index: Index, upstream: SteppedUpstream) -> str:
    return path_of(upstream.filename, upstream.content)


def test_fifty_clients_read_a_file_while_it_comes_and_some_leave(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    clients, half = 50, 4 * 1024 * 1024
    random_places = random.Random(16)
    with stepped_upstream(noisy_wheel(tmp_path, 2 * half)) as upstream:
        index = index_over(upstream, make_index("index"))
        path = file_path(index, upstream)
        upstream.allow(half)
        with ThreadPoolExecutor(clients) as pool:
            first = Client(index, path)
            assert first.read(1000) == upstream.content[:1000]
            first.leave()
            others = list(pool.map(lambda _: Client(index, path), range(clients)))
            places = [random_places.randrange(1, half) for _ in others]
            begun = list(pool.map(lambda client, place: client.read(place), others, places))
            assert all(text == upstream.content[: len(text)] for text in begun)
            leaving = set(random_places.sample(range(clients), clients // 5))
            for number in leaving:
                others[number].leave()
            upstream.allow_all()
            staying = [number for number in range(clients) if number not in leaving]
            rest = list(pool.map(lambda number: others[number].read(), staying))
            for number, text in zip(staying, rest, strict=True):
                assert begun[number] + text == upstream.content
                others[number].leave()
        assert sum(path.startswith("/files/") for path in upstream.asked) == 1
        assert Client(index, path).read() == upstream.content
        assert sum(path.startswith("/files/") for path in upstream.asked) == 1


def test_a_file_comes_whole_to_the_others_when_its_first_client_dies_at_any_of_a_hundred_bytes(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    deaths, size = 100, 300_000  # large enough to be sent while it comes
    chosen = random.Random(16)
    files = {f"demo-1.{number}.tar.gz": chosen.randbytes(size) for number in range(deaths)}
    with stepped_upstream(noisy_wheel(tmp_path, 1000)) as upstream:
        upstream.others = files
        upstream.allow_all()
        index = index_over(upstream, make_index("index"))
        for filename, content in files.items():
            place = chosen.randrange(1, size)
            upstream.allow(place)
            first = Client(index, path_of(filename, content))
            assert first.read(place) == content[:place]
            first.die()
            others = [Client(index, path_of(filename, content)) for _ in range(3)]
            upstream.allow(size)
            for other in others:
                assert other.read() == content, f"the first client died at byte {place} of {filename}"
                other.leave()
            assert upstream.times_asked(filename) == 1


def test_a_range_waits_for_what_has_not_come(make_index: MakeIndex, tmp_path: Path) -> None:
    with stepped_upstream(noisy_wheel(tmp_path, 1024 * 1024)) as upstream:
        index = index_over(upstream, make_index("index"))
        path = file_path(index, upstream)
        upstream.allow(512 * 1024)
        early = Client(index, path, Range="bytes=100-199")
        late = Client(index, path, Range=f"bytes={900 * 1024}-")
        assert (early.reply.status, late.reply.status) == (206, 206)
        assert early.read(99) == upstream.content[100:199]
        upstream.allow_all()
        assert early.read() == upstream.content[199:200], "the last byte waits for the digest"
        assert late.read() == upstream.content[900 * 1024 :]


@pytest.mark.parametrize("fault", ["wrong", "short"])
def test_a_file_that_proves_wrong_breaks_each_transfer_and_is_not_stored(
    fault: str, make_index: MakeIndex, tmp_path: Path
) -> None:
    wheel = noisy_wheel(tmp_path, 1024 * 1024)
    content = wheel.read_bytes()
    sent = content[:-1] + bytes([content[-1] ^ 1]) if fault == "wrong" else content[:-5000]
    with stepped_upstream(wheel, sent) as upstream:
        index = index_over(upstream, make_index("index"))
        path = file_path(index, upstream)
        upstream.allow(PIECE)
        clients = [Client(index, path) for _ in range(5)]
        upstream.allow_all()
        for client in clients:
            with pytest.raises((http.client.IncompleteRead, ConnectionError)):
                client.read()
        quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "0"]
        where: list[str | Path] = ["--index-url", index.pip_url, "--target", tmp_path / "target"]
        outcome = run_command(
            [PYTHON, "-m", "pip", "install", *quiet, "--no-deps", *where, "demo"],
            clean_environment(index.home),
        )
        assert outcome.status != 0, outcome.text
        assert not list((tmp_path / "target").glob("demo*"))
        assert index.stop() == 0
        blobs = index.data / "blobs"
        assert not list((blobs / "tmp").iterdir())
        assert not [path for path in (blobs / "sha256").rglob("*") if path.is_file()]


BEFORE_THE_ROW = [
    "upstream-file-begun",
    "upstream-file-verified",
    "upload-blob-synced",
    "upload-blob-linked",
]


def test_every_point_of_an_upstream_is_tried_here() -> None:
    printed = subprocess.run([packhouse_binary(), "fail-points"], capture_output=True, text=True, check=True)
    points = {line for line in printed.stdout.split() if line.startswith("upstream-")}
    assert points == {*BEFORE_THE_ROW[:2], "upstream-file-recorded", "upstream-page-stored"}


@pytest.mark.parametrize("point", [*BEFORE_THE_ROW, "upstream-file-recorded"])
def test_a_server_killed_while_a_file_comes_serves_nothing_that_was_not_verified(
    point: str, make_index: MakeIndex, tmp_path: Path
) -> None:
    with stepped_upstream(noisy_wheel(tmp_path, 512 * 1024)) as upstream:
        upstream.allow_all()
        index = index_over(upstream, make_index("index"))
        path = file_path(index, upstream)
        assert Client(index, path, method="HEAD").reply.status == 200, "the page is stored"
        assert index.stop() == 0
        index.start(**{FAIL_POINT: point})
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            Client(index, path).read()
        assert index.process.wait() != 0
        upstream.sent = bytes(len(upstream.content))
        index.start()
        assert not list((index.data / "blobs" / "tmp").iterdir())
        again = Client(index, path)
        refused = again.reply.status == 502  # the wrong bytes had all come before an answer began
        try:
            body = again.read()
        except (http.client.IncompleteRead, ConnectionError):
            refused = True
        assert refused == (point in BEFORE_THE_ROW[:3]), "what has a name is served after the restart"
        assert refused or body == upstream.content


def test_a_server_killed_after_it_stored_a_page_serves_it_without_the_upstream(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    with stepped_upstream(noisy_wheel(tmp_path, 1000)) as upstream:
        index = make_index("index")
        index.options = ["--upstream", upstream.url]
        index.start(**{FAIL_POINT: "upstream-page-stored"})
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            Client(index, "/simple/demo/")
        assert index.process.wait() != 0
    index.start()
    page = Client(index, "/simple/demo/", Accept="application/vnd.pypi.simple.v1+json")
    assert json.loads(page.read())["files"][0]["filename"] == upstream.filename
    assert page.reply.getheader("Cache-Status") == "packhouse; hit; ttl=-1; detail=upstream-unavailable"

"""A log that nothing reads, or that cannot be written, never stops the server."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.support.paths import packhouse_binary
from tests.support.processes import PATIENCE, clean_environment

ANSWERS = 2000  # lines enough for any pipe


@contextmanager
def serving(
    folder: Path, log: int | IO[bytes], files: int | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, and the process, which may open that many files."""
    config = folder / "packhouse.toml"
    config.write_text("access-log = true\n")
    server = subprocess.Popen(
        [
            *([] if files is None else ["prlimit", f"--nofile={files}"]),
            *(packhouse_binary(), "serve", "--config", config),
            *("--data", folder / "index", "--listen", "127.0.0.1:0"),
        ],
        stdout=subprocess.PIPE,
        stderr=log,
        env=clean_environment(folder),
    )
    try:
        assert server.stdout is not None
        lines = iter(server.stdout)
        listening = next(line for line in lines if line.startswith(b"listening on "))
        yield listening.decode().strip().removeprefix("listening on http://"), server
    finally:
        server.kill()
        server.wait(PATIENCE)
        if server.stdout is not None:
            server.stdout.close()


def ask(address: str) -> None:
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    for _ in range(ANSWERS):
        connection.request("GET", "/-/live")
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (200, b'{"status":"ok"}')
    connection.close()


def stop(server: subprocess.Popen[bytes]) -> int:
    server.send_signal(signal.SIGTERM)
    return server.wait(PATIENCE)


def test_a_full_pipe_on_stderr_stops_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with serving(tmp_path, writer) as (address, server):
        os.close(writer)
        ask(address)
        assert stop(server) == 0
    os.close(reader)


def test_a_closed_pipe_on_stderr_stops_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with serving(tmp_path, writer) as (address, server):
        os.close(writer)
        ask(address)
        assert stop(server) == 0


def test_a_full_disk_under_the_log_stops_nothing(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full, serving(tmp_path, full) as (address, server):
        ask(address)
        assert stop(server) == 0


def test_connections_are_fewer_where_few_files_may_be_opened(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, serving(tmp_path, file, files=400) as (address, server):
        ask(address)
        assert stop(server) == 0
    warning = "limits.connections is 4096, but the process may open so few files that it takes 300"
    assert warning in log.read_text()

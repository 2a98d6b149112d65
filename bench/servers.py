"""The servers that are compared, each pinned to one core, on a port that the system chose."""

import base64
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.packages import form

SERVER_CORE = "0"
LOAD_CORE = "1"
ROOT = Path(__file__).resolve().parent.parent
PACKHOUSE = ROOT / "build" / "release" / "bin" / "packhouse"
PEERS = ROOT / "build" / "bench-venv" / "bin"


@dataclass
class Server:
    name: str
    url: str
    simple: str
    upload_path: str
    headers: dict[str, str] = field(default_factory=dict)
    pid: int = 0  # where it is known

    def get(self, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(self.url + path, headers=self.headers | headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read(), {key.lower(): value for key, value in answer.headers.items()}

    def upload(self, filename: str, data: bytes, name: str, version: str, *, md5: bool = False) -> float:
        """Seconds from the first byte sent to the whole answer read."""
        content_type, body = form(filename, data, name, version, md5=md5)
        host, port = self.url.removeprefix("http://").split(":")
        head = f"POST {self.upload_path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n"
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{key}: {value}\r\n" for key, value in self.headers.items())
        with socket.create_connection((host, int(port)), timeout=120) as connection:
            begun = time.perf_counter()
            connection.sendall(head.encode() + b"\r\n")
            connection.sendall(body)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            seconds = time.perf_counter() - begun
        status = answer.split(b"\r\n", 1)[0]
        if b" 200 " not in status + b" ":
            raise RuntimeError(f"{self.name} answered {status!r} to an upload: {answer[-300:]!r}")
        return seconds


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode} at its start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not listen on port {port}")


@contextlib.contextmanager
def running(command: list[str], log: Path, cores: str = SERVER_CORE) -> Iterator[subprocess.Popen[str]]:
    """The command on the servers' core, its output in `log`; ended with the block."""
    with log.open("w") as output:
        process = subprocess.Popen(
            ["taskset", "-c", cores, *command], stdout=output, stderr=output, text=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # peryx waits for connections that it has to its upstream
                process.kill()
                process.wait(30)


def processes_of(pid: int) -> list[int]:
    """It and those that it started."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def processor_seconds(pid: int) -> float:
    """Of its threads that run, and of those of the processes that it started."""
    tasks = [task for each in processes_of(pid) for task in Path(f"/proc/{each}/task").glob("*/schedstat")]
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def memory(pid: int, field: str = "VmRSS") -> int:
    """In bytes, of it and those that it started; "VmHWM": the most that each had."""
    texts = [Path(f"/proc/{process}/status").read_text() for process in processes_of(pid)]
    return sum(int(text.partition(f"{field}:")[2].split()[0]) * 1024 for text in texts)


@contextlib.contextmanager
def packhouse(folder: Path, cores: str = SERVER_CORE, options: Sequence[str] = ()) -> Iterator[Server]:
    folder.mkdir(exist_ok=True)
    command = [str(PACKHOUSE), "serve", "--data", str(folder / "data"), "--listen", "127.0.0.1:0", *options]
    log = folder / "packhouse.log"
    with running(command, log, cores) as process:
        while "listening on" not in log.read_text():
            if process.poll() is not None:
                raise RuntimeError("packhouse serve ended at its start: " + log.read_text())
            time.sleep(0.05)
        token = (folder / "data" / "admin-token").read_text().strip()
        url = re.search(r"^listening on (\S+)$", log.read_text(), re.M)
        assert url, log.read_text()
        yield Server("packhouse", url[1], "/simple/", "/legacy/", basic("__token__", token), process.pid)


NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  default_type application/octet-stream;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  gzip_static on;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
  server {{ listen 127.0.0.1:{warm_port}; root {root}; open_file_cache max=1000; open_file_cache_valid 60s; }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path, root: Path) -> Iterator[tuple[Server, Server]]:
    """nginx on static files: as it comes, and with its files kept open between requests."""
    port, warm_port = free_port(), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, root=root, port=port, warm_port=warm_port))
    with running(["nginx", "-p", str(folder), "-c", str(configuration)], folder / "nginx.log") as process:
        wait_for(port, process)
        yield (
            Server("nginx", f"http://127.0.0.1:{port}", "/", ""),
            Server("nginx, files kept open", f"http://127.0.0.1:{warm_port}", "/", ""),
        )


@contextlib.contextmanager
def pypiserver(folder: Path) -> Iterator[Server]:
    port, packages = free_port(), folder / "pypiserver"
    packages.mkdir()
    command = [str(PEERS / "pypi-server"), "run", "-i", "127.0.0.1", "-p", str(port), "-a", ".", "-P", ".",
               "--disable-fallback", str(packages)]  # fmt: skip
    with running(command, folder / "pypiserver.log") as process:
        wait_for(port, process)
        yield Server("pypiserver", f"http://127.0.0.1:{port}", "/simple/", "/")


@dataclass(frozen=True)
class DevpiIndex:
    url: str
    password: str  # of root's log-in
    pid: int


@contextlib.contextmanager
def devpi_index(folder: Path, name: str, settings: dict[str, object]) -> Iterator[DevpiIndex]:
    """A devpi-server whose data is in `folder`, with the index root/NAME."""
    folder.mkdir()
    port, data = free_port(), str(folder / "data")
    words = ["--serverdir", data, "--root-passwd", "bench-only", "--no-root-pypi"]
    subprocess.run([str(PEERS / "devpi-init"), *words], check=True, capture_output=True)
    where = ["--serverdir", data, "--host", "127.0.0.1", "--port", str(port)]
    with running([str(PEERS / "devpi-server"), *where], folder / "devpi.log") as process:
        wait_for(port, process)
        url = f"http://127.0.0.1:{port}"

        def call(method: str, path: str, body: object, **fields: str) -> dict[str, object]:
            headers = {"Content-Type": "application/json", "Accept": "application/json", **fields}
            request = urllib.request.Request(url + path, json.dumps(body).encode(), headers, method=method)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return dict(json.load(answer))

        login = call("POST", "/+login", {"user": "root", "password": "bench-only"})["result"]
        assert isinstance(login, dict)
        password = str(login["password"])
        auth = base64.b64encode(f"root:{password}".encode()).decode()
        call("PUT", f"/root/{name}", settings, **{"X-Devpi-Auth": auth})
        yield DevpiIndex(url, password, process.pid)


@contextlib.contextmanager
def devpi(folder: Path) -> Iterator[Server]:
    stage: dict[str, object] = {"type": "stage", "bases": [], "volatile": True}
    with devpi_index(folder / "devpi", "bench", stage) as index:
        login = basic("root", index.password)
        yield Server("devpi-server", index.url, "/root/bench/+simple/", "/root/bench/", login)


def require_tools() -> None:
    missing = [tool for tool in ("nginx", "wrk", "taskset") if shutil.which(tool) is None]
    if missing or not PACKHOUSE.exists():
        sys.exit(f"bench: missing {', '.join(missing) or PACKHOUSE}: run ./dev bench")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench: needs two cores: one for the server, one for the load")

"""What an index with an upstream takes, beside other caches above the same upstream, and beside it.

The upstream is an nginx that serves a Simple API of static files: JSON pages, and wheels. Servers have one
core and the load the other.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from bench.caches import DEVPI, PACKHOUSE, PERYX, PROXPI, Cache
from bench.figures import report
from bench.packages import incompressible, wheel
from bench.servers import (
    LOAD_CORE,
    ROOT,
    Server,
    free_port,
    memory,
    processor_seconds,
    require_tools,
    running,
    wait_for,
)

JSON = "application/vnd.pypi.simple.v1+json"
PAGE_FILES = 1_365  # of which each has some 330 bytes on the page
PAGE_CONNECTIONS = 32
FILE_CONNECTIONS = (1, 8, 32)
FILES = {"middle": 17, "huge": 200}  # in millions of bytes
ROUNDS = 3
SECONDS = 2
SLOW_CONNECTIONS, SLOW_SECONDS, MOST_SECONDS = 4, 6, 60
APPLICATION = ROOT / "tests" / "application.txt"

STATIC = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{port}; root {root};
    location /simple/ {{ index index.json; types {{ {json} json; }} add_header Cache-Control max-age=3600; }}
  }}
}}
"""


@dataclass
class Origin:
    """The static files, and where nginx serves them."""

    root: Path
    server: Server
    names: list[str] = field(default_factory=list)

    def add(self, name: str, files: dict[str, bytes]) -> None:
        """A project with these files."""
        folder = self.root / "files"
        folder.mkdir(exist_ok=True)
        listed = []
        for filename, content in files.items():
            (folder / filename).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            listed.append(entry(filename, digest, len(content)))
        self.write_page(name, listed)

    def write_page(self, name: str, files: list[dict[str, object]]) -> None:
        page = {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": sorted({str(file["filename"]).split("-")[1] for file in files}),
            "files": files,
        }
        folder = self.root / "simple" / name
        folder.mkdir(parents=True)
        (folder / "index.json").write_text(json.dumps(page))
        self.names.append(name)
        projects = [{"name": each} for each in self.names]  # devpi-server asks for nothing that is not here
        listed = {"meta": {"api-version": "1.1"}, "projects": projects}
        (self.root / "simple" / "index.json").write_text(json.dumps(listed))


def entry(filename: str, digest: str, size: int) -> dict[str, object]:
    return {
        "filename": filename,
        "url": f"../../files/{filename}",
        "hashes": {"sha256": digest},
        "requires-python": ">=3.9",
        "size": size,
        "upload-time": "2026-01-02T03:04:05.000000Z",
        "yanked": False,
    }


@contextlib.contextmanager
def origin_in(folder: Path) -> Iterator[Origin]:
    root, port = folder / "static", free_port()
    (root / "simple").mkdir(parents=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(STATIC.format(folder=folder, root=root, port=port, json=JSON))
    with running(["nginx", "-p", str(folder), "-c", str(configuration)], folder / "nginx.log") as process:
        wait_for(port, process)
        yield Origin(root, Server("nginx", f"http://127.0.0.1:{port}", "/simple/", "", {}, process.pid))


@dataclass(frozen=True)
class Load:
    """What wrk saw, and what it took of the server."""

    requests: float  # a second
    bytes: float  # a second
    processor: float  # seconds a second

    def is_enough(self, *, page: bool) -> bool:
        """Of a large file the bytes count, also where no answer has ended."""
        return self.requests > 0 if page else self.bytes > 0


UNITS = {"B": 1.0, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def load(server: Server, path: str, scratch: Path, connections: int, *, page: bool) -> Load:
    """A server that takes a large part of a second for an answer gets fewer connections, and more time."""
    slow = server.name in (PROXPI.name, DEVPI.name)
    connections = min(connections, SLOW_CONNECTIONS) if slow else connections
    seconds = SLOW_SECONDS if slow else SECONDS
    while not (seen := load_for(seconds, server, path, scratch, connections)).is_enough(page=page):
        seconds *= 2
        if seconds > MOST_SECONDS:
            raise RuntimeError(f"{server.name} does not answer {path}")
        print(f"    {server.name} gave no answer within {seconds // 2} s", flush=True)
    return seen


def load_for(seconds: int, server: Server, path: str, scratch: Path, connections: int) -> Load:
    script = scratch / "load.lua"
    script.write_text(
        f"wrk.headers['Accept'] = '{JSON}'\n"
        'done = function(s) print("errors " .. s.errors.status + s.errors.read + s.errors.timeout) end'
    )
    before, begun = processor_seconds(server.pid), time.perf_counter()
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(script)]
    output = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", *options, server.url + path],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    taken = processor_seconds(server.pid) - before
    elapsed = time.perf_counter() - begun
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    amount = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?B)", output)
    errors = re.search(r"^errors (\d+)", output, re.M)
    if not rate or not amount or not errors or int(errors[1]) > 0:
        raise RuntimeError(f"{server.name} {path}: {output}")
    return Load(float(rate[1]), float(amount[1]) * UNITS[amount[2]], taken / elapsed)


def in_turn(count: int, measure: Callable[[int], None]) -> None:
    """Every other round goes backwards: no side always runs after the same neighbour."""
    for turn in range(ROUNDS):
        for side in range(count) if turn % 2 == 0 else range(count - 1, -1, -1):
            measure(side)


def compare(
    title: str, sides: list[tuple[Server, str]], scratch: Path, connections: int, *, page: bool
) -> None:
    """The first side against each of the others: what was sent, and the processor time for it."""
    seen: list[list[Load]] = [[] for _ in sides]
    in_turn(len(sides), lambda side: seen[side].append(load(*sides[side], scratch, connections, page=page)))
    for (server, _), loads in list(zip(sides, seen, strict=True))[1:]:
        if page:
            mine, theirs = [each.requests for each in seen[0]], [each.requests for each in loads]
            report(title, mine, theirs, "requests/s", server.name)
            costs = [[each.processor / each.requests * 1e6 for each in side] for side in (seen[0], loads)]
            report(f"{title}, processor", costs[0], costs[1], "us/request", server.name)
        else:
            mine, theirs = [each.bytes / 1e6 for each in seen[0]], [each.bytes / 1e6 for each in loads]
            report(title, mine, theirs, "MB/s", server.name)
            costs = [[each.processor / each.bytes * 1e12 for each in side] for side in (seen[0], loads)]
            report(f"{title}, processor", costs[0], costs[1], "ms/GB", server.name)


def link_to(server: Server, name: str) -> str:
    """The path of the only file on a project's page."""
    body, headers = server.get(f"{server.simple}{name}/", Accept=f"{JSON}, text/html;q=0.1")
    if "json" in headers.get("content-type", ""):
        reference = str(json.loads(body)["files"][0]["url"])
    else:
        reference = re.findall(r'href="([^"#]+)', body.decode())[0]
    return urljoin(f"{server.url}{server.simple}{name}/", reference).removeprefix(server.url)


def fetched(server: Server, name: str, size: int) -> str:
    """The path of the file, once the server has it whole."""
    path = link_to(server, name)
    deadline = time.monotonic() + 120
    while len(server.get(path)[0]) != size:  # proxpi redirects until it has the file
        if time.monotonic() > deadline:
            raise RuntimeError(f"{server.name} does not give {name}")
    return path


def warm_page(folder: Path, origin: Origin, servers: list[Server]) -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(PAGE_FILES)]
    files = [entry(f"large-1.{n}-py3-none-any.whl", digest, 1000 + n) for n, digest in enumerate(digests)]
    origin.write_page("large", files)
    sides = [(server, f"{server.simple}large/") for server in [*servers, origin.server]]
    bodies = [server.get(path, Accept=JSON)[0] for server, path in sides]  # each has it from then on
    compare(f"warm page of {len(bodies[0]) / 1000:.0f} kB", sides, folder, PAGE_CONNECTIONS, page=True)
    for server, _ in sides:
        print(f"{'memory after that':<34} {memory(server.pid) / 1e6:7.1f} MB {server.name}", flush=True)


def cached_files(folder: Path, origin: Origin, servers: list[Server]) -> None:
    for name, millions in FILES.items():
        filename, content = wheel(
            name, "1.0", incompressible(millions * 1_000_000, millions), compressed=False
        )
        origin.add(name, {filename: content})
        sides = [(server, fetched(server, name, len(content))) for server in servers]
        sides.append((origin.server, f"/files/{filename}"))
        for connections in FILE_CONNECTIONS:
            compare(f"{millions} MB file, {connections} connections", sides, folder, connections, page=False)


def seconds_to_install(index: str, folder: Path) -> float:
    """uv with nothing cached, into an empty folder; its own start is in every side."""
    target = Path(tempfile.mkdtemp(dir=folder))
    lines = APPLICATION.with_suffix(".in").read_text().splitlines()
    wanted = [line.partition("#")[0].strip() for line in lines if line and not line.startswith("#")]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = [str(ROOT / "build/venv/bin/uv"), "pip", "install", "--quiet", "--no-cache", "--no-config",
               "--python", sys.executable, "--target", str(target), "--default-index", index,
               *wanted]  # fmt: skip
    begun = time.perf_counter()
    subprocess.run(["taskset", "-c", LOAD_CORE, *command], check=True, env=environment)
    seconds = time.perf_counter() - begun
    shutil.rmtree(target)
    return seconds


def installs(folder: Path, origin: Origin, caches: list[Cache]) -> None:
    """Each round a new server, without anything: cold, then warm; beside the upstream itself."""
    for path in application_wheels():
        name = path.name.split("-")[0].lower().replace("_", "-").replace(".", "-")
        origin.add(name, {path.name: path.read_bytes()})
    direct = f"{origin.server.url}/simple/"
    cold: list[list[float]] = [[] for _ in caches]
    warm: list[list[float]] = [[] for _ in caches]
    plain: list[float] = []

    def measure(side: int) -> None:
        if side == len(caches):
            plain.append(seconds_to_install(direct, folder))
            return
        place = Path(tempfile.mkdtemp(dir=folder)) / "server"
        with caches[side].start(place, direct) as server:
            url = server.url + server.simple
            cold[side].append(seconds_to_install(url, folder))
            warm[side].append(seconds_to_install(url, folder))

    in_turn(len(caches) + 1, measure)
    for title, taken in (("cold", cold), ("warm", warm)):
        speeds = [[3600 / seconds for seconds in side] for side in taken]
        count = len(application_wheels())
        report(
            f"uv installs {count} packages, {title}", speeds[0], [3600 / s for s in plain], "an hour", "nginx"
        )
        for cache, theirs in list(zip(caches, speeds, strict=True))[1:]:
            report(f"uv installs {count} packages, {title}", speeds[0], theirs, "an hour", cache.name)
        seconds = ", ".join(
            f"{c.name} {statistics.median(t):.2f} s" for c, t in zip(caches, taken, strict=True)
        )
        print(f"    {seconds}, nginx {statistics.median(plain):.2f} s", flush=True)


def application_wheels() -> list[Path]:
    """Those that the tests have fetched: `pip download` gets them where they are not there."""
    kept = ROOT / "build" / "application-wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--require-hashes", "--find-links", str(kept), "--dest", str(kept),
               "--requirement", str(APPLICATION)]  # fmt: skip
    kept.mkdir(exist_ok=True)
    subprocess.run(command, check=True)
    return sorted(kept.glob("*.whl"))


def run(folder: Path) -> None:
    require_tools()
    with contextlib.ExitStack() as stack:
        origin = stack.enter_context(origin_in(folder))
        simple = f"{origin.server.url}/simple/"
        servers = [
            stack.enter_context(cache.start(folder / cache.name, simple))
            for cache in (PACKHOUSE, PERYX, PROXPI, DEVPI)
        ]
        warm_page(folder, origin, servers)
        cached_files(folder, origin, servers[:2])
    with origin_in(folder / "installs") as origin:
        installs(folder, origin, [PACKHOUSE, PERYX, PROXPI, DEVPI])

"""./dev bench [NAME…]: ratios, each measured in one run with the sides in turn.

The server has one core and the load the other. A figure is the median over the rounds of the ratio
within a round, so that a noisy neighbour hits both sides alike; the spread is printed beside it.
Above 1 means that Packhouse is faster.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from bench import checks, cold_file, linear, pipeline, upstream, versions
from bench.figures import report
from bench.packages import incompressible, text_like, wheel
from bench.servers import (
    LOAD_CORE,
    ROOT,
    SERVER_CORE,
    Server,
    devpi,
    nginx,
    packhouse,
    pypiserver,
    require_tools,
)

ROUNDS = 9
SECONDS = 2
MB = 1_000_000
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Target:
    """One thing that is asked for again and again."""

    server: Server
    path: str
    headers: dict[str, str]


def requests_per_second(target: Target, scratch: Path, connections: int, seconds: int) -> float:
    """wrk on the load's core. Headers go through a script file: credentials have no place in argv."""
    script = scratch / "headers.lua"
    headers = target.server.headers | target.headers
    lines = [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
    lines.append(
        'done = function(s) print("errors " .. s.errors.status + s.errors.read + s.errors.timeout) end'
    )
    script.write_text("\n".join(lines))
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
    output = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", *options, target.server.url + target.path],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    errors = re.search(r"^errors (\d+)", output, re.M)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if not errors or not rate or int(errors[1]) > 0:
        raise RuntimeError(f"{target.server.name} {target.path}: {output}")
    return float(rate[1])


def compare(
    title: str,
    ours: Target,
    others: list[tuple[Target, float | None]],
    scratch: Path,
    *,
    rounds: int = ROUNDS,
    connections: int = 32,
    seconds: int = SECONDS,
) -> None:
    sides = [ours] + [target for target, _ in others]
    rates: list[list[float]] = [[] for _ in sides]
    for turn in range(rounds):
        # Every other round goes backwards: no side always runs after the same neighbour.
        order = range(len(sides)) if turn % 2 == 0 else range(len(sides) - 1, -1, -1)
        for side in order:
            rates[side].append(requests_per_second(sides[side], scratch, connections, seconds))
    for (target, goal), measured in zip(others, rates[1:], strict=True):
        report(title, rates[0], measured, "requests/s", target.server.name, goal)


def fill(server: Server, name: str, count: int) -> None:
    for number in range(count):
        version = f"1.{number}"
        filename, data = wheel(name, version)
        server.upload(filename, data, name, version)


def link_in(server: Server, project: str) -> str:
    """Path of the last file that the project's HTML page links to."""
    page, _ = server.get(f"{server.simple}{project}/", Accept="text/html")
    reference = re.findall(r'href="([^"#]+)', page.decode())[-1]
    base = f"{server.simple}{project}/"
    return str(urljoin(base, reference))


@dataclass(frozen=True)
class Upload:
    title: str
    project: str
    payload: bytes  # one member of the wheel
    compressed: bool


def upload_floors(size: int, folder: Path, *, md5: bool) -> tuple[float, float]:
    """Seconds that the client's digests of `size` bytes take in one pass, and writing them with an fsync."""
    command = [
        str(ROOT / "build/release/bin/upload_floor"),
        str(size),
        str(folder),
        *(["md5"] if md5 else []),
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    hashing, writing = output.split()
    return float(hashing), float(writing)


class Bench:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.root = folder / "static"
        self.root.mkdir()
        self.ours = stack.enter_context(packhouse(folder))
        self.nginx, self.warm = stack.enter_context(nginx(folder, self.root))
        self.peers = [stack.enter_context(pypiserver(folder)), stack.enter_context(devpi(folder))]

    def static(self, name: str, data: bytes) -> str:
        (self.root / name).write_bytes(data)
        return f"/{name}"

    def against_peers(self, title: str, ours: Target, of: Callable[[Server], Target]) -> None:
        # Slow enough that a few connections keep them busy, and that a short round could end with no answer.
        others: list[tuple[Target, float | None]] = [(of(peer), None) for peer in self.peers]
        compare(title, ours, others, self.folder, rounds=3, connections=4, seconds=6)

    def page(
        self, title: str, project: str, files: int, goal: float, *, gzipped: bool, peer_files: int
    ) -> None:
        fill(self.ours, project, files)
        for peer in self.peers:
            fill(peer, project, peer_files)
        path = f"{self.ours.simple}{project}/"
        headers = {"Accept": JSON} | ({"Accept-Encoding": "gzip"} if gzipped else {})
        body, _ = self.ours.get(path, **headers)
        plain = gzip.decompress(body) if gzipped else body
        static = self.static(f"{project}.json", plain)
        if gzipped:
            self.static(f"{project}.json.gz", body)
        title = f"{title} ({len(plain) / 1000:.1f} kB" + (
            f", {len(body) / 1000:.1f} gzipped)" if gzipped else ")"
        )
        mine = Target(self.ours, path, headers)
        compare(
            title,
            mine,
            [(Target(self.nginx, static, headers), goal), (Target(self.warm, static, headers), None)],
            self.folder,
        )
        self.against_peers(title, mine, lambda peer: Target(peer, f"{peer.simple}{project}/", headers))

    def small_page(self) -> None:
        self.page("small page", "small", 7, 1.15, gzipped=False, peer_files=7)

    def gzip_page(self) -> None:
        self.page("large page", "large", 660, 1.0, gzipped=True, peer_files=660)

    def not_modified(self) -> None:
        project = "unchanged"
        fill(self.ours, project, 7)
        path = f"{self.ours.simple}{project}/"
        body, headers = self.ours.get(path, Accept=JSON)
        static = self.static("unchanged.json", body)
        _, static_headers = self.nginx.get(static)
        compare(
            "304",
            Target(self.ours, path, {"Accept": JSON, "If-None-Match": headers["etag"]}),
            [
                (Target(self.nginx, static, {"If-None-Match": static_headers["etag"]}), 0.95),
                (Target(self.warm, static, {"If-None-Match": static_headers["etag"]}), None),
            ],
            self.folder,
        )

    def file(self) -> None:
        filename, data = wheel("megabyte", "1.0", incompressible(MB, 1), compressed=False)
        for server in [self.ours, *self.peers]:
            server.upload(filename, data, "megabyte", "1.0")
        static = self.static(filename, data)
        mine = Target(self.ours, link_in(self.ours, "megabyte"), {})
        compare(
            "1 MB file",
            mine,
            [(Target(self.nginx, static, {}), 1.0), (Target(self.warm, static, {}), None)],
            self.folder,
        )
        self.against_peers("1 MB file", mine, lambda peer: Target(peer, link_in(peer, "megabyte"), {}))

    def upload(self) -> None:
        """Server and client share both cores: an upload gains by digests taken beside the write."""
        stored = Upload("upload, 20 MB stored", "stored", incompressible(20 * MB, 7), compressed=False)
        self._upload(stored, md5=True, goal=0.7)
        self._upload(stored, md5=False, goal=0.7)
        self._upload(
            Upload("upload, 20 MB deflated from 60", "deflated", text_like(60 * MB, 7), compressed=True),
            md5=False,
        )

    def _upload(self, upload: Upload, *, md5: bool, goal: float | None = None) -> None:
        speeds: dict[str, list[float]] = {name: [] for name in ("ours", "hash", "write")}
        peers: dict[str, list[float]] = {peer.name: [] for peer in self.peers}
        title = upload.title + (", MD5 too" if md5 else "")
        name = upload.project + ("-md5" if md5 else "")
        folder = self.folder / name
        with packhouse(folder, f"{SERVER_CORE},{LOAD_CORE}") as ours:
            for number in range(ROUNDS):
                version = f"1.{number}"
                filename, built = wheel(
                    name.replace("-", "_"), version, upload.payload, compressed=upload.compressed
                )
                size = len(built) / MB
                speeds["ours"].append(size / ours.upload(filename, built, name, version, md5=md5))
                hashing, writing = upload_floors(len(built), folder, md5=md5)
                speeds["hash"].append(size / hashing)
                speeds["write"].append(size / writing)
                for peer in self.peers:
                    peers[peer.name].append(size / peer.upload(filename, built, name, version, md5=md5))
        slower = [min(pair) for pair in zip(speeds["hash"], speeds["write"], strict=True)]
        report(title, speeds["ours"], slower, "MB/s", "slower of hash, write", goal)
        report(title, speeds["ours"], speeds["hash"], "MB/s", "hashing alone")
        report(title, speeds["ours"], speeds["write"], "MB/s", "write and fsync alone")
        for name_of_peer, measured in peers.items():
            report(title, speeds["ours"], measured, "MB/s", name_of_peer)


SERVED = ["small_page", "not_modified", "gzip_page", "file", "upload"]
ALONE: dict[str, Callable[[Path], None]] = {
    "check": checks.run,
    "cold_file": cold_file.run,
    "linear": linear.run,
    "versions": versions.run,
    "pipeline": pipeline.run,
    "upstream": upstream.run,
}
CASES = [*SERVED, *ALONE]


def main() -> int:
    chosen = sys.argv[1:] or CASES
    if unknown := set(chosen) - set(CASES):
        print(
            f"bench: no such measurement: {', '.join(sorted(unknown))} (there are {', '.join(CASES)})",
            file=sys.stderr,
        )
        return 2
    served = [name for name in chosen if name in SERVED]
    if served:
        require_tools()
    with (
        tempfile.TemporaryDirectory(prefix="packhouse-bench-", dir=ROOT / "build") as folder,
        ExitStack() as stack,
    ):
        bench = Bench(Path(folder), stack) if served else None
        for name in served:
            getattr(bench, name)()
    for name in chosen:
        if name in ALONE:
            with tempfile.TemporaryDirectory(prefix="packhouse-bench-", dir=ROOT / "build") as folder:
                ALONE[name](Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())

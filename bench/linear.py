"""What a project of 16,000 versions takes of the processor, against one of 4,000: routes that show all of it,
and an upload.

Both projects are in one index and one run. Each request is the first one after a change of its project, for
which no answer is cached.
"""

import json
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

from bench.figures import report
from bench.packages import wheel
from bench.servers import Server, packhouse, processor_seconds

ROUNDS = 5
TIMES = 4  # of each request in a round: an even number, so that a round leaves the project as it was
FEW, MANY = 4_000, 16_000
GOAL = 1.3

ROUTES = {
    "search": "/api/v1/search?q={}",
    "JSON": "/pypi/{}/json",
    "project, JSON": "/api/v1/projects/{}",
    "project, HTML": "/project/{}/",
    "page": "/simple/{}/",
}


def add_versions(data: Path, name: str, count: int) -> None:
    """Straight into the database, all with the bytes of version 1.0: so many uploads would take minutes."""
    with closing(sqlite3.connect(data / "packhouse.db", timeout=60)) as database, database:
        project, release = database.execute(
            "SELECT p.id, r.id FROM projects p JOIN releases r ON r.project_id = p.id WHERE p.name = ?",
            (name,),
        ).fetchone()
        for number in range(1, count):
            version = f"1.{number}"
            made = database.execute(
                "INSERT INTO releases (index_id, project_id, version, identity, created, closes)"
                " SELECT index_id, project_id, ?, ?, created, closes FROM releases WHERE id = ?",
                (version, version, release),
            )
            database.execute(
                "INSERT INTO files (index_id, release_id, filename, kind, sha256, blake2b_256, size,"
                " requires_python, metadata_sha256, uploaded, identity)"
                " SELECT index_id, ?, ?, kind, sha256, blake2b_256, size, requires_python, metadata_sha256,"
                " uploaded, ? FROM files WHERE release_id = ?",
                (
                    made.lastrowid,
                    f"{name}-{version}-py3-none-any.whl",
                    f"{name} {version}",
                    release,
                ),
            )
        assert database.execute(
            "SELECT count(*) FROM releases WHERE project_id = ?", (project,)
        ).fetchone() == (count,)


def change(server: Server, name: str, number: int) -> None:
    """Nothing that was kept of the project is of use after it."""
    body = json.dumps({"status": ("deprecated", "active")[number % 2], "reason": "measured"}).encode()
    request = urllib.request.Request(
        f"{server.url}/api/v1/projects/{name}/status",
        body,
        server.headers | {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["changed"]


def seconds_for(server: Server, name: str, path: str) -> float:
    taken = 0.0
    for number in range(TIMES):
        change(server, name, number)
        before = processor_seconds(server.pid)
        server.get(path.format(name))
        taken += processor_seconds(server.pid) - before
    return taken / TIMES


def seconds_for_upload(server: Server, name: str, turn: int) -> float:
    taken = 0.0
    for number in range(TIMES):
        version = f"2.{turn}.{number}"
        filename, built = wheel(name, version)
        before = processor_seconds(server.pid)
        server.upload(filename, built, name, version)
        taken += processor_seconds(server.pid) - before
    return taken / TIMES


def run(folder: Path) -> None:
    with packhouse(folder) as server:
        for name, count in (("few", FEW), ("many", MANY)):
            filename, built = wheel(name, "1.0")
            server.upload(filename, built, name, "1.0")
            add_versions(folder / "data", name, count)
        for title, path in ROUTES.items():
            pairs = [
                (seconds_for(server, "many", path), seconds_for(server, "few", path)) for _ in range(ROUNDS)
            ]
            linear = [few * MANY / FEW * 1000 for _, few in pairs]
            report(f"{title}, {MANY:,} versions", [many * 1000 for many, _ in pairs], linear,
                   "ms", f"linear from {FEW:,}", GOAL)  # fmt: skip
        pairs = [
            (seconds_for_upload(server, "many", turn), seconds_for_upload(server, "few", turn))
            for turn in range(ROUNDS)
        ]
        report(f"upload into {MANY:,} versions", [many * 1000 for many, _ in pairs],
               [few * 1000 for _, few in pairs], "ms", f"into {FEW:,}", GOAL)  # fmt: skip

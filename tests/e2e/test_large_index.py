"""An index of very many projects: its list is right, and made without holding it in memory."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.packhouse import Index
from tests.support.raw_http import Reply, send
from tests.support.upload2 import Uploader

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"
PROJECTS = 300_000
MIB = 1 << 20


def add_projects(data: Path, count: int) -> None:
    """Straight into the database: so many uploads would take hours."""
    rows = ((1, f"team-{number % 977}-package-{number:06}", 1, 0) for number in range(count))
    with closing(sqlite3.connect(data / "packhouse.db")) as database, database:
        database.executemany(
            "INSERT INTO projects (index_id, name, serial, created, files) VALUES (?, ?, ?, ?, 1)", rows
        )


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """A running index with all of them."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "home").mkdir()
    index = Index(folder / "data", folder / "home").start()
    try:
        assert index.stop() == 0
        add_projects(index.data, PROJECTS)
        yield index.start()
    finally:
        index.close()


def memory(index: Index, field: str) -> int:
    """VmRSS: what the server holds in memory now, in bytes; VmHWM: the most that it held."""
    status = Path(f"/proc/{index.process.pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, status
    return int(found[1]) * 1024


def root(index: Index, path: str = "/simple/", **fields: str) -> Reply:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return send(index.url + path, headers={**index.authorization(), **headers}, audit=False)


def test_the_list_is_whole_and_does_not_grow_the_server(large: Index) -> None:
    assert root(large, "/simple/absent/", Accept=JSON).status == 404  # everything is warm
    before = memory(large, "VmRSS")

    plain = root(large, Accept=JSON)
    listed = json.loads(plain.body)
    names = [project["name"] for project in listed["projects"]]
    assert len(names) == PROJECTS
    assert all(one < other for one, other in pairwise(names))
    packed = root(large, Accept=JSON, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    html = root(large, Accept=HTML)
    assert html.text.count("<a href=") == PROJECTS
    assert html.text.endswith(f"<!--SERIAL {listed['meta']['_last-serial']}-->\n")

    assert len(plain.body) + len(html.body) > 30 * MIB
    grown = memory(large, "VmHWM") - before
    assert grown < 16 * MIB, f"{grown / MIB:.1f} MiB for a list of {len(plain.body) / MIB:.1f} MiB"


def test_the_list_is_confirmed_and_kept(large: Index) -> None:
    first = root(large, Accept=JSON)
    assert root(large, Accept=JSON).headers["etag"] == first.headers["etag"]
    confirmed = root(large, Accept=JSON, If_None_Match=first.headers["etag"])
    assert (confirmed.status, confirmed.body) == (304, b"")
    assert root(large, Accept=HTML).headers["etag"] != first.headers["etag"]
    assert not [path for path in large.data.rglob("*") if path.is_file() and path.stat().st_size > 64 * MIB]


def test_clients_who_come_at_once_get_the_same_list(large: Index) -> None:
    replies: list[Reply] = []
    clients = [threading.Thread(target=lambda: replies.append(root(large, Accept=JSON))) for _ in range(8)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    assert [reply.status for reply in replies] == [200] * 8
    assert len({reply.body for reply in replies}) == 1


def test_people_turn_the_pages_of_the_list(large: Index) -> None:
    first = root(large, "/")
    assert first.text.count('<li><a href="project/') == 1000
    follow = re.search(r'<a rel="next" href="(\?after=[^"]+)">', first.text)
    assert follow
    second = root(large, "/" + follow[1])
    assert second.text.count('<li><a href="project/') == 1000
    names = re.findall(r'<li><a href="project/([^/]+)/">', first.text + second.text)
    assert names == sorted(set(names))


def test_the_stage_of_a_session_shows_its_project_in_the_list(large: Index) -> None:
    before = memory(large, "VmRSS")
    session = Uploader(large.session_url, large.token).open("team-5-new", "1.0")
    reply = root(large, session.stage_url.removeprefix(large.url), Accept=JSON)
    names = [project["name"] for project in json.loads(reply.body)["projects"]]
    assert len(names) == PROJECTS + 1
    assert names == sorted(names)
    assert "team-5-new" in names
    assert memory(large, "VmHWM") - before < 16 * MIB

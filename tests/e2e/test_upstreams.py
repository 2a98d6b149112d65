"""An index with upstreams: the real pip and uv install from one address, and private names stay private."""

from __future__ import annotations

import hashlib
import http.client
import http.server
import json
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.demo import runtime_wheel
from tests.support.foreign_index import pypiserver
from tests.support.packhouse import FAIL_POINT, Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import PATIENCE, clean_environment
from tests.support.serving import Serving

MakeIndex = Callable[[str], Index]
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Upstream:
    """An index with the dependencies, and how ours is configured to ask it."""

    url: str
    user: str
    password: str
    stop: Callable[[], object]


def dependencies(folder: Path, home: Path) -> list[Path]:
    """A chain of two wheels, and a real one at its end."""
    folder.mkdir()
    real = runtime_wheel(folder, home)
    name = real.name.split("-")[0]
    return [
        real,
        build_wheel(folder, "Base.Lib", "2.0", requires=[name]),
        build_wheel(folder, "middle-lib", "1.5", requires=["base_lib>=1"]),
    ]


@contextmanager
def packhouse_upstream(make_index: MakeIndex, wheels: list[Path]) -> Iterator[Upstream]:
    upstream = make_index("upstream").start()
    uploaded = upstream.upload(*wheels)
    assert uploaded.status == 0, uploaded.text
    yield Upstream(upstream.simple_url, "__token__", upstream.read_token, upstream.stop)


@contextmanager
def pypiserver_upstream(folder: Path, wheels: list[Path]) -> Iterator[Upstream]:
    with pypiserver(folder / "foreign", user="ada", password="s3cret pass") as server:
        for wheel in wheels:
            (server.packages / wheel.name).write_bytes(wheel.read_bytes())
        yield Upstream(f"http://{server.place}/simple/", server.user, server.password, server.stop)


def configured(index: Index, folder: Path, upstream: Upstream, more: str = "") -> Index:
    config = folder / "packhouse.toml"
    secret = folder / "upstream-password"
    secret.write_text(upstream.password + "\n")
    config.write_text(
        f"""access-log = true
[[index.main.upstream]]
url = "{upstream.url}"
username = "{upstream.user}"
password-file = "{secret}"
{more}"""
    )
    index.options = ["--config", str(config)]
    return index


def wait_until(condition: Callable[[], bool]) -> None:
    """A server notices within a second what a command changed."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the server did not notice the change"
        time.sleep(0.05)


def reserve(index: Index, name: str) -> None:
    where: list[str | Path] = ["--data", index.data]
    words = ["name", "reserve", name, "--reason", "ours"]
    outcome = packhouse(*words, *where, environment=clean_environment(index.home))
    assert outcome.status == 0, outcome.text


def pip_install(index: Index, target: Path, requirement: str) -> Outcome:
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "0"]
    where: list[str | Path] = ["--index-url", index.pip_url, "--target", target]
    return run_command(
        [PYTHON, "-m", "pip", "install", *quiet, *where, requirement], clean_environment(index.home)
    )


def uv_install(index: Index, target: Path, requirement: str) -> Outcome:
    where: list[str | Path] = ["--default-index", index.pip_url, "--target", target, "--python", PYTHON]
    return run_command(
        [client("uv"), "pip", "install", "--no-cache", *where, requirement], clean_environment(index.home)
    )


INSTALLERS = {"pip": pip_install, "uv": uv_install}


def installed(folder: Path) -> set[str]:
    return {path.name.split("-")[0].lower() for path in folder.glob("*.dist-info")}


def get(
    index: Index, path: str, *, method: str = "GET", accept: str = JSON
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        index.url + path, method=method, headers={"Accept": accept, **index.authorization()}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, dict(refusal.headers), refusal.read()


@pytest.mark.parametrize("kind", ["packhouse", "pypiserver"])
def test_an_application_is_installed_cold_warm_and_without_the_upstream(
    kind: str, make_index: MakeIndex, tmp_path: Path, home: Path
) -> None:
    wheels = dependencies(tmp_path / "wheels", home)
    wanted = {"app", *(wheel.name.split("-")[0].lower() for wheel in wheels)}
    started = (
        packhouse_upstream(make_index, wheels)
        if kind == "packhouse"
        else pypiserver_upstream(tmp_path, wheels)
    )
    with started as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        uploaded = index.upload(build_wheel(tmp_path, "app", "1.0", requires=["Middle_Lib"]))
        assert uploaded.status == 0, uploaded.text
        for number, (name, install) in enumerate(INSTALLERS.items()):
            outcome = install(index, tmp_path / f"{name}-{number}", "app")
            assert outcome.status == 0, outcome.text + "\n".join(index.process.errors)
            assert installed(tmp_path / f"{name}-{number}") >= wanted
        assert index.stop() == 0
        upstream.stop()
        index.start()
        for name, install in INSTALLERS.items():
            outcome = install(index, tmp_path / f"{name}-alone", "app")
            assert outcome.status == 0, outcome.text + "\n".join(index.process.errors)
            assert installed(tmp_path / f"{name}-alone") >= wanted
        status, headers, _ = get(index, "/simple/base-lib/")
        assert (status, headers["Cache-Status"]) == (
            200,
            "packhouse; hit; ttl=-1; detail=upstream-unavailable",
        )
        assert upstream.password not in "\n".join(index.process.errors)


def test_a_private_name_is_served_from_here_whatever_the_upstream_offers(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    wheels = [build_wheel(tmp_path, "demo", "99.0"), build_wheel(tmp_path, "acme-tool", "99.0")]
    with packhouse_upstream(make_index, wheels) as upstream:
        reserved = '[reserved]\nprefixes = ["acme"]\n'
        index = configured(make_index("index"), tmp_path, upstream, reserved).start()
        status, _, page = get(index, "/simple/demo/")
        assert status == 200, "no project of ours has the name yet"
        link = json.loads(page)["files"][0]["url"].removeprefix("../..")
        assert get(index, link)[0] == 200
        mine = build_wheel(tmp_path, "demo", "1.0")
        refused = index.upload(mine)
        assert refused.status != 0
        said = " ".join(refused.text.split())  # twine wraps it
        assert f"demo is a project of the upstream {upstream.url}, and not reserved here" in said
        assert "`packhouse name reserve demo --reason WHY`" in said
        assert get(index, link)[0] == 200, "the upstream's project stays"
        reserve(index, "demo")
        uploaded = index.upload(mine)
        assert uploaded.status == 0, uploaded.text
        _, _, page = get(index, "/simple/demo/")
        assert json.loads(page)["versions"] == ["1.0"]
        assert get(index, link)[0] == 404, "the upstream's file went with its page"
        outcome = pip_install(index, tmp_path / "target", "demo")
        assert "demo-1.0" in outcome.out, outcome.text
        assert get(index, "/simple/acme-tool/")[0] == 404
        absent = pip_install(index, tmp_path / "other", "acme-tool")
        assert "No matching distribution found for acme-tool" in absent.text


def test_a_session_takes_its_name_from_the_upstream(make_index: MakeIndex, tmp_path: Path) -> None:
    with packhouse_upstream(make_index, [build_wheel(tmp_path, "demo", "99.0")]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        assert get(index, "/simple/demo/")[0] == 200
        reserve(index, "demo")
        request = urllib.request.Request(
            index.session_url,
            data=json.dumps({"meta": {"api-version": "2.0"}, "name": "demo", "version": "1.0"}).encode(),
            headers={"Content-Type": "application/vnd.pypi.upload.v2+json", **index.authorization()},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            assert reply.status == 201
        assert get(index, "/simple/demo/")[0] == 404


def test_a_file_of_an_upstream_is_served_as_any_other(make_index: MakeIndex, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0+local.1")
    with packhouse_upstream(make_index, [wheel]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        _, headers, page = get(index, "/simple/demo/")
        assert headers["Cache-Status"] == "packhouse; fwd=miss; stored"
        (file,) = json.loads(page)["files"]
        assert file["filename"] == wheel.name
        link = file["url"].removeprefix("../..")
        content = wheel.read_bytes()
        status, headers, body = get(index, link, method="HEAD")
        assert (status, headers["Content-Length"], body) == (200, str(len(content)), b"")
        assert get(index, link)[2] == content
        assert headers["ETag"] == f'"{file["hashes"]["sha256"]}"'
        status, _, metadata = get(index, link + ".metadata")
        assert status == 200
        assert metadata.startswith(b"Metadata-Version")
        part = urllib.request.Request(
            index.url + link, headers={"Range": "bytes=2-5", **index.authorization()}
        )
        with urllib.request.urlopen(part, timeout=PATIENCE) as reply:
            assert (reply.status, reply.read()) == (206, content[2:6])


def test_clients_of_one_cold_file_share_one_request_to_the_upstream(
    make_index: MakeIndex, tmp_path: Path, home: Path
) -> None:
    clients = 60
    noise = random.Random(1).randbytes(4_000_000)  # not compressible: the wheel is as long
    wheel = build_wheel(tmp_path, "demo", "1.0", files={"demo/__init__.py": "", "demo/noise.bin": noise})
    log = tmp_path / "upstream.toml"
    log.write_text("access-log = true\n")
    upstream = make_index("upstream")
    upstream.options = ["--config", str(log)]
    upstream.start()
    assert upstream.upload(wheel).status == 0
    from_there = Upstream(upstream.simple_url, "__token__", upstream.read_token, upstream.stop)
    index = configured(make_index("index"), tmp_path, from_there).start()
    link = json.loads(get(index, "/simple/demo/")[2])["files"][0]["url"].removeprefix("../..")
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(lambda _: get(index, link), range(clients)))
    content = wheel.read_bytes()
    assert all(status == 200 and body == content for status, _, body in answers)
    asked = [line for line in upstream.process.errors if " GET " in line and f"/{wheel.name}" in line]
    assert len(asked) == 1, asked


@pytest.mark.parametrize("point", ["upload-blob-synced", "upload-blob-linked"])
def test_a_server_killed_while_it_keeps_a_file_serves_it_after_a_restart(
    point: str, make_index: MakeIndex, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    with packhouse_upstream(make_index, [wheel]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        link = json.loads(get(index, "/simple/demo/")[2])["files"][0]["url"].removeprefix("../..")
        assert index.stop() == 0
        index.start(**{FAIL_POINT: point})
        with pytest.raises((urllib.error.URLError, ConnectionError, http.client.RemoteDisconnected)):
            get(index, link)
        assert index.process.wait() != 0
        index.start()
        status, _, body = get(index, link)
        assert (status, body) == (200, wheel.read_bytes())


def test_the_upstream_of_this_machines_pip_is_taken(make_index: MakeIndex, tmp_path: Path) -> None:
    upstream = make_index("upstream").start()
    uploaded = upstream.upload(build_wheel(tmp_path, "demo", "1.0"))
    assert uploaded.status == 0, uploaded.text
    index = make_index("index")
    index.options = ["--upstream", "pip"]
    index.start(PIP_INDEX_URL=upstream.pip_url)
    assert get(index, "/simple/demo/")[0] == 200
    assert upstream.read_token not in "\n".join(index.process.errors)


def test_explain_says_where_a_name_comes_from(make_index: MakeIndex, tmp_path: Path, home: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "99.0")
    with packhouse_upstream(make_index, [wheel]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream, '[reserved]\nnames = ["mine"]\n').start()
        assert get(index, "/simple/demo/")[0] == 200

        def explained(*words: str) -> str:
            where: list[str | Path] = ["--data", index.data, "--config", tmp_path / "packhouse.toml"]
            outcome = packhouse("explain", *words, *where, environment=clean_environment(home))
            assert outcome.status == 0, outcome.text
            return outcome.out

        assert "demo: asked of the upstreams, since nothing on this server has the name" in explained("demo")
        assert f"the page of {upstream.url}, read" in explained("demo", "99.0")
        assert f"+ {wheel.name}: offered; not fetched yet" in explained("Demo")
        reserved = "mine: from this server alone, since the configuration reserves the name"
        assert reserved in explained("mine")
        words: list[str | Path] = [
            "name",
            "reserve",
            "Acme",
            "--prefix",
            "--reason",
            "ours",
            "--data",
            index.data,
        ]
        outcome = packhouse(*words, environment=clean_environment(home))
        assert (outcome.status, outcome.out) == (0, "reserved acme-*\n"), outcome.text
        kept = "acme-core: from this server alone, since the name is reserved on this server"
        assert kept in explained("acme-core")
        reserve(index, "demo")
        assert index.upload(build_wheel(tmp_path, "demo", "1.0")).status == 0
        assert "demo: from this server alone, since a project of this server has the name" in explained(
            "demo"
        )
        assert "+ demo-1.0-py3-none-any.whl: offered" in explained("demo")


def test_a_prefix_is_reserved_over_http_and_its_projects_say_so(
    make_index: MakeIndex, tmp_path: Path, home: Path
) -> None:
    with packhouse_upstream(make_index, [build_wheel(tmp_path, "acme-tool", "99.0")]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        assert index.upload(build_wheel(tmp_path, "acme-core", "1.0")).status == 0

        def run(*words: str, token: str = "") -> Outcome:
            environment = {**clean_environment(home), "PACKHOUSE_TOKEN": token or index.token}
            return packhouse("name", *words, "--url", index.url, environment=environment)

        def namespaces() -> object:
            page = index.project("acme-core")
            assert page["meta"]["api-version"] == "1.5"
            return page["namespaces"]

        assert namespaces() is None
        reserve = ["reserve", "Acme", "--prefix", "--reason", "ours"]
        refused = run(*reserve, token=index.read_token)
        assert refused.status == 4, refused.text
        assert run(*reserve).out == "reserved acme-*\n"
        assert run(*reserve).out == "was reserved already: acme-*\n"
        assert re.fullmatch(r"acme-\* +\S+  ours\n", run("list").out)
        assert namespaces() == [{"name": "acme", "owned": True}], "at once: it is the same server"
        assert get(index, "/simple/acme-tool/")[0] == 404
        status, headers, body = get(index, "/simple/namespaces")
        assert (status, headers["Content-Type"], json.loads(body)) == (200, JSON, [{"name": "acme"}])
        detail = json.loads(get(index, "/simple/namespace/acme")[2])
        assert detail == {"name": "acme", "parent": None, "children": []}
        assert run("lift", "acme", "--prefix", "--reason", "sold").out == "lifted the reservation of acme-*\n"
        assert namespaces() is None
        assert get(index, "/simple/acme-tool/")[0] == 200
        assert index.ledger_actions()[-2:] == ["name.reserve", "name.lift"]


def test_an_upstream_that_answers_nothing_holds_up_nothing_else(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    callers, lane = 40, 16  # many more requests than the server has workers, and how many of a lane run
    answered = threading.Event()
    asked: list[str] = []
    files = [
        {
            "filename": f"slow-files-1.{number}.tar.gz",
            "url": f"/files/slow-files-1.{number}.tar.gz",
            "hashes": {"sha256": hashlib.sha256(str(number).encode()).hexdigest()},
            "size": 1_000_000,
        }
        for number in range(callers)
    ]
    page = json.dumps({"meta": {"api-version": "1.1"}, "name": "slow-files", "files": files}).encode()

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if self.path != "/simple/slow-files/":
                answered.wait(PATIENCE)
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    wheels = [build_wheel(tmp_path, name, "1.0") for name in ("known", "unknown")]
    with Serving(Quiet) as quiet, packhouse_upstream(make_index, wheels) as good:
        index = configured(make_index("index"), tmp_path, good, "fresh-for = 3600\n")
        config = tmp_path / "packhouse.toml"
        slow = f'[[index.main.upstream]]\nurl = "http://127.0.0.1:{quiet.port}/simple/"\nallow = ["slow-*"]\n'
        config.write_text(config.read_text().replace("[[index", slow + "[[index", 1))
        index.start()
        assert index.upload(build_wheel(tmp_path, "own", "1.0")).status == 0
        assert get(index, "/simple/known/")[0] == 200
        (_, _, listed) = get(index, "/simple/slow-files/")
        links = [file["url"].removeprefix("../..") for file in json.loads(listed)["files"]]
        pages = [f"/simple/slow-{number}/" for number in range(callers)]
        with ThreadPoolExecutor(2 * callers) as pool:
            waiting = [pool.submit(get, index, path) for path in [*pages, *links]]
            try:
                wait_until(lambda: len(asked) == 1 + 2 * lane)
                assert get(index, "/simple/known/")[1]["Cache-Status"] == "packhouse; hit"
                assert get(index, "/simple/own/")[0] == 200
                status, headers, body = get(index, "/simple/unknown/")
                assert (status, headers["Cache-Status"]) == (200, "packhouse; fwd=miss; stored")
                (file,) = json.loads(body)["files"]
                assert get(index, file["url"].removeprefix("../.."))[2] == wheels[1].read_bytes()
                assert len(asked) == 1 + 2 * lane
            finally:
                answered.set()
            assert {result.result()[0] for result in waiting} <= {404, 502}


def test_a_young_file_is_held_until_its_day(make_index: MakeIndex, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    with packhouse_upstream(make_index, [wheel]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream, "minimum-age = 604_800\n").start()
        status, _, page = get(index, "/simple/demo/")
        assert (status, json.loads(page)["files"]) == (200, [])
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        for suffix in ("", ".metadata"):
            status, _, body = get(index, f"/files/{digest[:2]}/{digest[2:]}/{wheel.name}{suffix}")
            assert status == 403
            assert b"is held until 20" in body


def test_an_exception_offers_a_young_file_until_a_day(
    make_index: MakeIndex, tmp_path: Path, home: Path
) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    with packhouse_upstream(make_index, [wheel]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream, "minimum-age = 604_800\n").start()

        def run(*words: str) -> str:
            outcome = packhouse(*words, "--data", str(index.data), environment=clean_environment(home))
            assert outcome.status == 0, outcome.text
            return outcome.out

        def names() -> list[str]:
            return [file["filename"] for file in json.loads(get(index, "/simple/demo/")[2])["files"]]

        explain = ["explain", "demo", "--config", str(tmp_path / "packhouse.toml")]
        assert names() == []
        assert f"- {wheel.name}: held until 20" in run(*explain)
        until = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        reason = ["--reason", "it holds the fix"]
        allowed = run("upstream", "allow", "Demo==1.0.0", "--until", until, *reason)
        assert allowed == f"demo==1.0.0 is offered whatever its age, until {until}T00:00:00.000000Z\n"
        wait_until(lambda: names() == [wheel.name])
        assert f"exception from minimum-age until {until}T00:00:00.000000Z: it holds the fix" in run(*explain)
        listed = run("upstream", "list")
        assert re.match(rf"demo==1.0.0 +until {until}T00:00:00.000000Z  it holds the fix\n", listed)
        assert pip_install(index, tmp_path / "target", "demo").status == 0
        run("upstream", "lift", "demo==1.0.0", *reason)
        wait_until(lambda: names() == [])
        assert run("upstream", "list") == ""
        refused = packhouse(
            *["upstream", "allow", "demo", "--until", "2020-01-01", *reason, "--data", str(index.data)],
            environment=clean_environment(home),
        )
        assert refused.status != 0
        assert "within the next 366 days" in refused.err


def test_an_open_index_above_an_upstream_with_a_credential_is_warned_of(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    with packhouse_upstream(make_index, [build_wheel(tmp_path, "demo", "1.0")]) as upstream:
        index = configured(make_index("index"), tmp_path, upstream)
        warning = f"everybody reads what its credential opens at the upstream {upstream.url}"
        assert index.start().stop() == 0
        assert warning not in "\n".join(index.process.errors)
        config = tmp_path / "packhouse.toml"
        config.write_text(config.read_text() + "[index.main]\nopen-reading = true\n")
        assert index.start().stop() == 0
        assert warning in "\n".join(index.process.errors)


def test_an_upstream_that_is_away_is_no_missing_project(make_index: MakeIndex, tmp_path: Path) -> None:
    upstream = make_index("upstream").start()
    url = upstream.simple_url
    assert upstream.stop() == 0
    index = make_index("index")
    index.options = ["--upstream", url]
    index.start()
    status, _, body = get(index, "/simple/demo/")
    assert status == 502
    assert re.match(rb"upstream 127\.0\.0\.1: ", body)


def test_a_server_does_not_start_without_its_upstreams_password(tmp_path: Path, home: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(
        """[[index.main.upstream]]
url = "http://127.0.0.1:1/simple/"
username = "ada"
password-variable = "UPSTREAM_PASSWORD"
"""
    )
    words: list[str | Path] = ["serve", "--data", tmp_path / "data", "--config", config]
    outcome = packhouse(*words, environment=clean_environment(home))
    assert outcome.status != 0
    assert "the variable UPSTREAM_PASSWORD of the upstream" in outcome.err
    credential = [
        "serve",
        "--data",
        str(tmp_path / "data"),
        "--upstream",
        "http://ada:secret@127.0.0.1:1/simple/",
    ]
    outcome = packhouse(*credential, environment=clean_environment(home))
    assert outcome.status != 0
    assert "holds a credential" in outcome.err
    assert "secret" not in outcome.err

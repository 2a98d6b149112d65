"""What was withdrawn is held and known by who fetched it, and a frozen address outlives all of it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tests.e2e.test_upstreams import (
    MakeIndex,
    Upstream,
    configured,
    get,
    installed,
    packhouse_upstream,
    pip_install,
    uv_install,
    wait_until,
)
from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index, Outcome, packhouse, run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import clean_environment


def on_data(index: Index, *words: str | Path, status: int = 0) -> str:
    outcome = packhouse(*words, "--data", index.data, environment=clean_environment(index.home))
    assert outcome.status == status, outcome.text
    return outcome.out


def at(index: Index, address: str) -> str:
    """The frozen address with the credential that pip takes."""
    return index.pip_url.replace("/simple/", address)


def install_from(index: Index, url: str, target: Path, name: str) -> Outcome:
    environment = clean_environment(index.home)
    if name == "pip":
        quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "0"]
        words: list[str | Path] = [PYTHON, "-m", "pip", "install", *quiet, "--index-url", url]
    else:
        words = [client("uv"), "pip", "install", "--no-cache", "--default-index", url, "--python", PYTHON]
    return run_command([*words, "--target", target, "app"], environment)


def test_a_recalled_file_is_held_and_a_frozen_address_outlives_it(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    dependency = build_wheel(tmp_path, "base-lib", "2.0")
    other = make_index("upstream").start()
    assert other.upload(dependency).status == 0
    upstream = Upstream(other.simple_url, "__token__", other.read_token, other.stop)
    index = configured(make_index("index"), tmp_path, upstream, "fresh-for = 1\n").start()
    assert index.upload(build_wheel(tmp_path, "app", "1.0", requires=["base-lib"])).status == 0
    first = pip_install(index, tmp_path / "first", "app")
    assert first.status == 0, first.text
    wait_until(lambda: "token " in on_data(index, "downloads", "base-lib"))
    assert "127.0.0.1  1x" in on_data(index, "downloads", "app", "1.0")
    assert "no download of base-lib is on record" in on_data(index, "downloads", "base-lib", "9.9")
    assert on_data(index, "recall", "--list") == ""

    address = on_data(index, "freeze", "--reason", "the release of May").split()[0]
    assert address.startswith("/main/at/")
    assert "2 projects, 2 files  the release of May" in on_data(index, "freeze", "--list")

    assert index.upload(build_wheel(tmp_path, "app", "2.0", requires=["base-lib"])).status == 0
    (listed,) = json.loads(get(index, "/simple/base-lib/")[2])["files"]
    link = listed["url"].removeprefix("../..")
    on_data(other, "delete", dependency.name, "--reason", "it is malicious")
    wait_until(lambda: get(index, link)[0] == 403)
    assert b"is held: deleted by its upstream" in get(index, link)[2]
    recalled = on_data(index, "recall", "base-lib")
    assert "deleted by its upstream, seen " in recalled
    assert "127.0.0.1  1x" in recalled
    assert f"- {dependency.name}: held: deleted by its upstream" in on_data(index, "explain", "base-lib")
    assert re.search(r"base_lib.*  fetched by \d callers  deleted by", on_data(index, "recall", "--list"))

    upstream.stop()
    for name in ("pip", "uv"):
        outcome = install_from(index, at(index, address), tmp_path / name, name)
        assert outcome.status == 0, outcome.text + "\n".join(index.process.errors)
        assert installed(tmp_path / name) == {"app", "base_lib"}
        assert (tmp_path / name / "app-1.0.dist-info").is_dir(), "not what was uploaded later"
    status, _, text = get(index, f"{address}never-fetched/")
    assert status == 404
    assert b"had fetched no file of it" in text
    serial = address.split("/")[3]
    on_data(index, "freeze", "--remove", serial, "--reason", "nothing uses it")
    assert get(index, address)[0] == 404


def test_a_lock_is_warmed_and_pinned_and_the_files_used_longest_ago_make_room(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    wheels = [build_wheel(tmp_path, name, "1.0") for name in ("app", "base-lib")]
    with packhouse_upstream(make_index, wheels) as upstream:
        index = configured(make_index("index"), tmp_path, upstream).start()
        lines = [f"{wheel.name.split('-')[0]}==1.0 --hash=sha256:{sha256(wheel)}\n" for wheel in wheels]
        pinned = tmp_path / "requirements.txt"
        pinned.write_text("".join(lines))
        environment = {**clean_environment(index.home), "PACKHOUSE_TOKEN": index.read_token}
        words: list[str | Path] = ["mirror", "warm", "-r", pinned, "--url", index.simple_url]
        warmed = packhouse(*words, environment=environment)
        assert (warmed.status, warmed.out.splitlines()[-1].split(",")[0]) == (0, "2 files"), warmed.text
        assert "2 files of upstreams are stored" in on_data(index, "mirror", "status")
        assert "2 files of upstreams were read, 0 are damaged" in on_data(index, "mirror", "verify")
        pinned.write_text(lines[0] + "absent==1.0\n")
        missing = packhouse(*words, environment=environment)
        assert missing.status == 3
        assert "absent 1.0: 1 of 1 files are not offered" in missing.out
        assert "1 files of app" in on_data(index, "mirror", "purge", "app", "1.0")
        assert "1 files of upstreams are stored" in on_data(index, "mirror", "status")
        link = json.loads(get(index, "/simple/app/")[2])["files"][0]["url"].removeprefix("../..")

        def is_stored_again() -> bool:
            """Once the server has noticed the command."""
            status, _, body = get(index, link)
            assert (status, body) == (200, wheels[0].read_bytes())
            return "2 files of upstreams are stored" in on_data(index, "mirror", "status")

        wait_until(is_stored_again)

        pinned.write_text(lines[0])
        words = ["mirror", "pin", "shop", "-r", pinned, "--reason", "production runs it"]
        assert on_data(index, *words) == "pinned shop: 1 releases, 1 files\n"
        assert on_data(index, *words) == "was pinned already: shop: 1 releases, 1 files\n"
        use = "the lock file shop pins 1 files, of which 1 are stored"
        assert use in on_data(index, "mirror", "status")
        assert "1 of 1 files are stored" in on_data(index, "mirror", "pins")
        assert "stays: a freeze, a lock file or" in on_data(index, "mirror", "purge", "app")

        assert index.stop() == 0
        config = tmp_path / "packhouse.toml"
        config.write_text(config.read_text() + "\n[limits]\nupstream-cache = 1\n")
        index.start()
        wait_until(lambda: "1 were removed to make room" in on_data(index, "mirror", "status"))
        assert use in on_data(index, "mirror", "status"), "what a lock pins stays"
        assert on_data(index, "mirror", "unpin", "shop", "--reason", "closed") == "unpinned shop\n"
        wait_until(lambda: "2 were removed to make room" in on_data(index, "mirror", "status"))
        blobs = index.data / "blobs"
        digests = [sha256(wheel) for wheel in wheels]
        wait_until(lambda: not any(path.name in digest for path in files(blobs) for digest in digests))
        outcome = uv_install(index, tmp_path / "again", "base-lib")
        assert outcome.status == 0, outcome.text


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]

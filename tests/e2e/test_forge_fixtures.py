"""What the other tests lean on: the artifact builders, the snapshot and the child processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import struct
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.packhouse import run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import Child, ProcessError, clean_environment
from tests.support.snapshot import snapshot


class TestArtifacts:
    def test_twine_finds_nothing_to_say(self, dist: list[Path], clean_env: dict[str, str]) -> None:
        outcome = run_command([client("twine"), "check", "--strict", *dist], clean_env)
        assert outcome.status == 0, outcome.text

    @pytest.mark.parametrize("build", [build_wheel, build_sdist])
    def test_pip_installs_each_without_an_index(
        self, build: object, tmp_path: Path, clean_env: dict[str, str]
    ) -> None:
        assert callable(build)
        path = build(tmp_path, "Demo.Package", "1.0", files={"demo_package.py": "ANSWER = 42\n"})
        target = tmp_path / "installed"
        words = ["-m", "pip", "install", "--no-index", "--target", str(target), str(path)]
        outcome = run_command([PYTHON, *words], clean_env)
        assert outcome.status == 0, outcome.text
        assert (target / "demo_package.py").read_text() == "ANSWER = 42\n"

    def test_the_same_input_gives_the_same_bytes(self, tmp_path: Path) -> None:
        folders = [tmp_path / "first", tmp_path / "second"]
        for folder in folders:
            folder.mkdir()
        for build in (build_wheel, build_sdist):
            first, second = (build(folder, "demo", "1.0").read_bytes() for folder in folders)
            assert first == second

    def test_an_artifact_is_streamed_as_the_upload_action_does(
        self, tmp_path: Path, dist: list[Path]
    ) -> None:
        archive = tmp_path / "dist.zip"
        archive.write_bytes(pack_artifact(dist))
        flags, _, _, _, crc, packed, unpacked = struct.unpack_from("<HHHHIII", archive.read_bytes(), 6)
        assert flags & 0x08  # sizes follow in a data descriptor
        assert (crc, packed, unpacked) == (0, 0, 0)
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert opened.namelist() == [path.name for path in dist]


class TestSnapshot:
    @pytest.fixture
    def data(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "blob").write_text("bytes")
        with closing(sqlite3.connect(folder / "index.db", isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE token (id INTEGER, last_used TEXT)")
            database.execute("INSERT INTO token VALUES (1, 'monday')")
            yield folder  # the database stays open: its WAL file is there

    def execute(self, data: Path, statement: str) -> None:
        with closing(sqlite3.connect(data / "index.db", isolation_level=None)) as database:
            database.execute(statement)

    def test_a_changed_file_and_a_new_one_show(self, data: Path) -> None:
        before = snapshot(data)
        (data / "blob").write_text("BYTES")
        changed = snapshot(data)
        (data / "blob").write_text("bytes")
        (data / "left-over").touch()
        assert len({str(found) for found in (before, changed, snapshot(data))}) == 3

    def test_a_new_row_shows_though_it_is_only_in_the_log(self, data: Path) -> None:
        before = snapshot(data)
        self.execute(data, "INSERT INTO token VALUES (2, 'monday')")
        assert snapshot(data) != before
        self.execute(data, "DELETE FROM token WHERE id = 2")
        assert snapshot(data) == before

    def test_a_checkpoint_and_a_token_that_was_used_do_not(self, data: Path) -> None:
        before = snapshot(data)
        self.execute(data, "UPDATE token SET last_used = 'tuesday'")
        self.execute(data, "PRAGMA wal_checkpoint(TRUNCATE)")
        assert snapshot(data) == before


class TestChild:
    def python(self, script: str) -> Child:
        return Child([sys.executable, "-u", "-c", script])

    def test_a_line_is_waited_for(self) -> None:
        with self.python("print('one'); print('port 42'); input()") as child:
            assert child.wait_for_line(r"port (\d+)")[1] == "42"

    def test_a_child_that_ends_instead_tells_what_it_printed(self) -> None:
        with self.python("import sys; print('hello'); sys.exit('cannot')") as child:
            with pytest.raises(ProcessError, match=r"(?s)no line matches 'listening'.*hello.*cannot"):
                child.wait_for_line("listening")
            assert child.wait() == 1

    def test_stop_asks_and_kill_does_not(self) -> None:
        script = (
            "import signal; signal.signal(signal.SIGTERM, lambda *a: exit(7)); print('up'); signal.pause()"
        )
        with self.python(script) as child:
            child.wait_for_line("up")
            assert child.stop() == 7
        with self.python(script) as child:
            child.wait_for_line("up")
            assert child.kill() == -signal.SIGKILL


def test_no_setting_of_a_package_tool_reaches_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ["PIP_INDEX_URL", "UV_INDEX", "TWINE_PASSWORD", "PYTHONPATH", "https_proxy", "GITHUB_TOKEN"]
    for name in foreign:
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("PIPELINE", "kept")
    cleaned = clean_environment(tmp_path)
    assert "elsewhere" not in cleaned.values()
    assert cleaned["PIPELINE"] == "kept"
    assert cleaned["HOME"] == str(tmp_path)
    assert cleaned["PIP_CONFIG_FILE"] == os.devnull

"""pip gets the files for this machine while the others are still being staged."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.desk import POLICY, PROJECT, VERSION, Desk, refused_checks
from tests.support.faults import FaultProxy
from tests.support.packhouse import Index
from tests.support.processes import PATIENCE
from tests.support.waiting import eventually

from .test_promote_refusals import MakeDesk

MAIN = "def main():\n    print('{\"commands\": []}')\n"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    with FaultProxy() as each:
        yield each


@pytest.fixture
def built(tmp_path: Path) -> list[Path]:
    """A release whose every Python leaves a mark, since its wheel has a .pth file."""
    mark = tmp_path / "it-ran"
    files = {
        "nanonis_qcodes_controller/__init__.py": "",
        "nanonis_qcodes_controller/cli.py": MAIN,
        "mark.pth": f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n",
    }
    scripts = {"nqctl": "nanonis_qcodes_controller.cli:main"}
    folder = tmp_path / "built"
    folder.mkdir()
    return [
        build_wheel(folder, PROJECT, VERSION, files=files, scripts=scripts),
        build_wheel(folder, PROJECT, VERSION, files=files, scripts=scripts, tag="py3-none-win_amd64"),
        build_sdist(folder, PROJECT, VERSION, files=files),
    ]


def behind(proxy: FaultProxy, desk: Desk) -> Desk:
    desk.environment["http_proxy"] = proxy.url
    return desk


def log_of(desk: Desk) -> str:
    folder = desk.record / "logs"
    return "".join(path.read_text() for path in folder.iterdir()) if folder.exists() else ""


def test_pip_begins_before_all_is_staged_and_nothing_of_the_release_runs(
    make_desk: MakeDesk, stocked: Index, tmp_path: Path, built: list[Path], proxy: FaultProxy
) -> None:
    wheel, sdist = built[0].read_bytes(), built[-1].read_bytes()
    announced: list[bytes] = []
    announced_with_wheel: list[bytes] = []
    held, go_on = threading.Event(), threading.Event()

    def hold_the_sdist(request: str, agent: str, body: bytes) -> str | None:
        if any(path.name.encode() in body for path in built):
            announced.append(body)
        if body == wheel:
            announced_with_wheel.extend(announced)
        elif body == sdist:
            held.set()
            assert go_on.wait(PATIENCE)
        return None

    proxy.gate = hold_the_sdist
    desk = behind(proxy, make_desk(pack_artifact(built)))
    with desk.promotion() as running:
        try:
            assert held.wait(PATIENCE)
            installed = "== install what was downloaded"
            eventually(lambda: "-- exit 0" in log_of(desk).partition(installed)[2], True)
            assert not (tmp_path / "it-ran").exists()
            assert stocked.filenames(PROJECT) == []
            assert [each["step"] for each in desk.journal()].count("smoke") == 0
        finally:
            go_on.set()
        assert running.wait() == 0
    (alone,) = announced_with_wheel
    assert built[0].name.encode() in alone, "what this machine's pip takes goes first"
    assert len(announced) == len(built)
    assert (tmp_path / "it-ran").exists()
    assert sorted(stocked.filenames(PROJECT)) == sorted(path.name for path in built)
    steps = [f"{each['step']} {each['phase']}" for each in desk.journal()]
    assert steps.index("stage outcome") < steps.index("smoke intent")


def test_pip_is_given_up_where_the_rest_is_refused(
    make_desk: MakeDesk, stocked: Index, built: list[Path], proxy: FaultProxy, tmp_path: Path
) -> None:
    assert stocked.stop() == 0
    config = tmp_path / "packhouse.toml"
    config.write_text("[limits]\nfile-size = 100_000\n")
    stocked.options += ["--config", str(config)]
    stocked.start()
    built[-1] = build_sdist(tmp_path, PROJECT, VERSION, files={"padding.txt": secrets.token_hex(200_000)})
    desk = behind(proxy, make_desk(pack_artifact(built)))
    asked, go_on = threading.Event(), threading.Event()

    def hold_pip(request: str, agent: str, body: bytes) -> str | None:
        if agent.startswith("pip/") and request.endswith(".whl"):
            asked.set()
            go_on.wait(PATIENCE)
        elif body == built[1].read_bytes():
            assert asked.wait(PATIENCE)
        return None

    proxy.gate = hold_pip
    try:
        outcome = desk.promote("--json")
    finally:
        go_on.set()
    assert (refused_checks(outcome), outcome.status) == ({"index.stage"}, POLICY), outcome.text
    assert "== smoke" not in outcome.text
    assert "was given up, after" in log_of(desk)
    assert stocked.filenames(PROJECT) == []

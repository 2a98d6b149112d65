"""Killed, cut off or interrupted at any step: the same command goes on, and ends in the same release."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import INTERRUPTED, PROJECT, VERSION, Desk, HeldCommand, build_release
from tests.support.faults import FaultProxy
from tests.support.packhouse import Index
from tests.support.snapshot import snapshot

from .test_promote_refusals import MakeDesk

pytestmark = pytest.mark.quick_pip

Matches = Callable[[str, bytes], bool]  # of a request: "METHOD path" and its body


@pytest.fixture
def command(tmp_path: Path) -> HeldCommand:
    return HeldCommand(tmp_path)


@pytest.fixture
def held_release(tmp_path: Path, command: HeldCommand) -> list[Path]:
    """A release whose smoke check lasts as long as the test wants."""
    return build_release(tmp_path / "held", command=command.source)


@pytest.fixture
def held_desk(make_desk: MakeDesk, held_release: list[Path]) -> Desk:
    return make_desk(pack_artifact(held_release))


@pytest.fixture
def proxy(held_desk: Desk) -> Iterator[FaultProxy]:
    """All that the desk asks for passes it."""
    with FaultProxy() as each:
        held_desk.environment["http_proxy"] = each.url
        yield each


def asks_for(pattern: str) -> Matches:
    return lambda request, body: re.search(pattern, request) is not None


def sends(path: Path) -> Matches:
    return lambda request, body: path.read_bytes() in body


def after(first: Matches, then: Matches) -> Matches:
    """The first request for which `then` holds since one came for which `first` does."""
    came = False

    def matches(request: str, body: bytes) -> bool:
        nonlocal came
        found = came and then(request, body)
        came = came or first(request, body)
        return found

    return matches


@dataclass(frozen=True)
class Step:
    """Where a promotion dies: before this request arrives, or, without one, in its smoke check."""

    name: str
    request: Matches | None = None


PAGE = asks_for(rf"^GET /simple/{PROJECT}/$")
EXAMINED = [
    Step("preflight", asks_for("^GET /repos/")),
    Step("fetch", asks_for("/zip$")),
    Step("index", PAGE),
]


def staged_steps(wheel: Path, sdist: Path) -> list[Step]:
    publish = asks_for("^POST .*/publish$")
    return [
        *EXAMINED,
        *(Step("stage", sends(wheel)), Step("stage", sends(sdist)), Step("smoke")),
        *(Step("publish", publish), Step("confirm", after(publish, PAGE))),
    ]


def exposed_steps(wheel: Path, sdist: Path) -> list[Step]:
    last = sends(wheel)  # that is sent
    return [
        *EXAMINED,
        *(Step("publish", sends(sdist)), Step("publish", last)),
        *(Step("confirm", after(last, PAGE)), Step("smoke")),
    ]


def die(desk: Desk, proxy: FaultProxy, command: HeldCommand, step: Step) -> None:
    """Runs a promotion that is killed there."""
    proxy.gate = lambda request, agent, body: (
        "killed-before" if step.request and step.request(request, body) else None
    )
    with desk.promotion() as running:
        proxy.victim = running.pid
        if step.request is None:
            command.wait_until_begun()
            running.kill()
        assert running.wait() == -signal.SIGKILL, step.name


def served(index: Index) -> dict[str, int]:
    return {file["filename"]: file["size"] for file in index.project(PROJECT)["files"]}


def sizes(release: list[Path]) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in release}


@pytest.mark.parametrize("staged", [True, False], ids=["staged", "exposed"])
def test_a_promotion_that_is_killed_at_every_step_ends_in_the_same_release(
    held_desk: Desk,
    stocked: Index,
    held_release: list[Path],
    proxy: FaultProxy,
    command: HeldCommand,
    staged: bool,
) -> None:
    """One release, killed again and again: what one try left is what the next has to cope with."""
    if not staged:
        held_desk.environment.update(stocked.promotion_environment(stocked.issue("upload")))
    wheel, sdist = held_release
    for step in staged_steps(wheel, sdist) if staged else exposed_steps(wheel, sdist):
        if step.name == "publish" and staged:
            command.let_go()
        die(held_desk, proxy, command, step)
        if staged and step.name != "confirm":
            assert stocked.filenames(PROJECT) == [], step.name
    command.let_go()
    proxy.gate = lambda request, agent, body: None
    outcome = held_desk.promote()
    assert outcome.status == 0, outcome.text
    assert "an earlier try is on record" in outcome.out
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert served(stocked) == sizes(held_release)
    uploads = [
        entry["detail"]["filename"]
        for entry in held_desk.journal()
        if (entry["step"], entry["phase"]) == ("upload", "intent")
    ]
    assert set(uploads) == set(sizes(held_release))


def test_an_index_that_is_killed_and_comes_back_gets_the_rest(
    held_desk: Desk, stocked: Index, held_release: list[Path], proxy: FaultProxy, command: HeldCommand
) -> None:
    command.let_go()

    def kill_the_index(request: str, agent: str, body: bytes) -> str | None:
        if not request.endswith("/publish"):
            return None
        stocked.kill()
        return "killed-before"

    proxy.gate = kill_the_index
    with held_desk.promotion() as running:
        proxy.victim = running.pid
        assert running.wait() == -signal.SIGKILL
    proxy.gate = lambda request, agent, body: None
    stocked.start()
    held_desk.environment.update(stocked.promotion_environment())
    outcome = held_desk.promote()
    assert outcome.status == 0, outcome.text
    assert served(stocked) == sizes(held_release)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", ["fetch", "smoke"])
def test_an_interrupt_ends_with_130_and_leaves_no_temporary_file(
    held_desk: Desk,
    tmp_path: Path,
    proxy: FaultProxy,
    command: HeldCommand,
    number: signal.Signals,
    step: str,
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    def interrupt(request: str, agent: str, body: bytes) -> str | None:
        if step == "fetch" and request.endswith("/zip"):
            proxy.send_signal(number)
        return None

    proxy.gate = interrupt
    with held_desk.promotion(TMPDIR=str(temporary)) as running:
        proxy.victim = running.pid
        if step == "smoke":
            command.wait_until_begun()
            proxy.send_signal(number)
        assert running.wait() == INTERRUPTED
    assert list(temporary.iterdir()) == []
    for entry in held_desk.journal():
        assert entry["phase"] in ("intent", "outcome")


def test_a_promotion_in_the_middle_of_another_is_refused(
    held_desk: Desk, stocked: Index, command: HeldCommand
) -> None:
    with held_desk.promotion() as running:
        command.wait_until_begun()
        running.wait_for_line(r"^== smoke")  # all is staged, and the index is asked for nothing more
        running.pause()
        before = snapshot(stocked.data)
        outcome = held_desk.promote("--json")
        assert outcome.json()["error"]["code"] == "conflict", outcome.text
        assert "another process on this machine" in outcome.json()["error"]["message"]
        assert snapshot(stocked.data) == before


def test_a_journal_that_was_changed_stops_everything(desk: Desk, stocked: Index) -> None:
    with desk.promotion() as running:
        running.wait_for_line(r"^== publish")
        running.kill()
    journal = desk.record / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"result":"passed"', '"result":"refused"', 1))
    before = snapshot(stocked.data)
    outcome = desk.promote("--json")
    assert outcome.json()["error"]["code"] == "conflict"
    assert "journal is broken" in outcome.json()["error"]["message"]
    assert snapshot(stocked.data) == before

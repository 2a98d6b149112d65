"""A whole promotion with the real index and the real pip: from a CI run to an installed command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import MISSING, PROJECT, SMOKE, VERSION, Desk, build_release, refused_checks
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index, Outcome
from tests.support.snapshot import snapshot

STEPS = ("preflight", "fetch", "verify", "index", "stage", "smoke", "publish", "confirm")


def served_files(index: Index) -> dict[str, str]:
    return {file["filename"]: file["hashes"]["sha256"] for file in index.project(PROJECT)["files"]}


@dataclass(frozen=True)
class Promoted:
    """A promotion that went all the way. Nothing in it changes."""

    desk: Desk
    index: Index
    outcome: Outcome


@pytest.fixture(scope="module")
def promoted(
    stock: Stock, release: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Promoted]:
    folder = tmp_path_factory.mktemp("promoted")
    home = folder / "home"
    home.mkdir()
    index = stock.copy(folder / "index", home)
    try:
        index.start()
        with Forge(successful_push(pack_artifact(release))) as forge:
            desk = Desk(forge, home, index.promotion_environment())
            yield Promoted(desk, index, desk.promote())
    finally:
        index.close()


def test_a_run_becomes_an_installed_command(promoted: Promoted, release: list[Path]) -> None:
    outcome = promoted.outcome
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert '{"commands": ["capabilities"]}' in outcome.out
    assert "follows exposure" not in outcome.out
    assert set(served_files(promoted.index)) == {path.name for path in release}
    assert promoted.desk.forge.journal.violations == []


def test_the_journal_has_an_intent_before_each_outcome(promoted: Promoted) -> None:
    entries = promoted.desk.journal()
    phases = [(entry["step"], entry["phase"]) for entry in entries]
    assert phases[-1] == ("release", "outcome")
    places = [phases.index((step, phase)) for step in STEPS for phase in ("intent", "outcome")]
    assert places == sorted(places)
    uploads = [entry["detail"]["filename"] for entry in entries if entry["step"] == "upload"]
    sdist, wheel = f"nanonis_qcodes_controller-{VERSION}.tar.gz", served_wheel(promoted.index)
    assert uploads == [sdist, wheel] * 2
    assert all(later["prev_hash"] == earlier["hash"] for earlier, later in pairwise(entries))


def served_wheel(index: Index) -> str:
    (name,) = (name for name in served_files(index) if name.endswith(".whl"))
    return name


def test_the_same_again_changes_nothing_and_is_one_json_document(
    promoted: Promoted, release: list[Path]
) -> None:
    before = snapshot(promoted.index.data)
    outcome = promoted.desk.promote("--json")
    assert outcome.status == 0, outcome.text
    document = outcome.json()
    assert document["outcome"] == "released"
    stated = {entry["filename"]: entry["sha256"] for entry in document["manifest"]}
    assert stated == served_files(promoted.index)
    assert {entry["size"] for entry in document["manifest"]} == {path.stat().st_size for path in release}
    assert outcome.err.count("there already, the same bytes") == len(release)
    assert outcome.err.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert snapshot(promoted.index.data) == before


def test_a_dry_run_says_what_would_happen_and_touches_nothing(desk: Desk, stocked: Index) -> None:
    before = snapshot(stocked.data)
    outcome = desk.promote("--dry-run")
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"would release {PROJECT} {VERSION}"
    assert f"upload nanonis_qcodes_controller-{VERSION}.tar.gz" in outcome.out
    assert snapshot(stocked.data) == before
    assert not desk.record.exists()


# The smoke check refuses what was exposed.


def test_a_command_that_fails_blocks_the_release(make_desk: Callable[[bytes], Desk], tmp_path: Path) -> None:
    command = "def main():\n    raise SystemExit('no instrument')\n"
    desk = make_desk(pack_artifact(build_release(tmp_path / "broken", command=command)))
    outcome = desk.promote()
    assert outcome.status == SMOKE, outcome.text
    assert f"{PROJECT} {VERSION} is BLOCKED" in outcome.out
    assert outcome.out.splitlines()[-1] == "refused: smoke.command"
    assert "blocked" in [entry["detail"].get("state") for entry in desk.journal()]
    (log,) = desk.logs()
    assert "no instrument" in log.read_text()


def test_a_dependency_that_the_index_lacks_burns_no_version(
    index: Index, release: list[Path], home: Path, tmp_path: Path
) -> None:
    with Forge(successful_push(pack_artifact(release))) as forge:
        desk = Desk(forge, home, index.promotion_environment())
        outcome = desk.promote("--json")
        assert refused_checks(outcome) == {"smoke.resolve"}
        assert outcome.status == MISSING
        # All that pip printed, and the reason in it, without a look into the log.
        assert "Looking in indexes: " in outcome.err
        assert "No matching distribution found for base-lib" in outcome.err
        assert f"{PROJECT} {VERSION} is not blocked: smoke.resolve failed" in outcome.err
        assert "blocked" not in [entry["detail"].get("state") for entry in desk.journal()]
        assert index.filenames(PROJECT) == []

        dependency = build_wheel(tmp_path, "base-lib", "2.1", files={"base_lib.py": ""})
        assert index.upload(dependency).status == 0
        assert desk.promote().status == 0
    assert len(index.filenames(PROJECT)) == 2

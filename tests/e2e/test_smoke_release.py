"""`packhouse smoke VERSION`, for a version that is on the index already, with the real pip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import CONFLICT, MISSING, PROJECT, SMOKE, VERSION, Desk, refused_checks
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index
from tests.support.ports import NOWHERE


@pytest.fixture
def uploaded(desk: Desk, stocked: Index, release: list[Path]) -> Desk:
    """A desk whose index has the release by other means: this machine never promoted it."""
    assert stocked.upload(*release).status == 0
    return desk


@pytest.fixture(scope="module")
def promoted(stock: Stock, release: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that promoted the release."""
    folder = tmp_path_factory.mktemp("promoted")
    home = folder / "home"
    home.mkdir()
    index = stock.copy(folder / "index", home)
    try:
        index.start()
        with Forge(successful_push(pack_artifact(release))) as forge:
            desk = Desk(forge, home, index.promotion_environment())
            outcome = desk.promote()
            assert outcome.status == 0, outcome.text
            yield desk
    finally:
        index.close()


def test_compares_with_the_journal_of_the_promotion(promoted: Desk) -> None:
    outcome = promoted.smoke("--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["outcome"] == "passed"
    assert outcome.json()["digests_from"] == "journal"
    assert Path(outcome.json()["smoke_log"]) == promoted.logs()[-1]


def test_obeys_no_configuration_that_names_another_index(promoted: Desk, tmp_path: Path) -> None:
    poison = f"[global]\nindex-url = {NOWHERE}\nextra-index-url = {NOWHERE}\n"
    for path in (
        tmp_path / "pip.conf",
        promoted.home / ".config" / "pip" / "pip.conf",
        promoted.home / ".pip" / "pip.conf",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(poison)
    outcome = promoted.smoke(
        PIP_CONFIG_FILE=str(tmp_path / "pip.conf"),
        PIP_EXTRA_INDEX_URL=NOWHERE,
        PIP_FIND_LINKS=NOWHERE,
        PIP_NO_INDEX="1",
        PYTHONPATH=str(tmp_path),
        UV_INDEX_URL=NOWHERE,
    )
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"smoke passed {PROJECT} {VERSION}"
    assert NOWHERE not in promoted.logs()[-1].read_text()


def test_says_that_it_believes_the_index_where_there_is_no_journal(uploaded: Desk) -> None:
    outcome = uploaded.smoke("--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["digests_from"] == "index"
    assert "this machine has no journal of the promotion" in outcome.err


def test_a_version_that_is_not_there_is_missing(desk: Desk) -> None:
    outcome = desk.smoke("--json")
    assert outcome.status == MISSING, outcome.text
    assert outcome.json()["error"]["code"] == "not_found"


def test_other_bytes_than_the_promoted_ones_are_never_installed(
    promoted: Desk, stock: Stock, tmp_path: Path, home: Path
) -> None:
    other = stock.copy(tmp_path / "other", home)
    try:
        other.start()
        evil = {"nanonis_qcodes_controller/__init__.py": "evil = 1\n"}
        assert other.upload(build_wheel(tmp_path, PROJECT, VERSION, files=evil)).status == 0
        logs = promoted.logs()
        outcome = promoted.smoke("--json", PRIVATE_INDEX_PIP_INDEX_URL=other.pip_url)
    finally:
        other.close()
    assert refused_checks(outcome) == {"index.serves-release"}
    assert outcome.status == CONFLICT
    assert promoted.logs() == logs


def test_a_command_that_does_not_end_is_stopped(uploaded: Desk, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(
        f'project = "{PROJECT}"\nrepository = "example-lab/{PROJECT}"\n'
        '[smoke]\ncommands = [["python", "-c", "import time; time.sleep(600)"]]\ntimeout-seconds = 1\n'
    )
    outcome = uploaded.smoke("--json", "--config", config)
    assert refused_checks(outcome) == {"smoke.command"}
    assert outcome.status == SMOKE
    assert "it was stopped at its time limit" in outcome.text

"""Any index that twine can upload to: here pypiserver, which knows nothing of us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import build_sdist, build_wheel, pack_artifact
from tests.support.desk import AUTHENTICATION, CONFLICT, PROJECT, VERSION, Desk, assert_absent, refused_checks
from tests.support.foreign_index import ForeignIndex, pypiserver
from tests.support.forge import Forge, successful_push

USER = "desk-user"
PASSWORD = "canary-p@ss/w%rd+"


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[ForeignIndex]:
    """It has the release's one dependency."""
    with pypiserver(tmp_path / "foreign", user=USER, password=PASSWORD) as index:
        build_wheel(index.packages, "base-lib", "2.0")
        yield index


@pytest.fixture
def abroad(foreign: ForeignIndex, release: list[Path], home: Path) -> Iterator[Desk]:
    """Ready to promote `release` to it."""
    with Forge(successful_push(pack_artifact(release))) as forge:
        yield Desk(forge, home, foreign.promotion_environment())


def test_a_release_is_uploaded_read_back_and_installed(
    abroad: Desk, foreign: ForeignIndex, release: list[Path]
) -> None:
    outcome = abroad.promote()
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"released {PROJECT} {VERSION}"
    assert '{"commands": ["capabilities"]}' in outcome.out
    held = foreign.holdings()
    assert {path.name: held[path.name] for path in release} == {p.name: p.read_bytes() for p in release}
    again = abroad.promote("--json")
    assert again.status == 0, again.text
    assert again.err.count("there already, the same bytes") == len(release)
    assert foreign.holdings() == held
    assert_absent(PASSWORD, outcome.text + again.text + abroad.kept(), user=USER)


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_other_bytes_there_are_a_conflict_and_nothing_is_sent(
    abroad: Desk, foreign: ForeignIndex, kind: str
) -> None:
    build: Callable[..., Path] = build_sdist if kind == "sdist" else build_wheel
    build(foreign.packages, PROJECT, VERSION, files={"nanonis_qcodes_controller/__init__.py": "evil = 1\n"})
    before = foreign.holdings()
    outcome = abroad.promote("--json")
    assert refused_checks(outcome) == {"index.version-unused"}
    assert outcome.status == CONFLICT
    assert foreign.holdings() == before


def test_a_wrong_password_is_refused_and_nothing_is_sent(abroad: Desk, foreign: ForeignIndex) -> None:
    before = foreign.holdings()
    outcome = abroad.promote("--json", PRIVATE_INDEX_PASSWORD="canary-wrong")
    assert outcome.status == AUTHENTICATION, outcome.text
    assert foreign.holdings() == before
    assert_absent("canary-wrong", outcome.text + abroad.kept(), user=USER)

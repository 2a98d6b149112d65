"""Fixtures that every test here may ask for."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, pack_artifact
from tests.support.forge import Forge, Scenario, successful_push
from tests.support.packhouse import Index
from tests.support.paths import packhouse_binary
from tests.support.processes import clean_environment
from tests.support.refusals import take_refusing
from tests.support.untouched import verify_ledger

PROJECT = "nanonis-qcodes-controller"
VERSION = "1.2.3"


def pytest_configure() -> None:
    """A shell's background jobs ignore Ctrl-C, and all that they start would; a handler is not inherited."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", metavar="SEED", help="run modules, and the tests of each, in another order")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """No test depends on the one before it. A module stays together, and so do its fixtures."""
    if not (seed := config.getoption("--shuffle")):
        return
    order = random.Random(seed)
    places = {module: order.random() for module in sorted({item.path for item in items})}
    items.sort(key=lambda item: (places[item.path], order.random()))


@pytest.fixture(autouse=True)
def ledgers_verify_after_refusals(tmp_path: Path) -> Iterator[None]:
    """Whatever index refused something within the test: its ledger still verifies.

    Its data is below tmp_path, which must not be removed before.
    """
    yield
    for refusing in take_refusing():
        verify_ledger(refusing.data, refusing.home)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def clean_env(home: Path) -> dict[str, str]:
    """An environment for child processes that configures no package tool and has an empty HOME."""
    return clean_environment(home)


@pytest.fixture
def binary() -> Path:
    """The program under test; the test fails, and is not skipped, where it was not built."""
    path = packhouse_binary()
    assert path.is_file(), f"{path} is not there: build it with ./dev build release, or set PACKHOUSE_BIN"
    return path


@pytest.fixture
def make_index(binary: Path, tmp_path: Path, home: Path) -> Iterator[Callable[[str], Index]]:
    """Makes an index on its own data folder, not started; none outlives the test."""
    made: list[Index] = []

    def make(name: str = "index") -> Index:
        made.append(Index(tmp_path / name, home))
        return made[-1]

    yield make
    for index in made:
        index.close()


@pytest.fixture
def index(make_index: Callable[[str], Index]) -> Index:
    """A running index with nothing in it."""
    return make_index("index").start()


@pytest.fixture
def dist(tmp_path: Path) -> list[Path]:
    """A wheel and an sdist of nanonis-qcodes-controller 1.2.3."""
    folder = tmp_path / "dist"
    folder.mkdir()
    return build_pair(folder, PROJECT, VERSION)


@pytest.fixture
def scenario(dist: list[Path]) -> Scenario:
    """A successful push whose artifact holds `dist`, for the test to spoil."""
    return successful_push(pack_artifact(dist))


@pytest.fixture
def forge(scenario: Scenario) -> Iterator[Forge]:
    """A running forge that serves `scenario`, which may be edited while it runs."""
    with Forge(scenario) as running:
        yield running

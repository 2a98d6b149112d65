"""What the tests of the desk start from. What is costly to make is made once and copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import Desk, build_release
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index
from tests.support.quick_python import write_quick_python


@dataclass(frozen=True)
class Stock:
    """The data of an index that holds the dependency of the release, and that of the example, and no more."""

    data: Path
    token: str
    read_token: str

    def copy(self, data: Path, home: Path) -> Index:
        """An index of one's own with the same holdings, not started."""
        shutil.copytree(self.data, data)
        return Index(data, home, token=self.token, read_token=self.read_token)


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    folder = tmp_path_factory.mktemp("stock")
    home = folder / "home"
    home.mkdir()
    index = Index(folder / "data", home)
    try:
        index.start()
        example = build_wheel(folder, "platformdirs", "4.14.0")
        uploaded = index.upload(build_wheel(folder, "base-lib", "2.0"), example)
        assert uploaded.status == 0, uploaded.text
        assert index.stop() == 0
    finally:
        index.close()
    return Stock(index.data, index.token, index.read_token)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel and the sdist that the CI run built."""
    return build_release(tmp_path_factory.mktemp("release"))


@pytest.fixture
def stocked(stock: Stock, tmp_path: Path, home: Path) -> Iterator[Index]:
    """A running index with the release's one dependency: it comes from there too."""
    index = stock.copy(tmp_path / "index", home)
    try:
        yield index.start()
    finally:
        index.close()


@pytest.fixture
def search_path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """PATH of a desk. The mark `quick_pip` puts a Python whose pip takes milliseconds at its front."""
    path = os.environ["PATH"]
    mark = request.node.get_closest_marker("quick_pip")
    if mark is None or mark.args == (False,):
        return path
    folder = tmp_path / "quick-python"
    folder.mkdir()
    write_quick_python(folder / "python3")
    return f"{folder}{os.pathsep}{path}"


@pytest.fixture
def make_desk(stocked: Index, home: Path, search_path: str) -> Iterator[Callable[[bytes], Desk]]:
    """Makes a desk that is to promote the artifact with these bytes to `stocked`."""
    forges: list[Forge] = []

    def make(archive: bytes) -> Desk:
        forges.append(Forge(successful_push(archive)))
        forges[-1].start()
        return Desk(forges[-1], home, {**stocked.promotion_environment(), "PATH": search_path})

    yield make
    for forge in forges:
        forge.stop()


@pytest.fixture
def desk(make_desk: Callable[[bytes], Desk], release: list[Path]) -> Desk:
    """Ready to promote `release` to `stocked`."""
    return make_desk(pack_artifact(release))

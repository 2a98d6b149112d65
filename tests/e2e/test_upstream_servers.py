"""Upstreams made of the servers that people run: a second Packhouse, pypiserver, devpi-server and peryx.

All have the same real wheels. pip, uv and poetry install an application of some thirty dependencies through
an index above each: cold, warm, and with the upstream stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_upstreams import (
    MakeIndex,
    Upstream,
    configured,
    installed,
    packhouse_upstream,
    pip_install,
    pypiserver_upstream,
    uv_install,
)
from tests.support.artifacts import build_wheel
from tests.support.demo import DemoError, fetched_wheels
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import BUILD, PYTHON, ROOT, client
from tests.support.processes import clean_environment
from tests.support.real_servers import ServersAbsentError, devpi, peryx

REQUIREMENTS = ROOT / "tests" / "application.txt"
Install = Callable[[Index, Path, str], Outcome]


def top_level() -> list[str]:
    lines = REQUIREMENTS.with_suffix(".in").read_text().splitlines()
    return [line.partition("#")[0].strip() for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("application")
    try:
        return fetched_wheels(REQUIREMENTS, BUILD / "application-wheels", folder / "wheels", folder)
    except DemoError as reason:
        pytest.skip(f"the application's wheels cannot be fetched: {reason}")


@contextmanager
def upstream_of(kind: str, make_index: MakeIndex, folder: Path, wheels: list[Path]) -> Iterator[Upstream]:
    if kind == "packhouse":
        with packhouse_upstream(make_index, wheels) as upstream:
            yield upstream
    elif kind == "pypiserver":
        with pypiserver_upstream(folder, wheels) as upstream:
            yield upstream
    else:
        try:
            with (devpi if kind == "devpi" else peryx)(folder / kind, wheels) as server:
                yield Upstream(server.url, "", "", server.stop)
        except ServersAbsentError as reason:
            pytest.skip(f"the servers of others cannot be fetched: {reason}")


def without_credential(index: Index, folder: Path, upstream: Upstream) -> Index:
    config = folder / "packhouse.toml"
    config.write_text(f'[[index.main.upstream]]\nurl = "{upstream.url}"\n')
    index.options = ["--config", str(config)]
    return index


def poetry_install(index: Index, target: Path, requirement: str) -> Outcome:
    target.mkdir()
    (target / "pyproject.toml").write_text(
        f"""[project]
name = "user"
version = "1.0"
requires-python = ">=3.11,<4"
[tool.poetry]
package-mode = false
[[tool.poetry.source]]
name = "packhouse"
url = "{index.simple_url}"
priority = "primary"
"""
    )
    environment = {
        **clean_environment(index.home),
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "POETRY_HTTP_BASIC_PACKHOUSE_USERNAME": "__token__",
        "POETRY_HTTP_BASIC_PACKHOUSE_PASSWORD": index.read_token,
        "POETRY_VIRTUALENVS_IN_PROJECT": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return run_command([client("poetry"), "add", "--no-interaction", requirement], environment, folder=target)


def packages_in(folder: Path) -> set[str]:
    found = installed(folder)
    for site in folder.glob(".venv/lib/*/site-packages"):
        found |= installed(site)
    return found


# Cold, warm, and with the upstream stopped: over the four servers each of pip and uv does each twice.
CLIENTS: dict[str, list[Install]] = {
    "packhouse": [uv_install, pip_install, poetry_install],
    "pypiserver": [pip_install, uv_install, pip_install],
    "devpi": [uv_install, pip_install, uv_install],
    "peryx": [pip_install, uv_install, uv_install],
}


# peryx refuses metadata before 2.4 with a licence file, as colorama has it. Only poetry asks for that one.
LEFT_OUT = {"peryx": "colorama"}


@pytest.mark.parametrize("kind", CLIENTS)
def test_an_application_is_installed_through_an_upstream_where_its_wheels_can_be_fetched(
    kind: str, make_index: MakeIndex, tmp_path: Path, wheels: list[Path]
) -> None:
    left_out = LEFT_OUT.get(kind)
    wheels = [wheel for wheel in wheels if wheel.name.split("-")[0] != left_out]
    requires = [name for name in top_level() if name != left_out]
    wanted = {"app", *(wheel.name.split("-")[0].lower() for wheel in wheels)}
    cold, warm, alone = CLIENTS[kind]
    with upstream_of(kind, make_index, tmp_path, wheels) as upstream:
        index = make_index("index")
        if upstream.user:
            configured(index, tmp_path, upstream).start()
        else:
            without_credential(index, tmp_path, upstream).start()
        uploaded = index.upload(build_wheel(tmp_path, "app", "1.0", requires=requires))
        assert uploaded.status == 0, uploaded.text
        for state, install in (("cold", cold), ("warm", warm), ("alone", alone)):
            if state == "alone":
                upstream.stop()
                assert index.stop() == 0
                index.start()
            outcome = install(index, tmp_path / state, "app")
            assert outcome.status == 0, f"{state}\n{outcome.text}" + "\n".join(index.process.errors)
            assert packages_in(tmp_path / state) >= wanted, state

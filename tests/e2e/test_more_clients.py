"""pip-tools, pipenv, pex, bandersnatch, micropip, and two indexes at once with a token for each, as
docs/clients.md says. In test_clients.py are the clients that publish, and what the common ones print."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from micropip._compat import fetch_bytes
from micropip.package_index import query_package

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import PYTHON
from tests.support.processes import clean_environment
from tests.support.raw_http import form, form_headers, send, upload_fields
from tests.support.recipes import Recipe, recipes

LOCK = recipes("Lock and bundle")
TWO = recipes("Two indexes at once")
COPY = recipes("Copy an index")
CONFIGURATION = "[index.main]\n[index.team-b]\n"
APPLICATION = """\
[project]
name = "application"
version = "0.1"
requires-python = ">=3.11"

[tool.poetry]
package-mode = false

[tool.pdm]
distribution = false
"""


@dataclass
class User:
    """A project folder, a home, and every client; other machines are out of reach."""

    index: Index
    folder: Path
    environment: dict[str, str]

    def run(self, recipe: Recipe, **tokens: str) -> Outcome:
        (self.folder / "pyproject.toml").write_text(APPLICATION)
        return recipe.run(self.folder, {**self.environment, **tokens}, self.index.url)

    def installed(self, name: str) -> bool:
        return any(self.folder.rglob(f"{name}-1.0.dist-info/METADATA"))


def put(index: Index, prefix: str, path: Path, name: str) -> None:
    body = form(upload_fields(path, name, "1.0"), path.name, path.read_bytes())
    reply = send(
        f"{index.url}{prefix}/legacy/", "POST", headers=form_headers(index.authorization()), body=body
    )
    assert reply.status == 200, reply.text


def bound(index: Index, name: str) -> str:
    """A token that reads that index alone."""
    headers = {"Content-Type": "application/json", **index.authorization()}
    body = json.dumps({"label": name, "permissions": ["read"], "index": name}).encode()
    made = send(f"{index.url}/api/v1/tokens", "POST", headers=headers, body=body)
    assert made.status == 201, made.text
    return str(json.loads(made.body)["token"])


@pytest.fixture
def user(
    make_index: Callable[[str], Index], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> User:
    """With the indexes main, which has demo, and team-b, which has helper."""
    config = tmp_path / "packhouse.toml"
    config.write_text(CONFIGURATION)
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    folder = tmp_path / "project"
    folder.mkdir()
    for path in build_pair(tmp_path, "demo", "1.0"):
        put(index, "/main", path, "demo")
    put(index, "/team-b", build_wheel(tmp_path, "helper", "1.0"), "helper")
    environment = {
        **clean_environment(index.home),
        "PATH": f"{PYTHON.parent}:/usr/bin:/bin",
        "HTTP_PROXY": "http://127.0.0.1:1",  # what leaves this machine fails
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "NO_PROXY": "127.0.0.1",
        "NO_COLOR": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "VIRTUALENV_OVERRIDE_APP_DATA": str(tmp_path_factory.getbasetemp() / "virtualenv"),
        "PIP_TARGET": str(folder / "installed"),
        "UV_PYTHON": str(PYTHON),
        "UV_PYTHON_DOWNLOADS": "never",
        "POETRY_VIRTUALENVS_IN_PROJECT": "1",
        "PDM_CHECK_UPDATE": "0",
        "PDM_PYTHON": "",
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_NOSPIN": "1",
        "PIPENV_DEFAULT_PYTHON_VERSION": str(PYTHON),
    }
    return User(index, folder, environment)


def test_the_document_has_a_recipe_for_every_client() -> None:
    assert list(LOCK) == ["pip-tools", "pipenv", "pex"]
    assert list(TWO) == ["pip", "uv", "poetry", "pdm"]
    assert list(COPY) == ["bandersnatch"]


@pytest.mark.parametrize("client", LOCK)
def test_locks_and_installs(client: str, user: User) -> None:
    if client == "pipenv":  # its own pip would install there too
        del user.environment["PIP_TARGET"]
    done = user.run(LOCK[client], PACKHOUSE_TOKEN=user.index.read_token)
    assert done.status == 0, done.text
    if client == "pex":
        shown = run_command(
            [PYTHON, user.folder / "demo.pex", "-c", "import demo; print(demo.__file__)"], user.environment
        )
        assert shown.status == 0, shown.text
    else:
        assert user.installed("demo"), done.text


@pytest.mark.parametrize("client", LOCK)
def test_a_wrong_token_installs_nothing(client: str, user: User) -> None:
    done = user.run(LOCK[client], PACKHOUSE_TOKEN="wrong")
    assert done.status != 0, done.text
    assert not user.installed("demo")
    assert not (user.folder / "demo.pex").exists()


def swapped(text: str) -> str:
    """The indexes in the other order, with their addresses."""
    return re.sub(
        r"/(main|team-b)/simple/",
        lambda match: "/team-b/simple/" if match[1] == "main" else "/main/simple/",
        text,
    )


@pytest.mark.parametrize("order", ["main first", "main last"])
@pytest.mark.parametrize("client", TWO)
def test_tokens_of_two_indexes_work_beside_each_other(client: str, order: str, user: User) -> None:
    recipe, tokens = TWO[client], [bound(user.index, name) for name in ("main", "team-b")]
    if order == "main last":
        recipe = Recipe(swapped(recipe.settings), swapped(recipe.script))
        tokens.reverse()
    done = user.run(recipe, MAIN_TOKEN=tokens[0], TEAM_TOKEN=tokens[1])
    assert done.status == 0, done.text
    assert user.installed("demo"), done.text
    assert user.installed("helper"), done.text


@pytest.mark.parametrize("prefix", ["", "/main", "/team-b"])
def test_bandersnatch_copies_an_index(prefix: str, user: User) -> None:
    script = COPY["bandersnatch"].script.replace("[mirror]", "[mirror]\nallow-non-https = true", 1)
    script = re.sub(r"(?m)^(master = .*)$", rf"\1{prefix}", script)
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):  # it knows no NO_PROXY
        del user.environment[name]
    done = user.run(replace(COPY["bandersnatch"], script=script), PACKHOUSE_TOKEN=user.index.read_token)
    assert done.status == 0, done.text
    web = user.folder / "mirror" / "web"
    name = "helper" if prefix == "/team-b" else "demo"
    copied = {path.name: path.read_bytes() for path in (web / "packages").rglob(f"{name}-*")}
    uploaded = {path.name: path.read_bytes() for path in user.folder.parent.glob(f"{name}-*")}
    assert copied == uploaded
    page = (web / "simple" / name / "index.html").read_text()
    for filename in uploaded:
        link = re.search(rf'href="../../(packages/[^"#]+/{re.escape(filename)})#sha256=', page)
        assert link, page
        assert (web / link[1]).exists()


@pytest.mark.parametrize(
    "address", ["/pypi/{package_name}/json", "/simple/", "/main/simple/", "/main/pypi/{package_name}/json"]
)
def test_micropip_finds_and_fetches_a_wheel(address: str, user: User) -> None:
    """Its index code, in CPython."""
    headers: dict[str, Any] = {"headers": user.index.authorization()}

    async def wheels() -> dict[str, bytes]:
        found = await query_package("demo", user.index.url + address, headers)
        return {
            wheel.filename: await fetch_bytes(wheel.url, headers)
            for of_version in found.releases.values()
            for wheel in of_version
        }

    wheel = next(user.folder.parent.glob("demo-*.whl"))
    assert asyncio.run(wheels()) == {wheel.name: wheel.read_bytes()}

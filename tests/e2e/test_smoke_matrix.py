"""The smoke check's matrix: several Pythons, the sdist, imports, and what commands must print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.desk import MISSING, PROJECT, SMOKE, USAGE, Desk, refused_checks
from tests.support.packhouse import Index
from tests.support.untouched import untouched

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PRINTED = '{"commands": ["capabilities"]}'


@pytest.fixture
def uploaded(desk: Desk, stocked: Index, release: list[Path]) -> Desk:
    """A desk whose index has the release."""
    assert stocked.upload(*release).status == 0
    return desk


def settings(folder: Path, smoke: str) -> Path:
    path = folder / "packhouse.toml"
    path.write_text(f'project = "{PROJECT}"\nrepository = "example-lab/{PROJECT}"\n[smoke]\n{smoke}\n')
    return path


def test_every_python_and_the_sdist_are_tried_in_environments_of_their_own(
    uploaded: Desk, tmp_path: Path
) -> None:
    config = settings(
        tmp_path,
        f'pythons = ["{PYTHON}", "python3"]\nsdist = true\nimports = ["nanonis_qcodes_controller.cli"]\n'
        'commands = [["python", "-c", "import sys; print(sys.prefix)"]]',
    )
    outcome = uploaded.smoke("--json", "--config", config)
    assert outcome.status == 0, outcome.text
    ids = [check["id"] for check in outcome.json()["checks"]]
    for each in ("smoke.venv", "smoke.install", "smoke.import", "smoke.command"):
        assert ids.count(each) == 3, each
    assert ids.count("smoke.installed-bytes") == 2, "a wheel that pip built has no promoted bytes"
    (log,) = uploaded.logs()
    assert f"log: {log}" in outcome.err
    text = log.read_text()
    for head in (f"==== python{PYTHON}, as a user", "==== python3, as a user", "from the sdist"):
        assert head in text
    assert "-m venv" not in text, "each Python gave its pip away, and none had to install it"
    assert "--no-binary=" + PROJECT in text


def test_a_python_that_is_named_and_not_there_stops_before_anything_is_sent(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    config = settings(tmp_path, 'pythons = ["python3", "3.99"]\ncommands = [["nqctl", "capabilities"]]')
    with untouched(stocked):
        outcome = desk.promote("--json", "--config", config)
    assert outcome.status == MISSING, outcome.text
    assert 'expected "python3.99" for the smoke check' in outcome.json()["error"]["message"]
    assert "take it out of `pythons`" in outcome.json()["error"]["hint"]


def test_a_python_without_ensurepip_stops_before_anything_is_sent(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    python = tmp_path / "python-of-debian"
    hide = 'import sys; sys.modules["ensurepip"] = None; exec(sys.argv[-1])'
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{hide}' \"$@\"\n")
    python.chmod(0o755)
    config = settings(tmp_path, f'pythons = ["{python}"]\ncommands = [["nqctl", "capabilities"]]')
    with untouched(stocked):
        outcome = desk.promote("--json", "--config", config)
    assert outcome.status == MISSING, outcome.text
    assert "python-of-debian" in outcome.json()["error"]["message"]
    assert "ensurepip" in outcome.json()["error"]["hint"]


def command(keys: str) -> str:
    return f'commands = [{{ run = ["nqctl", "capabilities"], {keys} }}]'


@pytest.mark.parametrize(
    "keys",
    [
        'contains = "capabilities"',
        'matches = "^.\\"commands\\": \\\\[.*\\\\].$"',
        'json = "$.commands[0]", equals = "capabilities"',
    ],
)
def test_a_command_prints_what_is_expected(uploaded: Desk, tmp_path: Path, keys: str) -> None:
    outcome = uploaded.smoke("--json", "--config", settings(tmp_path, command(keys)))
    assert outcome.status == 0, outcome.text
    assert [check["id"] for check in outcome.json()["checks"]].count("smoke.output") == 1


def test_a_command_that_prints_something_else_is_refused(uploaded: Desk, tmp_path: Path) -> None:
    keys = 'contains = "capabilities", json = "$.commands[0]", equals = "status"'
    outcome = uploaded.smoke("--json", "--config", settings(tmp_path, command(keys)))
    assert refused_checks(outcome) == {"smoke.output"}
    assert outcome.status == SMOKE
    (refused,) = (check for check in outcome.json()["checks"] if not check["passed"])
    assert refused["expected"] == 'JSON with "status" at "$.commands[0]"'
    assert PRINTED.replace('"', '\\"') in refused["found"]


def test_a_module_that_does_not_import_is_refused(uploaded: Desk, tmp_path: Path) -> None:
    config = settings(tmp_path, 'imports = ["nanonis_qcodes_controller", "nanonis_qcodes_controller.driver"]')
    outcome = uploaded.smoke("--json", "--config", config)
    assert refused_checks(outcome) == {"smoke.import"}
    assert outcome.status == SMOKE
    assert "No module named" in uploaded.logs()[-1].read_text()


@pytest.mark.parametrize(
    ("smoke", "words"),
    [
        (command('matches = "("'), 'expected a regular expression, found "("'),
        (command('json = "commands"'), "expected a path such as"),
        (command('prints = "x"'), "expected an array of commands"),
        (command('equals = "x"'), "expected an array of commands"),
        ('imports = ["os; evil"]', "expected an array of modules' names"),
        ('python = "python3"\npythons = ["3.11"]', 'expected one of "python" and "pythons"'),
    ],
)
def test_what_cannot_be_tried_is_said_at_once(desk: Desk, tmp_path: Path, smoke: str, words: str) -> None:
    outcome = desk.smoke("--json", "--config", settings(tmp_path, smoke))
    assert outcome.status == USAGE, outcome.text
    assert words in outcome.text

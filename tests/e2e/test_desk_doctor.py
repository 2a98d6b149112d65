"""`packhouse doctor`: each finding with its cure, before a promotion is tried; nothing is released."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.desk import AUTHENTICATION, MISSING, POLICY, PROJECT, Desk, assert_absent, refused_checks
from tests.support.foreign_index import pypiserver
from tests.support.forge import misbehave
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import EXAMPLE, packhouse_binary
from tests.support.snapshot import Snapshot, snapshot

ADDRESSES = ("PRIVATE_INDEX_REPOSITORY_URL", "PRIVATE_INDEX_PIP_INDEX_URL")
SECRETS = ("PRIVATE_INDEX_USERNAME", "PRIVATE_INDEX_PASSWORD", "GITHUB_TOKEN")


def cures(outcome: Outcome) -> dict[str, str]:
    return {check["id"]: check["hint"] for check in outcome.json()["checks"] if not check["passed"]}


def holdings(index: Index) -> Snapshot:
    """Without the traces of a session that was opened and canceled."""
    return snapshot(index.data, without_tables=("ledger", "sessions", "sqlite_sequence"))


def test_a_desk_in_order_has_nothing_to_cure(desk: Desk, stocked: Index) -> None:
    before = holdings(stocked)
    outcome = desk.run("doctor")
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == "nothing to cure"
    for examined in (
        "settings",
        "forge.actions",
        "index.stage",
        "index.dependencies",
        "clock.index",
        "python.venv",
        "state.writable",
    ):
        assert f"  ok       {examined}  " in outcome.out
    assert holdings(stocked) == before
    assert desk.forge.journal.violations == []
    assert not desk.record.parent.exists()
    for secret in (stocked.token, stocked.read_token, desk.forge.scenario.token):
        assert_absent(secret, outcome.text + desk.kept())


def test_settings_that_take_more_than_a_push_to_one_branch_are_named(desk: Desk, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(f'project = "{PROJECT}"\ntags = "v{{version}}"\nbranch = ["main", "release/*"]\n')
    outcome = desk.run("doctor", "--config", config)
    widened = 'which also takes runs of the branches "release/*"; runs of the tag "v{version}"'
    assert f"  ok       settings  {PROJECT}, {widened}" in outcome.out


@pytest.mark.parametrize("name", [*ADDRESSES, *SECRETS])
def test_each_missing_secret_is_named(desk: Desk, name: str) -> None:
    outcome = desk.run("doctor", "--json", **{name: ""})
    assert refused_checks(outcome) == {f"secret.{name}"}
    assert outcome.status == AUTHENTICATION
    assert "secret of the repository" in cures(outcome)[f"secret.{name}"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_public_index_is_a_finding_and_is_asked_nothing(desk: Desk, name: str) -> None:
    public = ".".join(["pypi", "org"])
    outcome = desk.run("doctor", "--json", **{name: f"https://{public}/simple/"})
    assert refused_checks(outcome) == {"index.not-public"}
    assert outcome.status == POLICY


@pytest.mark.parametrize("name", ADDRESSES)
def test_plain_http_to_another_machine_is_a_finding_and_is_asked_nothing(desk: Desk, name: str) -> None:
    outcome = desk.run("doctor", "--json", **{name: "http://index.example/simple/"})
    assert refused_checks(outcome) == {"index.encrypted"}
    assert outcome.status == POLICY


def test_a_shell_that_holds_the_secrets_is_a_warning(desk: Desk) -> None:
    words = [str(packhouse_binary()), "doctor"]
    for script, warned in (('"$@"; exit $?', True), ('exec "$@"', False)):
        outcome = run_command(["sh", "-c", script, "sh", *words], desk.environment, folder=EXAMPLE)
        assert outcome.status == 0, outcome.text
        assert ("shows a secret in /proc/" in outcome.text) == warned


def test_a_password_that_the_index_does_not_take_is_a_finding(desk: Desk, stocked: Index) -> None:
    before = snapshot(stocked.data)
    outcome = desk.run("doctor", "--json", PRIVATE_INDEX_PASSWORD="canary-password")
    assert refused_checks(outcome) == {"index.stage"}
    assert outcome.status == AUTHENTICATION
    assert_absent("canary-password", outcome.text)
    assert snapshot(stocked.data) == before


def test_a_token_that_may_not_upload_is_a_finding(desk: Desk, stocked: Index) -> None:
    outcome = desk.run("doctor", "--json", PRIVATE_INDEX_PASSWORD=stocked.read_token)
    assert refused_checks(outcome) == {"index.upload"}


def test_a_forge_token_without_actions_is_a_finding(desk: Desk) -> None:
    desk.forge.scenario.become(misbehave(desk.forge.scenario, "token-without-actions"))
    outcome = desk.run("doctor", "--json")
    assert "forge.actions" in refused_checks(outcome)
    assert outcome.status == AUTHENTICATION
    assert "`actions: read`" in cures(outcome)["forge.actions"]


def test_an_interpreter_that_is_not_there_is_a_finding(desk: Desk, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(f'project = "{PROJECT}"\n[smoke]\npython = "python9.9"\n')
    outcome = desk.run("doctor", "--json", "--config", config)
    assert refused_checks(outcome) == {"python.venv"}
    assert "python3-venv" in cures(outcome)["python.venv"]


def test_settings_that_cannot_be_read_do_not_hide_the_rest(desk: Desk, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text('project = "demo"\nwork-flow = "x"\n')
    outcome = desk.run("doctor", "--json", "--config", config, GITHUB_TOKEN="")
    assert refused_checks(outcome) == {"settings", "secret.GITHUB_TOKEN"}


def test_an_index_that_is_not_ours_is_examined_too(desk: Desk, tmp_path: Path) -> None:
    with pypiserver(tmp_path / "foreign", user="desk-user", password="canary-password") as foreign:
        outcome = desk.run("doctor", "--json", **foreign.promotion_environment())
        assert refused_checks(outcome) == {"index.dependencies"}, "it has nothing at all"
        assert outcome.status == MISSING
        (check,) = (each for each in outcome.json()["checks"] if each["id"] == "index.dependencies")
        assert check["found"] == "platformdirs<5,>=4.14 (the index does not have it)"
        dependency = build_wheel(tmp_path, "platformdirs", "4.14.0")
        held = {dependency.name: dependency.read_bytes()}
        (foreign.packages / dependency.name).write_bytes(held[dependency.name])
        outcome = desk.run("doctor", **foreign.promotion_environment())
        assert outcome.status == 0, outcome.text
        assert foreign.holdings() == held
        wrong = {**foreign.promotion_environment(), "PRIVATE_INDEX_PASSWORD": "another-password"}
        assert refused_checks(desk.run("doctor", "--json", **wrong)) == {"index.upload"}

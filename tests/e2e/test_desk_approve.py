"""`packhouse approve`: a release that its owners have to say yes to, each with a key of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.desk import (
    CONFLICT,
    MISSING,
    POLICY,
    PROJECT,
    USAGE,
    VERSION,
    Desk,
    assert_absent,
    refused_checks,
)
from tests.support.packhouse import Index, Outcome
from tests.support.snapshot import snapshot

pytestmark = pytest.mark.quick_pip

APPROVAL = 9
SETTINGS = f"""\
project = "{PROJECT}"
repository = "example-lab/{PROJECT}"
[smoke]
commands = [["nqctl", "capabilities"]]
[approvals]
required = 1
max-hours = 12
[approvals.owners]
"""


@dataclass
class Team:
    """A desk whose settings list two owners, and a plan to release 1.2.3."""

    desk: Desk
    config: Path
    keys: dict[str, Path]
    plan: Path

    def approve(self, owner: str, out: Path, *options: str) -> Outcome:
        words: list[str | Path] = ["approve", self.plan, "--key", self.keys[owner], "--out", out]
        return self.desk.run(*words, *options, "--config", self.config)

    def apply(self, *approvals: Path, actor: str = "linus") -> Outcome:
        given = [word for path in approvals for word in ("--approval", path)]
        words: list[str | Path] = ["promote", "--apply", self.plan, *given, "--json"]
        return self.desk.run(*words, "--config", self.config, GITHUB_ACTOR=actor)


@pytest.fixture
def team(desk: Desk, tmp_path: Path) -> Team:
    keys = {owner: tmp_path / f"{owner}.pem" for owner in ("ada", "grace")}
    lines = []
    for owner, key in keys.items():
        made = desk.run("approve", "--new-key", key)
        assert made.status == 0, made.text
        assert key.stat().st_mode & 0o777 == 0o600
        assert_absent("".join(key.read_text().splitlines()[1:-1]), made.text)
        lines.append(f'{owner} = "{made.out.splitlines()[-1]}"\n')
    config = tmp_path / "packhouse.toml"
    config.write_text(SETTINGS + "".join(lines))
    plan = tmp_path / "plan.json"
    planned = desk.promote("--plan", plan, "--config", config)
    assert planned.status == 0, planned.text
    assert "1 approval" in planned.out
    return Team(desk, config, keys, plan)


Refuse = Callable[[Outcome, str, int], None]


@pytest.fixture
def refuse(stocked: Index, team: Team) -> Refuse:
    before = snapshot(stocked.data)

    def check(outcome: Outcome, check_id: str, status: int) -> None:
        assert refused_checks(outcome) == {check_id}, outcome.text
        assert outcome.status == status
        assert snapshot(stocked.data) == before

    return check


def test_a_release_waits_for_its_owners(
    team: Team, stocked: Index, release: list[Path], tmp_path: Path, refuse: Refuse
) -> None:
    refuse(team.apply(), "approval.enough", APPROVAL)
    approved = team.approve("ada", tmp_path / "ada.json")
    assert approved.status == 0, approved.text
    manifest = {entry["filename"]: entry["sha256"] for entry in json.loads(team.plan.read_text())["manifest"]}
    for path in release:
        assert f"{path.name}  {path.stat().st_size} bytes  sha256:{manifest[path.name]}" in approved.out
    outcome = team.apply(tmp_path / "ada.json")
    assert outcome.status == 0, outcome.text
    used = [each for each in team.desk.journal() if each["step"] == "approvals"][-1]
    assert [each["owner"] for each in used["detail"]["approvals"]] == ["ada"]
    assert used["detail"]["approvals"][0] == json.loads((tmp_path / "ada.json").read_text())
    assert len(stocked.project(PROJECT)["files"]) == 2
    # What is released already needs nobody's yes to be looked at once more.
    assert team.apply().status == 0


def test_whoever_promotes_cannot_approve_of_it(team: Team, tmp_path: Path, refuse: Refuse) -> None:
    assert team.approve("ada", tmp_path / "ada.json").status == 0
    refuse(team.apply(tmp_path / "ada.json", actor="Ada"), "approval.not-self", POLICY)
    assert team.apply(tmp_path / "ada.json", actor="grace").status == 0


def test_an_approval_that_was_edited_is_refused(team: Team, tmp_path: Path, refuse: Refuse) -> None:
    paper = tmp_path / "ada.json"
    assert team.approve("ada", paper, "--hours", "1").status == 0
    document = json.loads(paper.read_text())
    document["expires"] = document["expires"].replace("20", "21", 1)
    paper.write_text(json.dumps(document, separators=(",", ":"), sort_keys=True))
    outcome = team.apply(paper)
    assert "approval.signature" in refused_checks(outcome)
    assert outcome.status == POLICY


def test_an_approval_is_used_up_with_its_release(
    team: Team, stocked: Index, tmp_path: Path, release: list[Path]
) -> None:
    paper = tmp_path / "ada.json"
    assert team.approve("ada", paper).status == 0
    assert team.apply(paper).status == 0
    rolled = team.desk.run("rollback", VERSION, "--reason", "wrong", "--config", team.config)
    assert rolled.status == 0, rolled.text
    assert team.desk.run("unblock", VERSION, "--reason", "right", "--config", team.config).status == 0
    before = snapshot(stocked.data)
    outcome = team.apply(paper)
    assert refused_checks(outcome) == {"approval.unused"}
    assert snapshot(stocked.data) == before
    assert team.approve("grace", tmp_path / "grace.json").status == 0
    assert team.apply(tmp_path / "grace.json").status == 0


def test_the_plain_way_asks_for_approvals_too(team: Team, tmp_path: Path, refuse: Refuse) -> None:
    refuse(team.desk.promote("--json", "--config", team.config), "approval.enough", APPROVAL)
    assert team.approve("ada", tmp_path / "ada.json").status == 0
    given = (tmp_path / "ada.json").read_text()
    broken = team.desk.promote("--config", team.config, PACKHOUSE_APPROVALS=given.replace("purpose", "p"))
    assert broken.status == USAGE
    assert "$PACKHOUSE_APPROVALS" in broken.text
    outcome = team.desk.promote("--config", team.config, GITHUB_ACTOR="linus", PACKHOUSE_APPROVALS=given)
    assert outcome.status == 0, outcome.text


def test_keys_and_papers_are_never_overwritten_and_keys_are_private(team: Team, tmp_path: Path) -> None:
    kept = team.keys["ada"].read_bytes()
    assert team.desk.run("approve", "--new-key", team.keys["ada"]).status == CONFLICT
    assert team.keys["ada"].read_bytes() == kept
    paper = tmp_path / "ada.json"
    assert team.approve("ada", paper).status == 0
    assert team.approve("ada", paper).status == CONFLICT
    team.keys["ada"].chmod(0o640)
    assert team.approve("ada", tmp_path / "again.json").status == CONFLICT
    assert not (tmp_path / "again.json").exists()


def test_a_key_that_is_not_listed_approves_of_nothing(team: Team, tmp_path: Path) -> None:
    team.keys["mallory"] = tmp_path / "mallory.pem"
    made = team.desk.run("approve", "--new-key", team.keys["mallory"], "--json")
    line = made.json()["public_key"]
    outcome = team.approve("mallory", tmp_path / "mallory.json")
    assert outcome.status == MISSING
    assert line in outcome.text
    assert not (tmp_path / "mallory.json").exists()


@pytest.mark.parametrize("words", [[], ["plan.json"], ["plan.json", "--new-key", "k"]])
def test_what_is_approved_is_said(desk: Desk, words: list[str]) -> None:
    assert desk.run("approve", *words).status == USAGE

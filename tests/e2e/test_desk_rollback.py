"""`packhouse rollback VERSION`: withdrawn on the index and in the journal, proved by pip, never out again."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import (
    AUTHENTICATION,
    CONFLICT,
    MISSING,
    POLICY,
    PROJECT,
    SMOKE,
    USAGE,
    VERSION,
    Desk,
    assert_absent,
    build_release,
    refused_checks,
)
from tests.support.foreign_index import ForeignIndex, pypiserver
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index, packhouse
from tests.support.processes import PATIENCE, clean_environment
from tests.support.snapshot import snapshot

BAD = "1.2.4"
REASON = "the stage moves backwards"
SETTINGS = f"""\
project = "{PROJECT}"
repository = "example-lab/{PROJECT}"
[smoke]
commands = [["nqctl", "capabilities"]]
"""
PASSWORD = "canary-p@ss/w%rd+"


def release_on(index: Index, version: str) -> dict[str, Any]:
    """What the index's own API says of the release."""
    request = urllib.request.Request(f"{index.url}/api/v1/projects/{PROJECT}", headers=index.authorization())
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        detail = json.load(reply)
    found: dict[str, Any] = next(each for each in detail["releases"] if each["version"] == version)
    return found


def listed(index: Index) -> list[str]:
    return [file["filename"] for file in index.project(PROJECT)["files"]]


@pytest.fixture
def bad_release(tmp_path: Path) -> list[Path]:
    return build_release(tmp_path / "bad", version=BAD)


@pytest.fixture
def shipped(desk: Desk, bad_release: list[Path]) -> Desk:
    """Its index has 1.2.3 and 1.2.4, both promoted from this desk; the forge's run is that of 1.2.4."""
    assert desk.promote().status == 0
    desk.forge.scenario.become(successful_push(pack_artifact(bad_release)))
    outcome = desk.promote(version=BAD)
    assert outcome.status == 0, outcome.text
    return desk


def test_rollback_withdraws_proves_and_is_never_undone_by_a_promotion(
    shipped: Desk, stocked: Index, bad_release: list[Path], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    assert shipped.promote("--plan", plan, version=BAD).status == 0
    outcome = shipped.run("rollback", BAD, "--reason", REASON, "--json", GITHUB_ACTOR="grace")
    assert outcome.status == 0, outcome.text
    document = outcome.json()
    assert (document["outcome"], document["index"], document["chosen"]) == ("rolled-back", "done", VERSION)
    ids = {check["id"] for check in document["checks"]}
    assert {"rollback.withdrawn", "rollback.resolver", "rollback.pin", "smoke.command"} <= ids
    for secret in (stocked.token, stocked.read_token):
        assert_absent(secret, outcome.text + shipped.kept())
    assert release_on(stocked, BAD)["blocked"] == REASON
    assert all(BAD not in name for name in listed(stocked))
    journal = shipped.record.parent / BAD / "journal.jsonl"
    entries = [json.loads(line) for line in journal.read_text().splitlines()]
    steps = [(entry["step"], entry["phase"]) for entry in entries]
    assert steps[-4:] == [
        ("rollback", "intent"),
        ("withdraw", "intent"),
        ("withdraw", "outcome"),
        ("rollback", "outcome"),
    ]
    assert entries[-1]["detail"]["actor"] == "grace"

    # Never again, by no route.
    before = snapshot(stocked.data)
    asked = list(shipped.forge.journal.requests)
    for words in (["--dry-run"], ["--plan", tmp_path / "another.json"], []):
        refused = shipped.promote(*words, "--json", version=BAD)
        assert (refused.status, refused_checks(refused)) == (POLICY, {"release.not-blocked"})
    refused = shipped.run("promote", "--apply", plan, "--json")
    assert (refused.status, refused_checks(refused)) == (POLICY, {"release.not-blocked"})
    assert shipped.forge.journal.requests == asked
    elsewhere = shipped.promote("--json", "--state", tmp_path / "another-machine", version=BAD)
    assert (elsewhere.status, refused_checks(elsewhere)) == (CONFLICT, {"index.not-withdrawn"})
    uploaded = stocked.upload(*bad_release)
    assert uploaded.status != 0
    assert "403" in uploaded.text
    another = build_wheel(tmp_path, PROJECT, BAD + ".0")  # the same release, spelt otherwise
    assert stocked.upload(another).status != 0
    assert snapshot(stocked.data) == before

    # The same once more proves it again and changes nothing.
    again = shipped.run("rollback", BAD, "--reason", REASON)
    assert again.status == 0, again.text
    assert again.out.splitlines()[-1] == f"rolled back {PROJECT} {BAD}: installers now get {VERSION}"
    assert snapshot(stocked.data) == before

    status = {each["version"]: each["state"] for each in shipped.run("status", "--json").json()["versions"]}
    assert status == {BAD: "blocked", VERSION: "released"}


def test_unblock_undoes_both(shipped: Desk, stocked: Index) -> None:
    assert shipped.run("rollback", BAD, "--reason", REASON).status == 0
    outcome = shipped.run("unblock", BAD, "--reason", "it was the stage", "--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["index"] == "offered again"
    assert release_on(stocked, BAD)["blocked"] is None
    assert any(BAD in name for name in listed(stocked))
    promoted = shipped.promote(version=BAD)
    assert promoted.status == 0, promoted.text


def test_an_index_whose_policy_is_to_yank_keeps_it_for_whoever_pins_it(
    shipped: Desk, stocked: Index, tmp_path: Path
) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text(SETTINGS + '[rollback]\nwithdraw = "yank"\n')
    outcome = shipped.run("rollback", BAD, "--reason", REASON, "--json", "--config", config)
    assert outcome.status == 0, outcome.text
    assert outcome.json()["chosen"] == VERSION
    standing = release_on(stocked, BAD)
    assert (standing["yanked"], standing["blocked"]) == (REASON, None)
    refused = shipped.promote("--json", version=BAD)
    assert refused_checks(refused) == {"release.not-blocked"}
    assert shipped.run("unblock", BAD, "--reason", "it was the stage").status == 0
    assert release_on(stocked, BAD)["yanked"] is None


def test_a_version_that_failed_its_smoke_check_is_blocked_on_the_index_too(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    broken = build_release(tmp_path / "broken", command="def main():\n    raise SystemExit(1)\n")
    desk.forge.scenario.become(successful_push(pack_artifact(broken)))
    config = tmp_path / "packhouse.toml"
    config.write_text(SETTINGS + '[index]\nstaging = "off"\n')
    outcome = desk.promote("--config", config)
    assert outcome.status == SMOKE, outcome.text
    assert f"{PROJECT} {VERSION} is blocked on the index too" in outcome.out
    assert release_on(stocked, VERSION)["blocked"] == "smoke.command"
    assert listed(stocked) == []


def test_a_version_that_failed_unseen_was_never_on_the_index(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    broken = build_release(tmp_path / "broken", command="def main():\n    raise SystemExit(1)\n")
    desk.forge.scenario.become(successful_push(pack_artifact(broken)))
    before = stocked.filenames(PROJECT)
    outcome = desk.promote()
    assert outcome.status == SMOKE, outcome.text
    assert "NOT on the index" not in outcome.text
    assert stocked.filenames(PROJECT) == before
    assert refused_checks(desk.promote("--json")) == {"release.not-blocked"}


def test_a_credential_that_may_not_yank_is_named_and_the_journal_blocks_all_the_same(
    shipped: Desk, stocked: Index
) -> None:
    words = ["token", "create", "--label", "ci", "--allow", "read,upload", "--data", str(stocked.data)]
    made = packhouse(*words, environment=clean_environment(stocked.home))
    assert made.status == 0, made.text
    token = made.out.split()[-1]
    before = listed(stocked)
    outcome = shipped.run("rollback", BAD, "--reason", REASON, "--json", PRIVATE_INDEX_PASSWORD=token)
    assert outcome.status == AUTHENTICATION, outcome.text
    assert "`yank`" in outcome.json()["error"]["hint"]
    assert listed(stocked) == before
    assert refused_checks(shipped.promote("--json", version=BAD)) == {"release.not-blocked"}
    # That refusal found the withdrawal unfinished on the index, and a credential that may: it is done.
    assert release_on(stocked, BAD)["blocked"] == REASON
    assert shipped.run("rollback", BAD, "--reason", REASON).status == 0


def test_a_version_that_nobody_knows_is_missing(desk: Desk, stocked: Index) -> None:
    before = snapshot(stocked.data)
    assert desk.run("rollback", "9.9.9", "--reason", REASON).status == MISSING
    assert desk.run("rollback", VERSION).status == USAGE
    assert snapshot(stocked.data) == before
    assert not desk.record.parent.exists()


# An index that knows nothing of us.


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[ForeignIndex]:
    with pypiserver(tmp_path / "foreign", user="desk-user", password=PASSWORD) as index:
        build_wheel(index.packages, "base-lib", "2.0")
        build_release(index.packages, version="1.2.2")
        yield index


def test_an_index_that_can_do_neither_says_what_is_to_be_done_by_hand(
    foreign: ForeignIndex, release: list[Path], home: Path
) -> None:
    with Forge(successful_push(pack_artifact(release))) as forge:
        desk = Desk(forge, home, foreign.promotion_environment())
        assert desk.promote().status == 0
        held = foreign.holdings()
        outcome = desk.run("rollback", VERSION, "--reason", REASON)
        assert outcome.status == POLICY, outcome.text
        assert "this index has no API to block or yank a release" in outcome.out
        assert "delete them from its folder of packages" in outcome.out
        assert outcome.out.splitlines()[-1] == f"NOT rolled back {PROJECT} {VERSION}: rollback.withdrawn"
        assert foreign.holdings() == held
        assert refused_checks(desk.promote("--json")) == {"release.not-blocked"}
        assert_absent(PASSWORD, outcome.text + desk.kept(), user="desk-user")

        for path in release:
            (foreign.packages / path.name).unlink()
        proved = desk.run("rollback", VERSION, "--reason", REASON, "--json")
        assert proved.status == 0, proved.text
        assert (proved.json()["index"], proved.json()["chosen"]) == ("unable", "1.2.2")
        assert refused_checks(desk.promote("--json")) == {"release.not-blocked"}
        assert all(path.name not in foreign.holdings() for path in release)

"""`packhouse status` and `packhouse history`: what is where, and how it got there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_sdist, pack_artifact
from tests.support.desk import (
    AUTHENTICATION,
    MISSING,
    POLICY,
    PROJECT,
    VERSION,
    Desk,
    assert_absent,
    build_release,
)
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index
from tests.support.snapshot import snapshot


@pytest.fixture(scope="module")
def worked(
    stock: Stock, release: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, Index]]:
    """A desk that released 1.2.3 and was refused 9.9.9; its index has a 1.0 that somebody else uploaded."""
    folder = tmp_path_factory.mktemp("worked")
    home = folder / "home"
    home.mkdir()
    index = stock.copy(folder / "index", home)
    try:
        index.start()
        assert index.upload(build_sdist(folder, PROJECT, "1.0")).status == 0
        with Forge(successful_push(pack_artifact(release))) as forge:
            desk = Desk(forge, home, index.promotion_environment())
            assert desk.promote(GITHUB_ACTOR="ada").status == 0
            assert desk.promote(version="9.9.9", GITHUB_ACTOR="bob").status == POLICY
            yield desk, index
    finally:
        index.close()


def test_status_holds_the_journals_against_the_index(worked: tuple[Desk, Index]) -> None:
    desk, index = worked
    before = snapshot(index.data), desk.kept()
    outcome = desk.run("status", "--json")
    assert outcome.status == 0, outcome.text
    document = outcome.json()
    found = {each["version"]: (each["state"], each["index"]) for each in document["versions"]}
    assert found == {
        "9.9.9": ("refused", "absent"),
        VERSION: ("released", "as promoted"),
        "1.0": ("unknown", "not promoted here"),
    }
    assert list(found) == ["9.9.9", VERSION, "1.0"]
    refused, released, _ = document["versions"]
    assert refused["reason"] == "release.version"
    assert released["run"] == desk.forge.scenario.run.id
    assert {file["sha256"] for file in released["files"]} == {
        entry["sha256"] for entry in released["manifest"]
    }
    assert (snapshot(index.data), desk.kept()) == before


def test_status_is_a_table_for_people(worked: tuple[Desk, Index]) -> None:
    desk, index = worked
    outcome = desk.run("status")
    assert outcome.status == 0, outcome.text
    title, head, *rows = outcome.out.splitlines()
    assert title == f"{PROJECT} on {index.simple_url}"
    assert head.split() == ["VERSION", "STATE", "INDEX", "RUN", "SINCE"]
    assert rows[0].split()[:3] == ["9.9.9", "refused", "absent"]
    assert rows[1].strip() == "verify: release.version"
    assert rows[2].split()[:6] == [VERSION, "released", "2", "files,", "as", "promoted"]
    for secret in (index.token, index.read_token, desk.forge.scenario.token):
        assert_absent(secret, outcome.text)


def test_status_without_the_index_needs_no_secret(worked: tuple[Desk, Index]) -> None:
    desk, _ = worked
    refused = desk.run("status", PRIVATE_INDEX_PIP_INDEX_URL="")
    assert refused.status == AUTHENTICATION
    assert "--offline" in refused.text
    outcome = desk.run("status", "--offline", "--json", PRIVATE_INDEX_PIP_INDEX_URL="")
    assert outcome.status == 0, outcome.text
    assert [each["version"] for each in outcome.json()["versions"]] == ["9.9.9", VERSION]
    assert {each["index"] for each in outcome.json()["versions"]} == {"not asked"}


def test_history_tells_each_step_and_who_took_it(worked: tuple[Desk, Index]) -> None:
    desk, _ = worked
    outcome = desk.run("history", VERSION)
    assert outcome.status == 0, outcome.text
    title, *lines, where = outcome.out.splitlines()
    assert title == f"{VERSION}: released"
    steps = [line.split()[1:4] for line in lines]
    assert steps[0] == ["preflight", "passed", "ada"]
    assert steps[-1] == ["release", "released", "ada"]
    assert where.strip() == f"evidence and logs: {desk.record}"
    assert "manifest sha256:" in outcome.out


def test_history_of_everything_has_each_entry_for_programs(worked: tuple[Desk, Index]) -> None:
    desk, _ = worked
    outcome = desk.run("history", "--json")
    assert outcome.status == 0, outcome.text
    refused, released = outcome.json()["releases"]
    assert (refused["version"], refused["state"]) == ("9.9.9", "refused")
    assert released["entries"] == [
        {key: entry[key] for key in ("seq", "time", "step", "phase", "detail", "hash")}
        for entry in desk.journal()
    ]
    for digest in released["entries"][1]["detail"]["evidence"].values():
        assert (desk.record / "evidence" / f"{digest}.json").is_file()


def test_history_of_what_is_not_on_record_is_missing(worked: tuple[Desk, Index]) -> None:
    desk, _ = worked
    outcome = desk.run("history", "1.0", "--json")
    assert outcome.status == MISSING
    assert not (desk.record.parent / "1.0").exists()


def test_a_new_machine_has_nothing_to_tell(desk: Desk) -> None:
    assert desk.run("history").out == "no release is on record on this machine\n"
    assert desk.run("status").out.splitlines()[-1] == "  no version is known"
    assert not desk.record.parent.exists()


def test_a_block_and_its_end_are_told(desk: Desk, tmp_path: Path) -> None:
    broken = build_release(tmp_path / "broken", command="def main():\n    raise SystemExit(1)\n")
    desk.forge.scenario.become(successful_push(pack_artifact(broken)))
    assert desk.promote().status != 0
    assert [each["state"] for each in desk.run("status", "--json").json()["versions"]] == ["blocked"]
    assert desk.run("unblock", VERSION, "--reason", "it was the index").status == 0
    last = desk.run("history", VERSION).out.splitlines()[-2]
    assert last.split()[1:3] == ["unblock", "unblocked"]
    assert last.endswith("it was the index")

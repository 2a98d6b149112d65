"""A release is tried where nobody sees it, and published whole once it has passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import (
    CONFLICT,
    MISSING,
    POLICY,
    PROJECT,
    SMOKE,
    VERSION,
    Desk,
    HeldCommand,
    build_release,
    refused_checks,
)
from tests.support.foreign_index import pypiserver
from tests.support.packhouse import Index
from tests.support.paths import EXAMPLE, PYTHON, client
from tests.support.snapshot import snapshot
from tests.support.upload2 import Uploader

from .test_promote_refusals import MakeDesk

pytestmark = pytest.mark.quick_pip

REQUIRED = '\n[tool.packhouse.index]\nstaging = "required"\n'


def configured(tmp_path: Path, addition: str) -> Path:
    """The example's configuration and more."""
    file = tmp_path / "pyproject.toml"
    file.write_text((EXAMPLE / "pyproject.toml").read_text() + addition)
    return file


def uploader(index: Index) -> Uploader:
    return Uploader(index.session_url, index.token)


def test_nothing_is_public_before_the_smoke_check_has_passed(
    make_desk: MakeDesk, stocked: Index, tmp_path: Path
) -> None:
    command = HeldCommand(tmp_path)
    release = build_release(tmp_path / "held", command=command.source)
    with make_desk(pack_artifact(release)).promotion() as running:
        command.wait_until_begun()
        assert stocked.filenames(PROJECT) == []
        command.let_go()
        assert running.wait() == 0
    assert sorted(stocked.filenames(PROJECT)) == sorted(path.name for path in release)
    actions = stocked.ledger_actions()
    assert actions.index("session.create") < actions.index("session.publish")
    # One transaction: nothing stands between the session and its files.
    at = actions.index("session.publish")
    assert sorted(actions[at - 2 : at + 3]).count("file.upload") == len(release)


def test_a_token_that_may_stage_and_publish_is_all_that_it_takes(desk: Desk, stocked: Index) -> None:
    desk.environment.update(stocked.promotion_environment(stocked.issue("stage", "publish")))
    outcome = desk.promote("--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["smoke_follows_exposure"] is False


def test_a_token_that_may_only_upload_is_told_what_it_lacks(desk: Desk, stocked: Index) -> None:
    desk.environment.update(stocked.promotion_environment(stocked.issue("upload")))
    outcome = desk.promote("--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["smoke_follows_exposure"] is True
    assert "this credential may not stage on this index" in outcome.text


def test_a_token_that_may_not_publish_leaves_it_staged(desk: Desk, stocked: Index) -> None:
    desk.environment.update(stocked.promotion_environment(stocked.issue("stage")))
    outcome = desk.promote("--json")
    assert outcome.json()["error"]["code"] == "forbidden", outcome.text
    assert stocked.filenames(PROJECT) == []
    desk.environment.update(stocked.promotion_environment())
    assert desk.promote().status == 0
    assert len(stocked.filenames(PROJECT)) == 2


def test_where_staging_is_required_an_upload_token_is_refused(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    desk.environment.update(stocked.promotion_environment(stocked.issue("upload")))
    before = snapshot(stocked.data)
    outcome = desk.promote("--config", configured(tmp_path, REQUIRED), "--json")
    assert outcome.json()["error"]["code"] == "forbidden", outcome.text
    assert snapshot(stocked.data) == before


def test_where_staging_is_required_another_index_is_refused(desk: Desk, tmp_path: Path) -> None:
    with pypiserver(tmp_path / "foreign", user="packager", password="correct horse") as foreign:
        desk.environment.update(foreign.promotion_environment())
        outcome = desk.promote("--config", configured(tmp_path, REQUIRED), "--json")
        assert outcome.status == POLICY, outcome.text
        assert refused_checks(outcome) == {"index.staging"}
        assert foreign.holdings() == {}


def test_a_failed_smoke_check_cancels_the_session(
    make_desk: MakeDesk, stocked: Index, tmp_path: Path
) -> None:
    broken = build_release(tmp_path / "broken", command="def main():\n    raise SystemExit(3)\n")
    outcome = make_desk(pack_artifact(broken)).promote()
    assert outcome.status == SMOKE
    assert stocked.filenames(PROJECT) == []
    assert stocked.ledger_actions()[-2:] == ["release.block", "session.refuse"]
    # Its reservation is gone with it.
    assert uploader(stocked).open(PROJECT, "1.0").status()["files"] == {}


@pytest.mark.parametrize("permissions", [("admin",), ("stage", "publish")], ids=["reader", "stager"])
def test_a_version_that_failed_its_smoke_check_is_known_to_the_index(
    make_desk: MakeDesk, stocked: Index, tmp_path: Path, permissions: tuple[str, ...]
) -> None:
    """The next machine has an empty state folder, as a runner has, and the check would pass there."""
    lamp = tmp_path / "instrument"
    command = f"import pathlib\ndef main():\n    print(pathlib.Path({str(lamp)!r}).read_text())\n"
    desk = make_desk(pack_artifact(build_release(tmp_path / "broken", command=command)))
    desk.environment.update(stocked.promotion_environment(stocked.issue(*permissions)))
    failed = desk.promote()
    assert failed.status == SMOKE, failed.text
    assert "the index blocks the version for every machine" in failed.out
    assert f"`packhouse unblock {VERSION} --reason WHY`" in failed.out

    lamp.write_text("on")
    desk.environment["XDG_STATE_HOME"] = str(tmp_path / "empty")
    again = desk.promote("--json")
    refused_by = "index.not-withdrawn" if permissions == ("admin",) else "index.stage"
    assert (refused_checks(again), again.status) == ({refused_by}, CONFLICT), again.text
    assert "its smoke check failed: smoke.command" in again.text
    assert stocked.filenames(PROJECT) == []

    desk.environment.update(stocked.promotion_environment())
    assert desk.run("unblock", VERSION, "--reason", "the instrument was off").status == 0
    assert desk.promote().status == 0
    assert len(stocked.filenames(PROJECT)) == 2


def test_what_an_earlier_try_left_in_the_session_is_replaced(
    desk: Desk, stocked: Index, tmp_path: Path, release: list[Path]
) -> None:
    """Somebody staged another build of this version and a file that this one has not."""
    session = uploader(stocked).open(PROJECT, VERSION)
    for path in build_release(tmp_path / "other", command="def main():\n    pass\n"):
        session.stage(path)
    outcome = desk.promote()
    assert outcome.status == 0, outcome.text
    assert "an earlier try announced other bytes; they are replaced, unseen" in outcome.out
    served = {file["filename"]: file["size"] for file in stocked.project(PROJECT)["files"]}
    assert served == {path.name: path.stat().st_size for path in release}


@pytest.mark.quick_pip(False)  # what pip prints is read
def test_no_token_of_a_session_is_shown_or_kept(desk: Desk, stocked: Index) -> None:
    """It opens the stage. pip's own output names its index, and so does its report."""
    outcome = desk.promote("--json")
    assert outcome.status == 0, outcome.text
    everything = outcome.text + desk.kept()
    assert "phs_" not in everything
    assert "/stage/****/simple/" in "".join(log.read_text() for log in desk.logs())


@pytest.mark.parametrize("word", ["required", "off"])
def test_a_dry_run_says_how_it_would_go(desk: Desk, stocked: Index, tmp_path: Path, word: str) -> None:
    before = snapshot(stocked.data)
    addition = f'\n[tool.packhouse.index]\nstaging = "{word}"\n'
    outcome = desk.promote("--dry-run", "--config", configured(tmp_path, addition))
    assert outcome.status == 0, outcome.text
    staged = "staged where nobody sees them, published at once when the smoke check has passed"
    assert (staged in outcome.out) == (word == "required")
    assert snapshot(stocked.data) == before


def with_uv(desk: Desk, uv: Path) -> dict[str, str]:
    return {"PATH": f"{uv.parent}:{desk.environment['PATH']}"}


def test_pip_and_uv_get_exactly_the_published_bytes(desk: Desk) -> None:
    """Line 3 of the runbook's smoke checks, from where everybody installs."""
    outcome = desk.promote(**with_uv(desk, client("uv")))
    assert outcome.status == 0, outcome.text
    for name in ("confirm.pip", "confirm.uv"):
        assert f"  ok       {name}" in outcome.text
    (log,) = (path.read_text() for path in desk.logs() if path.name.startswith("clients-"))
    assert "what uv gets of the index" in log
    assert f"+ {PROJECT}=={VERSION}" in log


def test_a_client_that_does_not_get_them_is_named_and_the_release_stays(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "no such hash" >&2\nexit 1\n')
    uv.chmod(0o755)
    outcome = desk.promote("--json", **with_uv(desk, uv))
    assert outcome.status == SMOKE, outcome.text
    assert refused_checks(outcome) == {"confirm.uv"}
    assert len(stocked.filenames(PROJECT)) == 2
    assert desk.promote(**with_uv(desk, client("uv"))).status == 0


def test_a_client_that_is_asked_for_and_missing_stops_it_before_anything_is_sent(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    wanted = '\n[tool.packhouse.smoke]\nclients = ["pip", "uv"]\n'
    file = tmp_path / "pyproject.toml"
    text = (EXAMPLE / "pyproject.toml").read_text()
    file.write_text(text.replace("\n[tool.packhouse.smoke]\n", wanted))
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "python3").symlink_to(PYTHON.resolve())
    before = snapshot(stocked.data)
    outcome = desk.promote("--config", file, PATH=str(bare))
    assert outcome.status == MISSING, outcome.text
    assert 'expected uv to confirm the release with, found there is no program "uv" in PATH' in outcome.text
    assert snapshot(stocked.data) == before

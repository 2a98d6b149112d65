"""What `promote` refuses besides what a forge does wrong; the index stays byte for byte as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_sdist, build_wheel, pack_artifact, pack_members
from tests.support.desk import (
    AUTHENTICATION,
    CONFLICT,
    MISSING,
    POLICY,
    PROJECT,
    SMOKE,
    TRANSIENT,
    USAGE,
    VERSION,
    Desk,
    build_release,
    refused_checks,
)
from tests.support.packhouse import Index, packhouse
from tests.support.paths import EXAMPLE
from tests.support.ports import NOWHERE
from tests.support.processes import clean_environment
from tests.support.snapshot import snapshot

pytestmark = pytest.mark.quick_pip

MakeDesk = Callable[[bytes], Desk]


# What is in the artifact. Each takes the good files and the folder to work in, and gives the archive.


def members(paths: list[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths}


def in_a_folder(release: list[Path], folder: Path) -> bytes:
    return pack_members({f"dist/{name}": data for name, data in members(release).items()})


def with_another_file(release: list[Path], folder: Path) -> bytes:
    return pack_members({**members(release), "build.log": b"ok\n"})


def with_a_dot_file(release: list[Path], folder: Path) -> bytes:
    return pack_members({**members(release), ".git-credentials": b"https://u:p@example.org\n"})


def without_a_wheel(release: list[Path], folder: Path) -> bytes:
    return pack_artifact(release[1:])


def without_an_sdist(release: list[Path], folder: Path) -> bytes:
    return pack_artifact(release[:1])


def of_another_project(release: list[Path], folder: Path) -> bytes:
    return pack_artifact(build_pair(folder, "other", VERSION))


def with_a_wheel_of_another_version(release: list[Path], folder: Path) -> bytes:
    return pack_artifact([build_wheel(folder, PROJECT, "1.2.4"), release[1]])


def with_a_wheel_that_calls_itself_another(release: list[Path], folder: Path) -> bytes:
    other = build_wheel(folder, PROJECT, "1.2.4").read_bytes()
    return pack_members({release[0].name: other, **members(release[1:])})


def with_a_token_in_a_file(release: list[Path], folder: Path) -> bytes:
    leak = {"nanonis_qcodes_controller/ci.py": "TOKEN = '" + "ghp_" + "a1B2" * 9 + "'\n"}
    wheel = build_wheel(folder, PROJECT, VERSION, files=leak, requires=["base-lib>=2"])
    return pack_artifact([wheel, release[1]])


def of_no_zip(release: list[Path], folder: Path) -> bytes:
    return release[1].read_bytes()


CONTENTS: list[tuple[Callable[[list[Path], Path], bytes], set[str]]] = [
    (in_a_folder, {"artifact.members"}),
    (with_another_file, {"artifact.members"}),
    (with_a_dot_file, {"artifact.members"}),
    (without_a_wheel, {"artifact.members"}),
    (without_an_sdist, {"artifact.members"}),
    (of_another_project, {"release.name"}),
    (with_a_wheel_of_another_version, {"release.version", "release.consistent"}),
    (with_a_wheel_that_calls_itself_another, {"release.files", "release.version", "release.consistent"}),
    (with_a_token_in_a_file, {"release.files"}),
    (of_no_zip, {"artifact.members"}),
]


@pytest.mark.parametrize(("spoil", "checks"), CONTENTS, ids=[spoil.__name__ for spoil, _ in CONTENTS])
def test_an_artifact_is_refused(
    make_desk: MakeDesk,
    stocked: Index,
    release: list[Path],
    tmp_path: Path,
    spoil: Callable[[list[Path], Path], bytes],
    checks: set[str],
) -> None:
    (tmp_path / "spoiled").mkdir()
    desk = make_desk(spoil(release, tmp_path / "spoiled"))
    before = snapshot(stocked.data)
    outcome = desk.promote("--json")
    assert refused_checks(outcome) == checks
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before


# What is asked for, and where it is to go.


def test_another_version_than_the_one_built_is_refused(desk: Desk, stocked: Index) -> None:
    before = snapshot(stocked.data)
    outcome = desk.promote("--json", version="9.9.9")
    assert refused_checks(outcome) == {"release.version"}
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before


def test_other_bytes_on_the_index_are_a_conflict(desk: Desk, stocked: Index, tmp_path: Path) -> None:
    files = {"nanonis_qcodes_controller/__init__.py": "evil = 1\n"}
    assert stocked.upload(build_sdist(tmp_path, PROJECT, VERSION, files=files)).status == 0
    before = snapshot(stocked.data)
    outcome = desk.promote("--json")
    assert refused_checks(outcome) == {"index.version-unused"}
    assert outcome.status == CONFLICT
    assert snapshot(stocked.data) == before


def test_a_file_of_that_version_beside_ours_is_a_conflict(desk: Desk, stocked: Index, tmp_path: Path) -> None:
    assert stocked.upload(build_wheel(tmp_path, PROJECT, VERSION, tag="py39-none-any")).status == 0
    before = snapshot(stocked.data)
    outcome = desk.promote("--json")
    assert refused_checks(outcome) == {"index.version-unused"}
    assert outcome.status == CONFLICT
    assert snapshot(stocked.data) == before


@pytest.mark.parametrize("variable", ["PRIVATE_INDEX_REPOSITORY_URL", "PRIVATE_INDEX_PIP_INDEX_URL"])
def test_the_public_index_is_refused_before_anything_is_asked(
    desk: Desk, stocked: Index, variable: str
) -> None:
    before = snapshot(stocked.data)
    public = ".".join(["pypi", "org"])
    outcome = desk.promote("--json", **{variable: f"https://{public}/simple/"})
    assert refused_checks(outcome) == {"index.not-public"}
    assert outcome.status == POLICY
    assert desk.forge.journal.requests == []
    assert snapshot(stocked.data) == before


@pytest.mark.parametrize("place", ["legacy/", "simple/" + PROJECT + "/", "wrong/simple/"])
def test_an_address_that_is_no_simple_index_is_refused_before_anything_is_sent(
    desk: Desk, stocked: Index, place: str
) -> None:
    before = snapshot(stocked.data)
    wrong = stocked.pip_url.removesuffix("simple/") + place
    outcome = desk.promote("--json", PRIVATE_INDEX_PIP_INDEX_URL=wrong)
    assert refused_checks(outcome) == {"index.simple"}, outcome.text
    assert outcome.status == MISSING
    assert snapshot(stocked.data) == before
    doctor = desk.run("doctor", "--json", PRIVATE_INDEX_PIP_INDEX_URL=wrong)
    assert "index.simple" in refused_checks(doctor), doctor.text


def test_the_root_of_a_server_is_a_simple_index_too(desk: Desk, stocked: Index) -> None:
    """A project's page is there by the address that pypiserver has for it."""
    doctor = desk.run("doctor", "--json", PRIVATE_INDEX_PIP_INDEX_URL=stocked.pip_url.removesuffix("simple/"))
    assert refused_checks(doctor) == set(), doctor.text


def test_another_index_of_the_same_server_is_refused_before_anything_is_sent(
    desk: Desk, stocked: Index, tmp_path: Path
) -> None:
    stocked.stop()
    config = tmp_path / "packhouse.toml"
    config.write_text("[index.main]\n[index.other]\n")
    stocked.options += ["--config", str(config)]
    stocked.start()
    before = snapshot(stocked.data)
    addresses = {
        "PRIVATE_INDEX_REPOSITORY_URL": f"{stocked.url}/other/legacy/",
        "PRIVATE_INDEX_PIP_INDEX_URL": stocked.pip_url,
    }
    outcome = desk.promote("--json", **addresses)
    assert refused_checks(outcome) == {"index.same"}, outcome.text
    assert outcome.status == MISSING
    assert snapshot(stocked.data) == before
    assert refused_checks(desk.run("doctor", "--json", **addresses)) == {"index.same"}


def test_a_wrong_password_is_told_from_everything_else(desk: Desk, stocked: Index) -> None:
    before = snapshot(stocked.data)
    outcome = desk.promote("--json", PRIVATE_INDEX_PASSWORD="phk_wrong-canary")
    assert outcome.status == AUTHENTICATION, outcome.text
    assert "PRIVATE_INDEX_PASSWORD" in outcome.json()["error"]["hint"]
    assert snapshot(stocked.data) == before


def test_an_index_that_is_away_is_something_to_try_later(desk: Desk, stocked: Index) -> None:
    assert stocked.stop() == 0
    before = snapshot(stocked.data)
    away = replace(stocked, url=NOWHERE)
    outcome = desk.promote("--json", **away.promotion_environment())
    assert outcome.status == TRANSIENT, outcome.text
    assert outcome.json()["error"]["code"] == "unavailable"
    assert snapshot(stocked.data) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--build-run-id", "1; rm -rf /", "--package-version", VERSION],
        ["--build-run-id", "$(id)", "--package-version", VERSION],
        ["--build-run-id", "0", "--package-version", VERSION],
        ["--build-run-id", "9" * 30, "--package-version", VERSION],
        ["--build-run-id", "1", "--package-version", "1.0RC1"],
        ["--build-run-id", "1", "--package-version", "$(id)"],
        ["--build-run-id", "1"],
        ["--package-version", VERSION],
    ],
)
def test_words_that_are_no_run_or_version_are_refused_before_anything_is_asked(
    desk: Desk, words: list[str]
) -> None:
    outcome = desk.run("promote", *words)
    assert outcome.status == USAGE, outcome.text
    assert desk.forge.journal.requests == []
    assert not desk.record.parent.exists()


def test_missing_secrets_are_all_named_at_once(desk: Desk) -> None:
    words = ["promote", "--build-run-id", "1", "--package-version", VERSION]
    outcome = packhouse(*words, environment=clean_environment(desk.home), folder=EXAMPLE)
    assert outcome.status == AUTHENTICATION
    for name in ("REPOSITORY_URL", "USERNAME", "PASSWORD", "PIP_INDEX_URL"):
        assert f"PRIVATE_INDEX_{name}" in outcome.text
    assert "GITHUB_TOKEN" in outcome.text


def test_a_release_whose_smoke_check_failed_stays_blocked_until_an_owner_says_why_not(
    make_desk: MakeDesk, stocked: Index, tmp_path: Path
) -> None:
    lamp = tmp_path / "instrument"
    command = f"import pathlib\ndef main():\n    print(pathlib.Path({str(lamp)!r}).read_text())\n"
    desk = make_desk(pack_artifact(build_release(tmp_path / "broken", command=command)))
    failed = desk.promote()
    assert failed.status == SMOKE
    assert "Nobody saw it: the session was canceled" in failed.out
    assert stocked.filenames(PROJECT) == []
    before = snapshot(stocked.data)
    asked = list(desk.forge.journal.requests)
    outcome = desk.promote("--json")
    assert refused_checks(outcome) == {"release.not-blocked"}
    assert outcome.status == POLICY
    assert desk.forge.journal.requests == asked
    assert snapshot(stocked.data) == before

    assert desk.run("unblock", VERSION).status == USAGE
    unblocked = desk.run("unblock", VERSION, "--reason", "the instrument was off")
    assert (unblocked.status, unblocked.out) == (0, f"unblocked {PROJECT} {VERSION}\n")
    assert desk.run("unblock", VERSION, "--reason", "again").status == CONFLICT
    lamp.write_text("on")
    assert desk.promote().status == 0
    assert len(stocked.filenames(PROJECT)) == 2


def test_a_version_without_a_record_is_not_unblocked(desk: Desk) -> None:
    outcome = desk.run("unblock", VERSION, "--reason", "why not")
    assert outcome.status == MISSING
    assert not desk.record.exists()

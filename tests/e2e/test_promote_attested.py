"""Where the policy asks for attestations: every file shows one of this very run, or nothing is released."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.desk import POLICY, PROJECT, VERSION, Desk, build_release, refused_checks
from tests.support.forge.scenario import Attestation
from tests.support.packhouse import Index
from tests.support.sigstore_ca import SigstoreCa
from tests.support.snapshot import snapshot

pytestmark = pytest.mark.quick_pip


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> SigstoreCa:
    return SigstoreCa(tmp_path_factory.mktemp("sigstore"))


@pytest.fixture
def config(instance: SigstoreCa, tmp_path: Path) -> Path:
    """The settings of a project that asks for attestations."""
    roots = tmp_path / "trusted_root.jsonl"
    roots.write_text(instance.trusted_root_json() + "\n")
    path = tmp_path / "packhouse.toml"
    path.write_text(f'project = "{PROJECT}"\n[attestations]\nmode = "require"\ntrusted-root = "{roots}"\n')
    return path


def attest(desk: Desk, instance: SigstoreCa, files: list[Path], **changes: Any) -> None:
    """What the build job's attestation step leaves on the forge for each file."""
    run = desk.forge.scenario.run
    facts: dict[str, Any] = {
        "repository": run.repository.full_name,
        "repository_id": run.repository.id,
        "run_id": run.id,
        "attempt": run.attempt,
        "sha": run.head_sha,
    }
    for path in files:
        bundle = instance.attest(path, path.name, **{**facts, **changes})
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        desk.forge.scenario.attestations.append(Attestation(digest, bundle))


def test_attested_files_pass(desk: Desk, instance: SigstoreCa, release: list[Path], config: Path) -> None:
    attest(desk, instance, release)
    outcome = desk.promote("--dry-run", "--config", config)
    assert outcome.status == 0, outcome.text
    assert outcome.out.splitlines()[-1] == f"would release {PROJECT} {VERSION}"
    for path in release:
        assert f"ok       attestation.verified  {path.name}: verified" in outcome.out


def test_a_build_job_that_a_re_run_kept_signed_in_the_attempt_before(
    desk: Desk, instance: SigstoreCa, release: list[Path], config: Path
) -> None:
    attest(desk, instance, release)
    scenario = desk.forge.scenario
    kept = [replace(job, id=job.id + 50, attempt=2) for job in scenario.jobs]
    scenario.jobs += kept
    scenario.rerun()
    scenario.run.status, scenario.run.conclusion = "completed", "success"
    outcome = desk.promote("--dry-run", "--config", config)
    assert outcome.status == 0, outcome.text

    build = kept[0]
    build.started_at += timedelta(seconds=1)  # it ran again: the first attempt's file is not what it made
    outcome = desk.promote("--dry-run", "--config", config, "--json")
    assert (outcome.status, "attestation.verified" in refused_checks(outcome)) == (POLICY, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": 2},
        {"run_id": 1},
        {"workflow": ".github/workflows/other.yml"},
        {"ref": "refs/tags/main"},
        {"event": "workflow_dispatch"},
        {"repository": "somebody/else"},
        {"sha": "0" * 40},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_attestation_of_anything_else_is_refused(
    desk: Desk,
    stocked: Index,
    instance: SigstoreCa,
    release: list[Path],
    config: Path,
    changes: dict[str, Any],
) -> None:
    attest(desk, instance, release, **changes)
    before = snapshot(stocked.data)
    outcome = desk.promote("--json", "--config", config)
    assert "attestation.verified" in refused_checks(outcome)
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before


def test_an_artifact_that_was_replaced_inside_its_run_is_refused(
    make_desk: Callable[[bytes], Desk],
    stocked: Index,
    instance: SigstoreCa,
    release: list[Path],
    config: Path,
    tmp_path: Path,
) -> None:
    """Every fact of the forge fits: any job of the run could have put these files there."""
    replaced = build_release(tmp_path / "replaced", command="def main():\n    print('{}')\n")
    desk = make_desk(pack_artifact(replaced))
    attest(desk, instance, release)
    before = snapshot(stocked.data)
    outcome = desk.promote("--json", "--config", config)
    assert refused_checks(outcome) == {"attestation.present", "attestation.verified"}
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before


def test_attestations_of_somebody_else_s_making_are_refused(
    desk: Desk, stocked: Index, release: list[Path], config: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    attest(desk, SigstoreCa(tmp_path / "other"), release)
    before = snapshot(stocked.data)
    outcome = desk.promote("--json", "--config", config)
    assert "attestation.verified" in refused_checks(outcome)
    assert outcome.status == POLICY
    assert snapshot(stocked.data) == before

"""`packhouse prove`: an environment that pip filled is compared with what the index serves, file by file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.desk import MISSING, POLICY, PROJECT, build_release
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.paths import PYTHON
from tests.support.processes import clean_environment


@pytest.fixture
def place(stocked: Index, tmp_path: Path) -> Path:
    """An environment in which pip installed a release and its dependency from the index."""
    uploaded = stocked.upload(*build_release(tmp_path / "dist"))
    assert uploaded.status == 0, uploaded.text
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    install = ["install", "--quiet", "--index-url", stocked.pip_url, PROJECT]
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--python", place, *install]
    subprocess.run(pip, check=True, env=clean_environment(stocked.home))
    return place


def prove(index: Index, place: Path) -> Outcome:
    environment = {**clean_environment(index.home), "PRIVATE_INDEX_PIP_INDEX_URL": index.pip_url}
    return packhouse("prove", place, "--json", environment=environment)


def proofs(outcome: Outcome) -> dict[str, str]:
    return {each["name"]: each["proof"] for each in outcome.json()["distributions"]}


def only(place: Path, pattern: str) -> Path:
    (found,) = place.rglob(pattern)
    return found


def test_an_environment_is_proved_and_each_change_is_named(stocked: Index, place: Path) -> None:
    whole = prove(stocked, place)
    assert whole.status == 0, whole.text
    assert whole.json()["outcome"] == "proved"
    assert proofs(whole) == {"base_lib": "proved", "nanonis_qcodes_controller": "proved"}

    module = only(place, "nanonis_qcodes_controller/cli.py")
    before = module.read_bytes()
    module.write_bytes(before.replace(b"main", b"mean"))
    changed = prove(stocked, place)
    assert changed.status == POLICY
    assert proofs(changed)["nanonis_qcodes_controller"] == "changed"
    assert "nanonis_qcodes_controller/cli.py" in changed.text
    module.write_bytes(before)

    planted = module.parent.parent / "planted.pth"
    planted.write_text("import os\n")
    stray = prove(stocked, place)
    assert (stray.status, stray.json()["strays"]) == (POLICY, ["planted.pth"])
    planted.unlink()
    assert prove(stocked, place).status == 0


def test_what_the_index_lost_or_its_disk_changed_is_named(stocked: Index, place: Path) -> None:
    wheel = next(each for each in prove(stocked, place).json()["distributions"] if each["name"] != "base_lib")
    blob = only(stocked.data / "blobs", f"*{wheel['sha256'][2:]}")
    spoilt = bytearray(blob.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    blob.chmod(0o600)
    blob.write_bytes(spoilt)
    administrator = {**clean_environment(stocked.home), "PACKHOUSE_TOKEN": stocked.token}
    words = ["delete", "base-lib", "--reason", "a test", "--url", stocked.url]
    deleted = packhouse(*words, environment=administrator)
    assert deleted.status == 0, deleted.text
    lost = prove(stocked, place)
    assert lost.status == POLICY
    assert proofs(lost) == {"base_lib": "missing", "nanonis_qcodes_controller": "changed"}
    assert "the index serves other bytes than it states" in lost.text


def test_a_folder_that_is_no_environment_is_told(stocked: Index, tmp_path: Path) -> None:
    outcome = prove(stocked, tmp_path)
    assert outcome.status == MISSING
    assert "expected a virtual environment" in outcome.text

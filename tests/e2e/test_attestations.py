"""Attestations that come with an upload (PEP 740): verified before a byte is kept, served with the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import client, packhouse_binary
from tests.support.processes import clean_environment
from tests.support.raw_http import send
from tests.support.sigstore_ca import SigstoreCa
from tests.support.untouched import untouched

INTEGRITY = "application/vnd.pypi.integrity.v1+json"
REFUSAL = "Server says: Invalid attestations supplied during upload: "
FACTS: dict[str, Any] = {
    "repository": "example-lab/demo",
    "repository_id": 7,
    "run_id": 9,
    "attempt": 1,
    "sha": "a" * 40,
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> SigstoreCa:
    return SigstoreCa(tmp_path_factory.mktemp("sigstore"), "public-good")


@pytest.fixture
def index(instance: SigstoreCa, make_index: Callable[[str], Index], tmp_path: Path) -> Index:
    """One that believes the workflow ci.yml of example-lab/demo for the project demo."""
    roots = tmp_path / "trusted_root.jsonl"
    roots.write_text(instance.trusted_root_json() + "\n")
    config = tmp_path / "packhouse.toml"
    config.write_text(
        f'[attestations]\ntrusted-root = "{roots}"\n'
        '[attestations.publishers]\ndemo = ["example-lab/demo/.github/workflows/ci.yml"]\n'
        "[index.prod]\ncopy-from = ['main']\n"
    )
    made = make_index("index")
    made.options += ["--config", str(config)]
    return made.start()


def attestation(bundle: dict[str, Any]) -> dict[str, Any]:
    """A Sigstore bundle as PEP 740 has it."""
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    return {
        "version": 1,
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"],
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
    }


def attested_wheel(folder: Path, instance: SigstoreCa, **changes: Any) -> Path:
    """A wheel and, where uv looks for it, its attestation."""
    wheel = build_wheel(folder, "demo", "1.0")
    made = attestation(instance.attest(wheel, wheel.name, **{**FACTS, **changes}))
    wheel.with_name(wheel.name + ".publish.attestation").write_text(json.dumps(made))
    return wheel


def publish(index: Index, wheel: Path) -> Outcome:
    """With the real uv, which sends the attestations beside a file after the file."""
    words = ["publish", "--publish-url", index.upload_url, "--token", index.token]
    files = sorted(wheel.parent.glob(wheel.name + "*"))
    return run_command([client("uv"), *words, *files], clean_environment(index.home))


def said(outcome: Outcome) -> str:
    """What it printed, without the line breaks that uv puts in."""
    return " ".join(outcome.text.split())


def provenance(index: Index, **headers: str) -> Any:
    address = f"{index.url}/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance"
    return send(address, headers={**index.authorization(), **headers})


def test_a_file_is_served_with_what_attests_to_it(index: Index, instance: SigstoreCa, tmp_path: Path) -> None:
    wheel = attested_wheel(tmp_path, instance)
    published = publish(index, wheel)
    assert published.status == 0, published.text
    (file,) = index.project("demo")["files"]
    assert file["provenance"] == f"../../integrity/demo/1.0/{wheel.name}/provenance"
    page = send(f"{index.simple_url}demo/", headers={**index.authorization(), "Accept": "text/html"})
    assert f'data-provenance="../../integrity/demo/1.0/{wheel.name}/provenance"' in page.text

    served = provenance(index)
    assert (served.status, served.headers["content-type"]) == (200, INTEGRITY)
    document = json.loads(served.body)
    (bundle,) = document["attestation_bundles"]
    assert bundle["publisher"]["repository"] == "example-lab/demo"
    assert bundle["publisher"]["claims"]["sha"] == "a" * 40
    sent = json.loads(wheel.with_name(wheel.name + ".publish.attestation").read_text())
    assert bundle["attestations"] == [sent]
    plain = provenance(index, Accept="application/json")
    assert (plain.status, plain.headers["content-type"]) == (200, "application/json")
    assert provenance(index, Accept="text/html").status == 406


def test_it_goes_with_the_file_to_another_index(index: Index, instance: SigstoreCa, tmp_path: Path) -> None:
    assert publish(index, attested_wheel(tmp_path, instance)).status == 0
    copied = send(
        f"{index.url}/prod/api/v1/projects/demo/releases/1.0/copy",
        "POST",
        headers={**index.authorization(), "Content-Type": "application/json"},
        body=json.dumps({"from": "main", "reason": "good"}).encode(),
    )
    assert copied.status == 200, copied.text
    address = f"{index.url}/prod/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance"
    assert send(address, headers=index.authorization()).body == provenance(index).body


def test_links_to_it_are_whole_urls_where_the_index_knows_its_own(
    index: Index, instance: SigstoreCa, tmp_path: Path
) -> None:
    wheel = attested_wheel(tmp_path, instance)
    assert publish(index, wheel).status == 0
    assert index.stop() == 0
    config = tmp_path / "packhouse.toml"
    config.write_text('public-url = "https://packages.example/python/"\n' + config.read_text())
    index.start()
    (file,) = index.project("demo")["files"]
    below = f"integrity/demo/1.0/{wheel.name}/provenance"
    assert file["provenance"] == f"https://packages.example/python/{below}"
    assert file["url"].startswith("../../files/")
    for path in ("/simple/demo/", "/legacy/+simple/demo/"):
        page = send(index.url + path, headers={**index.authorization(), "Accept": "text/html"})
        assert f'data-provenance="https://packages.example/python/{below}"' in page.text
    copied = send(
        f"{index.url}/prod/api/v1/projects/demo/releases/1.0/copy",
        "POST",
        headers={**index.authorization(), "Content-Type": "application/json"},
        body=json.dumps({"from": "main", "reason": "good"}).encode(),
    )
    assert copied.status == 200, copied.text
    page = send(f"{index.url}/prod/simple/demo/", headers={**index.authorization(), "Accept": "text/html"})
    assert f'data-provenance="https://packages.example/python/prod/{below}"' in page.text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"repository": "evil/demo"}, "attestation.repository"),
        ({"workflow": ".github/workflows/other.yml"}, "attestation."),
        ({"event": "pull_request_target"}, "made for another's pull request"),
    ],
)
def test_who_is_no_publisher_of_the_project_is_refused(
    index: Index, instance: SigstoreCa, tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    wheel = attested_wheel(tmp_path, instance, **changes)
    with untouched(index):
        refused = publish(index, wheel)
    assert refused.status != 0
    assert REFUSAL in said(refused)
    assert reason in said(refused)
    assert provenance(index).status == 404


def test_what_another_instance_signed_is_refused(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = SigstoreCa(folder, "public-good")
    with untouched(index):
        refused = publish(index, attested_wheel(tmp_path, other))
    assert REFUSAL in said(refused)


def test_a_file_without_attestations_has_no_provenance(index: Index, tmp_path: Path) -> None:
    assert publish(index, build_wheel(tmp_path, "demo", "1.0")).status == 0
    (file,) = index.project("demo")["files"]
    assert "provenance" not in file
    assert provenance(index).status == 404


def test_a_trusted_root_that_is_none_is_told_at_the_start(tmp_path: Path, home: Path) -> None:
    roots, config = tmp_path / "roots", tmp_path / "packhouse.toml"
    roots.write_text("{}")
    config.write_text(f'[attestations]\ntrusted-root = "{roots}"\n')
    outcome = run_command(
        [packhouse_binary(), "serve", "--data", tmp_path / "data", "--config", config],
        clean_environment(home),
    )
    assert outcome.status == 2
    assert "trusted" in outcome.err

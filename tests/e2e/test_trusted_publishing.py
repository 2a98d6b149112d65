"""Releases without a stored secret: a CI job proves which run it is, and gets a short-lived token."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import AUTHENTICATION, PROJECT, Desk, assert_absent, refused_checks
from tests.support.issuer import REPOSITORY, REQUEST_SECRET, WORKFLOW, Issuer
from tests.support.laboratory import Authority
from tests.support.packhouse import Index, packhouse, run_command
from tests.support.paths import client
from tests.support.processes import PATIENCE, clean_environment

from .conftest import Stock
from .test_promote_refusals import MakeDesk
from .test_tls import configured

MakeIndex = Callable[[str], Index]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def stocked(stock: Stock, issuer: Issuer, tmp_path: Path, home: Path) -> Iterator[Index]:
    """The index of the desk's tests, which believes the issuer."""
    config = tmp_path / "packhouse.toml"
    config.write_text(issuer.configuration())
    index = stock.copy(tmp_path / "index", home)
    index.options += ["--config", str(config)]
    try:
        yield index.start()
    finally:
        index.close()


def add_publisher(index: Index, issuer: Issuer, project: str, *options: str) -> None:
    words = ["publisher", "add", project, "--github", REPOSITORY, "--workflow", "publish-private.yml"]
    environment = clean_environment(index.home)
    where = ["--issuer", issuer.url, "--data", str(index.data)]
    added = packhouse(*words, *where, *options, environment=environment)
    assert added.status == 0, added.text


def mint(index: Index, identity: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"token": identity}).encode()
    request = urllib.request.Request(f"{index.url}/_/oidc/mint-token", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def secretless(desk: Desk, issuer: Issuer, index: Index, run: str = "42") -> None:
    """The desk in a job that has the addresses, and no secret of the index."""
    for name in ("PRIVATE_INDEX_USERNAME", "PRIVATE_INDEX_PASSWORD"):
        desk.environment.pop(name)
    desk.environment["PRIVATE_INDEX_PIP_INDEX_URL"] = f"{index.url}/simple/"
    desk.environment |= issuer.environment(run)


def test_uv_publishes_without_a_secret(make_index: MakeIndex, issuer: Issuer, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    authority.context("127.0.0.1")
    pem = tmp_path / "authority" / "127.0.0.1.pem"
    tls = f'[tls]\ncertificate = "{pem}"\nkey = "{pem}"\n'
    index = configured(make_index, tmp_path, issuer.configuration() + tls).start()
    wheel = build_wheel(tmp_path, "demo", "1.0")
    environment = {
        **clean_environment(index.home),
        **issuer.environment("42"),
        "SSL_CERT_FILE": str(authority.certificate),
    }
    where = ["--publish-url", index.upload_url, "--trusted-publishing", "always"]
    command: list[str | Path] = [client("uv"), "publish", *where, wheel]
    refused = run_command(command, environment)
    assert refused.status != 0
    # uv breaks long lines.
    assert "no project has a publisher for run 42, attempt 1, of" in " ".join(refused.text.split())
    add_publisher(index, issuer, "demo")
    published = run_command(command, environment)
    assert published.status == 0, published.text
    trust = ssl.create_default_context(cafile=str(authority.certificate))
    entries = [entry for entry in index.ledger(trust) if entry["action"] in ("token.mint", "file.upload")]
    minted, uploaded = entries[-2:]
    assert minted["actor"] == {
        "kind": "run",
        "id": f"run 42, attempt 1, of {REPOSITORY}",
        "address": "127.0.0.1",
    }
    assert minted["detail"]["claims"]["commit"] == "0123456789abcdef0123456789abcdef01234567"
    assert uploaded["actor"]["kind"] == "token"


def test_twine_takes_a_minted_token(stocked: Index, issuer: Issuer, tmp_path: Path) -> None:
    add_publisher(stocked, issuer, "demo", "--allow", "upload", "--environment", "release")
    identity = issuer.sign(issuer.claims("7"))
    status, minted = mint(stocked, identity)
    assert status == 200
    assert mint(stocked, identity)[1]["errors"][0]["code"] == "invalid-reuse-token"
    environment = {
        **clean_environment(stocked.home),
        "TWINE_REPOSITORY_URL": stocked.upload_url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": minted["token"],
        "TWINE_NON_INTERACTIVE": "1",
    }
    upload: list[str | Path] = [client("twine"), "upload", "--disable-progress-bar"]
    uploaded = run_command([*upload, build_wheel(tmp_path, "demo", "1.0")], environment)
    assert uploaded.status == 0, uploaded.text
    other = run_command([*upload, build_wheel(tmp_path, "other", "1.0")], environment)
    assert other.status != 0
    assert "403" in other.text
    environment_claim = {**issuer.claims("7"), "environment": "staging"}
    refusal = mint(stocked, issuer.sign(environment_claim))[1]["errors"][0]
    assert refusal["code"] == "invalid-publisher"
    assert 'expected "release" at environment, found "staging"' in refusal["description"]


@pytest.mark.quick_pip
def test_a_promotion_needs_no_secret_of_the_index(
    make_desk: MakeDesk, release: list[Path], stocked: Index, issuer: Issuer
) -> None:
    # What the release depends on is another project.
    add_publisher(stocked, issuer, PROJECT, "--allow", "read,stage,publish", "--read-index")
    desk = make_desk(pack_artifact(release))
    secretless(desk, issuer, stocked)
    examined = desk.run("doctor", "--json")
    assert refused_checks(examined) <= {"forge.actions", "forge.contents"}, examined.text
    outcome = desk.promote("--json")
    assert outcome.status == 0, outcome.text
    assert outcome.json()["smoke_follows_exposure"] is False
    assert sorted(stocked.filenames(PROJECT)) == sorted(path.name for path in release)
    mints = [entry for entry in stocked.ledger() if entry["action"] == "token.mint"]
    assert {entry["detail"]["claims"]["run"] for entry in mints} == {"42"}
    # A runner is told what to mask, and shows no such line.
    shown = [line for line in outcome.text.splitlines() if not line.startswith("::add-mask::")]
    seen = "\n".join(shown) + desk.kept()
    assert_absent(REQUEST_SECRET, seen)
    assert "phk_" not in seen
    assert "eyJ" not in seen


@pytest.mark.quick_pip
def test_a_run_that_is_no_publisher_is_told_why(
    make_desk: MakeDesk, release: list[Path], stocked: Index, issuer: Issuer
) -> None:
    add_publisher(stocked, issuer, PROJECT, "--ref", "refs/heads/release")
    desk = make_desk(pack_artifact(release))
    secretless(desk, issuer, stocked)
    outcome = desk.promote("--json")
    assert outcome.status == AUTHENTICATION, outcome.text
    assert r"expected \"refs/heads/release\" at ref" in outcome.text
    examined = desk.run("doctor", "--json")
    assert "index.exchange" in refused_checks(examined)
    assert stocked.filenames(PROJECT) == []


def test_an_index_that_believes_no_issuer_says_so(make_index: MakeIndex, issuer: Issuer) -> None:
    index = make_index("plain").start()
    status, refusal = mint(index, issuer.sign(issuer.claims("7")))
    assert status == 404
    assert refusal["errors"][0]["code"] == "not-enabled"


def test_publishers_are_kept_over_http_too(stocked: Index, issuer: Issuer) -> None:
    environment = {**clean_environment(stocked.home), "PACKHOUSE_TOKEN": stocked.token}
    where = ["--url", stocked.url]
    words = ["publisher", "add", "demo", "--github", REPOSITORY, "--workflow", "publish-private.yml"]
    added = packhouse(*words, "--issuer", issuer.url, *where, environment=environment)
    assert added.status == 0, added.text
    assert [one["conditions"]["workflow"] for one in listed(where, environment)] == [WORKFLOW]
    number = str(listed(where, environment)[0]["id"])
    words = ["publisher", "remove", "demo", number, "--reason", "moved"]
    removed = packhouse(*words, *where, environment=environment)
    assert removed.status == 0, removed.text
    assert listed(where, environment) == []


def listed(where: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    outcome = packhouse("publisher", "list", "--json", *where, environment=environment)
    publishers: list[dict[str, Any]] = outcome.json()["publishers"]
    return publishers

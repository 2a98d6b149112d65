"""The forge's answers against GitHub's own description of its API, by a validating proxy."""

from __future__ import annotations

import dataclasses
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.forge import (
    MISBEHAVIOURS,
    Attestation,
    Fault,
    Forge,
    Reply,
    Scenario,
    commit_id,
    make_artifact,
    misbehave,
    successful_push,
)
from tests.support.forge.description import cut
from tests.support.paths import NODE_MODULES
from tests.support.processes import Child

# Answers that no GitHub gives on purpose; the proxy must object to each.
ILL_FORMED = {"deleted-head-repository", "html-200"}
# Nothing reaches the proxy that it can judge.
UNREADABLE = {"connection-reset", "connection-reset-once", "truncated-json"}


class Proxy:
    """prism in front of a forge: what it objects to comes back as a list of violations."""

    def __init__(self, forge: Forge, url: str) -> None:
        self.forge = forge
        self.url = url

    def violations(self, path: str) -> list[str]:
        scenario = self.forge.scenario
        headers = {
            "Authorization": f"Bearer {scenario.token}",
            "User-Agent": "packhouse-tests",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                reply.read()
                return []
        except urllib.error.HTTPError as answered:
            return _complaints(path, answered.read())

    def walk(self) -> list[str]:
        return [fault for path in calls(self.forge.scenario) for fault in self.violations(path)]


def _complaints(path: str, body: bytes) -> list[str]:
    """The proxy's own problem report; an error that the forge meant is none."""
    try:
        report: Any = json.loads(body)
    except ValueError:
        return []
    if "stoplight.io/prism" not in str(report.get("type", "")):
        return []
    found = report.get("validation") or [report]
    return [f"{path}: {json.dumps(violation)}" for violation in found]


def calls(scenario: Scenario) -> list[str]:
    """Every call of a promotion. The download's redirect is left to the forge's own tests: the proxy follows
    it and takes the credential along, to which the second origin rightly objects."""
    base = f"/repos/{scenario.asked.full_name}"
    run = f"{base}/actions/runs/{scenario.run.id}"
    artifact = f"{base}/actions/artifacts/{scenario.artifact.id if scenario.artifacts else 1}"
    downloads = [f"{artifact}/zip"] if scenario.artifacts and scenario.artifact.expired else []
    digest = f"sha256:{'ab' * 32}"
    attestations = [f"{base}/attestations/{digest}?predicate_type=provenance&per_page=30"]
    return [
        base,
        f"{base}/actions/workflows/ci.yml",
        f"{base}/actions/workflows/ci.yml/runs?head_sha={scenario.run.head_sha}&per_page=100",
        f"{base}/actions/workflows/ci.yml/runs?head_sha={'0' * 40}&per_page=100",
        run,
        run,
        f"{run}/attempts/1",
        f"{run}/attempts/2",
        f"{run}/attempts/1/jobs?per_page=100&page=1",
        f"{run}/attempts/2/jobs?per_page=100&page=1",
        f"{run}/artifacts?name=dist&per_page=100&page=1",
        f"{run}/artifacts?name=dist&per_page=1&page=2",
        artifact,
        *downloads,
        f"{base}/git/ref/heads%2Fmain",
        f"{base}/git/ref/tags%2Fmain",
        f"{base}/git/ref/tags%2Fv1",
        f"{base}/git/tags/{commit_id(f'object of v1 {scenario.tip}')}",
        f"{base}/compare/{scenario.run.head_sha}...{scenario.tip}",
        f"{base}/compare/{scenario.history[0]}...{scenario.tip}",
        *([] if scenario.ghes else attestations),
    ]


def _started(description: str) -> Iterator[Proxy]:
    with Forge(successful_push(b"PK")) as forge:
        prism = NODE_MODULES / ".bin" / "prism"
        options: list[str | Path] = [
            "--errors",
            cut(description),
            forge.url,
            "--host",
            "127.0.0.1",
            "--port",
            "0",
        ]
        with Child([prism, "proxy", *options]) as child:
            url = child.wait_for_line(r"Prism is listening on (http://\S+)")[1]
            yield Proxy(forge, url)


@pytest.fixture(scope="module")
def dotcom() -> Iterator[Proxy]:
    yield from _started("api.github.com")


@pytest.fixture(scope="module")
def enterprise() -> Iterator[Proxy]:
    yield from _started("ghes-3.19")


def good_scenario() -> Scenario:
    """Something of everything: earlier commits, a second artifact, an attestation, a reusable workflow."""
    scenario = successful_push(b"PK")
    scenario.run.head_sha = scenario.artifact.head_sha = scenario.history[1]
    scenario.artifacts.append(make_artifact(scenario.run, b"log", id=7, name="log"))
    scenario.attestations.append(Attestation("ab" * 32, {"mediaType": "application/json"}))
    scenario.tags["v1"] = scenario.tip
    scenario.annotated.add("v1")
    return scenario


def test_every_answer_is_as_github_describes_it(dotcom: Proxy) -> None:
    dotcom.forge.scenario.become(good_scenario())
    assert dotcom.walk() == []


def test_every_answer_of_an_enterprise_server_is_as_described(enterprise: Proxy) -> None:
    enterprise.forge.scenario.become(misbehave(good_scenario(), "digest-missing"))
    assert enterprise.walk() == []


@pytest.mark.parametrize("name", sorted(MISBEHAVIOURS.keys() - ILL_FORMED - UNREADABLE))
def test_a_misbehaving_forge_still_answers_as_described(dotcom: Proxy, name: str) -> None:
    dotcom.forge.scenario.become(misbehave(good_scenario(), name))
    assert dotcom.walk() == []


@pytest.mark.parametrize("name", sorted(ILL_FORMED))
def test_an_ill_formed_answer_is_caught(dotcom: Proxy, name: str) -> None:
    dotcom.forge.scenario.become(misbehave(good_scenario(), name))
    assert dotcom.walk() != []


def _break(reply: Reply, old: bytes, new: bytes) -> Reply:
    assert old in reply.body
    return dataclasses.replace(reply, body=reply.body.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b'"expired": false, ', b"", "expired"),
        (b'"digest": "', b'"digest": 7, "was": "', "digest"),
    ],
    ids=["a missing field", "a field of another type"],
)
def test_a_broken_body_is_caught(dotcom: Proxy, old: bytes, new: bytes, complaint: str) -> None:
    broken = good_scenario()
    broken.faults.append(Fault("artifact", lambda reply: _break(reply, old, new)))
    dotcom.forge.scenario.become(broken)
    caught = dotcom.walk()
    assert len(caught) == 1
    assert f"/artifacts/{broken.artifact.id}" in caught[0]
    assert complaint in caught[0]

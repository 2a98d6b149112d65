"""The forge itself: what it asks of a client, and that it does what a scenario says."""

from __future__ import annotations

import hashlib
import http.client
import json
import signal
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.artifacts import pack_artifact
from tests.support.forge import (
    MISBEHAVIOURS,
    TOKEN,
    Attestation,
    Forge,
    Scenario,
    make_artifact,
    misbehave,
    successful_push,
)
from tests.support.paths import PYTHON, ROOT
from tests.support.processes import PATIENCE, Child

ARCHIVE = bytes(range(256)) * 8
REPOSITORY = "/repos/example-lab/nanonis-qcodes-controller"
RUN = f"{REPOSITORY}/actions/runs/9400100200"
GOOD_HEADERS = {
    "Accept": "application/vnd.github+json",
    "Authorization": f"Bearer {TOKEN}",
    "User-Agent": "packhouse-tests",
    "X-GitHub-Api-Version": "2022-11-28",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def get(url: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
    """One request as it is given: no header is added, no redirect followed."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
    try:
        target = urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request(method, target, headers=headers or {})
        reply = connection.getresponse()
        return Answer(reply.status, dict(reply.getheaders()), reply.read())
    finally:
        connection.close()


@pytest.fixture
def scenario() -> Scenario:
    return successful_push(ARCHIVE)


def api(forge: Forge, path: str, **changed: str) -> Answer:
    headers = {**GOOD_HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return get(forge.url + path, {name: value for name, value in headers.items() if value})


def signed_link(forge: Forge) -> str:
    listed = api(forge, f"{RUN}/artifacts").json()["artifacts"][0]
    reply = api(forge, urllib.parse.urlsplit(listed["archive_download_url"]).path)
    assert reply.status == 302
    return reply.headers["Location"]


class TestGate:
    def test_a_request_without_user_agent_is_forbidden(self, forge: Forge) -> None:
        assert api(forge, REPOSITORY, User_Agent="").status == 403

    def test_an_unknown_api_version_is_a_bad_request(self, forge: Forge) -> None:
        assert api(forge, REPOSITORY, X_GitHub_Api_Version="1999-01-01").status == 400

    def test_a_wrong_token_is_unauthorized_and_none_finds_nothing(self, forge: Forge) -> None:
        assert api(forge, REPOSITORY, Authorization="Bearer wrong").status == 401
        assert api(forge, REPOSITORY, Authorization="").status == 404

    def test_a_token_without_permission_is_told_which_it_lacks(self, forge: Forge) -> None:
        misbehave(forge.scenario, "token-without-actions")
        reply = api(forge, RUN)
        assert reply.status == 403
        assert reply.headers["X-Accepted-GitHub-Permissions"] == "actions=read"
        assert api(forge, REPOSITORY).status == 200

    def test_writing_is_refused_and_recorded_as_a_violation(self, forge: Forge) -> None:
        assert get(forge.url + RUN, GOOD_HEADERS, "POST").status == 405
        assert forge.journal.violations == [f"POST {RUN}: a promotion only reads from the forge"]

    def test_no_header_value_is_recorded(self, forge: Forge) -> None:
        api(forge, f"{RUN}/artifacts?name=dist")
        (seen,) = forge.journal.requests
        assert (seen.method, seen.path, seen.status) == ("GET", f"{RUN}/artifacts?name=dist", 200)
        assert seen.authorized
        assert "authorization" in seen.header_names
        assert TOKEN not in repr(forge.journal)


class TestApi:
    def test_unknown_things_are_not_found(self, forge: Forge) -> None:
        for path in ("/repos/other/name", f"{RUN}1", f"{RUN}/attempts/2", f"{REPOSITORY}/git/ref/tags/main"):
            reply = api(forge, path)
            assert (reply.status, reply.json()["message"]) == (404, "Not Found")

    def test_the_artifact_list_filters_by_name_and_pages(self, forge: Forge) -> None:
        run = forge.scenario.run
        forge.scenario.artifacts += [make_artifact(run, b"x", id=7 + n, name="logs") for n in range(101)]
        assert api(forge, f"{RUN}/artifacts?name=dist").json()["total_count"] == 1
        first = api(forge, f"{RUN}/artifacts?name=logs&per_page=100")
        assert first.json()["total_count"] == 101
        assert len(first.json()["artifacts"]) == 100
        following = first.headers["Link"].partition(">")[0].lstrip("<")
        second = get(following, GOOD_HEADERS)
        assert [found["id"] for found in second.json()["artifacts"]] == [107]
        assert 'rel="next"' not in second.headers["Link"]

    def test_an_unchanged_answer_is_304(self, forge: Forge) -> None:
        tag = api(forge, RUN).headers["ETag"]
        again = api(forge, RUN, If_None_Match=tag)
        assert (again.status, again.body) == (304, b"")

    def test_a_ref_may_be_written_with_an_escaped_slash(self, forge: Forge) -> None:
        plain = api(forge, f"{REPOSITORY}/git/ref/heads/main")
        assert plain.json()["object"]["sha"] == forge.scenario.tip
        assert api(forge, f"{REPOSITORY}/git/ref/heads%2Fmain").body == plain.body

    @pytest.mark.parametrize(
        ("base", "head", "status"),
        [(0, 2, "ahead"), (2, 2, "identical"), (2, 0, "behind")],
    )
    def test_commits_of_main_are_compared(self, forge: Forge, base: int, head: int, status: str) -> None:
        history = forge.scenario.history
        found = api(forge, f"{REPOSITORY}/compare/{history[base]}...{history[head]}").json()
        assert found["status"] == status
        assert found["merge_base_commit"]["sha"] == history[min(base, head)]

    def test_a_rewritten_main_has_diverged_from_the_run(self, forge: Forge) -> None:
        misbehave(forge.scenario, "force-pushed-main")
        sha, tip = forge.scenario.run.head_sha, forge.scenario.tip
        found = api(forge, f"{REPOSITORY}/compare/{sha}...{tip}").json()
        assert found["status"] == "diverged"
        assert found["merge_base_commit"]["sha"] != sha

    def test_a_rerun_shows_after_the_first_read_and_freezes_the_first_attempt(self, forge: Forge) -> None:
        misbehave(forge.scenario, "rerun-after-first-read")
        seen = [(body["run_attempt"], body["status"]) for body in (api(forge, RUN).json() for _ in range(3))]
        assert seen == [(1, "completed"), (2, "in_progress"), (2, "in_progress")]
        frozen = api(forge, f"{RUN}/attempts/1").json()
        assert (frozen["run_attempt"], frozen["conclusion"]) == (1, "success")

    def test_a_renamed_repository_is_301_to_its_id(self, forge: Forge) -> None:
        misbehave(forge.scenario, "renamed-repository")
        reply = api(forge, REPOSITORY)
        assert reply.status == 301
        found = get(reply.headers["Location"], GOOD_HEADERS).json()
        assert found["full_name"] == "example-lab/renamed"

    def test_an_enterprise_server_has_neither_digest_nor_attestations(self, forge: Forge) -> None:
        misbehave(forge.scenario, "digest-missing")
        assert "digest" not in api(forge, f"{RUN}/artifacts").json()["artifacts"][0]
        assert api(forge, f"{REPOSITORY}/attestations/sha256:{'0' * 64}").status == 404


class TestDownload:
    def test_the_link_serves_the_very_bytes_of_the_digest(self, forge: Forge) -> None:
        listed = api(forge, f"{RUN}/artifacts").json()["artifacts"][0]
        reply = get(signed_link(forge))
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/zip")
        assert listed["digest"] == "sha256:" + hashlib.sha256(reply.body).hexdigest()
        assert forge.journal.violations == []

    @pytest.mark.parametrize("header", ["Authorization", "Cookie"])
    def test_the_second_origin_fails_when_a_credential_leaks(self, forge: Forge, header: str) -> None:
        assert get(signed_link(forge), {header: "secret"}).status == 400
        assert forge.journal.violations == [
            f"/artifacts/{forge.scenario.artifact.id}: {header} sent to the second origin"
        ]

    @pytest.mark.parametrize(
        ("asked", "status", "expected"),
        [
            ("bytes=0-9", 206, ARCHIVE[:10]),
            ("bytes=2040-", 206, ARCHIVE[2040:]),
            ("bytes=-5", 206, ARCHIVE[-5:]),
            ("bytes=2040-9999", 206, ARCHIVE[2040:]),
        ],
    )
    def test_a_part_can_be_asked_for(self, forge: Forge, asked: str, status: int, expected: bytes) -> None:
        reply = get(signed_link(forge), {"Range": asked})
        assert (reply.status, reply.body) == (status, expected)

    def test_a_part_beyond_the_end_cannot(self, forge: Forge) -> None:
        reply = get(signed_link(forge), {"Range": "bytes=9999-"})
        assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(ARCHIVE)}")

    def test_a_link_dies_after_its_uses(self, forge: Forge) -> None:
        forge.scenario.link_uses = 2
        link = signed_link(forge)
        assert [get(link).status for _ in range(3)] == [200, 200, 403]
        assert get(signed_link(forge)).status == 200

    def test_a_link_dies_after_its_time_and_never_opens_another_file(self, forge: Forge) -> None:
        link = signed_link(forge)
        assert get(link.replace("4411000001", "4411000002")).status == 403
        forge.scenario.link_seconds = -1.0
        assert get(signed_link(forge)).status == 403

    def test_an_expired_artifact_is_gone(self, forge: Forge) -> None:
        misbehave(forge.scenario, "expired-artifact")
        assert api(forge, f"{REPOSITORY}/actions/artifacts/4411000001/zip").status == 410

    def test_a_truncated_download_promises_all_and_gives_half(self, forge: Forge) -> None:
        misbehave(forge.scenario, "truncated-download")
        with pytest.raises(http.client.IncompleteRead) as caught:
            get(signed_link(forge))
        assert caught.value.partial == ARCHIVE[: len(ARCHIVE) // 2]

    def test_a_slow_download_is_whole(self, forge: Forge) -> None:
        misbehave(forge.scenario, "slow-download")
        forge.scenario.faults[0].times = 1
        assert get(signed_link(forge)).body == ARCHIVE

    def test_a_reset_connection_answers_nothing(self, forge: Forge) -> None:
        misbehave(forge.scenario, "connection-reset")
        with pytest.raises(ConnectionError):
            api(forge, RUN)

    @pytest.mark.parametrize(("name", "hops"), [("redirect-twice", 3), ("redirect-too-often", 4)])
    def test_redirects_can_be_chained(self, forge: Forge, name: str, hops: int) -> None:
        misbehave(forge.scenario, name)
        link = signed_link(forge)
        for _ in range(hops - 1):
            reply = get(link)
            assert reply.status == 302
            link = reply.headers["Location"]
        assert get(link).body == ARCHIVE

    def test_a_redirect_loop_never_ends(self, forge: Forge) -> None:
        misbehave(forge.scenario, "redirect-loop")
        link = signed_link(forge)
        paths = set()
        for _ in range(20):
            reply = get(link)
            assert reply.status == 302
            link = reply.headers["Location"]
            paths.add(urllib.parse.urlsplit(link).path)
        assert len(paths) == 2


class TestLimits:
    def test_the_primary_limit_says_when_it_ends(self, forge: Forge) -> None:
        misbehave(forge.scenario, "rate-limit-403-once")
        limited = api(forge, RUN)
        assert (limited.status, limited.headers["X-RateLimit-Remaining"]) == (403, "0")
        assert "Retry-After" not in limited.headers
        assert api(forge, RUN).status == 200

    def test_the_other_style_is_429(self, forge: Forge) -> None:
        misbehave(forge.scenario, "rate-limit-429-once")
        limited = api(forge, RUN)
        assert (limited.status, limited.headers["Retry-After"]) == (429, "1")

    def test_the_secondary_limit_leaves_requests_over(self, forge: Forge) -> None:
        misbehave(forge.scenario, "secondary-limit-once")
        limited = api(forge, f"{RUN}/artifacts")
        assert (limited.status, limited.headers["Retry-After"]) == (403, "1")
        assert limited.headers["X-RateLimit-Remaining"] != "0"

    def test_a_502_may_be_a_page_for_people(self, forge: Forge) -> None:
        misbehave(forge.scenario, "html-502-once")
        failed = api(forge, RUN)
        assert (failed.status, failed.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
        assert api(forge, RUN).status == 200


class TestAttestations:
    SUBJECT = "ab" * 32

    @pytest.fixture
    def attested(self, forge: Forge) -> Forge:
        bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "text": "abcd" * 50}
        forge.scenario.attestations += [Attestation(self.SUBJECT, bundle) for _ in range(3)]
        return forge

    def test_the_bundle_is_null_and_its_address_is_on_the_second_origin(self, attested: Forge) -> None:
        path = f"{REPOSITORY}/attestations/sha256:{self.SUBJECT}?predicate_type=provenance"
        found = api(attested, path).json()["attestations"]
        assert [entry["bundle"] for entry in found] == [None] * 3
        reply = get(found[0]["bundle_url"])
        assert reply.headers["Content-Type"] == "application/x-snappy"
        assert json.loads(_snappy_decoded(reply.body))["text"] == "abcd" * 50
        assert len(reply.body) < 150

    def test_the_list_pages_by_cursor(self, attested: Forge) -> None:
        first = api(attested, f"{REPOSITORY}/attestations/sha256:{self.SUBJECT}?per_page=2")
        assert len(first.json()["attestations"]) == 2
        following = first.headers["Link"].partition(">")[0].lstrip("<")
        assert len(get(following, GOOD_HEADERS).json()["attestations"]) == 1

    def test_another_digest_or_predicate_has_none(self, attested: Forge) -> None:
        for tail in (f"sha256:{'0' * 64}", f"sha256:{self.SUBJECT}?predicate_type=sbom"):
            assert api(attested, f"{REPOSITORY}/attestations/{tail}").json() == {"attestations": []}


def test_every_misbehaviour_changes_what_a_client_sees() -> None:
    for name in MISBEHAVIOURS:
        good, spoilt = successful_push(ARCHIVE), successful_push(ARCHIVE)
        spoilt.become(misbehave(spoilt, name))
        spoilt.run.created_at = good.run.created_at
        assert repr(spoilt) != repr(good), name


def test_the_program_serves_a_folder_until_it_is_told_to_stop(tmp_path: Path, dist: list[Path]) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"misbehave": ["digest-null"], "token": "another"}))
    options: list[str | Path] = ["--dist", dist[0].parent, "--state", state, "--misbehave", "failed-run"]
    with Child([PYTHON, "-m", "tests.support.forge", *options], folder=ROOT) as program:
        printed = json.loads(program.wait_for_line(r"^\{.*\}$")[0])
        headers = {**GOOD_HEADERS, "Authorization": f"Bearer {printed['token']}"}
        base = f"{printed['url']}/repos/{printed['repository']}/actions/runs/{printed['run_id']}"
        assert get(base, headers).json()["conclusion"] == "failure"
        (listed,) = get(f"{base}/artifacts", headers).json()["artifacts"]
        assert listed["digest"] is None
        link = get(listed["archive_download_url"], headers).headers["Location"]
        assert get(link).body == pack_artifact(sorted(dist))
        assert program.stop() == 0
        assert program.returncode != -signal.SIGKILL


def _snappy_decoded(data: bytes) -> bytes:
    """The whole block format, written from its description and not from the forge's compressor."""
    size = shift = position = 0
    while True:
        byte = data[position]
        size |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            break
    out = bytearray()
    while position < len(data):
        tag, position = data[position], position + 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                width = length - 59
                length = int.from_bytes(data[position : position + width], "little")
                position += width
            out += data[position : position + length + 1]
            position += length + 1
            continue
        if tag & 3 == 1:
            length, offset = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[position]
            position += 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[position : position + width], "little")
            position += width
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)

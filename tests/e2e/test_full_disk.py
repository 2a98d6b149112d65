"""Uploads stop before the disk is full, and what makes room goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel
from tests.support.desk import TRANSIENT
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment
from tests.support.raw_http import Reply, form, form_headers, send, upload_fields

MakeIndex = Callable[[str], Index]

MORE_THAN_ANY_DISK = 1 << 62


def put(index: Index, wheel: Path) -> Reply:
    name, version = wheel.name.split("-")[:2]
    body = form(upload_fields(wheel, name, version), wheel.name, wheel.read_bytes())
    return send(index.upload_url, "POST", headers=form_headers(index.authorization()), body=body)


def ready(index: Index) -> tuple[int, list[str]]:
    reply = send(f"{index.url}/-/ready")
    return reply.status, json.loads(reply.body).get("reasons", [])


def health(index: Index, *words: str) -> Outcome:
    """Asked past the proxy that the environment names, which nobody runs."""
    environment = {**clean_environment(index.home), "http_proxy": "http://127.0.0.1:1"}
    return packhouse("health", "--url", index.url, *words, environment=environment)


def command(index: Index, *words: str | Path) -> Outcome:
    return packhouse(*words, "--data", index.data, environment=clean_environment(index.home))


def test_below_the_reserve_uploads_stop_and_everything_else_goes_on(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    index = make_index("index").start()
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert put(index, wheel).status == 200
    assert ready(index) == (200, [])
    assert index.stop() == 0

    config = tmp_path / "packhouse.toml"
    config.write_text(f"[limits]\nfree-space = {MORE_THAN_ANY_DISK}\n")
    index.options += ["--config", str(config)]
    index.start()
    before = sorted(path for path in (index.data / "blobs").rglob("*") if path.is_file())
    refused = put(index, build_wheel(tmp_path, "demo", "2.0"))
    assert refused.status == 507
    assert "no room" in refused.reason
    assert str(index.data) not in refused.reason + refused.text
    assert sorted(path for path in (index.data / "blobs").rglob("*") if path.is_file()) == before
    assert ready(index) == (503, ["room"])
    assert send(f"{index.url}/-/live").status == 200
    assert health(index).out == "live\n"
    assert health(index, "--ready").status == TRANSIENT
    assert index.issue("read")
    for words in (
        ["release", "yank", "demo", "1.0", "--reason", "test"],
        ["release", "block", "demo", "1.0", "--reason", "test"],
        ["delete", wheel.name, "--reason", "test"],
    ):
        done = command(index, *words)
        assert done.status == 0, done.text
    assert index.stop() == 0
    assert health(index).status == TRANSIENT
    errors = "\n".join(index.process.errors)
    assert "limits.free-space" in errors
    assert "not ready: room: " in errors


@pytest.mark.parametrize(
    ("lost", "reasons"), [("blobs/tmp", ["blobs"]), ("packhouse.db", ["database"])], ids=["tmp", "database"]
)
def test_what_cannot_be_written_is_a_reason(index: Index, lost: str, reasons: list[str]) -> None:
    place = index.data / lost
    moved = index.data / "moved"
    place.rename(moved)
    reply = send(f"{index.url}/-/ready")
    live = send(f"{index.url}/-/live")
    moved.rename(place)
    assert (reply.status, json.loads(reply.body)["reasons"]) == (503, reasons)
    assert str(index.data) not in reply.text
    assert live.status == 200

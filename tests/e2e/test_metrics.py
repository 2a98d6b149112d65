"""Metrics are what Prometheus reads, documented, and without a name of anything private."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.support.artifacts import build_wheel
from tests.support.packhouse import Index, packhouse
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE, clean_environment
from tests.support.raw_http import Reply, send

MakeIndex = Callable[[str], Index]

PAGE = (ROOT / "docs/operate/metrics.md").read_text()
MONITORING = ROOT / "package/monitoring"


def scrape(index: Index, token: str | None) -> Reply:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return send(f"{index.url}/-/metrics", headers=headers)


def families(text: str) -> dict[str, Metric]:
    """By the name that stands in the text."""
    return {
        family.name + ("_total" if family.type == "counter" else ""): family
        for family in text_string_to_metric_families(text)
    }


def value(text: str, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    raise AssertionError(f"there is no {name} with {labels}")


@pytest.fixture
def used(make_index: MakeIndex, tmp_path: Path) -> Index:
    """An index with a file, a backup, an audit, a collection, and a request that was none."""
    index = make_index("index").start()
    assert index.stop() == 0
    for command in ("gc", "audit"):
        done = packhouse(command, "--data", index.data, environment=clean_environment(index.home))
        assert done.status == 0, done.text
    index.start()
    assert index.upload(build_wheel(tmp_path, "very-private-name", "1.0")).status == 0
    for _ in range(3):
        assert send(f"{index.url}/simple/very-private-name/", headers=index.authorization()).status == 200
    assert send(f"{index.url}/simple/very-private-other/", headers=index.authorization()).status == 404
    made = packhouse(
        "backup", "--data", index.data, "--to", tmp_path / "backup", environment=clean_environment(index.home)
    )
    assert made.status == 0, made.text
    host, port = index.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")
    return index


def test_metrics_are_those_of_the_page_and_name_nothing(used: Index) -> None:
    reply = scrape(used, used.issue("read"))
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = reply.text
    found = families(text)
    documented = dict(re.findall(r"^\| `(packhouse_\w+)` \| (\w+) \|", PAGE, re.MULTILINE))
    assert {name: family.type for name, family in found.items()} == documented

    assert "private" not in text
    assert str(used.data) not in text
    for family in found.values():
        names = {name for sample in family.samples for name in sample.labels} - {"le"}
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{family.name}"))
        assert names <= set(re.findall(r"`(\w+)`", row.split("|")[3])), family.name

    pages = {"method": "GET", "route": "/simple/{project}/"}
    assert value(text, "packhouse_http_requests_total", status="2xx", **pages) == 3
    assert value(text, "packhouse_http_requests_total", status="4xx", **pages) == 1
    assert value(text, "packhouse_http_request_duration_seconds_count", **pages) == 4
    assert value(text, "packhouse_http_from_memory_total", **pages) >= 1
    assert value(text, "packhouse_http_requests_total", method="POST", route="/legacy/", status="2xx") == 1
    assert value(text, "packhouse_incidents_total", kind="malformed-head") == 1
    assert value(text, "packhouse_uploads_total", outcome="added") == 1
    assert value(text, "packhouse_limit_used_ratio", limit="projects") == 1 / 100_000
    assert value(text, "packhouse_files") == 1
    assert value(text, "packhouse_projects") == 1
    assert value(text, "packhouse_database_up") == 1
    assert value(text, "packhouse_log_lines_dropped_total") == 0
    head = json.loads(send(f"{used.url}/api/v1/ledger", headers=used.authorization()).text)
    assert value(text, "packhouse_ledger_entries") >= len(head["entries"]) - 1


def test_incidents_of_the_page_are_those_of_the_server(used: Index) -> None:
    text = scrape(used, used.issue("read")).text
    kinds = {sample.labels["kind"] for sample in families(text)["packhouse_incidents_total"].samples}
    rows = PAGE[PAGE.index("| kind |") : PAGE.index("## The log")]
    cells = [line.split("|")[1] for line in rows.splitlines() if line.startswith("| `")]
    assert kinds == {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}


def test_metrics_need_a_credential_of_the_whole_server_unless_they_are_open(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    index = make_index("index").start()
    assert scrape(index, None).status == 401
    assert scrape(index, index.issue("read", project="demo")).status == 403
    assert scrape(index, index.issue("upload")).status == 403
    assert scrape(index, index.issue("read")).status == 200
    assert index.stop() == 0
    config = tmp_path / "packhouse.toml"
    config.write_text("open-metrics = true\n")
    index.options += ["--config", str(config)]
    index.start()
    assert scrape(index, None).status == 200


def test_alerts_and_dashboard_use_what_there_is() -> None:
    documented = set(re.findall(r"`(packhouse_\w+)`", PAGE))
    for name in ("alerts.yml", "dashboard.json"):
        used = set(re.findall(r"packhouse_\w+", (MONITORING / name).read_text()))
        assert used
        assert {re.sub(r"_bucket$", "", metric) for metric in used} <= documented, name
    json.loads((MONITORING / "dashboard.json").read_text())


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_alerts_are_rules_where_promtool_is_installed() -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None
    subprocess.run([promtool, "check", "rules", MONITORING / "alerts.yml"], check=True, timeout=PATIENCE)

"""Behind a proxy, a private CA, a gateway's path and a slow line, as a laboratory's network is."""

from __future__ import annotations

import random
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import (
    AUTHENTICATION,
    POLICY,
    PROJECT,
    USAGE,
    VERSION,
    Desk,
    assert_absent,
    build_release,
    refused_checks,
)
from tests.support.forge import Delivery, Fault, Forge, Reply, successful_push
from tests.support.laboratory import Authority, ConnectProxy, Gateway
from tests.support.packhouse import Index, run_command
from tests.support.paths import client
from tests.support.processes import clean_environment
from tests.support.untouched import untouched

HOST = "index.lab.test"
PREFIX = "/python"
PROXY_USER = "lab-proxy-user"
PROXY_PASSWORD = "canary-pr0xy/p@ss+%"


@dataclass(frozen=True)
class Laboratory:
    """An index that can be reached only through a proxy, under a name that only the proxy knows."""

    desk: Desk
    index: Index
    authority: Authority
    proxy: ConnectProxy
    gateway: Gateway
    proxy_url: str
    index_variables: dict[str, str]


def below_the_gateway(index: Index) -> dict[str, str]:
    """The runbook's variables, as seen from the laboratory."""
    place = f"{HOST}{PREFIX}"
    return {
        **index.promotion_environment(),
        "PRIVATE_INDEX_REPOSITORY_URL": f"https://{place}/legacy/",
        "PRIVATE_INDEX_PIP_INDEX_URL": f"https://__token__:{index.read_token}@{place}/simple/",
    }


def trusting_proxies(index: Index, folder: Path, text: str = "") -> Index:
    config = folder / "server.toml"
    config.write_text(f'trusted-proxies = ["127.0.0.1"]\n{text}')
    index.options += ["--config", str(config)]
    return index


@pytest.fixture
def laboratory(stock: Stock, release: list[Path], tmp_path: Path, home: Path) -> Iterator[Laboratory]:
    index = trusting_proxies(stock.copy(tmp_path / "index", home), tmp_path)
    authority = Authority(tmp_path / "authority")
    with ExitStack() as stack:
        stack.callback(index.close)
        index.start()
        gateway = stack.enter_context(Gateway(index.url, PREFIX, authority.context(HOST)))
        hosts = {f"{HOST}:443": ("127.0.0.1", gateway.port)}
        proxy = stack.enter_context(ConnectProxy(PROXY_USER, PROXY_PASSWORD, hosts))
        forge = stack.enter_context(Forge(successful_push(pack_artifact(release))))
        proxy_url = f"http://{PROXY_USER}:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:{proxy.port}"
        variables = {
            **below_the_gateway(index),
            "http_proxy": proxy_url,
            "HTTPS_PROXY": proxy_url,
            "NO_PROXY": "127.0.0.1,localhost",  # where the forge is
            "SSL_CERT_FILE": str(authority.certificate),
        }
        desk = Desk(forge, home, variables)
        yield Laboratory(desk, index, authority, proxy, gateway, proxy_url, variables)


def settings(folder: Path, network: str) -> Path:
    path = folder / "packhouse.toml"
    path.write_text(
        f'project = "{PROJECT}"\nrepository = "example-lab/{PROJECT}"\n'
        f'[smoke]\ncommands = [["nqctl", "capabilities"]]\n{network}'
    )
    return path


def test_a_release_goes_through_the_proxy_to_a_private_index_below_a_path(
    laboratory: Laboratory, release: list[Path]
) -> None:
    outcome = laboratory.desk.promote("--json")
    assert outcome.status == 0, outcome.text
    held = {file["filename"] for file in laboratory.index.project(PROJECT)["files"]}
    assert held == {path.name for path in release}
    assert set(laboratory.proxy.tunnels) == {f"{HOST}:443"}
    assert laboratory.proxy.refused == [], "the forge is no proxy's business, and everybody knew the password"
    assert {path.split("/")[1] for path in laboratory.gateway.paths} == {PREFIX.strip("/")}
    assert outcome.json()["index"] == f"https://{HOST}{PREFIX}/legacy/"
    assert_absent(PROXY_PASSWORD, outcome.text + laboratory.desk.kept(), user=PROXY_USER)
    assert PROXY_USER not in outcome.text + laboratory.desk.kept()


def test_the_configuration_names_an_authority_to_be_trusted_beside_the_others(
    laboratory: Laboratory, release: list[Path], tmp_path: Path
) -> None:
    assert laboratory.index.upload(*release).status == 0
    config = settings(tmp_path, f'[network]\nca-file = "{laboratory.authority.certificate}"\n')
    outcome = laboratory.desk.smoke("--json", "--config", config, SSL_CERT_FILE="")
    assert outcome.status == 0, outcome.text
    assert set(laboratory.proxy.tunnels) == {f"{HOST}:443"}


def test_a_certificate_that_nobody_vouches_for_stops_at_once(laboratory: Laboratory) -> None:
    with untouched(laboratory.index):
        outcome = laboratory.desk.promote("--json", SSL_CERT_FILE="")
    assert outcome.status == POLICY, outcome.text
    error = outcome.json()["error"]
    assert error["code"] == "forbidden"
    assert error["message"].startswith(f"{HOST}:443: SSL peer certificate")
    assert "name its CA file in the configuration" in error["hint"]


def test_a_file_that_holds_no_certificate_is_no_authority(laboratory: Laboratory, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    outcome = laboratory.desk.promote("--json", SSL_CERT_FILE=str(empty))
    assert outcome.status == USAGE, outcome.text
    assert "expected certificates in PEM in the file that $SSL_CERT_FILE names" in outcome.text
    assert laboratory.proxy.tunnels == []


def test_a_proxy_that_wants_another_password_is_named_and_the_password_is_not(laboratory: Laboratory) -> None:
    wrong = "canary-wr0ng/p@ss"
    url = laboratory.proxy_url.replace(quote(PROXY_PASSWORD, safe=""), quote(wrong, safe=""))
    with untouched(laboratory.index):
        outcome = laboratory.desk.promote("--json", HTTPS_PROXY=url)
    assert outcome.status == AUTHENTICATION, outcome.text
    error = outcome.json()["error"]
    assert error["message"] == f"{HOST}:443: the proxy does not let us through: status 407"
    assert "HTTPS_PROXY" in error["hint"]
    assert_absent(wrong, outcome.text + laboratory.desk.kept(), user=PROXY_USER)


def test_a_proxy_that_bars_the_index_is_a_refusal(laboratory: Laboratory) -> None:
    laboratory.proxy.hosts.clear()
    outcome = laboratory.desk.promote("--json")
    assert outcome.status == POLICY, outcome.text
    assert outcome.json()["error"]["message"] == f"{HOST}:443: the proxy does not let us through: status 403"
    assert laboratory.proxy.refused == [f"CONNECT {HOST}:443 HTTP/1.1"]


# Clients of the index, below a path.


@pytest.mark.parametrize("says_where", [True, False], ids=["public-url", "forwarded-prefix"])
def test_every_client_finds_an_index_below_a_path(
    stock: Stock, tmp_path: Path, home: Path, says_where: bool
) -> None:
    authority = Authority(tmp_path / "authority")
    index = stock.copy(tmp_path / "index", home)
    with ExitStack() as stack:
        stack.callback(index.close)
        gateway = stack.enter_context(Gateway("", PREFIX, authority.context("127.0.0.1")))
        seen = f"127.0.0.1:{gateway.port}{PREFIX}"
        trusting_proxies(index, tmp_path, f'public-url = "https://{seen}"\n' if says_where else "").start()
        gateway.upstream = index.url

        assert redirect_of(f"https://{seen}/legacy", authority) == f"https://{seen}/legacy/"
        environment = {**clean_environment(home), "SSL_CERT_FILE": str(authority.certificate)}
        publish = ["publish", "--publish-url", f"https://{seen}/legacy", "--token", index.token]
        wheel = build_wheel(tmp_path, "demo", "1.0", requires=["base-lib"])
        uploaded = run_command([client("uv"), *publish, wheel], environment)
        assert uploaded.status == 0, uploaded.text
        simple = f"https://__token__:{index.read_token}@{seen}/simple/"
        site = tmp_path / "site"
        words: list[str | Path] = ["-m", "pip", "install", "--disable-pip-version-check", "--target", site]
        trust: list[str | Path] = ["--cert", authority.certificate, "--index-url", simple]
        installed = run_command([client("python"), *words, *trust, "Demo"], environment)
        assert installed.status == 0, installed.text
        assert (site / "demo").is_dir()
        assert all(path.startswith(f"{PREFIX}/") for path in gateway.paths)


def redirect_of(url: str, authority: Authority) -> str:
    """Where a POST without the slash is sent to."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({})
    )
    with pytest.raises(urllib.error.HTTPError) as told:
        opener.open(urllib.request.Request(url, data=b"", method="POST"))
    assert told.value.code == 308
    return str(told.value.headers["Location"])


# A line that is slow and often cut.

PIECE = 150_000


def cutting(reply: Reply) -> Reply:
    return Reply(reply.status, reply.headers, reply.body, Delivery(cut_after=PIECE))


@pytest.fixture
def heavy(tmp_path: Path) -> bytes:
    """An artifact of some 500 kB."""
    dist = build_release(tmp_path / "heavy")
    blob = random.Random(1).randbytes(500_000)
    files: dict[str, bytes | str] = {
        "nanonis_qcodes_controller/__init__.py": "",
        "nanonis_qcodes_controller/data.bin": blob,
    }
    dist[0] = build_wheel(tmp_path / "heavy", PROJECT, VERSION, files=files, requires=["base-lib>=2"])
    return pack_artifact(dist)


def test_a_download_that_is_cut_again_and_again_goes_on_where_it_ended(
    stocked: Index, heavy: bytes, home: Path
) -> None:
    scenario = successful_push(heavy)
    cuts = (len(heavy) - 1) // PIECE
    assert cuts >= 2
    scenario.faults.append(Fault("blob", cutting, times=cuts))
    with Forge(scenario) as forge:
        outcome = Desk(forge, home, stocked.promotion_environment()).promote("--dry-run")
        assert outcome.status == 0, outcome.text
        asked = [seen for seen in forge.journal.requests if seen.origin == "blob"]
    assert [seen.status for seen in asked] == [200] + [206] * cuts
    assert all({"range", "if-range"} <= set(seen.header_names) for seen in asked[1:])


def test_an_archive_that_changes_during_its_download_is_never_joined_with_the_first(
    stocked: Index, heavy: bytes, release: list[Path], home: Path
) -> None:
    scenario = successful_push(heavy)

    def replaced(reply: Reply) -> Reply:
        scenario.artifact.served = pack_artifact(release)
        return cutting(reply)

    scenario.faults.append(Fault("blob", replaced, times=1))
    with Forge(scenario) as forge, untouched(stocked):
        outcome = Desk(forge, home, stocked.promotion_environment()).promote("--json")
        asked = [seen.status for seen in forge.journal.requests if seen.origin == "blob"]
    assert asked == [200, 200], "If-Range had the host begin anew"
    assert refused_checks(outcome) == {"artifact.size", "artifact.digest"}
    assert outcome.status == POLICY

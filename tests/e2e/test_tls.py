"""TLS without a proxy, and behind one; and what happens to clients that ask too much."""

from __future__ import annotations

import datetime
import ipaddress
import os
import signal
import socket
import ssl
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.artifacts import build_wheel
from tests.support.documents import blocks
from tests.support.packhouse import Index, packhouse, run_command
from tests.support.paths import ROOT, client
from tests.support.processes import PATIENCE, Child, clean_environment
from tests.support.raw_http import send
from tests.support.waiting import eventually

MakeIndex = Callable[[str], Index]


def write_certificate(folder: Path, name: str) -> None:
    """A certificate of this name for 127.0.0.1 that signs itself, as certificate.pem and key.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - hour)
        .not_valid_after(now + hour)
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    replace(folder / "certificate.pem", certificate.public_bytes(pem))
    replace(folder / "key.pem", secret)


def replace(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.rename(path)


def configured(make_index: MakeIndex, folder: Path, text: str, name: str = "index") -> Index:
    config = folder / "packhouse.toml"
    config.write_text(text)
    index = make_index(name)
    index.options += ["--config", str(config)]
    return index


def encrypted(make_index: MakeIndex, folder: Path) -> Index:
    write_certificate(folder, "first")
    tls = f'[tls]\ncertificate = "{folder}/certificate.pem"\nkey = "{folder}/key.pem"\n'
    return configured(make_index, folder, tls).start()


def presented(index: Index) -> str:
    """The common name of the certificate that a new connection is shown."""
    parts = urlsplit(index.url)
    pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 0))
    subject = x509.load_pem_x509_certificate(pem.encode()).subject
    return str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_twine_and_pip_work_over_tls(make_index: MakeIndex, tmp_path: Path) -> None:
    index = encrypted(make_index, tmp_path)
    assert index.url.startswith("https://127.0.0.1:")
    environment = {
        **clean_environment(index.home),
        "TWINE_REPOSITORY_URL": index.upload_url,
        "TWINE_USERNAME": "__token__",
        "TWINE_PASSWORD": index.token,
        "TWINE_CERT": str(tmp_path / "certificate.pem"),
        "TWINE_NON_INTERACTIVE": "1",
    }
    for variable in (
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):  # requests would prefer them to what is asked for
        environment.pop(variable, None)
    wheel = build_wheel(tmp_path, "demo", "1.0")
    uploaded = run_command([client("twine"), "upload", "--disable-progress-bar", wheel], environment)
    assert uploaded.status == 0, uploaded.text
    address = index.url.removeprefix("https://")
    page = f"https://__token__:{index.read_token}@{address}/simple/"
    pip: list[str | Path] = [client("python"), "-m", "pip", "install", "--disable-pip-version-check"]
    trust: list[str | Path] = ["--cert", tmp_path / "certificate.pem", "--index-url", page]
    installed = run_command([*pip, *trust, "--no-deps", "--target", tmp_path / "site", "demo"], environment)
    assert installed.status == 0, installed.text
    assert (tmp_path / "site" / "demo").is_dir()


def test_browsers_are_asked_to_keep_to_tls(make_index: MakeIndex, tmp_path: Path) -> None:
    def answer(index: Index, **forwarded: str) -> str | None:
        """The field of an answer to a proxy, or over TLS."""
        context = None
        if index.url.startswith("https:"):
            context = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        headers = {f"X-Forwarded-{name}": value for name, value in forwarded.items()}
        request = urllib.request.Request(f"{index.url}/-/health", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as reply:
            found: str | None = reply.headers["Strict-Transport-Security"]
        return found

    assert answer(encrypted(make_index, tmp_path)) == "max-age=31536000"
    proxied = 'public-url = "https://packages.example.org"\ntrusted-proxies = ["127.0.0.1"]\n'
    behind = configured(make_index, tmp_path, proxied + "hsts-seconds = 60\n", "behind").start()
    assert answer(behind) == "max-age=60"
    assert answer(behind, Proto="http") is None
    assert answer(configured(make_index, tmp_path, proxied + "hsts-seconds = 0\n", "off").start()) is None
    assert answer(configured(make_index, tmp_path, "", "plain").start(), Proto="https") is None


def test_a_replaced_certificate_counts_without_a_restart(make_index: MakeIndex, tmp_path: Path) -> None:
    index = encrypted(make_index, tmp_path)
    assert presented(index) == "first"
    write_certificate(tmp_path, "second")
    eventually(lambda: presented(index), "second")
    (tmp_path / "key.pem").write_text("no key")
    os.kill(index.process.pid, signal.SIGHUP)
    eventually(lambda: any("the old certificate stays" in line for line in index.process.errors), True)
    assert presented(index) == "second"
    assert index.stop() == 0
    log = "\n".join(index.process.errors)
    assert "reloaded the certificate" in log


def test_old_versions_of_tls_are_refused(make_index: MakeIndex, tmp_path: Path) -> None:
    index = encrypted(make_index, tmp_path)
    parts = urlsplit(index.url)

    def speaks(version: ssl.TLSVersion) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(tmp_path / "certificate.pem")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="127.0.0.1"):
                    return True
            except (ssl.SSLError, ConnectionError):
                return False

    assert not speaks(ssl.TLSVersion.TLSv1_1)
    assert speaks(ssl.TLSVersion.TLSv1_2)
    assert speaks(ssl.TLSVersion.TLSv1_3)


def test_a_certificate_that_cannot_be_used_stops_the_start(make_index: MakeIndex, tmp_path: Path) -> None:
    write_certificate(tmp_path, "first")
    (tmp_path / "key.pem").write_text("no key")
    tls = f'[tls]\ncertificate = "{tmp_path}/certificate.pem"\nkey = "{tmp_path}/key.pem"\n'
    index = configured(make_index, tmp_path, tls)
    words: list[str | Path] = ["serve", "--data", index.data, "--listen", "127.0.0.1:0", *index.options]
    refused = packhouse(*words, environment=clean_environment(index.home))
    assert refused.status == 2
    assert "cannot use the key " in refused.err


def test_a_listed_proxy_says_who_the_client_is_and_a_stranger_does_not(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    forwarded = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "packages.example.org",
    }
    for trusted, shown, seen in (
        ("127.0.0.1", "https://packages.example.org/simple/", "203.0.113.9"),
        ("192.0.2.0/23", "http://127.0.0.1:", "127.0.0.1"),
    ):
        text = f'access-log = true\ntrusted-proxies = ["{trusted}"]\n'
        folder = tmp_path / seen
        folder.mkdir()
        index = configured(make_index, folder, text, f"index-{seen}").start()
        page = send(index.url + "/", headers={**index.authorization(), **forwarded})
        assert page.status == 200
        assert shown in page.text
        assert index.stop() == 0
        log = "\n".join(index.process.errors)
        assert f' {seen} GET "/" 200' in log
        assert ("can state any address" in log) == (trusted == "192.0.2.0/23"), "a network is no proxy"


def through_nginx(folder: Path, target: str, headers: dict[str, str]) -> str:
    """The answer to a GET through nginx as docs/configuration.md sets it up."""
    [location] = [
        "\n".join(block.lines)
        for block in blocks(ROOT / "docs/configuration.md")
        if block.language == "nginx"
    ]
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # A folder of a test has a longer path than the 107 bytes that a socket's address has room for.
    with tempfile.TemporaryDirectory() as short:
        listening = Path(short, "nginx")
        server = f"server {{ listen unix:{listening}; {location.replace('http://127.0.0.1:8080', target)} }}"
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
            f"events {{}}\nhttp {{ access_log off; {temporary}\n{server} }}\n"
        )
        with (
            Child(["nginx", "-p", folder, "-c", folder / "nginx.conf"]),
            socket.socket(socket.AF_UNIX) as connection,
        ):
            eventually(listening.exists, True)
            connection.connect(str(listening))
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            connection.sendall(f"GET / HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
            with connection.makefile(encoding="utf-8") as answer:
                return answer.read()


def test_behind_the_documented_nginx_no_client_says_where_links_lead(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    index = configured(make_index, tmp_path, 'trusted-proxies = ["127.0.0.1"]\n').start()
    forged = {
        "Host": "packages.example.org",
        "X-Forwarded-Host": "forged.example.org",
        "X-Forwarded-Prefix": "/forged",
        "X-Forwarded-Proto": "https",
    }
    answer = through_nginx(tmp_path, index.url, {**index.authorization(), **forged})
    assert answer.startswith("HTTP/1.1 200"), answer
    assert "http://packages.example.org/simple/" in answer
    assert "forged" not in answer


def test_slow_heads_are_cut_off(make_index: MakeIndex, tmp_path: Path) -> None:
    index = configured(make_index, tmp_path, "[limits]\nhead-timeout = 150\n").start()
    parts = urlsplit(index.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=PATIENCE) as slow:
        slow.sendall(b"GET /simple/ HTTP/1.1\r\nHost: x\r\n")
        assert slow.recv(1) == b"", "closed without an answer"
    assert send(f"{index.url}/-/health").status == 200


def test_one_address_has_so_many_connections_and_heads_so_many_bytes(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    text = "[limits]\nconnections-per-address = 2\nhead-size = 2048\n"
    index = configured(make_index, tmp_path, text).start()
    parts = urlsplit(index.url)
    place = (parts.hostname or "", parts.port or 0)
    with socket.create_connection(place) as first, socket.create_connection(place) as second:
        for opened in (first, second):
            opened.sendall(b"GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert opened.recv(65536).startswith(b"HTTP/1.1 200 ")
        with socket.create_connection(place, timeout=PATIENCE) as third:
            assert third.recv(65536).startswith(b"HTTP/1.1 503 ")
        first.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 3000)
        assert first.recv(65536).startswith(b"HTTP/1.1 431 ")


def test_an_index_takes_so_many_projects_and_files(make_index: MakeIndex, tmp_path: Path) -> None:
    text = "[limits]\nprojects = 1\nfiles-per-project = 1\n"
    index = configured(make_index, tmp_path, text).start()
    assert index.upload(build_wheel(tmp_path, "demo", "1.0")).status == 0
    for name, version, words in (
        ("demo", "1.1", "Too many files: this index takes 1 of one project."),
        ("other", "1.0", "Too many projects: this index takes 1."),
    ):
        refused = index.upload(build_wheel(tmp_path, name, version))
        assert refused.status != 0
        assert words in " ".join(refused.text.split())
    assert [file["filename"] for file in index.project("demo")["files"]] == ["demo-1.0-py3-none-any.whl"]

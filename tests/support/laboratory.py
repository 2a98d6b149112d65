"""The network of a laboratory: a private CA, a gateway that shows an index below a path, a proxy."""

from __future__ import annotations

import datetime
import http.client
import http.server
import ipaddress
import select
import socket
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .processes import PATIENCE
from .serving import Serving

_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}


class Authority:
    """A private certificate authority; `certificate` is the PEM file that clients are to trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "laboratory authority")])
        self.certificate = folder / "authority.pem"
        builder = self._builder(self._name, self._key.public_key())
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        own = builder.add_extension(constraints, critical=True).sign(self._key, hashes.SHA256())
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str) -> ssl.SSLContext:
        """For a server that is `host` (a name or an address)."""
        key = ec.generate_private_key(ec.SECP256R1())
        name: x509.GeneralName = x509.DNSName(host)
        if host[0].isdigit():
            name = x509.IPAddress(ipaddress.ip_address(host))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        builder = self._builder(subject, key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
        leaf = builder.sign(self._key, hashes.SHA256())
        path = self._folder / f"{host}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + secret)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        hour = datetime.timedelta(hours=1)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - hour)
            .not_valid_after(now + hour)
        )


class Gateway(Serving):
    """Shows the server at `upstream` below `prefix`, over TLS where it is given a context."""

    def __init__(self, upstream: str, prefix: str, context: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.paths: list[str] = []  # that were asked for, each once
        super().__init__(_forwarder(self, prefix, secure=context is not None), context)


class ConnectProxy(Serving):
    """An HTTP proxy that knows CONNECT alone, wants a password, and where each host really is."""

    def __init__(self, user: str, password: str, hosts: dict[str, tuple[str, int]]) -> None:
        self.hosts = hosts  # "host:port" -> where it is
        self.tunnels: list[str] = []  # that were opened
        self.refused: list[str] = []  # request lines that were not let through
        self.authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
        super().__init__(_tunneller(self))


def _forwarder(gateway: Gateway, prefix: str, *, secure: bool) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def log_message(self, format: str, *args: Any) -> None:
            """The gateway's own record is the log."""

        def handle_any(self) -> None:
            gateway.paths.append(self.path)
            if not self.path.startswith(prefix + "/"):
                self.send_error(404)
                return
            status, reason, headers, body = self._ask(self.path[len(prefix) :])
            lines = [f"{self.protocol_version} {status} {reason}"]
            lines += [f"{name}: {value}" for name, value in headers if name.lower() not in _HOP_BY_HOP]
            if not any(name.lower() == "content-length" for name, _ in headers) and status != 304:
                lines.append(f"Content-Length: {len(body)}")
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def _ask(self, target: str) -> tuple[int, str, list[tuple[str, str]], bytes]:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(gateway.upstream)
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
            try:
                connection.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in {*_HOP_BY_HOP, "host", "expect"}:
                        connection.putheader(name, value)
                connection.putheader("Host", parts.netloc)
                connection.putheader("X-Forwarded-Host", self.headers.get("Host", ""))
                connection.putheader("X-Forwarded-Proto", "https" if secure else "http")
                connection.putheader("X-Forwarded-Prefix", prefix)
                connection.endheaders(body or None)
                answer = connection.getresponse()
                return answer.status, answer.reason, answer.getheaders(), answer.read()
            finally:
                connection.close()

    return Handler


def _tunneller(proxy: ConnectProxy) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def log_message(self, format: str, *args: Any) -> None:
            """The proxy's own record is the log."""

        def do_CONNECT(self) -> None:
            if self.headers.get("Proxy-Authorization") != proxy.authorization:
                self._refuse(407)
            elif self.path not in proxy.hosts:
                self._refuse(403)
            else:
                self._tunnel(proxy.hosts[self.path])

        def handle_any(self) -> None:
            self._refuse(405)

        do_GET = do_HEAD = do_POST = handle_any  # noqa: N815

        def _refuse(self, status: int) -> None:
            proxy.refused.append(self.requestline)
            self.close_connection = True
            self.send_response(status)
            self.send_header("Proxy-Authenticate", 'Basic realm="laboratory"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _tunnel(self, place: tuple[str, int]) -> None:
            proxy.tunnels.append(self.path)
            self.close_connection = True
            with socket.create_connection(place, timeout=PATIENCE) as far:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _relay(self.connection, far)

    return Handler


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Until either side ends, or nothing comes for a while."""
    other = {near: far, far: near}
    while True:
        readable, _, _ = select.select([near, far], [], [], PATIENCE)
        if not readable:
            return
        for side in readable:
            chunk = side.recv(65536)
            if not chunk:
                return
            other[side].sendall(chunk)

"""An issuer of identity tokens as the CI of a forge has one: real keys, and the address that a job asks.

with Issuer() as issuer:
    issuer.environment("42")          # what GitHub gives a job whose run is number 42
    issuer.sign({**issuer.claims("42"), "aud": "elsewhere"})
"""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

REPOSITORY = "physics-lab/nanonis-qcodes-controller"
WORKFLOW = ".github/workflows/publish-private.yml"
AUDIENCE = "packages.example.org"
REQUEST_SECRET = "request-secret-of-this-job"
KEY_ID = "key-1"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    """GitHub's, on the loopback interface, at a port that the system chooses."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._ids = count(1)
        self.asked: list[str] = []  # the audiences that jobs asked tokens for
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, document = issuer._answer(self.path, self.headers.get("Authorization", ""))
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: a test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def configuration(self) -> str:
        """What an index is configured with that believes this issuer."""
        return (
            f'[trusted-publishing]\naudience = "{AUDIENCE}"\n\n'
            f'[[trusted-publishing.issuer]]\nkind = "github"\nurl = "{self.url}"\n'
        )

    def claims(self, run: str, audience: str = AUDIENCE) -> dict[str, Any]:
        """What it says of a run of the publishing workflow on main."""
        now = int(time.time())
        return {
            "iss": self.url,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": f"token-{next(self._ids)}",
            "sub": f"repo:{REPOSITORY}:environment:release",
            "repository": REPOSITORY,
            "repository_id": "815",
            "repository_owner_id": "4711",
            "job_workflow_ref": f"{REPOSITORY}/{WORKFLOW}@refs/heads/main",
            "ref": "refs/heads/main",
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "environment": "release",
            "event_name": "workflow_dispatch",
            "run_id": run,
            "run_attempt": "1",
        }

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
        text = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_base64url(signature)}"

    def environment(self, run: str) -> dict[str, str]:
        """The variables of a job of that run that has `id-token: write`."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?run={run}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_SECRET,
        }

    def _answer(self, target: str, authorization: str) -> tuple[int, dict[str, Any]]:
        url = urlsplit(target)
        if url.path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if url.path == "/keys":
            public = self._key.public_key().public_numbers()
            key = {"kty": "RSA", "kid": KEY_ID, "use": "sig", "alg": "RS256"}
            return 200, {"keys": [{**key, "n": _number(public.n), "e": _number(public.e)}]}
        if url.path == "/token":
            if authorization.lower() != f"bearer {REQUEST_SECRET}":
                return 401, {}
            query = parse_qs(url.query)
            self.asked += query["audience"]
            return 200, {"value": self.sign(self.claims(query["run"][0], query["audience"][0]))}
        return 404, {}

"""The second origin: artifact bytes and attestation bundles behind signed links, as Azure serves them."""

from __future__ import annotations

import re

from .api import with_faults
from .links import Links
from .scenario import Artifact, Scenario, sha256_of
from .snappy import compress
from .wire import Journal, Reply, Request


class BlobHost:
    def __init__(self, scenario: Scenario, journal: Journal, links: Links) -> None:
        self.url = ""
        self._scenario = scenario
        self._journal = journal
        self._links = links

    def answer(self, request: Request) -> Reply:
        leaked = [name for name in ("Authorization", "Cookie") if name in request.headers]
        if leaked:
            self._journal.violate(f"{request.path}: {' and '.join(leaked)} sent to the second origin")
            return _error(400, "InvalidAuthenticationInfo")
        if request.method not in ("GET", "HEAD"):
            self._journal.violate(f"{request.method} {request.path}: a promotion only reads from the forge")
            return _error(405, "UnsupportedHttpVerb")
        if not self._links.admits(request):
            return _error(403, "AuthenticationFailed")
        return self._route(request)

    def _route(self, request: Request) -> Reply:
        match = re.fullmatch(r"/(artifacts|bundles)/(\d+)(?:/hop/(\d+))?", request.path)
        if match is None:
            return _error(404, "BlobNotFound")
        kind, number, hop = match[1], int(match[2]), int(match[3] or 0)
        if kind == "bundles":
            return with_faults(self._scenario, "bundle", self._bundle(number))
        hops = self._scenario.redirect_hops
        if hops is None or hop < hops:
            return self._hop(number, hop)
        reply = self._artifact(request, number)
        return with_faults(self._scenario, "blob", reply)

    def _hop(self, number: int, hop: int) -> Reply:
        further = 1 - hop if self._scenario.redirect_hops is None else hop + 1
        path = f"/artifacts/{number}" + (f"/hop/{further}" if further else "")
        return Reply(302, {"Location": self.url + self._links.sign(path)})

    def _artifact(self, request: Request, number: int) -> Reply:
        for held in self._scenario.artifacts:
            if held.id == number:
                return _file(request, held)
        return _error(404, "BlobNotFound")

    def _bundle(self, number: int) -> Reply:
        if number >= len(self._scenario.attestations):
            return _error(404, "BlobNotFound")
        body = compress(self._scenario.attestations[number].bundle_bytes())
        return Reply(200, {"Content-Type": "application/x-snappy"}, body)


def _file(request: Request, held: Artifact) -> Reply:
    content = held.content if held.served is None else held.served
    tag = f'"0x{sha256_of(content)[:15].upper()}"'
    headers = {
        "Content-Type": held.content_type,
        "Content-Disposition": f'attachment; filename="{held.name}.zip"',
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "x-ms-request-id": "9c2d5e6f-0001",
    }
    wanted = request.headers.get("Range")
    if wanted is None or request.headers.get("If-Range", tag) != tag:
        return Reply(200, headers, content)
    bounds = _range(wanted, len(content))
    if bounds is None:
        return _error(416, "InvalidRange", {"Content-Range": f"bytes */{len(content)}"})
    first, last = bounds
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Reply(206, headers, content[first : last + 1])


def _range(text: str, size: int) -> tuple[int, int] | None:
    """The first and last byte of a single range that can be satisfied (RFC 9110, section 14.1.2)."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", text.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size), size - 1)
    return (first, last) if first <= last else None


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Reply:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Reply(status, {"Content-Type": "application/xml", **(headers or {})}, body.encode())

"""A client of Upload 2.0 (PEP 694) that takes one step at a time and hides no answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .raw_http import Reply, send
from .refusals import equal, refused_file
from .snapshot import Snapshot

CONTENT_TYPE = "application/vnd.pypi.upload.v2+json"
META = {"api-version": "2.0"}


class RefusedError(Exception):
    """An answer of 400 or more, with the body that PEP 694 wants of it."""

    def __init__(self, reply: Reply) -> None:
        assert reply.headers["content-type"] == "application/problem+json", reply
        self.reply = reply
        self.status = reply.status
        self.body: dict[str, Any] = json.loads(reply.body)
        self.detail: str = self.body["detail"]
        super().__init__(f"{self.status} {self.detail}")
        assert self.body["status"] == reply.status
        assert self.body["meta"] == META
        assert self.body["errors"], self.body


@dataclass
class Uploader:
    """Whoever has `token`, at the root endpoint of an index."""

    root: str  # http://127.0.0.1:PORT/upload/
    token: str

    def call(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None = None,
        *,
        check: Callable[[Snapshot, Snapshot], None] = equal,
    ) -> Reply:
        """One JSON request; RefusedError for an answer that is no success. `check` as of send()."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": CONTENT_TYPE}
        content = None
        if body is not None:
            headers["Content-Type"] = CONTENT_TYPE
            content = json.dumps({"meta": META, **body}).encode()
        return accepted(send(url, method, headers=headers, body=content, check=check))

    def open(self, name: str, version: str, check: Callable[[Snapshot, Snapshot], None] = equal) -> Session:
        reply = self.call("POST", self.root, {"name": name, "version": version}, check=check)
        assert reply.status == 201
        assert reply.headers["content-type"] == CONTENT_TYPE
        body = json.loads(reply.body)
        assert reply.headers["location"] == body["links"]["session"]
        return Session(self, body)

    def join(self, session: Session) -> Session:
        """The same session as this one sees it: with its credential, and at its server's address."""
        reply = self.call("GET", f"{self.root}{session.token}")
        return Session(self, json.loads(reply.body))

    def file(self, session: Session, path: Path) -> FileUpload:
        """The file upload session of that file, which was announced before."""
        link = self.join(session).body["files"][path.name]["link"]
        return FileUpload(self, path, json.loads(self.call("GET", link).body))


@dataclass
class FileUpload:
    """A file upload session."""

    uploader: Uploader
    path: Path
    body: dict[str, Any]

    def send_bytes(self, content: bytes | None = None) -> Reply:
        headers = {
            "Authorization": f"Bearer {self.uploader.token}",
            "Content-Type": "application/octet-stream",
        }
        url = self.body["mechanism"]["file_url"]
        whole = self.path.read_bytes() if content is None else content
        return accepted(send(url, "POST", headers=headers, body=whole))

    def complete(self) -> dict[str, Any]:
        reply = self.uploader.call("POST", self.body["links"]["complete"], {}, check=refused_file)
        assert reply.status == 201
        completed: dict[str, Any] = json.loads(reply.body)
        return completed

    def status(self) -> str:
        reply = self.uploader.call("GET", self.body["links"]["file-upload-session"])
        return str(json.loads(reply.body)["status"])

    def delete(self) -> None:
        assert self.uploader.call("DELETE", self.body["links"]["file-upload-session"]).status == 204


@dataclass
class Session:
    """A publishing session, as its opening was answered."""

    uploader: Uploader
    body: dict[str, Any]

    @property
    def stage_url(self) -> str:
        return str(self.body["links"]["stage"])

    @property
    def token(self) -> str:
        return str(self.body["session-token"])

    def status(self) -> dict[str, Any]:
        reply = self.uploader.call("GET", self.body["links"]["session"])
        now: dict[str, Any] = json.loads(reply.body)
        return now

    def announce(self, path: Path, **other: Any) -> FileUpload:
        content = path.read_bytes()
        request = {
            "filename": path.name,
            "size": len(content),
            "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
            "mechanism": "http-post-bytes",
            **other,
        }
        reply = self.uploader.call("POST", self.body["links"]["upload"], request)
        assert reply.status == 202
        assert int(reply.headers["retry-after"]) >= 0
        return FileUpload(self.uploader, path, json.loads(reply.body))

    def stage(self, *paths: Path) -> None:
        """Every step for each file, up to `completed`."""
        for path in paths:
            upload = self.announce(path)
            upload.send_bytes()
            assert upload.complete()["status"] == "completed"

    def publish(self) -> dict[str, Any]:
        reply = self.uploader.call("POST", self.body["links"]["publish"], {})
        assert reply.status == 201
        assert reply.headers["location"] == self.body["links"]["session"]
        published: dict[str, Any] = json.loads(reply.body)
        return published

    def extend(self, seconds: int) -> dict[str, Any]:
        reply = self.uploader.call("POST", self.body["links"]["extend"], {"extend-for": seconds})
        extended: dict[str, Any] = json.loads(reply.body)
        return extended

    def cancel(self) -> None:
        assert self.uploader.call("DELETE", self.body["links"]["session"]).status == 204


def accepted(reply: Reply) -> Reply:
    if reply.status >= 400:
        raise RefusedError(reply)
    return reply

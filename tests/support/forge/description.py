"""GitHub's own OpenAPI description, cut to the operations that a promotion uses."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..paths import BUILD, NODE_MODULES

GENERATED = NODE_MODULES / "@octokit" / "openapi" / "generated"

_REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS = [
    _REPOSITORY,
    _REPOSITORY + "/actions/workflows/{workflow_id}",
    _REPOSITORY + "/actions/workflows/{workflow_id}/runs",
    _REPOSITORY + "/actions/runs/{run_id}",
    _REPOSITORY + "/actions/runs/{run_id}/attempts/{attempt_number}",
    _REPOSITORY + "/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
    _REPOSITORY + "/actions/runs/{run_id}/artifacts",
    _REPOSITORY + "/actions/artifacts/{artifact_id}",
    _REPOSITORY + "/actions/artifacts/{artifact_id}/{archive_format}",
    _REPOSITORY + "/git/ref/{ref}",
    _REPOSITORY + "/git/tags/{tag_sha}",
    _REPOSITORY + "/compare/{basehead}",
    _REPOSITORY + "/attestations/{subject_digest}",
]


def cut(source: str, into: Path = BUILD / "github") -> Path:
    """Writes the part of `source` ("api.github.com" or "ghes-3.19") that is used; the path of it.

    Only GETs stay, with every component that they reach. One correction is made: `bundle` may be null, as
    GitHub has answered since 2026-07-16 although its description does not say so yet.
    """
    whole = json.loads((GENERATED / f"{source}.json").read_text())
    paths = {path: {"get": whole["paths"][path]["get"]} for path in OPERATIONS if path in whole["paths"]}
    part = {key: whole[key] for key in ("openapi", "info", "servers")} | {"paths": paths}
    part["components"] = _reached(whole, paths)
    _allow_null_bundle(paths)
    into.mkdir(parents=True, exist_ok=True)
    text = json.dumps(part)
    # Named by its content and written once: the proxy of another test restarts when its file changes.
    target = into / f"{source}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    draft = target.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(text)
    with suppress(FileExistsError):
        os.link(draft, target)
    draft.unlink()
    return target


def _reached(whole: dict[str, Any], start: Any) -> dict[str, dict[str, Any]]:
    components: dict[str, dict[str, Any]] = {}
    left = [start]
    while left:
        for reference in _references(left.pop()):
            _, _, kind, name = reference.split("/")
            found = components.setdefault(kind, {})
            if name not in found:
                found[name] = whole["components"][kind][name]
                left.append(found[name])
    return components


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _allow_null_bundle(paths: dict[str, Any]) -> None:
    listing = paths.get(_REPOSITORY + "/attestations/{subject_digest}")
    if listing:
        content = listing["get"]["responses"]["200"]["content"]["application/json"]
        item = content["schema"]["properties"]["attestations"]["items"]
        item["properties"]["bundle"]["nullable"] = True

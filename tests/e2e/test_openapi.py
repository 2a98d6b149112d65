"""The OpenAPI document: every answer of the running server is one that it describes."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support import openapi
from tests.support.artifacts import build_pair
from tests.support.packhouse import Index
from tests.support.paths import ROOT
from tests.support.raw_http import send
from tests.support.refusals import audited

SEED = 20261122
EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WRITTEN = json.loads((ROOT / "src/api/openapi/operations.json").read_text())["operations"]
OPERATIONS = list(WRITTEN)


def is_refusable(name: str) -> bool:
    """Only what has a parameter or a body can be wrong. Any text may stand in a path: a request is wrong
    there by its lack of a credential, which a stage does not ask for."""
    if "parameters" in WRITTEN[name] or "requestBody" in WRITTEN[name]:
        return True
    return "{" in name and not name.startswith("GET /stage/")


REFUSABLE = [name for name in OPERATIONS if is_refusable(name)]
ACCEPT = "PACKHOUSE_ACCEPT"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index with one release, and an administrator with a password: nothing revokes that by chance."""
    folder = tmp_path_factory.mktemp("openapi")
    index = Index(folder / "index", folder).start()
    assert index.upload(*build_pair(folder, "demo", "1.0")).status == 0
    user = json.dumps({"name": "walker", "permissions": ["admin"], "password": "correct horse"}).encode()
    made = send(
        f"{index.url}/api/v1/users",
        "POST",
        headers={**index.authorization(), "Content-Type": "application/json"},
        body=user,
    )
    assert made.status == 201, made.text
    yield index
    index.close()


@pytest.fixture(scope="module")
def document(served: Index) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(send(f"{served.url}/openapi.json").body)
    return loaded


@pytest.fixture(scope="module")
def schema(served: Index) -> BaseSchema:
    load_all_checks()
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


def administrator() -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(b"walker:correct horse").decode()}


def walk(
    schema: BaseSchema, name: str, mode: GenerationMode, headers: dict[str, str], examples: int
) -> list[int]:
    """Sends generated requests to one operation, holds each answer against the document; their statuses."""
    method, path = name.split(" ")
    operation = schema[path][method]
    statuses: list[int] = []

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def every_answer_is_described(case: schemathesis.Case[Any]) -> None:
        with audited(schema.get_base_url()) as verdict:
            answer = case.call_and_validate(headers=headers, checks=CHECKS, allow_redirects=False)
            verdict.refused = answer.status_code >= 400
        statuses.append(answer.status_code)

    every_answer_is_described()
    return statuses


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_the_document_allows_is_answered_as_it_says(schema: BaseSchema, name: str) -> None:
    statuses = walk(schema, name, GenerationMode.POSITIVE, administrator(), EXAMPLES)
    assert statuses
    assert 401 not in statuses
    if not name.endswith("/copy"):  # there is no other index that the policy would let it copy from
        assert 403 not in statuses, "the administrator may"


@pytest.mark.parametrize("name", REFUSABLE)
def test_what_the_document_does_not_allow_is_answered_as_it_says(schema: BaseSchema, name: str) -> None:
    assert walk(schema, name, GenerationMode.NEGATIVE, administrator(), EXAMPLES)


@pytest.mark.parametrize("name", OPERATIONS)
def test_nobody_is_told_what_the_document_says(
    schema: BaseSchema, document: dict[str, Any], name: str
) -> None:
    method, path = name.split(" ")
    operation = document["paths"][path][method.lower()]
    statuses = set(walk(schema, name, GenerationMode.POSITIVE, {}, 3))
    if "x-permission" in operation:
        expected = 401 if "401" in operation["responses"] else 403
        assert statuses <= {expected, 400, 404, 405}, "400, 404 and 405: the path was no route's"
        assert statuses & {expected, 404, 405}
    else:
        assert not statuses & {401, 403}


def test_every_operation_that_is_written_down_is_served(document: dict[str, Any]) -> None:
    served = [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]
    assert sorted(served) == sorted(OPERATIONS)


def test_the_page_in_the_docs_is_rendered_from_the_document(document: dict[str, Any]) -> None:
    if os.environ.get(ACCEPT):
        openapi.rewrite(document)
        pytest.skip(f"docs/api.md was rewritten, as {ACCEPT} asks")
    assert openapi.documented() == openapi.render(document), f"run this test with {ACCEPT}=1"

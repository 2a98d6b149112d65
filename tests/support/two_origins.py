"""A forge's API, and another origin where it keeps archives. What GitLab and Gitea have in common."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

from .forge import Journal, Reply, Scenario
from .forge.wire import Origin, Request


class TwoOrigins:
    """Serves a Scenario, which may be edited at any time, for as long as a with statement lasts."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.journal = Journal()
        self._api = Origin("api", self._answer, self.journal)
        self._store = Origin("blob", self._serve, self.journal)

    def __enter__(self) -> Self:
        self._api.start()
        self._store.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._api.stop()
        self._store.stop()

    def environment(self) -> dict[str, str]:
        """What a job of this forge has, and what its owner gave it."""
        raise NotImplementedError

    def _answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def _serve(self, request: Request) -> Reply:
        if request.authorization is not None:
            self.journal.violate("the token was sent to where archives are kept")
        return self._archive()

    def _archive(self) -> Reply:
        artifact = self.scenario.artifact
        content = artifact.content if artifact.served is None else artifact.served
        return Reply(200, {"Content-Type": artifact.content_type}, content)


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())

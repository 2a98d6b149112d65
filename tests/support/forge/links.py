"""Signed links to the second origin, good for a bounded time and number of uses."""

from __future__ import annotations

import hashlib
import threading
import time

from .scenario import Scenario
from .wire import Request


class Links:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._lock = threading.Lock()
        self._issued: dict[str, tuple[str, float]] = {}  # signature -> (path, end of life)
        self._uses: dict[str, int] = {}

    def sign(self, path: str) -> str:
        """`path` with a query that opens it. Every call gives another signature, as the real host does."""
        with self._lock:
            signature = hashlib.sha256(f"{path} {len(self._issued)}".encode()).hexdigest()
            self._issued[signature] = (path, time.monotonic() + self._scenario.link_seconds)
        return f"{path}?se=2026-11-22T10%3A00%3A00Z&sp=r&sig={signature}"

    def admits(self, request: Request) -> bool:
        """Whether the request carries a live signature for its path; counts the use."""
        signature = request.query.get("sig", "")
        with self._lock:
            path, ends = self._issued.get(signature, ("", 0.0))
            uses = self._uses.get(signature, 0)
            spent = self._scenario.link_uses is not None and uses >= self._scenario.link_uses
            if path != request.path or time.monotonic() > ends or spent:
                return False
            self._uses[signature] = uses + 1
            return True

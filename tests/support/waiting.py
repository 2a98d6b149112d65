"""Waiting for what a running server does by itself, such as noticing what the command line changed."""

from __future__ import annotations

import time
from collections.abc import Callable

from .processes import PATIENCE


def eventually(read: Callable[[], object], expected: object) -> None:
    """Reads until it is as expected."""
    deadline = time.monotonic() + PATIENCE
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == expected

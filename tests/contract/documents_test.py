"""The files and headings that the documents link to exist, and so do the files that extending.md names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.support.documents import documents, spans
from tests.support.paths import ROOT

EXTENDING = ROOT / "docs" / "extending.md"
FOLDERS = {"apps", "bench", "cmake", "docs", "fuzz", "migrations", "package", "src", "tests", "tools"}
SECURITY = ROOT / "docs" / "security.md"
UPSTREAMS = ROOT / "docs" / "upstreams.md"
UNIT_TEST = re.compile(r"[A-Z]\w+\.\w+")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchor(heading: str) -> str:
    """What the forge's page calls a heading: lower case, hyphens, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    """Of headings that are equal, the second has "-1" behind it."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", document.read_text(), re.M):
        name = anchor(heading)
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def dead_links(document: Path) -> Iterator[str]:
    for link in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, part = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (part and part not in anchors(target)):
            yield f"{document.name}: {link}"


def paths_in(document: Path) -> set[str]:
    """The code of sentences that is a path of the tree."""
    return {span for span in spans(document) if span.split("/")[0] in FOLDERS and " " not in span}


def test_every_link_has_its_file_and_its_heading() -> None:
    assert [link for document in documents() for link in dead_links(document)] == []


def test_every_file_that_the_recipes_name_exists() -> None:
    named = paths_in(EXTENDING)
    assert len(named) > 60
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_each_recipe_names_files() -> None:
    recipes = EXTENDING.read_text().split("\n## ")[1:]
    assert len(recipes) == 8
    for recipe in recipes:
        assert re.search(r"`(src|apps)/[^`]+`", recipe), recipe.splitlines()[0]


def unit_tests() -> set[str]:
    sources = [path.read_text() for path in (ROOT / "src").rglob("*") if path.suffix in {".cpp", ".hpp"}]
    tests = (re.findall(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", text) for text in sources)
    return {f"{suite}.{name}" for found in tests for suite, name in found}


def test_the_security_page_names_files_and_tests_that_exist() -> None:
    paths = paths_in(SECURITY)
    assert len(paths) > 20
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
    tests = {span for span in spans(SECURITY) if UNIT_TEST.fullmatch(span)}
    assert len(tests) > 15
    assert sorted(tests - unit_tests()) == []


def test_each_way_of_dependency_confusion_names_a_test_that_exists() -> None:
    section = UPSTREAMS.read_text().split("\n## Dependency confusion\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 20
    tests = unit_tests()
    for way, cell in rows:
        named = re.findall(r"`([^`]+)`", cell)
        assert named, way
        assert set(named) <= tests, way

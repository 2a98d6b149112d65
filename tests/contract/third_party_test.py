"""docs/third-party.md lists the libraries that the build links, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.packhouse import Outcome, run_command
from tests.support.paths import PYTHON, ROOT, packhouse_binary

BUILD = packhouse_binary().parents[1]
PAGE = Path("docs") / "third-party.md"
DEPENDENCIES = Path("cmake") / "Dependencies.cmake"


def held(source: Path, clean_env: dict[str, str]) -> Outcome:
    return run_command([PYTHON, ROOT / "tools" / "third_party.py", source, BUILD], clean_env)


def copy_of_the_tree(folder: Path) -> Path:
    for name in (PAGE, DEPENDENCIES):
        (folder / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_page_is_what_the_link_line_says(clean_env: dict[str, str]) -> None:
    checked = held(ROOT, clean_env)
    assert (checked.status, checked.text) == (0, "")


def test_a_page_that_differs_is_refused(tmp_path: Path, clean_env: dict[str, str]) -> None:
    page = copy_of_the_tree(tmp_path) / PAGE
    page.write_text(page.read_text().replace("| libsodium | ", "| libsaline | "))
    checked = held(tmp_path, clean_env)
    assert checked.status == 1
    assert f"{PAGE} lacks: | libsodium |" in checked.out
    assert f"{PAGE} is out of date: | libsaline |" in checked.out


def test_a_library_that_is_found_and_not_linked_is_refused(tmp_path: Path, clean_env: dict[str, str]) -> None:
    with (copy_of_the_tree(tmp_path) / DEPENDENCIES).open("a") as dependencies:
        dependencies.write("pkg_check_modules(lz4 REQUIRED IMPORTED_TARGET liblz4)\n")
    checked = held(tmp_path, clean_env)
    assert checked.status == 1
    assert "liblz4 is found and not linked" in checked.err

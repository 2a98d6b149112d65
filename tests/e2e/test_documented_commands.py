"""Every command that the documents show is run: here, or by the test or CI step that a table here names."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import build_pair, pack_artifact
from tests.support.desk import VERSION, Desk
from tests.support.documents import COMMAND, Block, blocks, documents, indented_commands, spans
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import EXAMPLE, PYTHON, ROOT, packhouse_binary
from tests.support.processes import Child

STAGE_TEST = "tests/e2e/test_upload_session.py::test_the_stage_url_alone_opens_the_session_for_pip_and_uv"
RECOVERY_TEST = (
    "tests/e2e/test_desk_recover.py::test_release_owners_explicitly_approve_a_local_recovery_publish"
)

PACKAGE_TESTS = "package/debian/test_package.py::"
WHEEL_TESTS = "package/wheel/test_wheel.py::"
RELEASED = "tests/e2e/test_own_release.py::test_packhouse_releases_packhouse_and_pip_and_uvx_run_it"
CONTAINER_TESTS = "package/container/test_container.py::"
SERVED = CONTAINER_TESTS + "test_pip_installs_what_twine_uploaded_and_a_new_container_has_it"
OUTLIVES = PACKAGE_TESTS + "test_an_index_outlives_upgrade_and_removal_and_only_people_delete_it"

# Too long for a test, or a frame around it: the line of .ci/run, or the test, that runs it instead.
PINNED = "tests/e2e/test_recall.py::test_a_lock_is_warmed_and_pinned_and_the_files_used_longest_ago_make_room"
ELSEWHERE = {
    "./dev run": "tests/e2e/test_example_demo.py::test_the_demo_ends_with_what_it_released",
    # With settings that list the key's owner.
    "packhouse approve plan.json --key ada.pem --out ada.json": (
        "tests/e2e/test_desk_approve.py::test_a_release_waits_for_its_owners"
    ),
    "packhouse promote --apply plan.json --approval ada.json": (
        "tests/e2e/test_desk_approve.py::test_a_release_waits_for_its_owners"
    ),
    # Each with a forge that fails, and with other owners.
    'packhouse recover VERSION --reason "CI has been down since Monday"': RECOVERY_TEST,
    "packhouse approve PLAN --key KEY --out APPROVAL": RECOVERY_TEST,
    "packhouse recover VERSION --approval APPROVAL --approval OTHER": RECOVERY_TEST,
    "packhouse recover reconcile VERSION --build-run-id RUN": (
        "tests/e2e/test_desk_recover.py::test_reconcile_compares_what_ci_builds"
    ),
    # By ./dev package itself, in a fresh root.
    "./dev package": PACKAGE_TESTS + "test_the_package_says_what_it_is_and_keeps_the_rules",
    "apt install ./packhouse_0.1.0_amd64.deb": OUTLIVES,
    "./dev package wheel": WHEEL_TESTS + "test_judges_accept_it",
    "pip install ./packhouse-0.1.0-py3-none-manylinux_2_28_x86_64.whl": (
        WHEEL_TESTS + "test_it_serves_an_index_where_only_python_is_installed"
    ),
    # By ./dev package container itself, with an engine.
    "./dev package container": CONTAINER_TESTS + "test_the_image_says_what_it_is",
    "podman build --format docker --tag packhouse build/package/container": SERVED,
    "podman run --detach --name packhouse --read-only --cap-drop all --publish 127.0.0.1:8080:8080"
    " --volume packhouse:/data packhouse": SERVED,
    "podman cp packhouse:/data/admin-token .": SERVED,
    'pip install --index-url "$INDEX_URL" packhouse': RELEASED,
    'uvx --index-url "$INDEX_URL" packhouse --version': RELEASED,
    "cat /var/lib/packhouse/admin-token": OUTLIVES,
    "rm /var/lib/packhouse/admin-token": OUTLIVES,
    "packhouse config check /etc/packhouse/packhouse.toml": (
        "tests/e2e/test_operating.py::test_a_configuration_is_checked_and_taken_while_the_server_runs"
    ),
    # With the server stopped.
    "packhouse audit --data DIR --repair --from /backup/packhouse": (
        "tests/e2e/test_lost_data.py::test_damaged_files_are_repaired_from_a_folder_that_has_them"
    ),
    "packhouse gc --data DIR": "tests/e2e/test_index_serve.py::test_gc_removes_the_bytes_of_deleted_files",
    # With systemd, which no root of the tests starts; they run what the timer starts.
    "systemctl enable --now packhouse-backup.timer": OUTLIVES,
    # With an environment.
    "packhouse prove .venv": (
        "tests/e2e/test_prove.py::test_an_environment_is_proved_and_each_change_is_named"
    ),
    "./dev test": ".ci/run: ./dev test",
    "./dev test unit": ".ci/run: ./dev test",  # its first part
    "./dev build dev": ".ci/run: ./dev test",  # which builds another preset by the same function
    "./dev fmt": ".ci/run: ./dev fmt --check",
    "./dev lint": ".ci/run: ./dev lint",
    "./dev bench": ".ci/run: ./dev bench not_modified",
    "./dev bench check versions": ".ci/run: ./dev bench not_modified",  # others of the same list
    "./dev bench pipeline": ".ci/run: ./dev bench not_modified",
    "./dev bench linear": ".ci/run: ./dev bench not_modified",
    "./dev bench upstream cold_file": ".ci/run: ./dev bench not_modified",
    # With a lock file.
    'packhouse mirror pin shop --lock uv.lock --reason "in production" --data ./packhouse-data': PINNED,
    'packhouse mirror unpin shop --reason "the shop is closed" --data ./packhouse-data': PINNED,
    "./dev fuzz zip 1200": ".ci/run: ./dev fuzz version 10",  # another target by the same function
    'packhouse session cancel --data DIR 7 --reason "its job died"': (  # with a session to cancel
        "tests/e2e/test_upload_session.py::test_an_administrator_lists_and_ends_sessions"
    ),
    'pip install --index-url "$INDEX_URL" --extra-index-url "$STAGE_URL" demo': STAGE_TEST,
    'uv pip install --index-url "$STAGE_URL" demo': STAGE_TEST,
}

# Documents whose commands have a runner of their own.
DOCUMENTS_ELSEWHERE = {
    "docs/clients.md": "tests/e2e/test_clients.py",  # each client in its own environment
    "docs/tutorial.md": "tests/e2e/test_tutorial.py",  # its outputs are compared too
}

# Block languages that hold no commands; "" are pictures and outputs.
NO_COMMANDS = {"", "json", "toml", "yaml", "nginx", "python"}


def all_blocks() -> list[Block]:
    return [block for document in documents() for block in blocks(document)]


def shown() -> list[tuple[str, str]]:
    """(document, command), in the order in which they are shown."""
    return [
        (block.document, command)
        for block in all_blocks()
        if block.document not in DOCUMENTS_ELSEWHERE
        for command in block.commands()
    ]


def test_every_block_says_what_it_is() -> None:
    for block in all_blocks():
        place = f"{block.document}:{block.line}"
        if block.language in ("sh", "console"):
            assert block.commands(), f"{place}: no command in it"
        else:
            assert block.language in NO_COMMANDS, f"{place}: no test runs {block.language}"
            looks = [line for line in block.lines if COMMAND.match(line)]
            assert looks == [], f"{place}: commands in a block that is not marked as sh or console"
    for document in documents():
        assert indented_commands(document) == [], f"{document.name}: commands in a block that has no fences"


def ci_commands() -> set[str]:
    """The calls of ./dev in .ci/run, without the parts' names, redirections and comments."""
    text = (ROOT / ".ci" / "run").read_text()
    return set(re.findall(r"^[^#\n]*?(\./dev .*?)(?= *(?:$|#|\||[0-9]?>))", text, re.M))


def test_who_runs_the_others_exists() -> None:
    ci = ci_commands()
    commands = {command for _, command in shown()}
    for command, runner in ELSEWHERE.items():
        assert command in commands, f"no document shows {command!r} any more"
        if runner.startswith(".ci/run: "):
            assert runner.removeprefix(".ci/run: ") in ci
        else:
            path, _, name = runner.partition("::")
            assert f"\ndef {name}(" in (ROOT / path).read_text()
    for document, suite in DOCUMENTS_ELSEWHERE.items():
        assert (ROOT / document).is_file(), f"there is no {document}"
        assert document in (ROOT / suite).read_text(), f"{suite} does not say that it runs {document}"


# Running them.

INDEXES = """
[index.main]

[index.staging]
uploads = false
copy-from = ["main"]
"""
PASSWORD = "correct horse battery staple"


@pytest.fixture
def reader_index(stock: Stock, tmp_path: Path, home: Path) -> Iterator[Index]:
    """What the documents take for given: a project demo with two releases, and a second index."""
    config = tmp_path / "indexes.toml"
    config.write_text(INDEXES)
    index = stock.copy(tmp_path / "index", home)
    index.options += ["--config", str(config)]
    try:
        index.start()
        files = [path for version in ("1.0", "2.0") for path in build_pair(tmp_path, "demo", version)]
        assert index.upload(*files).status == 0
        yield index
    finally:
        index.close()


class Stage:
    """A folder of a reader who follows a document: an example project, an index, a CI run to release."""

    def __init__(self, folder: Path, desk: Desk, index: Index, release: list[Path]) -> None:
        self.folder = folder
        shutil.copytree(EXAMPLE, folder)
        dist = folder / "dist"
        dist.mkdir()
        for path in release:
            shutil.copy(path, dist)
        shutil.copy(release[0], folder)
        (folder / "questions").write_text('"1.0.RC1"\n')
        (folder / "policy.toml").write_text('base = "public-index"\n')
        packages = folder.parent / "packages"  # of another index
        packages.mkdir()
        build_pair(packages, "moved", "1.0")
        tools = folder.parent / "tools"
        tools.mkdir()
        (tools / "packhouse").symlink_to(packhouse_binary())
        search = f"{tools}:{PYTHON.parent}:{desk.environment['PATH']}"
        self.environment: dict[str, str] = {**desk.environment, "PATH": search}
        self.meant = {
            "DIR": str(index.data),
            "FOLDER": str(packages),
            "127.0.0.1:8080": "127.0.0.1:0",  # a free port: another test may have that one
            "RUN": str(desk.forge.scenario.run.id),
            "VERSION": VERSION,
            "FILE…": release[0].name,
            "FILE": release[0].name,
        }

    def run(self, command: str) -> Outcome:
        for word, meaning in self.meant.items():
            command = re.sub(rf"(?<![\w./-]){re.escape(word)}(?![\w-])", shlex.quote(meaning), command)
        if command.startswith("packhouse serve"):
            return self._serve(command)
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            return Outcome(0, "", "")
        # What asks for a password reads it from stdin, where there is no terminal.
        script = f"{{ {command}\n}} <<< {shlex.quote(PASSWORD)}"
        return run_command(["bash", "-euc", script], self.environment, folder=self.folder)

    def _serve(self, command: str) -> Outcome:
        with Child(
            ["bash", "-euc", f"exec {command}"], environment=self.environment, folder=self.folder
        ) as server:
            server.wait_for_line(r"^listening on http")
            status = server.stop()
            return Outcome(status, "\n".join(server.lines), "\n".join(server.errors))


@pytest.mark.parametrize(
    "document",
    sorted({document for document, command in shown() if command not in ELSEWHERE}),
)
def test_the_commands_of_a_document_run_in_their_order(
    document: str,
    reader_index: Index,
    release: list[Path],
    home: Path,
    tmp_path: Path,
) -> None:
    with Forge(successful_push(pack_artifact(release))) as forge:
        desk = Desk(forge, home, reader_index.promotion_environment())
        stage = Stage(tmp_path / "reader", desk, reader_index, release)
        for of_document, command in shown():
            if of_document != document or command in ELSEWHERE:
                continue
            outcome = stage.run(command)
            assert outcome.status == 0, f"{document}: {command}\n{outcome.text}"


# Within sentences: not run, but they exist.

GROUPS = {
    "backup",
    "config",
    "recover",
    "ledger",
    "mirror",
    "name",
    "project",
    "publisher",
    "release",
    "session",
    "token",
    "user",
    "webhook",
}  # commands with commands of their own


def usage(words: list[str], environment: dict[str, str]) -> str:
    outcome = run_command([packhouse_binary(), *words, "--help"], environment)
    return outcome.out if outcome.status == 0 else ""


def test_commands_in_sentences_have_the_words_and_options_that_they_show(clean_env: dict[str, str]) -> None:
    seen = 0
    for document in documents():
        for span in spans(document):
            if not span.startswith("packhouse "):
                continue
            words = span.replace("[", " ").replace("]", " ").split()[1:]
            group = words[:2] if words[0] in GROUPS else words[:1]
            text = usage(group, clean_env)
            assert text, f"{document.name}: there is no `packhouse {' '.join(group)}`"
            for option in (word for word in words if word.startswith("--")):
                assert re.search(rf"{re.escape(option)}\b", text), f"{document.name}: `{span}`: no {option}"
            seen += 1
    assert seen > 10


TEST_NAME = re.compile(r"[A-Z]\w+\.\w+$|test_\w+$|tests/e2e/test_\w+\.py$")


def evidence_in(document: str) -> list[str]:
    """Every test that the tables of a document name, in their last column."""
    rows = (ROOT / "docs" / document).read_text().splitlines()
    last = [row.rstrip("| ").rpartition("|")[2] for row in rows if row.startswith("| ")]
    return [name for cell in last for name in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("document", ["runbook.md", "upstreams.md"])
def test_the_tests_that_a_table_names_exist(document: str) -> None:
    with_tests = [*(ROOT / "src").rglob("*_test.cpp"), *(ROOT / "src").rglob("*_contract.hpp")]
    sources = "\n".join(path.read_text() for path in with_tests)
    python = "\n".join(path.read_text() for path in (ROOT / "tests" / "e2e").glob("test_*.py"))
    # Of upstreams.md other tables have no tests in their last column.
    named = [name for name in evidence_in(document) if document == "runbook.md" or TEST_NAME.match(name)]
    assert len(named) > 20
    suite = ""
    for name in named:
        if name.endswith(".py"):
            assert (ROOT / "tests" / "e2e" / name.removeprefix("tests/e2e/")).is_file(), name
        elif name.endswith(".cpp"):
            assert (ROOT / "src" / name).is_file(), name
        elif name.startswith("test_"):
            assert f"def {name}(" in python, name
        else:
            # "Suite.case", "Suite.beginning…", or "beginning…" of the suite before.
            head, dot, case = name.rpartition(".")
            suite = head if dot else suite
            end = "" if case.endswith("…") else ")"
            assert re.search(rf"TEST(_F|_P)?\({suite},\s+{case.rstrip('…')}\w*{re.escape(end)}", sources), (
                name
            )


def test_kinds_of_dev_in_sentences_exist() -> None:
    script = (ROOT / "dev").read_text()
    for document in documents():
        for span in spans(document):
            if span.startswith("./dev "):
                command = span.split()[1]
                assert re.search(rf"^  {command}( \||\))", script, re.M), f"{document.name}: `{span}`"

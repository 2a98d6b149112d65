"""The command line as the shells complete it, and its manual pages: both made of one description."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.packhouse import packhouse, run_command
from tests.support.processes import PATIENCE

Complete = Callable[[Path, str, dict[str, str]], set[str]]


def complete_in_bash(script: Path, typed: str, environment: dict[str, str]) -> set[str]:
    words = typed.split(" ")
    array = " ".join(shlex.quote(word) for word in words)
    text = (
        f"source {shlex.quote(str(script))}; COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}\n"
        '_packhouse; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    outcome = run_command(["bash", "--norc", "-euc", text], environment)
    assert outcome.status == 0, outcome.text
    return set(outcome.out.split())


def complete_in_fish(script: Path, typed: str, environment: dict[str, str]) -> set[str]:
    text = f"source {shlex.quote(str(script))}; complete -C {shlex.quote(typed)}"
    outcome = run_command(["fish", "--no-config", "-c", text], environment)
    assert (outcome.status, outcome.err) == (0, ""), outcome.text
    return {line.partition("\t")[0] for line in outcome.out.splitlines()}


ZSH = """\
autoload -Uz compinit
compinit -D
source $1
PS1=ready  # shown once zsh reads keys: before, Ctrl-U is the terminal's
compadd() {  # what the completion offers, also where zsh shows no list because keys are waiting
  if [[ " ${@[1,(i)(-|--)]}" != *\\ -[OAD]\\ * ]]; then
    local -a offered
    builtin compadd -A offered "$@"
    print -rl -- $offered >> $OFFERED
  fi
  builtin compadd "$@"
}
"""


def complete_in_zsh(script: Path, typed: str, environment: dict[str, str]) -> set[str]:
    """At a terminal, since zsh completes nowhere else."""
    setup, offered = script.with_name("setup.zsh"), script.with_name("offered")
    setup.write_text(ZSH.replace("$1", shlex.quote(str(script))))
    offered.write_text("")
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env={**environment, "TERM": "dumb", "OFFERED": str(offered)},
    )  # fmt: skip
    os.close(theirs)
    try:
        os.write(ours, f"source {shlex.quote(str(setup))}\n".encode())
        read_until(ours, "ready")
        os.write(ours, f"{typed}\t\x15echo en''ded\n".encode())  # Ctrl-U: the line is not run
        read_until(ours, "ended")
    finally:
        shell.kill()
        shell.wait(PATIENCE)
        os.close(ours)
    return set(offered.read_text().split())


def read_until(terminal: int, word: str) -> str:
    said = ""
    while word not in said:
        said += os.read(terminal, 65536).decode(errors="replace")
    return said


def test_the_script_for_bash_is_clean(tmp_path: Path, clean_env: dict[str, str]) -> None:
    script = tmp_path / "packhouse"
    script.write_text(packhouse("completion", "bash", environment=clean_env).out)
    checked = run_command(["shellcheck", "--shell", "bash", script], clean_env)
    assert (checked.status, checked.text) == (0, "")


SHELLS: dict[str, Complete] = {
    "bash": complete_in_bash,
    "zsh": complete_in_zsh,
    "fish": complete_in_fish,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_commands_options_and_known_values(
    shell: str, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    printed = packhouse("completion", shell, environment=clean_env)
    assert printed.status == 0, printed.text
    script = tmp_path / "script"
    script.write_text(printed.out)

    def complete(typed: str) -> set[str]:
        return SHELLS[shell](script, typed, clean_env)

    assert {"promote", "project"} <= complete("packhouse pro")
    assert {"create", "list", "revoke"} <= complete("packhouse token ")
    options = complete("packhouse token create --")
    assert {"--label", "--allow", "--expires-days"} <= options
    assert "--build-run-id" not in options
    assert {"github", "gitlab", "gitea"} <= complete("packhouse init --forge ")
    # What an option takes is not taken for a command.
    assert "--package-version" in complete("packhouse promote --config token --")


def test_every_command_has_a_manual_page_without_faults(tmp_path: Path, clean_env: dict[str, str]) -> None:
    folder = tmp_path / "man1"
    written = packhouse("man", str(folder), environment=clean_env)
    assert written.status == 0, written.text
    pages = sorted(folder.iterdir())
    assert {"packhouse.1", "packhouse-promote.1", "packhouse-token-create.1"} <= {page.name for page in pages}
    assert written.out == f"{len(pages)} pages in {folder}\n"
    linted = run_command(["mandoc", "-T", "lint", "-W", "warning", *pages], clean_env)
    # No date: a page is made with the program, and the same program makes the same page.
    faults = [line for line in linted.text.splitlines() if "missing date" not in line]
    assert faults == []
    shown = run_command(["mandoc", "-T", "ascii", folder / "packhouse-promote.1"], clean_env)
    text = re.sub(".\b", "", shown.out)
    assert "packhouse promote --build-run-id 4711 --package-version 1.2.3" in text
    again = packhouse("man", str(folder), environment=clean_env)
    assert again.status != 0

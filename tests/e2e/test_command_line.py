"""The command line: help with examples, the nearest command, and nothing made by a call that fails."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import USAGE
from tests.support.packhouse import Outcome, packhouse


def commands_in(text: str) -> list[str]:
    """The commands of a help, under whatever heading: what has no dash, and is no positional argument."""
    parts = re.findall(r"^([A-Z][^\n:]*):\n((?:  .*\n?)+)", text, re.MULTILINE)
    listed = "".join(lines for heading, lines in parts if heading not in ("Positionals", "Example"))
    return re.findall(r"^  ([a-z][a-z-]*)", listed, re.MULTILINE)


def helps(environment: dict[str, str], *words: str) -> Iterator[tuple[list[str], str]]:
    """Each command that has none below it, and its help."""
    outcome = packhouse(*words, "--help", environment=environment)
    assert outcome.status == 0, outcome.text
    below = commands_in(outcome.out)
    for name in below:
        yield from helps(environment, *words, name)
    if not below or words == ("recover",):
        yield list(words), outcome.out


def test_every_command_shows_an_example_that_it_takes(clean_env: dict[str, str]) -> None:
    seen = 0
    for words, text in helps(clean_env):
        path = " ".join(["packhouse", *words])
        assert text.partition("Usage: ")[2].startswith(path), text
        (example,) = re.findall(rf"^  ({path}.*)$", text, re.MULTILINE)
        # Words that were wrong would be named in place of the option that is not there.
        outcome = packhouse(*shlex.split(example)[1:], "--no-such-option", environment=clean_env)
        assert outcome.status == USAGE, outcome.text
        assert f'{path} has no option "--no-such-option"' in outcome.err, outcome.text
        seen += 1
    assert seen > 35


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (["promte"], 'there is no command packhouse "promte"', "packhouse promote"),
        (["token", "creat"], 'there is no command packhouse token "creat"', "packhouse token create"),
        (["token"], "expected a command after packhouse token, found none", "create, list, revoke"),
        ([], "expected a command after packhouse, found none", "packhouse --help"),
        (
            ["promote", "--dryrun"],
            'packhouse promote has no option "--dryrun"',
            "packhouse promote --dry-run",
        ),
        (["status", "1.0"], 'packhouse status takes no further word, found "1.0"', "packhouse status --help"),
        (
            ["promote"],
            "--build-run-id N with --package-version VERSION, or --apply FILE",
            "packhouse promote --help",
        ),
    ],
    ids=lambda value: "-".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_wrong_words_are_answered_with_the_nearest_right_ones(
    clean_env: dict[str, str], words: list[str], error: str, hint: str
) -> None:
    outcome = packhouse(*words, environment=clean_env)
    assert outcome.status == USAGE
    first, second = outcome.err.splitlines()
    assert first.startswith("error: ")
    assert error in first
    assert second.startswith("hint: ")
    assert hint in second


def serve(data: Path, environment: dict[str, str], *options: str) -> Outcome:
    return packhouse("serve", "--data", str(data), *options, environment=environment)


def test_a_server_that_cannot_start_makes_no_index(clean_env: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "index"
    config = tmp_path / "packhouse.toml"
    config.write_text('listen = "127.0.0.1:0"\n[tls]\ncertificate = "/nowhere.pem"\nkey = "/nowhere.pem"\n')
    calls = (["--listen", "1.2.3.4.5:80"], ["--listen", "192.0.2.1:0"], ["--config", str(config)])
    for options in calls:
        outcome = serve(data, clean_env, *options)
        assert outcome.status != 0, outcome.text
        assert not data.exists(), options

"""`packhouse inspect KIND --jsonl`: a question a line, an answer a line, and no line ends it."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.golden import expect_golden
from tests.support.packhouse import packhouse
from tests.support.paths import packhouse_binary
from tests.support.processes import PATIENCE

METADATA = b"""\
Metadata-Version: 2.4
Name: Demo_Project
Version: 1.0
License-Expression: mit or apache-2.0
Requires-Dist: other >=1,<2 ; python_version < "3.13"
Project-URL: Source, https://example.invalid/source
Dynamic: classifier

A description.
"""

ENVIRONMENT = {"python_version": "3.12", "sys_platform": "linux", "extra": "A.b"}
QUESTIONS: dict[str, list[object]] = {
    "version": ["1!1.0.0RC-1.post2.dev3+Ubuntu_01", "v1.0-1", "99999999999999999999.1", "1.0-", "", 7],
    "compare": [["1.0", "1.0.0"], ["1.dev0", "1.0a1"], ["1.0+5", "1.0+abc"], ["1.0"], ["1.0", "dog"]],
    "specifier": [
        {"specifier": ">=1.0,!=1.5", "versions": ["0.9", "1.5", "2.0rc1", "2.0"], "prereleases": None},
        {"specifier": ">1", "versions": ["2a1", "0.5"], "prereleases": None},
        {"specifier": "==1.*", "versions": ["1.9", "1.9a1"], "prereleases": False},
        {"specifier": ">= 1.*", "versions": [], "prereleases": None},
    ],
    "requirement": [
        "Demo_Project[Extra,b] (>=1,<2) ; os_name == 'nt'",
        "demo @ file:///x.whl ; extra == 'a'",
        "demo >= 1,",
        "demo >",
    ],
    "marker": [
        {"marker": "python_version >= '3.9' and extra == 'a-B'", "environment": ENVIRONMENT},
        {"marker": "sys_platform in 'win32,darwin'", "environment": ENVIRONMENT},
        {"marker": "os_name == 'nt'", "environment": ENVIRONMENT},
        {"marker": "python_version = '3'", "environment": ENVIRONMENT},
    ],
    "name": ["Friendly--Bard._x", "-bad", "fôo"],
    "wheel-filename": [
        "demo-1.0-2b-cp311.cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "demo-1.0-py3-none-any.whl",
        "demo-1.0-any.whl",
        "demo-one-py3-none-any.whl",
    ],
    "sdist-filename": ["demo_project-1.0.tar.gz", "demo-1.0.zip", "demo.tar.gz"],
    "metadata": [
        {"base64": base64.b64encode(METADATA).decode()},
        {"base64": base64.b64encode(b"Metadata-Version: 2.1\nName: -\nVersion: dog\nFoo: x\n\n").decode()},
        {"base64": "###"},
    ],
    "license": ["mit OR (apache-2.0 with llvm-exception)", "MIT and", "Unknown-1.0"],
}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_every_line_has_its_answer(clean_env: dict[str, str], kind: str) -> None:
    questions = [json.dumps(question) for question in QUESTIONS[kind]] + ["no JSON", ""]
    done = subprocess.run(
        [packhouse_binary(), "inspect", kind, "--jsonl"],
        input="\n".join(questions) + "\n",
        env=clean_env,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    shown = [
        f"{question}\n  {line}\n" for question, line in zip(questions, done.stdout.splitlines(), strict=True)
    ]
    expect_golden(f"inspect_{kind}.txt", "".join(shown))


def test_an_answer_comes_before_the_next_question(clean_env: dict[str, str]) -> None:
    with subprocess.Popen(
        [packhouse_binary(), "inspect", "name", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_env,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for name, normal in (("A.b", "a-b"), ("C__d", "c-d")):
            child.stdin.write(json.dumps(name) + "\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline()) == {"ok": True, "value": normal}
        child.stdin.close()
        assert child.wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize("arguments", [["colour", "--jsonl"], ["version"], ["--jsonl"]], ids=" ".join)
def test_a_wrong_call_ends_with_2(tmp_path: Path, clean_env: dict[str, str], arguments: list[str]) -> None:
    outcome = packhouse("inspect", *arguments, environment=clean_env, folder=tmp_path)
    assert outcome.status == 2
    assert outcome.out == ""
    assert outcome.err != ""

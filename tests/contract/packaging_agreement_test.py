"""`packhouse inspect` against the reference implementation, `packaging`, case by case.

Every kind gets a list of known hard cases and a large generated one, part of it mutated at random. The
seed is fixed, so a failure repeats. The few deliberate differences are those of
docs/packaging-differences.md; each is recognised here by a function that says why.

PACKHOUSE_AGREEMENT_CASES is the number of generated cases for each kind (default 10000).
"""

from __future__ import annotations

import base64
import json
import os
import random
import re
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from packaging.licenses import canonicalize_license_expression
from packaging.markers import Marker
from packaging.metadata import InvalidMetadata, Metadata, parse_email
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

# Python refuses to convert longer numbers by default, which is its own protection and no rule of PEP 440.
sys.set_int_max_str_digits(0)

CASES = int(os.environ.get("PACKHOUSE_AGREEMENT_CASES", "10000"))
REFUSED = object()
# The reference gave up on the depth of its own stack, which says nothing about the value.
NO_VERDICT = object()


def inspect(binary: Path, kind: str, values: list[Any]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(value) + "\n" for value in values)
    done = subprocess.run(
        [str(binary), "inspect", kind, "--jsonl"],
        input=lines.encode(),
        capture_output=True,
        check=True,
        timeout=600,
    )
    answers = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert len(answers) == len(values)
    return answers


def expected(function: Callable[[Any], Any], value: Any) -> Any:
    try:
        return function(value)
    except RecursionError:
        return NO_VERDICT
    except Exception:
        return REFUSED


def compare(
    binary: Path,
    kind: str,
    values: list[Any],
    function: Callable[[Any], Any],
    difference: Callable[[Any], str | None] = lambda value: None,
    shape: Callable[[Any], Any] = lambda answer: answer,
) -> None:
    wrong = []
    accepted = 0
    for value, answer in zip(values, inspect(binary, kind, values), strict=True):
        assert isinstance(answer["ok"], bool)
        if not answer["ok"]:
            assert answer["error"]
        ours = shape(answer["value"]) if answer["ok"] else REFUSED
        theirs = expected(function, value)
        if theirs is NO_VERDICT:
            continue
        accepted += theirs is not REFUSED
        if ours != theirs and difference(value) is None:
            theirs_text = "refused" if theirs is REFUSED else json.dumps(theirs)
            wrong.append(
                f"{kind} {json.dumps(value)}\n  packaging: {theirs_text}\n  packhouse: {json.dumps(answer)}"
            )
    assert not wrong, f"{len(wrong)} of {len(values)} differ:\n" + "\n".join(wrong[:20])
    # A generator that makes nothing valid, or nothing invalid, would compare nothing.
    assert 0 < accepted < len(values)


# What hurts parsers: white space and digits of other alphabets, case pairs, controls, line separators.
NASTY = list(" \t\n\r\v\f\x00\x1c\x7f\x85\xa0\u2028\u3000") + list(
    "é\u017f\u212a\u0130\u0131\u0391\uff11\u0663_-.+!*,;()[]{}<>=~'\"\\/@:#%|&^$`?0aAv"
)


def mutate(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(text) + 1)
        action = rng.randrange(5)
        if action == 0:
            text = text[:at] + rng.choice(NASTY) + text[at:]
        elif action == 1:
            text = text[:at] + text[at + 1 :]
        elif action == 2:
            text = text[:at] + rng.choice(NASTY) + text[at + 1 :]
        elif action == 3:
            other = rng.randrange(len(text) + 1)
            text = text[: min(at, other)] + text[max(at, other) :]
        else:
            other = rng.randrange(len(text) + 1)
            piece = text[min(at, other) : max(at, other)][:8]
            text = text[:at] + piece + text[at:]
    return text


def generated(seed: str, make: Callable[[random.Random], str], mutated: float = 0.35) -> list[str]:
    rng = random.Random(seed)
    texts = []
    for _ in range(CASES):
        text = make(rng)
        texts.append(mutate(rng, text) if rng.random() < mutated else text)
    return texts


# ----------------------------------------------------------------------------------------------------
# Versions

HARD_VERSIONS = [
    "1.0-1", "1.0-", "1.0c1", "1.0_pre-1", "1.0a", "1.0-r4", "V1.0", " 1.0\n", "01.02", "1.0+UBUNTU_01",
    "1.0+foo0100", "0!1.0", "1.0.dev1.post1", "1.0+a..b", "1__2", "vv1.0", "", " ", "1", "1.", ".1", "1..2",
    "1!", "!1", "1!!1", "v", "1.0+", "1.0+.a", "1.0+a.", "1.0+0", "1.0+00", "1.0+1a", "1.0+1_2-3.4",
    "1.0a-", "1.0a.-1", "1.0a--1", "1.0post-dev", "1.0.post.dev", "1.0rev1", "1.0r", "1.0preview",
    "1.0prev", "1.0alpha.beta", "1.0-1.dev", "1.0-1-1", "1.0a1b1", "1.0 1", "1 .0", "1.0dev1+x", "1.0\x00",
    "\u30001.0\u3000", "\uff11.0", "1.0ß", "1.0po\u017ft1", "1.0rc1.post2.dev3+local.4",
    "99999999999999999999999.0", "1." + "9" * 5000, "9" * 30 + "!1", "1" + ".0" * 40, "1" + ".0" * 14,
    "1" + ".0" * 15, "1" + ".0" * 16 + ".1", "20240101", "20240101.20240102.20240103", "33554430",
    "33554431", "1.1048574", "1.1048575", "1.1.524286", "1.1.524287", "1.1.1.4094", "1.1.1.4095", "1a510",
    "1a511", "1.post509", "1.post510", "1.post511", "1.dev67108862", "1.dev67108863", "1.0.0.0.0.dev1",
    "1.0+cu118", "2.0.0.dev20240101+gitabc", "1.0\u00a0", "\u00a01.0", "1.0\x1c", "1\u0663",
]  # fmt: skip


def make_number(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.5:
        return str(rng.randrange(4))
    if kind < 0.8:
        return str(rng.randrange(300))
    if kind < 0.9:
        return rng.choice(["0", "00"]) + str(rng.randrange(30))
    if kind < 0.95:
        return str(
            rng.choice([2**n + d for n in (9, 10, 12, 19, 20, 25, 26, 28, 32) for d in (-2, -1, 0, 1)])
        )
    return str(rng.choice([20240131, 2**53, 2**53 + 1, 2**64, 10**30]))


def make_version(rng: random.Random) -> str:
    def sep() -> str:
        return rng.choice(["", "", ".", "-", "_"])

    def case(word: str) -> str:
        return rng.choice([word, word, word.upper(), word.title()])

    text = rng.choice(["", "", "", "", "v", "V"])
    if rng.random() < 0.08:
        text += make_number(rng) + "!"
    text += ".".join(make_number(rng) for _ in range(rng.choice([1, 2, 2, 3, 3, 3, 3, 4, 5, 7])))
    if rng.random() < 0.3:
        word = rng.choice(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview"])
        text += sep() + case(word) + sep() + rng.choice(["", make_number(rng)])
    if rng.random() < 0.25:
        text += rng.choice([
            "-" + make_number(rng),
            sep() + case(rng.choice(["post", "rev", "r"])) + sep() + rng.choice(["", make_number(rng)]),
        ])  # fmt: skip
    if rng.random() < 0.25:
        text += sep() + case("dev") + sep() + rng.choice(["", make_number(rng)])
    if rng.random() < 0.2:
        parts = [
            "".join(rng.choice("0123456789abzAZ") for _ in range(rng.randrange(1, 4)))
            for _ in range(rng.randrange(1, 4))
        ]
        text += "+" + rng.choice("._-").join(parts)
    return rng.choice(["", "", "", "", " ", "\n"]) + text + rng.choice(["", "", "", "", " ", "\t"])


def json_number(value: int) -> int | str:
    return value if value <= 2**53 else str(value)


def version_value(text: str) -> dict[str, Any]:
    version = Version(text)
    return {
        "normalized": str(version),
        "public": version.public,
        "base": version.base_version,
        "epoch": json_number(version.epoch),
        "release": [json_number(part) for part in version.release],
        "pre": [version.pre[0], json_number(version.pre[1])] if version.pre else None,
        "post": None if version.post is None else json_number(version.post),
        "dev": None if version.dev is None else json_number(version.dev),
        "local": version.local,
    }


def versions(seed: str) -> list[str]:
    return HARD_VERSIONS + generated(seed, make_version)


def test_versions_are_read_alike(binary: Path) -> None:
    compare(binary, "version", versions("version"), version_value)


def test_versions_are_ordered_alike(binary: Path) -> None:
    rng = random.Random("compare")
    valid = [text for text in versions("compare") if expected(Version, text) is not REFUSED]
    # Half of the pairs are close relatives, where the order is decided late.
    families: dict[str, list[str]] = {}
    for text in valid:
        families.setdefault(Version(text).base_version, []).append(text)
    crowded = [family for family in families.values() if len(family) > 1]
    pairs = [["1.0", "x"], ["", "1.0"]]
    for _ in range(CASES):
        pairs.append(rng.choices(rng.choice(crowded) if rng.random() < 0.5 else valid, k=2))

    def order(pair: list[str]) -> int:
        left, right = Version(pair[0]), Version(pair[1])
        return (left > right) - (left < right)

    compare(binary, "compare", pairs, order)


# ----------------------------------------------------------------------------------------------------
# Specifiers

HARD_SPECIFIERS = [
    "", ",", ",,", ">=1.0,", ",>=1.0", "~=1", "~=1.0", "~=1.0.0", "~=1.0a1", "~=1.0.post1", "~=1.0.dev1",
    "~=1!1.0", "==1.*", "==1.0.*", "!=1.0.*", "==1.0.post1.*", "==1.0a1.*", "==1.0+x.*", ">1.*", ">=1+x",
    "==1+x", "!=1+x", "===1.0", "===1.0+X", "=== x", "===", "===1.0 x", "=== ", "===,>=1", "===\u3000",
    "===a;b", "===a)b", "===a,b",
    "===a,>=1", ">1.7", "<1.7", "<1.7.post2", "<=1.7", ">=1.7", "==1.7", ">1.7.post1", ">1.7.dev1",
    ">1.7a1", "<1.7a1", "<0", "<0.dev0", ">0.dev0", "==v1.0", "== V1.0", "=1.0", "1.0", "> 1", ">\t1",
    ">\n1", ">\u30001", "!==1", "====1", "<>1", "=>1", "~>1.0", ">=1.0-", ">=1.0-1", "==1.0.", "==1.0.x",
    "==.*", "==*", ">=1.0 <2", ">=1.0,>=1.0.0", "==1.0,==1.0.0", "~=1.0,~=1.0.0", "==1!0.*", "==0!1.*",
    ">=" + "9" * 400, "~=" + "9" * 40 + "." + "9" * 40, "~=1.0prev\u0131ew1", "~=1.0po\u017ft1",
    "===\u0130", "==1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.*",
]  # fmt: skip


def make_specifier(rng: random.Random) -> str:
    clauses = []
    for _ in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 3])):
        operator = rng.choice(["==", "==", "!=", "~=", "<=", ">=", "<", ">", "==="])
        version = make_version(rng)
        if operator != "===":
            version = version.strip()
        if rng.random() < 0.75:
            # Few numbers, so that versions and clauses meet.
            version = rng.choice(["0", "1", "1.0", "1.1", "1.0.0", "1.1.1", "2"]) + rng.choice(
                [
                    "",
                    "",
                    "",
                    "a1",
                    "rc1",
                    ".post1",
                    ".dev1",
                    ".post1.dev1",
                    "a1.post1",
                    "a1.dev1",
                    "+x",
                    "+x.1",
                ]
            )
        if operator in ("==", "!=") and rng.random() < 0.3:
            version += ".*"
        clauses.append(operator + rng.choice(["", "", " "]) + version)
    return rng.choice([",", ", ", " ,"]).join(clauses)


CLOSE_VERSIONS = [
    base + suffix
    for base in ["0", "1", "1.0", "1.0.1", "1.1", "1.1.1", "2.0", "1!1"]
    for suffix in [
        "", "a1", "a1.dev1", "a1.post1", "a2", "rc1", "rc1+x", ".post1", ".post1.dev1", ".post1+x",
        ".post2", ".dev0", ".dev1", ".dev1+x", ".dev2", "+x", "+X", "+x.1", "+y", ".0",
    ]
] + ["x", "", "1.0 ", "V1.0", "1.0+x.*", "1.0.po\u017ft1"]  # fmt: skip


def specifier_cases() -> list[dict[str, Any]]:
    rng = random.Random("specifier versions")
    cases = []
    for text in HARD_SPECIFIERS:
        for prereleases in (None, True, False):
            cases.append({"specifier": text, "versions": CLOSE_VERSIONS, "prereleases": prereleases})
    for text in generated("specifier", make_specifier, mutated=0.2):
        count = rng.choice([0, 1, 2, 5, 12])
        chosen = [
            rng.choice(CLOSE_VERSIONS) if rng.random() < 0.8 else make_version(rng) for _ in range(count)
        ]
        cases.append(
            {"specifier": text, "versions": chosen, "prereleases": rng.choice([None, None, True, False])}
        )
    return cases


def specifier_value(case: dict[str, Any]) -> dict[str, Any]:
    specifiers = SpecifierSet(case["specifier"])
    return {
        "normalized": str(specifiers),
        "contains": [specifiers.contains(v, prereleases=case["prereleases"]) for v in case["versions"]],
        "filtered": list(specifiers.filter(case["versions"], prereleases=case["prereleases"])),
    }


def test_specifiers_are_read_and_applied_alike(binary: Path) -> None:
    compare(
        binary,
        "specifier",
        specifier_cases(),
        specifier_value,
    )


# ----------------------------------------------------------------------------------------------------
# Markers and requirements

VARIABLES = [
    "python_version", "python_full_version", "os_name", "sys_platform", "platform_release", "platform_system",
    "platform_version", "platform_machine", "platform_python_implementation", "implementation_name",
    "implementation_version", "extra", "os.name", "sys.platform", "platform.version", "platform.machine",
    "platform.python_implementation", "python_implementation", "extras", "dependency_groups",
]  # fmt: skip
MARKER_OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"]
MARKER_VALUES = [
    "3.8", "3.12", "3.12.1", "3.13.0a1", "3", "2.7", "posix", "nt", "linux", "Linux", "win32 linux",
    "5.10.0-1-amd64", "6.1", "x86_64", "CPython", "cpython", "test", "Test_Extra", "test.extra", "", " ",
    "1.0+local", "3.8,3.9", "3.*", "a'b", "\\x41", "\\n", "\\q", "a\\", "é", "É", "\\u00e9", "\\ud800",
    "x\ny",
]  # fmt: skip


def make_value(rng: random.Random) -> str:
    value = rng.choice(MARKER_VALUES)
    quote = '"' if "'" in value or rng.random() < 0.7 else "'"
    return quote + value + quote


def make_comparison(rng: random.Random) -> str:
    left, right = rng.choice(VARIABLES), make_value(rng)
    if rng.random() < 0.25:
        left, right = right, left
    if rng.random() < 0.04:
        left, right = rng.choice(
            [(make_value(rng), make_value(rng)), (rng.choice(VARIABLES), rng.choice(VARIABLES))]
        )
    space = rng.choice([" ", " ", " ", "", "\t", "  "])
    operator = rng.choice(MARKER_OPERATORS)
    if operator.isalpha() or operator == "not in":
        space = space or " "
    return f"{left}{space}{operator}{space}{right}"


def make_marker(rng: random.Random, depth: int = 0) -> str:
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        if depth < 4 and rng.random() < 0.25:
            parts.append(
                "(" + rng.choice(["", " "]) + make_marker(rng, depth + 1) + rng.choice(["", " "]) + ")"
            )
        else:
            parts.append(make_comparison(rng))
    text = parts[0]
    for part in parts[1:]:
        text += rng.choice([" and ", " or ", " and", "or ", " or\t"]) + part
    return text


ENVIRONMENTS: list[dict[str, Any]] = [
    {
        "python_version": "3.12",
        "python_full_version": "3.12.1",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_release": "6.1.0-13-amd64",
        "platform_system": "Linux",
        "platform_version": "#1 SMP Debian 6.1.55-1",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "implementation_version": "3.12.1",
    },
    {
        "python_version": "3.8",
        "python_full_version": "3.8.0+",
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19041",
        "platform_machine": "AMD64",
        "platform_python_implementation": "PyPy",
        "implementation_name": "pypy",
        "implementation_version": "7.3.11",
        "extra": "Test.Extra",
    },
    {
        **dict.fromkeys(
            [
                "os_name",
                "sys_platform",
                "platform_release",
                "platform_system",
                "platform_version",
                "platform_machine",
                "platform_python_implementation",
                "implementation_name",
                "implementation_version",
                "extra",
            ],
            "",
        ),
        "python_version": "3.13",
        "python_full_version": "3.13.0a1",
        "extras": ["Test_Extra", "x"],
        "dependency_groups": ["test"],
    },
]

HARD_MARKERS = [
    "", "()", "os_name", "os_name ==", "os_name == nt", "os_name = 'nt'", "os_name=='nt'", "'nt'==os_name",
    "'a' == 'b'", "os_name == sys_platform", "os_name < 'posix' and", "(os_name == 'x'", "os_name == 'x')",
    "((os_name == 'x'))", "(os_name == 'x') and (sys_platform == 'y')",
    "os_name == 'a' or os_name == 'b' and os_name == 'c'",
    "(os_name == 'a' or os_name == 'b') and os_name == 'c'", "os_name == 'x' < 'y'",
    "python_version in '3.8 3.12'", "python_version not in '3.8'", "python_version notin '3.8'",
    "python_version not  in '3.8'", "python_version in'3.8'", "python_version == '3.12.*'",
    "python_version ~= '3.0'", "python_version ~= '3'", "python_version === '3.12'",
    "python_version >= '3.12.0rc1'", "python_version > 'x'", "platform_version >= '10'",
    "platform_release >= '6'", "os_name ~= 'posix'", "os_name === 'posix'", "os_name >= 'posix'",
    "os_name > 'a'", "extra == 'Test_Extra'", "'Test_Extra' == extra", "'test-extra' in extras",
    "extras == 'x'", "'x' == extras", "'x' != extras", "'x' ~= extras", "'x' in dependency_groups",
    "unknown == 'x'", "os_name == 'x\"y'", "os_name == \"x'y\"", "os_name == 'x\\'y'",
    "os_name == '\\x22\\x27'", "os_name == '\\N{BULLET}'", "os_name == 'a\x00b'", "os_name == 'a\rb'",
    "os_name == 'a\\\nb'", "os_name == '\\777'", "os_name == '\\08'", "os_name == '\\x4'",
    "os_name == '\\U0010ffff'", "os_name == '\\U00110000'", "os_name == u'x'", "os_name == '''x'''",
    "OS_NAME == 'x'", "os_name == 'x' AND os_name == 'y'", "os_nameé == 'x'",
    "(" * 50 + "os_name == 'x'" + ")" * 50, "(" * 200 + "os_name == 'x'" + ")" * 200,
    "(" * 201 + "os_name == 'x'" + ")" * 201, " os_name == 'x' ", "\nos_name == 'x'", "os_name == 'x'\n",
    "os_name\n== 'x'", "os_name == 'x' and\u3000os_name == 'y'",
]  # fmt: skip


def marker_difference(text: str) -> str | None:
    if "\\N" in text:
        return "names of characters"
    if re.search(r"\\u[dD][89a-fA-F]|\\U", text):
        return "escaped surrogates, which UTF-8 has not"
    return None


def marker_value(case: dict[str, Any]) -> bool:
    marker = Marker(case["marker"])
    environment = {k: set(v) if isinstance(v, list) else v for k, v in case["environment"].items()}
    return marker.evaluate(environment)


def test_markers_are_evaluated_alike(binary: Path) -> None:
    rng = random.Random("environment")
    texts = HARD_MARKERS + generated("marker", make_marker, mutated=0.2)
    cases = [
        {"marker": text, "environment": environment} for text in HARD_MARKERS for environment in ENVIRONMENTS
    ]
    cases += [{"marker": text, "environment": rng.choice(ENVIRONMENTS)} for text in texts]
    compare(
        binary,
        "marker",
        cases,
        marker_value,
        lambda case: marker_difference(case["marker"]),
    )


HARD_REQUIREMENTS = [
    "", "x", "x;os_name", "x ;os_name=='a'", "x; os_name=='a'", "x;", "x ;", "x[]", "x[a]", "x[a,b]",
    "x[a,]", "x[,a]", "x[a b]", "x[a", "x]", "x [ a , b ] ", "x[A_b,a-B]", "x[b,a,b]", "x()", "x( )",
    "x(>=1)", "x (>=1)", "x(>=1", "x>=1)", "x>=1,", "x>=1,,<2", "x>=1,<2", "x >= 1 , < 2", "x>=1 <2",
    "x~=1", "x~=1.0", "x==1.*", "x>=1.*", "x==1a1.*", "x>=1+l", "x==1+l", "x===1,>=2", "x===a,b", "x===",
    "x===;os_name=='a'", "x @ https://e/x", "x@https://e/x", "x @ https://e/x ; os_name=='a'",
    "x @ https://e/x; os_name=='a'", "x @ https://e/x;os_name=='a'", "x @", "x @ ", "x @ y z",
    "x[a] @ y ;os_name=='a'", "x @ y >=1", "x (@ y)",
    "x @ https://e/a\u00a0b", "x @ https://e/a\u3000", "x @ https://e/\u2028;os_name=='a'", "x @ a\x1cb",
    "x @ a\nb",
    "x @ \u3000", "x @ https://e/\u00e9", "x @ a\x85b", "_x", "x_", "x-", "x.", "-x", "x__y", "x é", "xé",
    "é", "x\n", "\nx", "x\t>=\t1", "x>=\n1", "x>=\u30001", "x\u3000>=1", "x >= 1\n", "1", "1.0", "x==1.0#c",
    "x; extra == 'A_b'", "x; 'A_b' in extras", "x;(os_name=='a')", "x;((os_name=='a'))or(os_name=='b')",
    "x >=1;os_name=='a' ", "name@file:///x", "name @ ./x", "x==1.0;python_version<'3'and os_name=='a'",
    "x" * 300, "x [a] (==1) ; os_name == 'a'", "x==1.0-1", "x==1.0-", "x>=1.0-", "x<1.0.dev",
    "x!=1.0+a.b-c", "x==1!2", "x==v1", "x==1.0.post", "x>1po\u017ft1", "x~=1.0po\u017ft1",
]  # fmt: skip


def make_requirement(rng: random.Random) -> str:
    def space() -> str:
        return rng.choice(["", "", " ", "\t"])

    text = space() + rng.choice(["x", "foo", "Foo_Bar", "a.b-c", "zope.interface", "A1", "x__y"])
    if rng.random() < 0.3:
        extras = [rng.choice(["a", "b", "A_b", "test", "x.y"]) for _ in range(rng.randrange(0, 4))]
        text += space() + "[" + space() + rng.choice([",", " , "]).join(extras) + space() + "]"
    if rng.random() < 0.15:
        text += (
            space()
            + "@"
            + space()
            + rng.choice(["https://e.org/x.whl#sha256=0", "file:///x", "git+ssh://g@h/x@v1"])
        )
        text += rng.choice(["", " ", " "])
    elif rng.random() < 0.7:
        clauses = make_specifier(rng)
        text += space() + (f"({clauses})" if rng.random() < 0.2 else clauses) + space()
    if rng.random() < 0.4:
        text += ";" + space() + make_marker(rng)
    return text


def requirement_value(text: str) -> dict[str, Any]:
    requirement = Requirement(text)
    return {
        "name": requirement.name,
        "extras": sorted(requirement.extras),
        "specifier": str(requirement.specifier),
        "url": requirement.url,
        "marker": str(requirement.marker) if requirement.marker else None,
        "normalized": str(requirement),
    }


def requirement_difference(text: str) -> str | None:
    marker = text.partition(";")[2]
    if "\\" in marker and expected(lambda value: str(Requirement(str(Requirement(value)))), text) is REFUSED:
        return "a value that packaging prints so that it cannot be read back"
    if "\\\\" in marker:
        return "a value that packaging prints so that it reads back as another"
    return marker_difference(marker)


def test_requirements_are_read_alike(binary: Path) -> None:
    texts = (
        HARD_REQUIREMENTS
        + ["x;" + text for text in HARD_MARKERS]
        + generated("requirement", make_requirement, 0.25)
    )
    compare(binary, "requirement", texts, requirement_value, requirement_difference)


# ----------------------------------------------------------------------------------------------------
# Names and filenames

HARD_NAMES = [
    "",
    "a",
    "A",
    "a.b",
    "a__b",
    "a-._b",
    "-a",
    "a-",
    "_",
    "a b",
    "é",
    "a\n",
    "Foo.Bar_baz",
    "0",
    "K",
    "a" * 1000,
]


def make_name(rng: random.Random) -> str:
    return "".join(
        rng.choice(string.ascii_letters + string.digits + "-_.") for _ in range(rng.randrange(1, 12))
    )


def test_names_are_normalised_alike(binary: Path) -> None:
    texts = HARD_NAMES + generated("name", make_name, 0.2)
    compare(binary, "name", texts, lambda text: canonicalize_name(text, validate=True))


HARD_WHEELS = [
    "foo-1.0-py3-none-any.whl", "foo-1.0-1-py3-none-any.whl", "foo-1.0-001abc-py3-none-any.whl",
    "foo-1.0-x-py3-none-any.whl", "foo-1.0-1_2-py2.py3-none-any.whl", "fôo-1.0-py3-none-any.whl",
    "FÔO-1.0-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl", "_foo-1.0-py3-none-any.whl",
    "foo_-1.0-py3-none-any.whl", "foo.bar-1.0-py3-none-any.whl", "-1.0-py3-none-any.whl",
    "foo bar-1.0-py3-none-any.whl", "foo-1.0-py3-none.whl", "foo-1.0-py3-none-any-x-y.whl",
    "foo-1.0-py3-none-any", "foo-1.0-py3-none-any.WHL", "foo-x-py3-none-any.whl",
    "foo- 1.0 -py3-none-any.whl", "foo-1.0-py3..py2-none-any.whl", "foo-1.0--none-any.whl",
    "foo-1.0-3-none-any.whl", "foo-1.0-1-3-none-any.whl", "foo-1.0-py3-none-.whl",
    "foo-1.0-PY3-None-ANY.whl", "foo-1.0-py3.py2.py3-none-any.whl", "foo-1.0-pÿ3-none-any.whl",
    "foo-1.0-py 3-none-any.whl", "foo-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "foo-1.0+local.1-py3-none-any.whl", "foo-1.0-99999999999999999999x-py3-none-any.whl",
    "foo-1.0-1\nx-py3-none-any.whl", "foo-1.0-1\n-py3-none-any.whl", "a/foo-1.0-py3-none-any.whl",
    "foo-1.0-py3-no/ne-any.whl",
    "foo-1.0-py3-none-any.whl ", ".whl", "----.whl", "foo-1.0-py3-nône-ÀNY.whl",
]  # fmt: skip


def make_wheel(rng: random.Random) -> str:
    name = rng.choice(["foo", "Foo", "foo_bar", "foo.bar", "a1", "x_y_z"])
    build = rng.choice(["", "", "", "-1", "-01a", "-2_b"])
    python = ".".join(rng.choices(["py2", "py3", "cp313", "pp310", "CP312"], k=rng.choice([1, 1, 2, 3])))
    abi = ".".join(rng.choices(["none", "abi3", "cp313t", "cp27mu"], k=rng.choice([1, 1, 2])))
    platform = ".".join(
        rng.choices(
            ["any", "linux_x86_64", "manylinux_2_28_aarch64", "win_amd64"], k=rng.choice([1, 1, 2, 4])
        )
    )
    version = make_version(rng).strip().replace("-", "_")
    return f"{name}-{version}{build}-{python}-{abi}-{platform}.whl"


def wheel_value(text: str) -> dict[str, Any]:
    name, version, build, tags = parse_wheel_filename(text)
    return {
        "name": name,
        "version": str(version),
        "build": [json_number(build[0]), build[1]] if build else [],
        "tags": sorted(str(tag) for tag in tags),
    }


def final_sigma(text: str) -> str | None:
    return "the lower case of a capital sigma at the end of a word" if "\u03a3" in text else None


def sorted_tags(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "tags": sorted(value["tags"])}


def test_wheel_filenames_are_read_alike(binary: Path) -> None:
    texts = HARD_WHEELS + generated("wheel", make_wheel)
    compare(binary, "wheel-filename", texts, wheel_value, final_sigma, sorted_tags)


HARD_SDISTS = [
    "foo-1.0.tar.gz", "foo-1.0.zip", "foo-1.0.tgz", "foo-1.0.tar.bz2", "foo-bar-1.0.tar.gz",
    "foo-1.0-1.tar.gz", "foo.tar.gz", "-1.0.tar.gz", "foo-.tar.gz", "fôo-1.0.tar.gz",
    "Foo_Bar-1.0RC1.tar.gz", "foo bar-1.0.tar.gz", "_-1.0.zip", "foo-1.0.TAR.GZ", "foo- 1.0 .zip", ".zip",
    "foo-1.0.tar.gz\n", "a/b-1.0.zip", "FÔO-1.0.zip", "\u0130-1.0.zip",
]  # fmt: skip


def make_sdist(rng: random.Random) -> str:
    return (
        rng.choice(["foo", "Foo-bar", "a.b_c", "x__y"])
        + "-"
        + make_version(rng).strip()
        + rng.choice([".tar.gz", ".zip"])
    )


def test_sdist_filenames_are_read_alike(binary: Path) -> None:
    def value(text: str) -> dict[str, Any]:
        name, version = parse_sdist_filename(text)
        return {"name": name, "version": str(version)}

    compare(binary, "sdist-filename", HARD_SDISTS + generated("sdist", make_sdist), value, final_sigma)


# ----------------------------------------------------------------------------------------------------
# Licences

HARD_LICENSES = [
    "", " ", "mit", "MIT", "mit OR apache-2.0", "mit and (apache-2.0 or bsd-2-clause)", "(mit", "mit)",
    "()", "mit()", "(mit)(mit)", "mit mit", "mit or", "or mit", "mit or or mit", "mit with", "mit with mit",
    "gpl-2.0-only with classpath-exception-2.0",
    "gpl-2.0-only with classpath-exception-2.0 with classpath-exception-2.0",
    "(gpl-2.0-only) with classpath-exception-2.0", "gpl-2.0-only with (classpath-exception-2.0)",
    "gpl-2.0+", "gpl-2.0++", "+", "mit +", "licenseref-x", "LicenseRef-X or licenseref-x", "LicenseRef-",
    "LicenseRef-a_b", "LicenseRef-a+", "LicenseRef-é", "LicenseRef-A and (licenseref-a or LICENSEREF-a)",
    "licenseref-\uff21", "LICENSEREF-Foo.1", "with", "and", "not", "False",
    "mit\tor\nmit", "mit\u3000or mit", "GPL-2.0 WITH Classpath-exception-2.0 AND MIT", "mit/apache-2.0",
    "mit,apache-2.0", "DocumentRef-x:LicenseRef-y", "((mit))", "( mit or ( mit ) )",
    "(" * 199 + "mit" + ")" * 199, "(" * 201 + "mit" + ")" * 201,
    "licenseref-x with classpath-exception-2.0", "mit with licenseref-x", "mit and with mit",
]  # fmt: skip


def make_license(rng: random.Random, depth: int = 0) -> str:
    text = ""
    for index in range(rng.choice([1, 1, 2, 2, 3])):
        if index:
            text += rng.choice([" or ", " AND ", " and ", " OR "])
        if depth < 3 and rng.random() < 0.2:
            text += "(" + make_license(rng, depth + 1) + ")"
            continue
        text += rng.choice(
            [
                "MIT",
                "mit",
                "apache-2.0",
                "BSD-3-Clause",
                "gpl-3.0-or-later",
                "LicenseRef-My.Own",
                "Unknown",
                "zlib",
                "LGPL-2.1+",
            ]
        )
        if rng.random() < 0.15:
            text += rng.choice([" with ", " WITH "]) + rng.choice(
                ["LLVM-exception", "classpath-exception-2.0", "nothing"]
            )
    return text


def not_ascii(text: str) -> str | None:
    return "letters whose lower case is ASCII" if "\u212a" in text else None


def test_licenses_are_canonicalised_alike(binary: Path) -> None:
    compare(
        binary,
        "license",
        HARD_LICENSES + generated("license", make_license, 0.2),
        canonicalize_license_expression,
        not_ascii,
    )


# ----------------------------------------------------------------------------------------------------
# Core metadata

BASE = "Metadata-Version: {}\nName: foo\nVersion: 1.0\n"

FIELD_LINES = [
    "Summary: a summary", "Summary: two\n lines", "Summary: a\x0bb", "Summary:", "Platform: any",
    "Platform: other", "Supported-Platform: x", "Description: text", "Description: one\n        two",
    "Description-Content-Type: text/markdown", "Description-Content-Type: text/plain; charset=UTF-8",
    "Description-Content-Type: text/markdown; charset=utf-8; variant=GFM",
    "Description-Content-Type: text/markdown; variant=CommonMark",
    "Description-Content-Type: text/markdown; variant=commonmark", "Description-Content-Type: text/html",
    "Description-Content-Type: text/x-rst; charset=ascii", "Description-Content-Type: text/x-rst;",
    "Description-Content-Type: text/x-rst; ;", "Description-Content-Type: TEXT/X-RST (c)",
    'Description-Content-Type: text/x-rst; charset="UTF-8"',
    'Description-Content-Type: text/markdown; Variant="GFM" (x(y)z)',
    "Description-Content-Type: text/markdown; a; b=c", "Description-Content-Type: text/markdown; a=b; a=c",
    "Description-Content-Type: text/markdown; a='b", 'Description-Content-Type: text/markdown; a="b',
    "Description-Content-Type: text/plain; charset", "Description-Content-Type: text/plain; charset=",
    "Description-Content-Type: text / plain", "Description-Content-Type: text/plain charset=UTF-8",
    "Description-Content-Type: ", "Description-Content-Type: text/plain; a=b c=d", "Keywords: a, b ,c",
    "Keywords: one two", "Keywords:", "Home-page: https://e.org", "Download-URL: x", "Author: A",
    "Author: é", "Author-email: a@e.org", "Maintainer: M", "Maintainer-email: m@e.org", "License: MIT",
    "License-Expression: MIT OR apache-2.0", "License-Expression: Nonsense", "License-Expression:",
    "License-File: LICENSE", "License-File: a/b", "License-File: ../x", "License-File: /x",
    "License-File: a\\b", "License-File: *.txt", "License-File: a//b", "License-File: ./a",
    "License-File: a/", "License-File: c:a", "License-File: C:LICENSE", "License-File: 1:a",
    "License-File: é:a", "License-File: c:/a", "License-File: .", "License-File:",
    "License-File: a/./b", "License-File: c:", "Classifier: Private :: X", "Classifier: Y",
    "Requires-Dist: foo>=1", "Requires-Dist: bar [x] ; extra == 'y'", "Requires-Dist: bad bad",
    "Requires-Dist: x @ https://e", "Requires-Dist: x;\n os_name == 'a'", "Requires-Python: >=3.8",
    "Requires-Python: >=3.8,\n <4", "Requires-Python: x", "Requires-Python:",
    "Requires-External: libpng (>=1.5)", "Project-URL: Docs, https://e.org/d", "Project-URL: Docs, again",
    "Project-URL: nocomma", "Project-URL: a,b,c", "Project-URL: ,", "Provides-Extra: test",
    "Provides-Extra: Foo_Bar", "Provides-Extra: -x", "Provides-Dist: x", "Obsoletes-Dist: x", "Requires: x",
    "Provides: x", "Obsoletes: x", "Dynamic: Classifier", "Dynamic: requires-dist", "Dynamic: Name",
    "Dynamic: Nonsense", "Import-Name: foo", "Import-Name: foo.bar ; private", "Import-Name: class",
    "Import-Name: foo;x", "Import-Name: 1a", "Import-Name:", "Import-Name: fôo", "Import-Namespace: foo",
    "Import-Namespace:", "Unknown: x", "name: again", "X-Y: z", "Summary : x", ": nameless", "From nobody",
    " leading", "no colon", "Author: a\r", "Author: a\rb", "Summary: \x85x", "Import-Name: foo;private",
    "Import-Name: foo ;  private", "Content-Type: text/plain", "License-File: é", "Version: 2.0",
    "Metadata-Version: 2.1", "Author: =?utf-8?q?x?=",
]  # fmt: skip


def make_metadata(rng: random.Random) -> bytes:
    text = BASE.format(
        rng.choice(["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.6", "2.5", "2.4"])
    )
    if rng.random() < 0.1:
        text = mutate(rng, text)
    for line in rng.sample(FIELD_LINES, rng.choice([0, 1, 1, 2, 2, 3, 5])):
        text += line + rng.choice(["\n", "\n", "\n", "\n", "\r\n"])
    if rng.random() < 0.4:
        text += "\n" + rng.choice(["body\n", "long\n\nbody: x\n", "", "\n", "é\n", "From x\n"])
    data = text.encode()
    if rng.random() < 0.1:
        at = rng.randrange(len(data) + 1)
        data = (
            data[:at]
            + rng.choice([b"\xff", b"\xe9", b"\x00", b"\r", b"\n", b" ", b"\n\n", b"\n ", b":"])
            + data[at:]
        )
    return data


HARD_METADATA = [
    b"", b"\n", b"body only", b"Metadata-Version: 2.1\nName: x\nVersion: 1\n",
    b"\xef\xbb\xbfMetadata-Version: 2.1\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\rName: x\rVersion: 1\r",
    b"Metadata-Version: 2.1\r\nName: x\r\nVersion: 1\r\n\r\nbody\r\n",
    b"From me\nMetadata-Version: 2.1\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\nFrom me\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\nFrom me\n\nbody",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\nFrom me\nbody",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\nFrom me",
    b" \nMetadata-Version: 2.1\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\nDescription: a\n\nb",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\n\n\xff", b"METADATA-VERSION: 2.1\nNAME: x\nVERSION: 1\n",
    b"Metadata-Version: 2.1\nName: x\nName: y\nVersion: 1\n",
    b"Metadata-Version: 2.7\nName: x\nVersion: 1\n", b"Metadata-Version: 3.0\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.0\nName: x\nVersion: 1\n", b"Name: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\nName:\nVersion:\n", b"Metadata-Version:2.1\nName:x\nVersion:1\n",
    b"Metadata-Version: \t2.1\nName: x \nVersion: 1 \n", b"Metadata-Version: 2.1\n\nName: x\nVersion: 1\n",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\n:\n continuation\n",
    b"Metadata-Version: 2.1\nName: x\nVersion: 1\nSummary: a\n \n",
]  # fmt: skip


def pep566(data: bytes) -> dict[str, Any]:
    """The values of packaging's raw form, under the names that PEP 566 gives them."""
    Metadata.from_email(data, validate=True)
    raw, _ = parse_email(data)
    names = {
        "classifiers": "classifier",
        "platforms": "platform",
        "supported_platforms": "supported_platform",
        "license_files": "license_file",
        "import_names": "import_name",
        "import_namespaces": "import_namespace",
    }
    out = {names.get(key, key): value for key, value in raw.items() if key != "project_urls"}
    if "project_urls" in raw:
        out["project_urls"] = raw["project_urls"]
    return out


def without_url_spelling(value: dict[str, Any]) -> dict[str, Any]:
    value = dict(value)
    if "project_url" in value:
        pairs = (text.partition(",") for text in value.pop("project_url"))
        value["project_urls"] = {label.strip(): url.strip() for label, _, url in pairs}
    return value


def test_core_metadata_is_read_alike(binary: Path) -> None:
    rng = random.Random("metadata")
    files = HARD_METADATA + [make_metadata(rng) for _ in range(CASES)]
    for line in FIELD_LINES:
        files += [
            (BASE.format(version) + line + "\n").encode() for version in ("1.0", "1.2", "2.1", "2.4", "2.6")
        ]
    values = [{"base64": base64.b64encode(data).decode()} for data in files]
    compare(
        binary,
        "metadata",
        values,
        lambda value: pep566(base64.b64decode(value["base64"])),
        shape=without_url_spelling,
    )


def fields_at_fault(data: bytes) -> set[str]:
    try:
        Metadata.from_email(data, validate=True)
    except ExceptionGroup as group:
        return {error.field for error in group.exceptions if isinstance(error, InvalidMetadata)}
    return set()


def test_metadata_names_every_field_that_packaging_names(binary: Path) -> None:
    rng = random.Random("metadata problems")
    files = HARD_METADATA + [make_metadata(rng) for _ in range(CASES // 4)]
    values = [{"base64": base64.b64encode(data).decode()} for data in files]
    for data, answer in zip(files, inspect(binary, "metadata", values), strict=True):
        theirs = fields_at_fault(data)
        ours = {line.partition(": ")[0] for line in answer.get("errors", [])}
        assert ours == theirs, f"{data!r}\n  packaging: {theirs}\n  packhouse: {answer}"

"""`packhouse check` as a user meets it: exit statuses, tables, JSON, folders, artifacts, policies, bombs."""

from __future__ import annotations

import hashlib
import re
import resource
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support import bombs
from tests.support.artifacts import build_pair, build_sdist, build_wheel, pack_artifact, pack_members
from tests.support.golden import expect_golden
from tests.support.packhouse import Outcome, packhouse
from tests.support.paths import ROOT, packhouse_binary

MIB = 1 << 20
GIB = 1 << 30


def refused_ids(outcome: Outcome) -> set[str]:
    return set(re.findall(r"^  refused +(\S+)$", outcome.out, re.M))


def manifest_text(paths: Sequence[Path]) -> str:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.name}\n"
        for path in sorted(paths, key=lambda path: path.name)
    ]
    return "packhouse-manifest 1\n" + "".join(lines)


def digest_line(paths: Sequence[Path]) -> str:
    return f"manifest digest: sha256:{hashlib.sha256(manifest_text(paths).encode()).hexdigest()}\n"


def bad_wheel(folder: Path) -> Path:
    """Three faults: a web address that is none, an unlisted member, a .pth file."""
    path = build_wheel(
        folder,
        "demo",
        "1.0",
        files={"demo/__init__.py": "", "demo.pth": "import demo\n"},
        extra_metadata="Home-page: nowhere\n",
    )
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("demo/x.py", (2026, 1, 5, 8, 0, 0))
        entry.external_attr = 0o100644 << 16
        archive.writestr(entry, b"")
    return path


def test_accepted_files_end_with_0(tmp_path: Path, clean_env: dict[str, str]) -> None:
    pair = build_pair(tmp_path, "demo", "1.0")
    outcome = packhouse("check", *pair, environment=clean_env)
    assert outcome.status == 0, outcome.text
    assert outcome.err == ""
    expect_golden("check_accepted.txt", outcome.out)


def test_a_refused_file_ends_with_3_and_all_its_faults(tmp_path: Path, clean_env: dict[str, str]) -> None:
    outcome = packhouse("check", bad_wheel(tmp_path), environment=clean_env)
    assert outcome.status == 3
    assert outcome.err == ""
    expect_golden("check_refused.txt", outcome.out)


def test_one_refused_file_among_good_ones_refuses_the_call(tmp_path: Path, clean_env: dict[str, str]) -> None:
    good = build_wheel(tmp_path, "good", "1.0")
    outcome = packhouse("check", good, bad_wheel(tmp_path), environment=clean_env)
    assert outcome.status == 3
    assert "good-1.0-py3-none-any.whl: accepted" in outcome.out
    assert "demo-1.0-py3-none-any.whl: refused" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "files is required"),
        (["nowhere.whl"], 'cannot open "nowhere.whl": No such file or directory'),
        (["--policy", "nowhere.toml", "demo.whl"], 'cannot open "nowhere.toml"'),
        (["--fast", "demo.whl"], "--fast"),
    ],
    ids=["nothing", "no file", "no policy", "no option"],
)
def test_a_wrong_call_ends_with_2(
    tmp_path: Path, clean_env: dict[str, str], arguments: list[str], message: str
) -> None:
    outcome = packhouse("check", *arguments, environment=clean_env, folder=tmp_path)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err


def test_json_says_what_the_table_says(tmp_path: Path, clean_env: dict[str, str]) -> None:
    wheel = bad_wheel(tmp_path)
    outcome = packhouse("check", "--json", wheel, environment=clean_env)
    assert outcome.status == 3
    answer = outcome.json()
    assert answer["accepted"] is False
    (release,) = answer["releases"]
    (file,) = release["files"]
    assert (file["filename"], file["name"], file["version"], file["kind"], file["tags"], file["size"]) == (
        wheel.name,
        "demo",
        "1.0",
        "wheel",
        ["py3-none-any"],
        wheel.stat().st_size,
    )
    outcomes = {result["check"]: result["outcome"] for result in file["results"]}
    refused = {check for check, outcome in outcomes.items() if outcome == "refused"}
    assert refused == {"wheel.record.unlisted"}
    assert outcomes["metadata.url"] == "warned"
    assert outcomes["content.pth"] == "warned"
    assert outcomes["archive.zip.crc"] == "passed"
    unlisted = next(one for one in file["results"] if one["check"] == "wheel.record.unlisted")
    assert unlisted["found"] == '"demo/x.py" in the wheel only'
    assert unlisted["hint"] == (
        "build again; to change a wheel, use `wheel unpack` and `wheel pack`; "
        '"wheel.record.unlisted" = "warn" in the policy takes it'
    )


def test_a_folder_gives_the_manifest_of_its_release(tmp_path: Path, clean_env: dict[str, str]) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    pair = build_pair(dist, "demo", "1.0")
    outcome = packhouse("check", dist, environment=clean_env)
    assert outcome.status == 0, outcome.text
    assert manifest_text(pair) in outcome.out
    assert outcome.out.endswith(digest_line(pair))


def test_an_artifact_gives_the_same_manifest_as_the_folder(tmp_path: Path, clean_env: dict[str, str]) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    pair = build_pair(dist, "demo", "1.0")
    artifact = tmp_path / "dist.zip"
    artifact.write_bytes(pack_artifact(pair))
    of_folder = packhouse("check", "--json", dist, environment=clean_env)
    of_artifact = packhouse("check", "--json", artifact, environment=clean_env)
    assert (of_folder.status, of_artifact.status) == (0, 0), of_folder.text + of_artifact.text
    expected = "sha256:" + hashlib.sha256(manifest_text(pair).encode()).hexdigest()
    for outcome in (of_folder, of_artifact):
        (release,) = outcome.json()["releases"]
        assert release["manifest"]["digest"] == expected
        assert [file["filename"] for file in release["manifest"]["files"]] == sorted(p.name for p in pair)


def test_an_artifact_with_anything_else_is_refused_without_a_manifest(
    tmp_path: Path, clean_env: dict[str, str]
) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    artifact = tmp_path / "dist.zip"
    artifact.write_bytes(pack_members({wheel.name: wheel.read_bytes(), "notes.txt": b"hello"}))
    outcome = packhouse("check", artifact, environment=clean_env)
    assert outcome.status == 3
    assert refused_ids(outcome) == {"artifact.only-distributions", "artifact.has-sdist"}
    assert "manifest digest" not in outcome.out


def test_a_release_whose_files_disagree_is_refused(tmp_path: Path, clean_env: dict[str, str]) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0", requires=["more"])
    sdist = build_sdist(tmp_path, "demo", "1.0", requires=["less"])
    outcome = packhouse("check", wheel, sdist, environment=clean_env)
    assert outcome.status == 3
    assert refused_ids(outcome) == {"release.static-fields"}


def test_archive_only_asks_the_container_alone(tmp_path: Path, clean_env: dict[str, str]) -> None:
    plain = tmp_path / "anything.zip"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("notes.txt", "hello")
    accepted = packhouse("check", "--archive-only", plain, environment=clean_env)
    assert accepted.status == 0, accepted.text
    assert "anything.zip: accepted" in accepted.out

    streamed = tmp_path / "streamed.zip"
    streamed.write_bytes(pack_members({"../notes.txt": b"hello"}))
    refused = packhouse("check", "--archive-only", streamed, environment=clean_env)
    assert refused.status == 3
    assert refused_ids(refused) == {"archive.path.traversal", "archive.zip.data-descriptor"}

    polyglot = tmp_path / "both.tar.gz"
    sdist = build_sdist(tmp_path, "demo", "1.0")
    polyglot.write_bytes(sdist.read_bytes() + plain.read_bytes())
    refused = packhouse("check", "--archive-only", polyglot, environment=clean_env)
    assert refused.status == 3
    assert refused_ids(refused) == {"archive.polyglot", "archive.gzip.trailing-data"}


def test_a_policy_switches_checks_and_limits(tmp_path: Path, clean_env: dict[str, str]) -> None:
    policy = tmp_path / "policy.toml"
    local = build_wheel(tmp_path, "demo", "1.0+local.1")
    assert packhouse("check", local, environment=clean_env).status == 0

    policy.write_text('base = "public-index"\n')
    outcome = packhouse("check", "--policy", policy, local, environment=clean_env)
    assert (outcome.status, refused_ids(outcome)) == (3, {"metadata.local-version"})

    policy.write_text('base = "public-index"\n"metadata.local-version" = "warn"\n[limits]\nentries = 3\n')
    outcome = packhouse("check", "--policy", policy, local, environment=clean_env)
    assert (outcome.status, refused_ids(outcome)) == (3, {"archive.limit.entries"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"archive.zip.crc" = "off"', "archive.zip.crc cannot be lowered"),
        ('"wheel.record.hush" = "off"', 'no check, limit or switch is named "wheel.record.hush"'),
        ('"metadata.url" = "perhaps"', "refuse, warn or off"),
        ("[limits]\nentries = 0", "a number above 0"),
        ("[limits", "policy.toml:1:"),
    ],
    ids=["fixed", "unknown", "severity", "limit", "no TOML"],
)
def test_a_wrong_policy_ends_with_2(
    tmp_path: Path, clean_env: dict[str, str], text: str, message: str
) -> None:
    (tmp_path / "policy.toml").write_text(text)
    wheel = build_wheel(tmp_path, "demo", "1.0")
    outcome = packhouse("check", "--policy", "policy.toml", wheel, environment=clean_env, folder=tmp_path)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err


def test_the_policy_in_the_documentation_is_one(tmp_path: Path, clean_env: dict[str, str]) -> None:
    text = (ROOT / "docs" / "checks.md").read_text()
    (example,) = re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S)
    (tmp_path / "policy.toml").write_text(example)
    outcome = packhouse(
        "check", "--policy", tmp_path / "policy.toml", *build_pair(tmp_path, "demo", "1.0"),
        environment=clean_env,
    )  # fmt: skip
    assert outcome.status == 0, outcome.text


# ------------------------------------------------------------------ bombs


@pytest.mark.parametrize(
    ("filename", "bomb", "rules"),
    [
        ("demo-1.0-py3-none-any.whl", bombs.overlapping, {"archive.limit.ratio"}),
        ("demo-1.0-py3-none-any.whl", bombs.honest, {"archive.limit.ratio"}),
        ("demo-1.0-py3-none-any.whl", bombs.lying, {"archive.zip.size"}),
        ("demo-1.0.tar.gz", bombs.in_gzip, {"archive.limit.ratio"}),
    ],
    ids=["overlapping", "honest", "lying", "gzip"],
)
def test_a_bomb_is_refused_in_64_mib(
    tmp_path: Path,
    clean_env: dict[str, str],
    filename: str,
    bomb: Callable[[], bytes],
    rules: set[str],
) -> None:
    path = tmp_path / filename
    path.write_bytes(bomb())
    assert path.stat().st_size < 1_200_000

    def limit_memory() -> None:
        # What the child may have of its own: heap, stacks and the libraries' data.
        resource.setrlimit(resource.RLIMIT_DATA, (64 * MIB, 64 * MIB))

    done = subprocess.run(
        [packhouse_binary(), "check", path],
        env=clean_env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limit_memory,
    )
    outcome = Outcome(done.returncode, done.stdout, done.stderr)
    assert outcome.status == 3, outcome.text
    assert {check for check in refused_ids(outcome) if check.startswith("archive.")} == rules


def test_an_old_sdist_in_a_zip_is_taken_by_a_mirror(tmp_path: Path, clean_env: dict[str, str]) -> None:
    sdist = ROOT / "tests" / "real" / "old-demo-1.1.zip"
    refused = packhouse("check", sdist, environment=clean_env)
    assert refused.status == 3
    assert "file.name.extension" in refused.out
    assert "sdist.zip = true" in refused.out
    policy = tmp_path / "policy.toml"
    policy.write_text('base = "mirror"\n')
    taken = packhouse("check", "--policy", policy, sdist, environment=clean_env)
    assert taken.status == 0, taken.text
    assert "accepted (sdist of old-demo 1.1)" in taken.out

"""`packhouse recover`: the runbook's section 5, the local exception path, and nothing more than an exception.

With the real git, the real `python -m build`, a real index and the real pip. The forge is told to fail.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import sqlite3
import urllib.error
import urllib.request
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import build_wheel, pack_artifact
from tests.support.desk import (
    AUTHENTICATION,
    CONFLICT,
    MISSING,
    POLICY,
    PROJECT,
    SMOKE,
    USAGE,
    VERSION,
    assert_absent,
    refused_checks,
)
from tests.support.foreign_index import pypiserver
from tests.support.forge import Fault, Forge, Reply, successful_push
from tests.support.packhouse import FAIL_POINT, Index, Outcome, run_command
from tests.support.paths import client
from tests.support.ports import NOWHERE
from tests.support.processes import PATIENCE, clean_environment
from tests.support.recovery import APPROVAL, LABEL, PYPROJECT, REASON, Bench
from tests.support.snapshot import snapshot

STEM = f"nanonis_qcodes_controller-{VERSION}"
NAMES = [f"{STEM}-py3-none-any.whl", f"{STEM}.tar.gz"]


def served(index: Index) -> dict[str, str]:
    return {
        file["filename"]: file["hashes"]["sha256"]
        for file in index.project(PROJECT)["files"]
        if file["filename"] in NAMES
    }


def ask(url: str, index: Index, accept: str = "application/json") -> str:
    request = urllib.request.Request(url, headers={"Accept": accept, **index.authorization()})
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        return str(reply.read().decode())


@pytest.fixture
def forge() -> Iterator[Forge]:
    """It answers, and CI has no run of the commit. Its archive is one of nothing."""
    with Forge(successful_push(b"PK")) as forge:
        yield forge


@pytest.fixture
def bench(stocked: Index, forge: Forge, tmp_path: Path, home: Path) -> Bench:
    return Bench(tmp_path / "bench", home, forge, stocked.promotion_environment())


@pytest.fixture
def unchanged(stocked: Index) -> Iterator[None]:
    """Nothing of what happens reaches the index."""
    before = snapshot(stocked.data)
    yield
    assert snapshot(stocked.data) == before


Spoil = Callable[[Bench], None]


# ----- "Use this path only when CI artifact promotion is unavailable …"


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (("completed", "success"), "packhouse promote --build-run-id"),
        (("queued", None), "wait for the run to end"),
        (("in_progress", None), "wait for the run to end"),
        (("completed", "failure"), "CI works, and says no"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_only_when_ci_artifact_promotion_is_unavailable(
    bench: Bench, standing: tuple[str, str | None], words: str
) -> None:
    bench.push_run(*standing)
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"recover.ci-unavailable"}, POLICY), outcome.text
    assert words in outcome.err
    assert not list(bench.record.glob("recovery/*"))


def test_what_the_forge_said_is_recorded_proof(bench: Bench) -> None:
    bench.push_run("completed", "cancelled")
    bench.built()
    proof = bench.outcomes("proof")[-1]
    assert proof["proof"] == f'run {bench.forge.scenario.run.id}: "completed", "cancelled"'
    for name in ("ci-probe", "workflow", "runs", "branch", "ancestry"):
        evidence = (bench.record / "evidence" / f"{proof['evidence'][name]}.json").read_text()
        assert hashlib.sha256(evidence.strip().encode()).hexdigest() == proof["evidence"][name]
    assert json.loads(bench.plan.read_text())["recovery"]["proof"] == proof["proof"]
    told = bench.run("history", VERSION, "--config", bench.config)
    assert "cancelled" in told.out


def silence(bench: Bench) -> None:
    bench.environment["GITHUB_API_URL"] = NOWHERE


def break_down(bench: Bench) -> None:
    bench.forge.scenario.faults.append(Fault("repository", lambda _: Reply(503, {}, b"out of order")))


def lose_actions(bench: Bench) -> None:
    bench.forge.scenario.faults.append(Fault("runs", lambda _: Reply(502, {}, b"out of order")))


def switch_off(bench: Bench) -> None:
    bench.forge.scenario.workflow.state = "disabled_manually"


@pytest.mark.parametrize("outage", [silence, break_down, lose_actions, switch_off])
def test_an_outage_of_the_forge_is_proof(bench: Bench, outage: Spoil) -> None:
    outage(bench)
    bench.built()
    assert bench.outcomes("proof")[-1]["result"] == "passed"


@pytest.mark.usefixtures("unchanged")
def test_what_anybody_could_bring_about_is_no_proof(bench: Bench) -> None:
    wrong = bench.recover("--json", GITHUB_TOKEN="canary-wrong-token")
    assert (refused_checks(wrong), wrong.status) == ({"recover.ci-unavailable"}, AUTHENTICATION), wrong.text
    assert_absent("canary-wrong-token", wrong.text + bench.kept())
    without = bench.recover("--json", GITHUB_TOKEN="")
    assert without.status == AUTHENTICATION
    assert "GITHUB_TOKEN" in without.text
    (bench.tree / "new.py").write_text("")
    bench.commit_all()
    unpushed = bench.recover("--json")
    assert (refused_checks(unpushed), unpushed.status) == ({"tree.on-main"}, POLICY), unpushed.text
    # Whoever fakes the remote's branch at home is told by the forge itself.
    bench.git("update-ref", "refs/remotes/origin/main", "HEAD")
    faked = bench.recover("--json")
    assert (refused_checks(faked), faked.status) == ({"recover.commit-on-forge"}, POLICY), faked.text


@pytest.mark.usefixtures("unchanged")
def test_the_proof_is_made_anew_before_anything_is_sent(bench: Bench) -> None:
    bench.built()
    approvals = bench.approve("ada", "grace")
    bench.push_run()
    outcome = bench.recover(*approvals, "--json")
    assert (refused_checks(outcome), outcome.status) == ({"recover.ci-unavailable"}, POLICY), outcome.text


# ----- "… and release owners explicitly approve a local recovery publish."


def test_release_owners_explicitly_approve_a_local_recovery_publish(bench: Bench, stocked: Index) -> None:
    before = snapshot(stocked.data)
    first = bench.recover()
    assert first.status == APPROVAL, first.text
    assert f"packhouse approve {bench.plan} --key KEY --out NAME.json" in first.out
    assert f"packhouse recover {VERSION} --approval FIRST.json --approval SECOND.json" in first.out
    one = bench.recover(*bench.approve("ada"), "--json")
    assert (refused_checks(one), one.status) == ({"approval.enough"}, APPROVAL)
    # Neither who built the files nor who releases them is one of the two.
    builder = bench.recover(*bench.approve("ada", "linus"), "--json", GITHUB_ACTOR="tove")
    assert refused_checks(builder) == {"approval.not-self"}, builder.text
    actor = bench.recover(*bench.approve("ada", "grace"), "--json", GITHUB_ACTOR="Grace")
    assert refused_checks(actor) == {"approval.not-self"}, actor.text
    assert snapshot(stocked.data) == before
    both = bench.recover(*bench.approve("ada", "grace"))
    assert both.status == 0, both.text
    used = bench.outcomes("approvals")[-1]["approvals"]
    assert [(each["owner"], each["purpose"]) for each in used] == [("ada", "recover"), ("grace", "recover")]


@pytest.mark.usefixtures("unchanged")
def test_an_approval_opens_one_door_for_a_time(bench: Bench) -> None:
    bench.built()
    approvals = bench.approve("ada", "grace")
    # A recovery's plan is none to promote.
    promoted = bench.run("promote", "--apply", bench.plan, *approvals, "--config", bench.config)
    assert promoted.status == CONFLICT
    assert "built locally" in promoted.text
    bench.config.write_text(bench.config.read_text().replace("max-hours = 12", "max-hours = 1"))
    outcome = bench.recover(*approvals, "--json")
    assert {"plan.settings"} <= refused_checks(outcome), outcome.text


@pytest.mark.usefixtures("unchanged")
def test_too_few_owners_are_told_before_anything_is_built(bench: Bench) -> None:
    lines = [line for line in bench.config.read_text().splitlines() if not line.startswith("grace = ")]
    bench.config.write_text("\n".join(lines))
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"recover.owners"}, APPROVAL), outcome.text


def test_a_reason_is_asked_for(bench: Bench) -> None:
    assert bench.recover(reason=None).status == USAGE
    assert bench.run("recover", "--config", bench.config).status == USAGE
    bench.built()
    other = bench.recover("--json", reason="another")
    assert (refused_checks(other), other.status) == ({"recover.reason"}, POLICY), other.text
    assert bench.recover(reason=None).status == APPROVAL


# ----- "Build local artifacts: python -m build"


def test_python_m_build_builds_a_clean_checkout(bench: Bench) -> None:
    # What lies about in the tree, ignored by git, is in no release.
    (bench.tree / "nanonis_qcodes_controller" / "left_behind.pyc").write_text("canary-left-behind")
    (bench.tree / "dist").mkdir()
    (bench.tree / "dist" / "other-1.0.tar.gz").write_text("of last week")
    outcome = bench.recover()
    assert outcome.status == APPROVAL, outcome.text
    assert "$ python -m build --no-isolation" in outcome.out
    assert f"Successfully built {STEM}.tar.gz and {STEM}-py3-none-any.whl" in re.sub(
        r"\x1b\[\d*m", "", outcome.out
    )
    wheel = next(bench.record.glob("recovery/*/dist/*.whl"))
    assert not any("left_behind" in name for name in zipfile.ZipFile(wheel).namelist())
    assert bench.outcomes("build")[-1]["commit"] == bench.commit


POETRY = """\
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"

[project]
name = "@PROJECT@"
version = "@VERSION@"
description = "Stands in for an instrument controller"
requires-python = ">=3.11"
dependencies = ["base-lib>=2"]

[project.scripts]
nqctl = "nanonis_qcodes_controller.cli:main"

[tool.poetry]
packages = [{include = "nanonis_qcodes_controller"}]
"""

# Its environment for builds is the tests' own, as --no-isolation is for the others.
HATCH = f"""\
{PYPROJECT.replace("flit-core", "hatchling").replace("flit_core.buildapi", "hatchling.build")}
[tool.hatch.build.targets.wheel]
packages = ["nanonis_qcodes_controller"]

[tool.hatch.envs.hatch-build]
type = "system"
"""


@pytest.mark.parametrize(
    ("pyproject", "build"),
    [
        (
            PYPROJECT + "\n# built by uv\n",
            ["uv", "build", "--offline", "--no-build-isolation", "--out-dir", "{out}"],
        ),
        (POETRY, ["poetry", "build", "--output={out}"]),
        (HATCH, ["hatch", "build", "{out}"]),
    ],
    ids=["uv", "poetry", "hatch"],
)
@pytest.mark.usefixtures("unchanged")
def test_a_tool_that_knows_no_outdir_gets_the_folder_in_its_own_words(
    bench: Bench, pyproject: str, build: list[str]
) -> None:
    (bench.home / ".local/share/hatch/env/system").mkdir(
        parents=True
    )  # hatch makes that of other types alone
    bench.write_pyproject(bench.tree, pyproject)
    bench.commit_all()
    bench.push()
    bench.git("fetch", "--quiet", "origin")
    text = bench.config.read_text()
    bench.config.write_text(text.replace('["python", "-m", "build", "--no-isolation"]', json.dumps(build)))
    assert sorted(bench.built()) == NAMES


@pytest.mark.usefixtures("unchanged")
def test_a_project_below_the_top_of_its_repository_is_built_there(bench: Bench) -> None:
    project = bench.tree / "packages" / "controller"
    project.mkdir(parents=True)
    for name in ("pyproject.toml", "nanonis_qcodes_controller"):
        (bench.tree / name).rename(project / name)
    bench.commit_all()
    bench.push()
    bench.git("fetch", "--quiet", "origin")
    bench.place = project
    assert sorted(bench.built()) == NAMES


@pytest.mark.usefixtures("unchanged")
def test_the_tree_is_clean_and_on_main(bench: Bench) -> None:
    (bench.tree / "new.py").write_text("")
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"tree.clean"}, POLICY), outcome.text
    (bench.tree / "new.py").unlink()
    bench.git("checkout", "--quiet", "-b", "topic")
    (bench.tree / "new.py").write_text("")
    bench.commit_all()
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"tree.on-main"}, POLICY), outcome.text
    # A tag that is called as the branch stands for nothing.
    bench.git("tag", "origin/main")
    assert refused_checks(bench.recover("--json")) == {"tree.on-main"}


@pytest.mark.usefixtures("unchanged")
def test_the_checklist_has_passed_for_this_commit(bench: Bench) -> None:
    text = bench.config.read_text()
    bench.config.write_text(text.replace('"import nanonis_qcodes_controller"', '"raise SystemExit(1)"'))
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"recover.checklist"}, POLICY), outcome.text
    bench.config.write_text(text)
    assert bench.run("verify", "--config", bench.config).status == 0
    on_record = bench.recover("--json")
    assert refused_checks(on_record) == {"approval.enough"}
    checklist = next(each for each in on_record.json()["checks"] if each["id"] == "recover.checklist")
    assert checklist["found"] == "on record for this commit"


@pytest.mark.usefixtures("unchanged")
def test_a_build_that_fails_is_refused(bench: Bench) -> None:
    text = bench.config.read_text()
    bench.config.write_text(text.replace('"-m", "build", "--no-isolation"', '"-c", "raise SystemExit(7)"'))
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"build.command"}, POLICY), outcome.text
    bench.config.write_text(text)
    bench.built()


# ----- "Expected output in dist/: wheel *.whl, source distribution *.tar.gz"


def test_expected_output_is_a_wheel_and_a_source_distribution(bench: Bench) -> None:
    assert sorted(bench.built()) == NAMES


@pytest.mark.parametrize(
    ("options", "check"),
    [('"--wheel", ', "release.kinds"), ('"--sdist", ', "release.kinds")],
)
@pytest.mark.usefixtures("unchanged")
def test_one_kind_alone_is_not_expected(bench: Bench, options: str, check: str) -> None:
    text = bench.config.read_text()
    bench.config.write_text(text.replace('"--no-isolation"', options + '"--no-isolation"'))
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({check}, POLICY), outcome.text


@pytest.mark.usefixtures("unchanged")
def test_another_version_is_not_expected(bench: Bench) -> None:
    outcome = bench.run("recover", "9.9.9", "--reason", REASON, "--config", bench.config, "--json")
    assert (refused_checks(outcome), outcome.status) == ({"release.version"}, POLICY), outcome.text


# ----- "twine upload … dist/*": an explicit manifest takes its place


def test_an_explicit_manifest_takes_the_place_of_dist(bench: Bench, stocked: Index) -> None:
    digests = bench.built()
    plan = json.loads(bench.plan.read_text())
    assert {entry["filename"]: entry["sha256"] for entry in plan["manifest"]} == digests
    for entry in plan["manifest"]:
        path = bench.plan.parent / "dist" / entry["filename"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        assert path.stat().st_size == entry["size"]
    # What is there beside them is neither sent nor passed over.
    stray = bench.plan.parent / "dist" / "other-1.0.tar.gz"
    stray.write_text("smuggled")
    outcome = bench.recover(*bench.approve("ada", "grace"), "--json")
    assert "recover.same-bytes" in refused_checks(outcome), outcome.text
    assert outcome.status == POLICY
    stray.unlink()
    assert bench.recover(*bench.approve("ada", "grace")).status == 0
    assert served(stocked) == digests


@pytest.mark.usefixtures("unchanged")
def test_other_bytes_than_the_approved_ones_are_refused(bench: Bench) -> None:
    bench.built()
    approvals = bench.approve("ada", "grace")
    wheel = next(bench.record.glob("recovery/*/dist/*.whl"))
    build_wheel(wheel.parent, PROJECT, VERSION, files={"nanonis_qcodes_controller/__init__.py": "evil = 1\n"})
    outcome = bench.recover(*approvals, "--json")
    assert {"recover.same-bytes"} <= refused_checks(outcome), outcome.text
    plan = json.loads(bench.plan.read_text())
    plan["manifest"][0]["size"] += 1
    bench.plan.write_text(json.dumps(plan))
    outcome = bench.recover(*approvals, "--json")
    assert refused_checks(outcome) == {"recover.plan-unchanged"}, outcome.text


def test_the_same_bytes_go_on_and_anew_begins_again(bench: Bench, stocked: Index) -> None:
    first = bench.built()
    approvals = bench.approve("ada", "grace")
    built = len(bench.outcomes("build"))
    assert bench.built() == first
    assert len(bench.outcomes("build")) == built, "it was built again"
    anew = bench.recover("--anew", "--json")
    assert refused_checks(anew) == {"approval.enough"}
    assert len(bench.outcomes("build")) == built + 1
    digests = {entry["filename"]: entry["sha256"] for entry in anew.json()["manifest"]}
    if digests != first:
        old = bench.recover(*approvals, "--json")
        assert "approval.subject" in refused_checks(old)
    assert bench.recover(*bench.approve("ada", "grace")).status == 0
    assert served(stocked) == digests


# ----- "… only with approved private-index credentials"


@pytest.mark.usefixtures("unchanged")
def test_only_with_approved_private_index_credentials(bench: Bench) -> None:
    missing = bench.recover(PRIVATE_INDEX_PASSWORD="")
    assert missing.status == AUTHENTICATION
    assert "PRIVATE_INDEX_PASSWORD" in missing.text
    bench.built()
    approvals = bench.approve("ada", "grace")
    canary = 'canary-"p@ss/w%rd+' + "x" * 40
    wrong = bench.recover(*approvals, PRIVATE_INDEX_PASSWORD=canary)
    assert wrong.status == AUTHENTICATION, wrong.text
    assert_absent(canary, wrong.text + bench.kept())


def test_no_secret_is_in_an_output_or_a_file_and_no_tool_sees_one(bench: Bench, stocked: Index) -> None:
    spy = bench.folder / "seen"
    script = f"import os; open({str(spy)!r}, 'a').write(repr(dict(os.environ)))"
    text = bench.config.read_text().replace('"import nanonis_qcodes_controller"', json.dumps(script))
    bench.config.write_text(text)
    first = bench.recover()
    assert first.status == APPROVAL, first.text
    last = bench.recover(*bench.approve("ada", "grace"))
    assert last.status == 0, last.text
    assert "GITHUB_ACTOR" in spy.read_text()
    everything = first.text + last.text + bench.kept() + spy.read_text()
    for secret in (stocked.token, stocked.read_token, bench.forge.scenario.token):
        assert_absent(secret, everything)
    for key in bench.keys.values():
        assert_absent("".join(key.read_text().splitlines()[1:-1]), everything)


# ----- the release, and what it is called


def test_a_recovered_release_says_so_wherever_it_is_read(
    bench: Bench, stocked: Index, tmp_path: Path
) -> None:
    digests = bench.released()
    assert served(stocked) == digests
    page = stocked.project(PROJECT)
    assert {file["_label"] for file in page["files"]} == {LABEL}
    html = ask(f"{stocked.simple_url}{PROJECT}/", stocked, "text/html")
    assert html.count(f'data-packhouse-label="{LABEL}"') == 2
    shaped = json.loads(ask(f"{stocked.url}/pypi/{PROJECT}/{VERSION}/json", stocked))
    assert shaped["info"]["_label"] == LABEL
    known = json.loads(ask(f"{stocked.url}/api/v1/projects/{PROJECT}", stocked))
    assert [release["label"] for release in known["releases"]] == [LABEL]
    assert LABEL in ask(f"{stocked.url}/project/{PROJECT}/", stocked, "text/html")
    published = json.loads(ask(f"{stocked.url}/api/v1/ledger?limit=1000", stocked))["entries"]
    assert [each["detail"]["label"] for each in published if each["action"] == "session.publish"] == [LABEL]
    status = bench.run("status", "--config", bench.config, "--json").json()["versions"]
    assert [(each["state"], each["label"], each["index"]) for each in status] == [
        ("released", LABEL, "as promoted")
    ]
    history = bench.run("history", VERSION, "--config", bench.config)
    assert history.out.splitlines()[0] == f"{VERSION}: released, {LABEL}"
    # And it is a release like any other: pip gets exactly these bytes.
    folder = tmp_path / "downloads"
    words: list[str | Path] = [
        "download",
        "--no-deps",
        "--no-cache-dir",
        "--dest",
        folder,
        f"{PROJECT}=={VERSION}",
    ]
    got = run_command([client("pip"), *words, "--index-url", stocked.pip_url], clean_environment(bench.home))
    assert got.status == 0, got.text
    wheel = folder / NAMES[0]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == digests[NAMES[0]]


def test_no_command_takes_the_label_off(bench: Bench, stocked: Index) -> None:
    bench.released()
    options = ["--data", str(stocked.data)]
    for verb in ("yank", "unyank", "block", "unblock"):
        done = bench.run("release", verb, PROJECT, VERSION, "--reason", "to be rid of it", *options)
        assert done.status == 0, done.text
    # CI is back, and promotes a run that happens to have the same bytes.
    bench.push_run()
    bench.forge.scenario.artifact.content = pack_artifact(sorted(bench.plan.parent.glob("dist/*")))
    bench.forge.scenario.artifact.head_sha = bench.commit
    words = ["--build-run-id", str(bench.forge.scenario.run.id), "--package-version", VERSION]
    promoted = bench.run("promote", *words, "--config", bench.config)
    assert promoted.status == 0, promoted.text
    assert {file["_label"] for file in stocked.project(PROJECT)["files"]} == {LABEL}
    assert bench.run("status", "--config", bench.config, "--json").json()["versions"][0]["label"] == LABEL
    for name in NAMES:
        gone = bench.run("delete", name, "--reason", "to be rid of it", *options)
        assert gone.status == 0, gone.text
    with sqlite3.connect(stocked.data / "packhouse.db") as database:
        with pytest.raises(sqlite3.IntegrityError, match="a release keeps its label"):
            database.execute("UPDATE releases SET label = NULL")
        assert database.execute("SELECT label FROM releases WHERE label IS NOT NULL").fetchall() == [(LABEL,)]


def test_a_foreign_index_keeps_no_label_and_the_output_says_so(
    forge: Forge, tmp_path: Path, home: Path
) -> None:
    with pypiserver(tmp_path / "foreign", user="desk-user", password="canary-p@ss/w%rd+") as index:
        build_wheel(index.packages, "base-lib", "2.0")
        bench = Bench(tmp_path / "bench", home, forge, index.promotion_environment())
        bench.built()
        summary = tmp_path / "summary.md"
        outcome = bench.recover(
            *bench.approve("ada", "grace"), GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true"
        )
        assert outcome.status == 0, outcome.text
        assert "this index keeps no labels" in outcome.text
        assert LABEL in summary.read_text()
        assert set(NAMES) <= set(index.holdings())
        assert bench.outcomes("confirm")[-1]["label_kept_by"] == "journal"
        assert bench.outcomes("release")[-1]["label"] == LABEL
        status = bench.run("status", "--config", bench.config)
        assert LABEL in status.out
        assert_absent("canary-p@ss/w%rd+", outcome.text + bench.kept(), user="desk-user")


# ----- what was used before


def test_a_version_that_is_released_is_refused(bench: Bench, stocked: Index) -> None:
    bench.released()
    before = snapshot(stocked.data)
    again = bench.recover("--json")
    assert (refused_checks(again), again.status) == ({"recover.not-released"}, CONFLICT), again.text
    # Also where only the index knows of it.
    shutil.rmtree(bench.record)
    elsewhere = bench.recover("--json")
    assert "recover.unreleased" in refused_checks(elsewhere), elsewhere.text
    assert snapshot(stocked.data) == before


def test_a_version_that_is_blocked_is_refused(bench: Bench, stocked: Index) -> None:
    bench.released()
    rolled = bench.run("rollback", VERSION, "--reason", "wrong", "--config", bench.config)
    assert rolled.status == 0, rolled.text
    before = snapshot(stocked.data)
    outcome = bench.recover("--json")
    assert (refused_checks(outcome), outcome.status) == ({"release.not-blocked"}, POLICY), outcome.text
    assert snapshot(stocked.data) == before


def test_a_version_whose_names_are_retired_is_refused(bench: Bench, stocked: Index) -> None:
    wheel = build_wheel(bench.folder, PROJECT, VERSION, files={"nanonis_qcodes_controller/__init__.py": ""})
    assert stocked.upload(wheel).status == 0
    gone = bench.run("delete", wheel.name, "--reason", "wrong", "--data", str(stocked.data))
    assert gone.status == 0, gone.text
    bench.built()
    outcome = bench.recover(*bench.approve("ada", "grace"), "--json")
    assert (refused_checks(outcome), outcome.status) == ({"index.stage"}, CONFLICT), outcome.text
    assert f"release {VERSION} of {PROJECT} is closed" in outcome.text
    assert stocked.filenames(PROJECT) == []


def test_a_smoke_check_that_fails_blocks_it_unseen(bench: Bench, stocked: Index) -> None:
    (bench.tree / "nanonis_qcodes_controller" / "cli.py").write_text("def main():\n    raise SystemExit(1)\n")
    bench.commit_all()
    bench.push()
    bench.git("fetch", "--quiet", "origin")
    bench.built()
    outcome = bench.recover(*bench.approve("ada", "grace"))
    assert outcome.status == SMOKE, outcome.text
    assert stocked.filenames(PROJECT) == []
    assert refused_checks(bench.recover("--json")) == {"release.not-blocked"}


# ----- when CI is back


class Ci:
    """What CI builds of the commit, once it is back."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.files = {path.name: path.read_bytes() for path in bench.plan.parent.glob("dist/*")}

    def rebuild(self, name: str, edit: Callable[[str, bytes], bytes]) -> None:
        """The same wheel, zipped at another time, each member as `edit` gives it."""
        source = self.bench.folder / "again.whl"
        source.write_bytes(self.files[name])
        target = self.bench.folder / "rebuilt.whl"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                info = zipfile.ZipInfo(member.filename, (2026, 1, 2, 3, 4, 6))
                info.external_attr, info.compress_type = member.external_attr, zipfile.ZIP_DEFLATED
                new.writestr(info, edit(member.filename, old.read(member)))
        self.files[name] = target.read_bytes()

    def reconcile(self, *options: str) -> Outcome:
        folder = self.bench.folder / "ci"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        scenario = self.bench.forge.scenario
        self.bench.push_run()
        scenario.artifact.content = pack_artifact(sorted(folder.iterdir()))
        scenario.artifact.head_sha = self.bench.commit
        words = ["recover", "reconcile", VERSION, "--build-run-id", str(scenario.run.id)]
        return self.bench.run(*words, "--config", self.bench.config, *options)


def results(outcome: Outcome) -> dict[str, str]:
    return {file["filename"]: file["result"] for file in outcome.json()["files"]}


def test_reconcile_compares_what_ci_builds(bench: Bench, stocked: Index) -> None:
    bench.released()
    before = snapshot(stocked.data)
    ci = Ci(bench)
    same = ci.reconcile("--json")
    assert (same.status, results(same)) == (0, dict.fromkeys(NAMES, "same")), same.text
    ci.rebuild(NAMES[0], lambda _, content: content)
    retimed = ci.reconcile("--json")
    assert retimed.status == 0, retimed.text
    assert results(retimed) == {NAMES[0]: "same members", NAMES[1]: "same"}
    history = bench.run("history", VERSION, "--config", bench.config)
    assert f"{NAMES[0]}: same members; {NAMES[1]}: same" in history.out
    assert history.out.splitlines()[0] == f"{VERSION}: released, {LABEL}"
    # Nothing was uploaded, and the label stays.
    assert snapshot(stocked.data) == before
    assert {file["_label"] for file in stocked.project(PROJECT)["files"]} == {LABEL}


def test_reconcile_says_what_differs(bench: Bench, stocked: Index) -> None:
    bench.released()
    before = snapshot(stocked.data)
    ci = Ci(bench)
    record = f"{STEM}.dist-info/RECORD"
    code = b'"""Drives another instrument."""\n'
    digest = urlsafe_b64encode(hashlib.sha256(code).digest()).decode().rstrip("=")
    line = f"nanonis_qcodes_controller/__init__.py,sha256={digest},{len(code)}"

    def edit(name: str, content: bytes) -> bytes:
        if name == "nanonis_qcodes_controller/__init__.py":
            return code
        if name == record:
            return re.sub(rb"(?m)^nanonis_qcodes_controller/__init__\.py,.*$", line.encode(), content)
        return content

    ci.rebuild(NAMES[0], edit)
    # Also where the copy beside the journal is gone: the index has what was released.
    shutil.rmtree(bench.plan.parent / "dist")
    outcome = ci.reconcile("--json")
    assert outcome.status == CONFLICT, outcome.text
    assert results(outcome) == {NAMES[0]: "differs", NAMES[1]: "same"}
    wheel = next(file for file in outcome.json()["files"] if file["filename"] == NAMES[0])
    assert wheel["members"] == [record, "nanonis_qcodes_controller/__init__.py"]
    assert snapshot(stocked.data) == before


def test_reconcile_takes_no_run_that_could_not_be_promoted(bench: Bench, stocked: Index) -> None:
    unknown = bench.run("recover", "reconcile", VERSION, "--build-run-id", "7", "--config", bench.config)
    assert unknown.status == MISSING
    bench.released()
    before = snapshot(stocked.data)
    ci = Ci(bench)
    bench.forge.scenario.run.event = "pull_request"
    outcome = ci.reconcile("--json")
    assert (refused_checks(outcome), outcome.status) == ({"run.event"}, POLICY), outcome.text
    bench.forge.scenario.run.event = "push"
    (bench.tree / "new.py").write_text("")
    bench.commit_all()
    bench.push()
    other = ci.reconcile("--json")
    assert (refused_checks(other), other.status) == ({"reconcile.commit"}, POLICY), other.text
    assert (
        bench.run("status", "--config", bench.config, "--json").json()["versions"][0]["state"] == "released"
    )
    assert snapshot(stocked.data) == before


# ----- a death at every write of the journal


@pytest.mark.parametrize("call", ["first", "second"])
def test_a_death_at_any_write_of_the_journal_ends_in_the_same_release(
    stocked: Index, forge: Forge, tmp_path: Path, home: Path, call: str
) -> None:
    bench = Bench(tmp_path / "bench", home, forge, stocked.promotion_environment())
    approvals: list[str | Path] = []
    if call == "second":
        bench.built()
        approvals = bench.approve("ada", "grace")
    deaths = 0
    for number in range(1, 200):
        died = bench.recover(*approvals, **{FAIL_POINT: f"journal-line-written:{number}"})
        if died.status != -signal.SIGKILL:
            break
        deaths += 1
        held = served(stocked) if stocked.filenames(PROJECT) else {}
        assert held == {} or sorted(held) == NAMES, "half of it is seen"
        if [each for each in bench.journal() if each["step"] == "release"]:
            break
    assert deaths > 8
    last = bench.recover(*(approvals or []), "--json")
    if call == "first":
        assert refused_checks(last) == {"approval.enough"}, last.text
        approvals = bench.approve("ada", "grace")
        last = bench.recover(*approvals, "--json")
        assert last.status == 0, last.text
    else:
        assert last.status in (0, CONFLICT), last.text
    digests = {entry["filename"]: entry["sha256"] for entry in json.loads(bench.plan.read_text())["manifest"]}
    assert served(stocked) == digests
    assert {file["_label"] for file in stocked.project(PROJECT)["files"]} == {LABEL}
    previous = "0" * 64
    for entry in bench.journal():
        assert entry["prev_hash"] == previous
        previous = entry["hash"]

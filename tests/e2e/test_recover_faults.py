"""A fault at a request of a recovery: the same command again, and never two truths.

A process is killed here at every request. Every other fault, at every request, is a test within one process
(src/desk/recover_faults_test.cpp); here each meets real sockets once in each call. The forge is asked twice:
for the proof before anything is built, and again before anything is sent. What the index is asked for is what
a promotion asks. Each case is a version of its own, built and approved, on one index.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.conftest import Stock
from tests.support.desk import CONFLICT, POLICY
from tests.support.faults import FAULTS, FaultProxy
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import Outcome
from tests.support.paths import ROOT, packhouse_binary
from tests.support.quick_python import write_quick_python
from tests.support.recovery import APPROVAL, LABEL, REASON, Bench
from tests.support.spoiled import Case, Workshop, assert_one_truth, at_once, open_workshop

KILLED = ("killed-before", "killed-after")
OTHERS = tuple(fault for fault in FAULTS if fault not in KILLED)
BUILD = """\
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.support.desk import build_release
build_release(Path(sys.argv[sys.argv.index("--outdir") + 1]), version=sys.argv[2])
"""


class Recovery:
    """One version that is recovered; its requests pass a proxy that may spoil one."""

    def __init__(self, workshop: Workshop, stack: ExitStack) -> None:
        self.asked: list[str] = []  # by the call that was made last
        version = f"2.{next(workshop.numbers)}"
        folder = workshop.folder / version
        home = folder / "home"
        home.mkdir(parents=True)
        forge = stack.enter_context(Forge(successful_push(b"PK")))
        proxy = stack.enter_context(FaultProxy())
        self.bench = Bench(folder, home, forge, workshop.index.promotion_environment(), version)
        (folder / "build.py").write_text(BUILD)
        build = f'["python", "{folder}/build.py", "{ROOT}", "{version}"]'
        text = self.bench.config.read_text().replace('["python", "-m", "build", "--no-isolation"]', build)
        smoke = f'[smoke]\npython = "{workshop.python}"\nclients = ["pip"]\n'
        self.bench.config.write_text(text.replace("[smoke]\n", smoke))
        words = ["recover", version, "--reason", REASON, "--config", str(self.bench.config)]
        self.case = Case(
            version,
            [str(packhouse_binary()), *words],
            self.bench.tree,
            {**self.bench.environment, "http_proxy": proxy.url},
            proxy,
            {},
            home / ".local" / "state" / "packhouse",
        )

    def build_and_approve(self) -> None:
        """The first call, and what two owners make of it; nothing of it is spoiled."""
        self.case.digests = self.bench.built()
        self.case.command += [str(word) for word in self.bench.approve("ada", "grace")]

    def run_spoiled(self, fault: str, number: int, good: int) -> Outcome:
        """With one request spoiled, and then once more where it did not end with that status."""
        self.case.proxy.arm(fault, number)
        first = self.case.run()
        struck, self.asked = self.case.proxy.struck, list(self.case.proxy.requests)
        self.case.proxy.arm("", 0)
        assert struck is not None or not fault, self.case.story()
        if fault.startswith("killed"):
            assert first.status == -signal.SIGKILL, self.case.story()
        if first.status != good:
            assert self.case.run().status == good, self.case.story()
        return first


@pytest.fixture(scope="module")
def workshop(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    with open_workshop(stock.copy(folder / "index", folder), write_quick_python(folder / "python3")) as shop:
        yield shop


def finish(workshop: Workshop, recovery: Recovery) -> None:
    """It is released, whole, and called what it is."""
    assert_one_truth(workshop, recovery.case, "required")
    files = workshop.index.project("nanonis-qcodes-controller")["files"]
    labels = {file["_label"] for file in files if file["filename"] in recovery.case.digests}
    assert labels == {LABEL}, recovery.case.story()


def prove_spoiled(workshop: Workshop, fault: str, number: int) -> Outcome:
    """A fault before anything is built; then the whole way."""
    with ExitStack() as stack:
        recovery = Recovery(workshop, stack)
        first = recovery.run_spoiled(fault, number, APPROVAL)
        assert workshop.served(recovery.case.version) == {}
        recovery.build_and_approve()
        assert recovery.case.run().status == 0, recovery.case.story()
        finish(workshop, recovery)
        return first


def release_spoiled(workshop: Workshop, fault: str, number: int) -> Outcome:
    """A fault once it is approved."""
    with ExitStack() as stack:
        recovery = Recovery(workshop, stack)
        recovery.build_and_approve()
        first = recovery.run_spoiled(fault, number, 0)
        finish(workshop, recovery)
        return first


@pytest.fixture(scope="module")
def requests(workshop: Workshop) -> tuple[list[str], list[str]]:
    """What each call asks for where nothing happens."""
    with ExitStack() as stack:
        recovery = Recovery(workshop, stack)
        recovery.run_spoiled("", 0, APPROVAL)
        first = recovery.asked
        recovery.build_and_approve()
        recovery.run_spoiled("", 0, 0)
        finish(workshop, recovery)
        return first, recovery.asked


def of_forge(requests: list[str]) -> list[int]:
    return [number for number, each in enumerate(requests, 1) if each.startswith("GET /repos/")]


@pytest.mark.parametrize("fault", KILLED)
def test_a_kill_at_any_request_for_the_proof_ends_in_the_same_release(
    workshop: Workshop, requests: tuple[list[str], list[str]], fault: str
) -> None:
    first, second = requests
    assert len(of_forge(first)) > 3
    at_once(lambda number: prove_spoiled(workshop, fault, number), of_forge(first))
    at_once(lambda number: release_spoiled(workshop, fault, number), of_forge(second))


def of_index(requests: list[str]) -> list[int]:
    forge = of_forge(requests)
    return [number for number in range(1, len(requests) + 1) if number not in forge]


@pytest.mark.parametrize("fault", KILLED)
def test_a_kill_at_any_request_to_the_index_ends_in_the_same_release(
    workshop: Workshop, requests: tuple[list[str], list[str]], fault: str
) -> None:
    _, second = requests
    assert len(of_index(second)) > 10
    at_once(lambda number: release_spoiled(workshop, fault, number), of_index(second))


def test_every_other_fault_on_real_sockets_ends_in_the_same_release(
    workshop: Workshop, requests: tuple[list[str], list[str]]
) -> None:
    """At the last request for the proof, and where the files become public."""
    first, second = requests
    (publishing,) = (at for at, request in enumerate(second, 1) if request.endswith("/publish"))
    proof = of_forge(first)[-1]
    every = range(len(OTHERS))
    proofs = at_once(lambda at: prove_spoiled(workshop, OTHERS[at], proof), every)
    releases = at_once(lambda at: release_spoiled(workshop, OTHERS[at], publishing), every)
    # Only an answer that was falsified may be refused.
    for fault, *ended in zip(OTHERS, proofs, releases, strict=True):
        refused = [each.text for each in ended if each.status in (POLICY, CONFLICT)]
        assert fault == "wrong-bytes" or not refused, refused[0]

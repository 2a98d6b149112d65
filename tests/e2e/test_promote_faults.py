"""A fault at a request or a write of the journal: the same command again, and never two truths.

A process is killed here at every request of a staged release, and at every write of its journal. Every other
fault, at every request, is a test within one process (src/desk/promotion/promote_faults_test.cpp); here each
meets real sockets once. Each case is a release of its own, of another version, on one index. How many
requests and writes there are is found by a promotion to which nothing happens.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.conftest import Stock
from tests.support.desk import CONFLICT, POLICY, PROJECT
from tests.support.faults import FAULTS
from tests.support.packhouse import FAIL_POINT
from tests.support.quick_python import write_quick_python
from tests.support.spoiled import Case, Workshop, assert_one_truth, at_once, open_workshop

KILLED = ("killed-before", "killed-after")
OF_BODIES = ("truncated", "wrong-bytes", "slow")
# By `staging`: the request that makes files public.
PUBLISHING = {"required": "/publish", "off": "/legacy/"}


@pytest.fixture(scope="module")
def workshop(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    with open_workshop(stock.copy(folder / "index", folder), write_quick_python(folder / "python3")) as shop:
        yield shop


def spoil(workshop: Workshop, mode: str, fault: str, number: int) -> Case:
    """A promotion whose request of that number is spoiled, and the same command again if it ended ill."""
    with ExitStack() as stack:
        case = workshop.case(stack, mode)
        case.proxy.arm(fault, number)
        first = case.run()
        assert case.proxy.struck is not None, case.story()
        if fault.startswith("killed"):
            assert first.status == -signal.SIGKILL, case.story()
        if mode == "required" and first.status != 0:
            assert workshop.served(case.version) in ({}, case.digests), f"half of it is seen\n{case.story()}"
        case.proxy.arm("", 0)
        if first.status != 0:
            case.run()
        assert_one_truth(workshop, case, mode)
        return case


def run_clean(workshop: Workshop, mode: str) -> Case:
    """A promotion to which nothing happens."""
    with ExitStack() as stack:
        case = workshop.case(stack, mode)
        assert case.run().status == 0, case.story()
        assert_one_truth(workshop, case, mode)
        return case


@pytest.fixture(scope="module")
def clean(workshop: Workshop) -> dict[str, Case]:
    """By `staging`."""
    return {mode: run_clean(workshop, mode) for mode in PUBLISHING}


def assert_released(cases: list[Case]) -> None:
    assert {case.outcomes[-1].status for case in cases} == {0}
    # Only an answer that was falsified may be refused; and the same command again, unspoiled, is released.
    refused = [case.story() for case in cases if case.outcomes[0].status in (POLICY, CONFLICT)]
    assert not refused, refused[0]


@pytest.mark.parametrize("fault", KILLED)
def test_a_kill_at_any_request_of_a_staged_release_ends_in_the_same_release(
    workshop: Workshop, clean: dict[str, Case], fault: str
) -> None:
    requests = range(1, len(clean["required"].proxy.requests) + 1)
    assert len(requests) > 30
    assert_released(at_once(lambda number: spoil(workshop, "required", fault, number), requests))


@pytest.mark.parametrize("mode", PUBLISHING, ids=["staged", "exposed"])
def test_every_fault_on_real_sockets_ends_in_the_same_release(
    workshop: Workshop, clean: dict[str, Case], mode: str
) -> None:
    """Where files become public, or where a public file is read back."""

    def last(ending: str) -> int:
        requests = clean[mode].proxy.requests
        return max(at for at, request in enumerate(requests, 1) if request.endswith(ending))

    def spoil_once(number: int) -> Case:
        fault = FAULTS[number]
        return spoil(workshop, mode, fault, last(".whl" if fault in OF_BODIES else PUBLISHING[mode]))

    cases = at_once(spoil_once, range(len(FAULTS)))
    assert_released([case for fault, case in zip(FAULTS, cases, strict=True) if fault != "wrong-bytes"])
    assert {case.outcomes[-1].status for case in cases} == {0}


def journal_writes(case: Case) -> list[tuple[object, object]]:
    """What all files of a stage are about to go through stands in one, and so does what became of them."""
    phases = ((entry["step"], entry["phase"]) for entry in case.journal())
    return [phase for phase, _ in itertools.groupby(phases)]


@pytest.mark.parametrize(
    ("mode", "point"),
    [
        ("required", "journal-line-begun"),
        ("required", "journal-line-written"),
        ("required", "journal-evidence-written"),
        ("off", "journal-line-begun"),
    ],
)
def test_a_death_at_any_write_of_the_journal_ends_in_the_same_release(
    workshop: Workshop, clean: dict[str, Case], mode: str, point: str
) -> None:
    evidence = clean[mode].folder / "state" / "releases" / PROJECT / clean[mode].version / "evidence"
    lines = journal_writes(clean[mode])
    writes = len(list(evidence.iterdir())) if point == "journal-evidence-written" else len(lines)
    # Until its first upload, the journal of an exposed release has the lines of a staged one.
    first_write = 1 if mode == "required" else 1 + lines.index(("publish", "intent"))

    def die(number: int) -> Case:
        with ExitStack() as stack:
            case = workshop.case(stack, mode)
            first = case.run(**{FAIL_POINT: f"{point}:{number}"})
            assert first.status == -signal.SIGKILL, case.story()
            assert case.run().status == 0, case.story()
            assert_one_truth(workshop, case, mode)
            return case

    assert len(at_once(die, range(first_write, writes + 1))) > 5

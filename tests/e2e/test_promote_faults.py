"""A fault at every request and at every write of the journal: the same command again, and never two truths.

Each case is a release of its own, of another version, on one index. How many requests and writes there are
is found by a promotion to which nothing happens.
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

MODES = ("required", "off")  # of `staging`


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


@pytest.fixture(scope="module", params=MODES, ids=["staged", "exposed"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def clean(workshop: Workshop, mode: str) -> Case:
    """A promotion to which nothing happens."""
    with ExitStack() as stack:
        case = workshop.case(stack, mode)
        assert case.run().status == 0, case.story()
        assert_one_truth(workshop, case, mode)
        return case


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_ends_in_the_same_release(
    workshop: Workshop, mode: str, clean: Case, fault: str
) -> None:
    requests = range(1, len(clean.proxy.requests) + 1)
    cases = at_once(lambda number: spoil(workshop, mode, fault, number), requests)
    assert {case.outcomes[-1].status for case in cases} == {0}
    # Only an answer that was falsified may be refused; and the same command again, unspoiled, is released.
    refused = [case.story() for case in cases if case.outcomes[0].status in (POLICY, CONFLICT)]
    assert fault == "wrong-bytes" or not refused, refused[0]


def journal_writes(case: Case) -> list[tuple[object, object]]:
    """What all files of a stage are about to go through stands in one, and so does what became of them."""
    phases = ((entry["step"], entry["phase"]) for entry in case.journal())
    return [phase for phase, _ in itertools.groupby(phases)]


@pytest.mark.parametrize("point", ["journal-line-begun", "journal-line-written", "journal-evidence-written"])
def test_a_death_at_any_write_of_the_journal_ends_in_the_same_release(
    workshop: Workshop, mode: str, clean: Case, point: str
) -> None:
    evidence = clean.folder / "state" / "releases" / PROJECT / clean.version / "evidence"
    writes = (
        len(list(evidence.iterdir())) if point == "journal-evidence-written" else len(journal_writes(clean))
    )

    def die(number: int) -> Case:
        with ExitStack() as stack:
            case = workshop.case(stack, mode)
            first = case.run(**{FAIL_POINT: f"{point}:{number}"})
            assert first.status == -signal.SIGKILL, case.story()
            assert case.run().status == 0, case.story()
            assert_one_truth(workshop, case, mode)
            return case

    assert len(at_once(die, range(1, writes + 1))) > 5

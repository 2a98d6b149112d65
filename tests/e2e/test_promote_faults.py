"""A fault at every request and at every write of the journal: the same command again, and never two truths.

Each case is a release of its own, of another version, on one index. How many requests and writes there are
is found by a promotion to which nothing happens.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.conftest import Stock
from tests.support.artifacts import pack_artifact
from tests.support.desk import CONFLICT, POLICY, PROJECT, build_release
from tests.support.faults import FAULTS, FaultProxy
from tests.support.forge import Forge, successful_push
from tests.support.packhouse import FAIL_POINT, Index, Outcome, packhouse
from tests.support.paths import packhouse_binary
from tests.support.processes import clean_environment
from tests.support.quick_python import write_quick_python

AT_ONCE = 6  # most of a case is waiting for the next try
SECONDS = 120.0
MODES = ("required", "off")  # of `staging`


@dataclass
class Case:
    """One release on its way, with a world of its own but for the index."""

    version: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    proxy: FaultProxy
    digests: dict[str, str]  # of the files that CI built
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self, **variables: str) -> Outcome:
        running = subprocess.Popen(
            self.command,
            env={**self.environment, **variables},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.proxy.victim = running.pid
        try:
            out, err = running.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            out, err = running.communicate()
            raise AssertionError(f"no end after {SECONDS} s: {self.proxy.struck}\n{out}{err}") from None
        finally:
            self.proxy.victim = None
            running.kill()
        self.outcomes.append(Outcome(running.returncode, out, err))
        return self.outcomes[-1]

    def journal(self) -> list[dict[str, object]]:
        path = self.folder / "state" / "releases" / PROJECT / self.version / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def story(self) -> str:
        parts = [f"{self.version}: {self.proxy.struck}"]
        return "\n".join([*parts, *(f"status {each.status}\n{each.text}" for each in self.outcomes)])


@dataclass
class Workshop:
    """The one index, and what each case is made of."""

    index: Index
    folder: Path
    python: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def case(self, stack: ExitStack, mode: str) -> Case:
        version = f"1.{next(self.numbers)}"
        folder = self.folder / version
        folder.mkdir()
        built = build_release(folder / "dist", version=version)
        forge = stack.enter_context(Forge(successful_push(pack_artifact(built))))
        proxy = stack.enter_context(FaultProxy())
        config = folder / "packhouse.toml"
        config.write_text(
            f'project = "{PROJECT}"\nrepository = "{forge.scenario.asked.full_name}"\n'
            f'[smoke]\npython = "{self.python}"\ncommands = [["nqctl", "capabilities"]]\n'
            f'[index]\nstaging = "{mode}"\nwait-seconds = 5\n[forge]\nmax-wait-seconds = 20\n'
        )
        run = str(forge.scenario.run.id)
        words = ["promote", "--build-run-id", run, "--package-version", version, "--state", "state"]
        environment = {
            **clean_environment(folder),
            **forge.environment(),
            **self.index.promotion_environment(),
            "http_proxy": proxy.url,
        }
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}
        return Case(version, [str(packhouse_binary()), *words], folder, environment, proxy, digests)

    def served(self, version: str) -> dict[str, str]:
        stem = f"nanonis_qcodes_controller-{version}"
        return {
            file["filename"]: file["hashes"]["sha256"]
            for file in self.index.project(PROJECT)["files"]
            if file["filename"] in (f"{stem}.tar.gz", f"{stem}-py3-none-any.whl")
        }


@pytest.fixture(scope="module")
def workshop(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("workshop")
    index = stock.copy(folder / "index", folder)
    try:
        index.start()
        yield Workshop(index, folder, write_quick_python(folder / "python3"))
        assert index.stop() == 0
        # Whatever happened to two hundred promotions: every file has its bytes, and the ledger its chain.
        audited = packhouse("audit", "--json", "--data", index.data, environment=clean_environment(folder))
        assert audited.status == 0, audited.text
        assert audited.json()["sound"] is True
        ledger = packhouse("ledger", "verify", "--data", index.data, environment=clean_environment(folder))
        assert ledger.status == 0, ledger.text
    finally:
        index.close()


def assert_chained(case: Case) -> None:
    """The journal is whole: each line holds the hash of the one before."""
    previous = "0" * 64
    for entry in case.journal():
        assert entry["prev_hash"] == previous, case.story()
        previous = str(entry["hash"])


def assert_one_truth(workshop: Workshop, case: Case, mode: str) -> None:
    """Released, or refused; and the journal says of it what the index shows."""
    served, last = workshop.served(case.version), case.outcomes[-1]
    says_released = any(entry["step"] == "release" for entry in case.journal())
    assert_chained(case)
    assert says_released == (last.status == 0), case.story()
    if last.status == 0:
        assert served == case.digests, case.story()
        return
    assert last.status in (POLICY, CONFLICT), case.story()
    assert last.out.splitlines()[-1].startswith("refused: "), case.story()
    assert served.items() <= case.digests.items(), case.story()
    if mode == "required":
        assert served == {}, f"staged, and yet seen\n{case.story()}"


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


def at_once(work: Callable[[int], Case], numbers: range) -> list[Case]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, numbers))


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


@pytest.mark.parametrize("point", ["journal-line-begun", "journal-line-durable", "journal-evidence-written"])
def test_a_death_at_any_write_of_the_journal_ends_in_the_same_release(
    workshop: Workshop, mode: str, clean: Case, point: str
) -> None:
    evidence = clean.folder / "state" / "releases" / PROJECT / clean.version / "evidence"
    writes = len(list(evidence.iterdir())) if point.endswith("written") else len(journal_writes(clean))

    def die(number: int) -> Case:
        with ExitStack() as stack:
            case = workshop.case(stack, mode)
            first = case.run(**{FAIL_POINT: f"{point}:{number}"})
            assert first.status == -signal.SIGKILL, case.story()
            assert case.run().status == 0, case.story()
            assert_one_truth(workshop, case, mode)
            return case

    assert len(at_once(die, range(1, writes + 1))) > 5

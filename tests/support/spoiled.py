"""Promotions that are spoiled: each of another version, with a world of its own but for the index."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from .artifacts import pack_artifact
from .desk import CONFLICT, POLICY, PROJECT, build_release
from .faults import FaultProxy
from .forge import Forge, successful_push
from .packhouse import Index, Outcome, packhouse
from .paths import packhouse_binary
from .processes import PATIENCE, clean_environment

Ended = TypeVar("Ended")
AT_ONCE = 6  # most of a case is waiting for the next try


@dataclass
class Case:
    """One release on its way, with a world of its own but for the index."""

    version: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    proxy: FaultProxy
    digests: dict[str, str]  # of the files that were built
    state: Path  # the desk's state folder
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
            out, err = running.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()
            out, err = running.communicate()
            raise AssertionError(f"no end after {PATIENCE} s: {self.proxy.struck}\n{out}{err}") from None
        finally:
            self.proxy.victim = None
            running.kill()
        self.outcomes.append(Outcome(running.returncode, out, err))
        return self.outcomes[-1]

    def journal(self) -> list[dict[str, object]]:
        path = self.state / "releases" / PROJECT / self.version / "journal.jsonl"
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
        state = folder / "state"
        words = ["promote", "--build-run-id", run, "--package-version", version, "--state", str(state)]
        environment = {
            **clean_environment(folder),
            **forge.environment(),
            **self.index.promotion_environment(),
            "http_proxy": proxy.url,
        }
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}
        return Case(version, [str(packhouse_binary()), *words], folder, environment, proxy, digests, state)

    def served(self, version: str) -> dict[str, str]:
        stem = f"nanonis_qcodes_controller-{version}"
        return {
            file["filename"]: file["hashes"]["sha256"]
            for file in self.index.project(PROJECT)["files"]
            if file["filename"] in (f"{stem}.tar.gz", f"{stem}-py3-none-any.whl")
        }


@contextmanager
def open_workshop(index: Index, python: Path) -> Iterator[Workshop]:
    """On an index that was not started. At its end, every file has its bytes, and the ledger its chain."""
    try:
        index.start()
        yield Workshop(index, index.data.parent, python)
        assert index.stop() == 0
        environment = clean_environment(index.data.parent)
        audited = packhouse("audit", "--json", "--data", index.data, environment=environment)
        assert audited.status == 0, audited.text
        assert audited.json()["sound"] is True
        ledger = packhouse("ledger", "verify", "--data", index.data, environment=environment)
        assert ledger.status == 0, ledger.text
    finally:
        index.close()


def at_once(work: Callable[[int], Ended], numbers: Iterable[int]) -> list[Ended]:
    """Several cases beside one another, each from its number."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, numbers))


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

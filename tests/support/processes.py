"""Child processes that a test talks to: started, read line by line, and ended by their own id."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

# After so many seconds a wait has failed. It only ends a test that hangs: a busy machine may be this slow.
PATIENCE = 900.0

# What could point a client at another index, or change how it behaves.
_FOREIGN = re.compile(
    r"(PIP|UV|TWINE|HATCH|POETRY|PDM|FLIT|NPM_CONFIG|PRIVATE_INDEX|PACKHOUSE|GITHUB|ACTIONS|RUNNER|PYTHON|GH)_"
    r"|(PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|NETRC|CI|(?i:(https?|all|no)_proxy))\Z"
)


class ProcessError(Exception):
    """A child did not do what the test needs of it; the message holds what it printed."""


def clean_environment(home: Path) -> dict[str, str]:
    """This process's environment without what configures package tools, and with HOME at `home`."""
    kept = {name: value for name, value in os.environ.items() if not _FOREIGN.match(name)}
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
    }
    # A system-wide pip.conf may name an index; no test may depend on one.
    return {**kept, **{name: str(path) for name, path in folders.items()}, "PIP_CONFIG_FILE": os.devnull}


class Child:
    """A running program. Both its outputs are read as they come, so that it never blocks on a full pipe."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            self.command,
            env=None if environment is None else dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C meant for the parent is not the child's
        )
        self.errors: list[str] = []
        outputs = [(self._process.stdout, self._lines), (self._process.stderr, self.errors)]
        self._readers = [
            threading.Thread(target=self._read, args=(stream, into), daemon=True)
            for stream, into in outputs
            if stream is not None
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def lines(self) -> list[str]:
        """Standard output so far."""
        with self._changed:
            return list(self._lines)

    def wait_for_line(self, pattern: str, seconds: float = PATIENCE) -> re.Match[str]:
        """The first line of standard output that `pattern` is found in; ProcessError if none comes."""
        deadline = time.monotonic() + seconds
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if match := re.search(pattern, line):
                        return match
                seen = len(self._lines)
                ended = not any(reader.is_alive() for reader in self._readers)
                left = deadline - time.monotonic()
                if ended:
                    self._process.wait(PATIENCE)  # its outputs close a moment before it is gone
                if ended or left <= 0:
                    raise ProcessError(self._story(f"no line matches {pattern!r}"))
                self._changed.wait(left)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit status (negative: the signal that ended it), with everything it printed read."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessError(self._story(f"still running after {seconds} s")) from None
        for reader in self._readers:
            reader.join()
        return status

    def wait_until_interrupted(self) -> int | None:
        """Waits until it ends by itself (its exit status) or the user presses Ctrl-C (None)."""
        try:
            return self._process.wait()
        except KeyboardInterrupt:
            return None

    def terminate(self) -> None:
        """SIGTERM. Harmless if it has ended."""
        if self.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM, then wait."""
        self.terminate()
        return self.wait(seconds)

    def pause(self) -> None:
        """SIGSTOP: it holds what it holds and goes no further, until go_on() or kill()."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> int:
        """SIGKILL, then wait: what a power cut is to a process."""
        if self.returncode is None:
            self._process.kill()
        return self._process.wait()

    def _read(self, stream: IO[str], into: list[str]) -> None:
        for line in stream:
            with self._changed:
                into.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _story(self, fault: str) -> str:
        printed = "\n".join(["stdout:", *self._lines[-40:], "stderr:", *self.errors[-40:]])
        return f"{Path(self.command[0]).name}: {fault} (status {self.returncode})\n{printed}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

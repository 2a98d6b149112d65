"""Ports of the loopback interface: one that refuses connections, and the one that a program listens on."""

from __future__ import annotations

import time
from pathlib import Path

from .processes import PATIENCE, Child, ProcessError

# Nothing listens there, and the system gives no program a port below 1024. The address of a server that has
# ended does not do: its port may be given to another program at once.
NOWHERE = "http://127.0.0.1:9"

_LISTEN = "0A"  # the state, in /proc/net/tcp


def listening_port(pid: int) -> int | None:
    """The TCP port over IPv4 that the process listens on; None before it does, and once it has ended."""
    try:
        links = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]
        table = Path(f"/proc/{pid}/net/tcp").read_text()
    except OSError:
        return None
    for line in table.splitlines()[1:]:
        _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
        if state == _LISTEN and f"socket:[{inode}]" in links:
            return int(local.rpartition(":")[2], 16)
    return None


def port_of(server: Child) -> int:
    """Waits until it listens. Servers of others print the port that they asked for, not the one they got."""
    deadline = time.monotonic() + PATIENCE
    while server.returncode is None and time.monotonic() < deadline:
        if port := listening_port(server.pid):
            return port
        time.sleep(0.05)
    raise ProcessError(f"a server does not listen: {' '.join(server.errors[-20:])}")

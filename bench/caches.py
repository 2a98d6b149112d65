"""Indexes of others as caches above one upstream, each on the servers' core."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.servers import PEERS, SERVER_CORE, Server, devpi_index, free_port, packhouse, running, wait_for

OPEN = "[index.main]\nopen-reading = true\n"


@dataclass(frozen=True)
class Cache:
    name: str
    start: Callable[
        [Path, str], contextlib.AbstractContextManager[Server]
    ]  # folder, the upstream's Simple API


@contextlib.contextmanager
def of_packhouse(folder: Path, upstream: str) -> Iterator[Server]:
    """Reading needs no credential, as with the others."""
    folder.mkdir()
    config = folder / "packhouse.toml"
    config.write_text(f'{OPEN}[[index.main.upstream]]\nurl = "{upstream}"\n')
    with packhouse(folder, SERVER_CORE, ["--config", str(config)]) as server:
        yield Server("packhouse", server.url, "/simple/", "", {}, server.pid)


@contextlib.contextmanager
def of_peryx(folder: Path, upstream: str) -> Iterator[Server]:
    folder.mkdir()
    config = folder / "peryx.toml"
    source = f'[[index.upstream]]\nname = "up"\nurl = "{upstream}"\n'
    config.write_text(f'[[index]]\nname = "up"\nroute = "up"\n{source}')
    port = free_port()
    command = [str(PEERS / "peryx"), "serve", "--host", "127.0.0.1", "--port", str(port),
               "--config", str(config), "--data-dir", str(folder / "data"),
               "--log-level", "error"]  # fmt: skip
    with running(command, folder / "peryx.log") as process:
        wait_for(port, process)
        yield Server("peryx", f"http://127.0.0.1:{port}", "/up/simple/", "", {}, process.pid)


@contextlib.contextmanager
def of_proxpi(folder: Path, upstream: str) -> Iterator[Server]:
    folder.mkdir()
    port = free_port()
    command = ["env", f"PROXPI_INDEX_URL={upstream}", f"PROXPI_CACHE_DIR={folder / 'cache'}",
               str(PEERS / "gunicorn"), "--workers", "1", "--threads", "16", "--bind", f"127.0.0.1:{port}",
               "proxpi.server:app"]  # fmt: skip
    with running(command, folder / "proxpi.log") as process:
        wait_for(port, process)
        yield Server("proxpi", f"http://127.0.0.1:{port}", "/index/", "", {}, process.pid)


@contextlib.contextmanager
def of_devpi(folder: Path, upstream: str) -> Iterator[Server]:
    with devpi_index(folder, "up", {"type": "mirror", "mirror_url": upstream}) as index:
        yield Server("devpi-server", index.url, "/root/up/+simple/", "", {}, index.pid)


PACKHOUSE = Cache("packhouse", of_packhouse)
PERYX = Cache("peryx", of_peryx)
PROXPI = Cache("proxpi", of_proxpi)
DEVPI = Cache("devpi-server", of_devpi)

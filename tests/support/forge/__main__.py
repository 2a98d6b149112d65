"""The forge as a program: python -m tests.support.forge --dist DIR [--state FILE] [--misbehave NAME]...

The first line on standard output is a JSON object: url, blob_url, repository, repository_id, run_id and
token. It serves on the loopback interface, on ports that the system chooses, until SIGTERM or SIGINT.
With --state, FILE names the repository and the misbehaviours when it starts, and is left alone:

    {"repository": {"id": 7, "full_name": "lab/project"}, "misbehave": ["digest-wrong"], "token": "..."}
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any

from ..artifacts import pack_artifact
from . import MISBEHAVIOURS, Forge, Repository, Scenario, misbehave, successful_push


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    state = json.loads(options.state.read_text()) if options.state else {}
    scenario = _scenario(options.dist, state, options.misbehave)
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)  # before any thread: they inherit it
    with Forge(scenario) as forge:
        print(json.dumps(_described(forge)), flush=True)
        signal.sigwait(stop_signals)
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.forge", allow_abbrev=False)
    parser.add_argument("--dist", type=Path, required=True, help="folder whose files the artifact holds")
    parser.add_argument("--state", type=Path, help="JSON file: repository, misbehave, token")
    parser.add_argument("--misbehave", action="append", default=[], choices=sorted(MISBEHAVIOURS))
    return parser.parse_args(arguments)


def _scenario(dist: Path, state: dict[str, Any], names: list[str]) -> Scenario:
    files = sorted(path for path in dist.iterdir() if path.is_file())
    scenario = successful_push(pack_artifact(files), repository=Repository(**state.get("repository", {})))
    scenario.token = state.get("token", scenario.token)
    for name in [*state.get("misbehave", []), *names]:
        misbehave(scenario, name)
    return scenario


def _described(forge: Forge) -> dict[str, Any]:
    return {
        "url": forge.url,
        "blob_url": forge.blob_url,
        "repository": forge.scenario.asked.full_name,
        "repository_id": forge.scenario.asked.id,
        "run_id": forge.scenario.run.id,
        "token": forge.scenario.token,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""An operator's day: what the index holds, another configuration while it serves, telling others of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.packhouse import Index, Outcome, packhouse
from tests.support.processes import clean_environment
from tests.support.raw_http import send
from tests.support.waiting import eventually

MakeIndex = Callable[[str], Index]


def command(index: Index, *words: str | Path) -> Outcome:
    return packhouse(*words, environment=clean_environment(index.home))


def logged(index: Index, text: str) -> bool:
    return any(text in line for line in index.process.errors)


def test_usage_says_what_there_is_beside_the_server(make_index: MakeIndex, tmp_path: Path) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("[limits]\nfiles-per-project = 3\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    assert (
        index.upload(*build_pair(tmp_path, "demo", "1.0"), build_wheel(tmp_path, "demo", "2.0")).status == 0
    )

    shown = command(index, "usage", "--data", index.data, "--config", config)
    assert shown.status == 0, shown.err
    assert "scarce    main/demo: 3 of 3 of limits.files-per-project" in shown.out
    assert "backup    never" in shown.out

    found = command(index, "usage", "--data", index.data, "--json").json()
    assert [(each["index"], each["projects"], each["files"]) for each in found["indexes"]] == [("main", 1, 3)]
    assert found["largest_projects"][0]["project"] == "demo"
    assert found["uploaded"]["7_days"]["files"] == 3
    assert found["stored"]["unneeded_blobs"] == 0
    assert found["scarce_limits"] == []
    assert command(index, "delete", "demo", "--reason", "old", "--data", index.data).status == 0
    found = command(index, "usage", "--data", index.data, "--json").json()
    assert found["indexes"][0]["bytes"] == 0
    assert found["stored"]["unneeded_blobs"] > 0


def test_a_configuration_is_checked_and_taken_while_the_server_runs(
    make_index: MakeIndex, tmp_path: Path
) -> None:
    config = tmp_path / "packhouse.toml"
    config.write_text("")
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(wheel).status == 0

    def take(text: str, line: str) -> None:
        config.write_text(text)
        os.kill(index.process.pid, signal.SIGHUP)
        eventually(lambda: logged(index, line), True)

    wrong = 'acces-log = true\n[limits]\nprojects = "many"\n[index.staging]\nuploads = 1\n'
    config.write_text(wrong)
    checked = command(index, "config", "check", config)
    assert checked.status == 2
    for place in ("packhouse.toml:1:1", "packhouse.toml:3:12", "packhouse.toml:5:11"):
        assert place in checked.err, checked.err
    take(wrong, "the old configuration stays")
    assert send(f"{index.url}/simple/demo/").status == 401

    right = (
        'listen = "127.0.0.1:1"\n[limits]\nprojects = 1\n[index.main]\nopen-reading = true\n[index.staging]\n'
    )
    config.write_text(right)
    checked = command(index, "config", "check", config)
    assert checked.out.endswith(": sound\n"), checked.text
    take(right, "reloaded the configuration")
    # `listen` is given on the command line, which outranks the file: nothing of it would change at a restart.
    assert not logged(index, "counts from the next start on")
    assert send(f"{index.url}/simple/demo/").status == 200
    assert send(f"{index.url}/staging/simple/").status == 401
    refused = index.upload(build_wheel(tmp_path, "other", "1.0"))
    assert "Too many projects" in refused.text
    # What the new configuration's pages show is what was uploaded under it.
    assert index.upload(build_wheel(tmp_path, "demo", "2.0")).status == 0
    assert "demo-2.0" in send(f"{index.url}/simple/demo/").text


class Receiver:
    """What a webhook's owner runs; answers 500 until it is told otherwise."""

    def __init__(self) -> None:
        self.bodies: list[tuple[dict[str, str], bytes]] = []
        self.answer = 500
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fields = {name.lower(): value for name, value in self.headers.items()}
                receiver.bodies.append((fields, body))
                self.send_response(receiver.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_webhooks_are_signed_repeated_and_sent_to_public_addresses_alone(
    make_index: MakeIndex, tmp_path: Path, receiver: Receiver
) -> None:
    key = bytes(range(32))
    secret = tmp_path / "secret"
    secret.write_text(f"whsec_{base64.b64encode(key).decode()}\n")
    config = tmp_path / "packhouse.toml"
    common = f'url = "{receiver.url}"\nsecret-file = "{secret}"\nevents = ["file.*"]\n'
    config.write_text(
        f'[[webhook]]\nname = "scanner"\nprivate-addresses = true\n{common}'
        f'[[webhook]]\nname = "chat"\n{common}'
    )
    index = make_index("index")
    index.options += ["--config", str(config)]
    index.start()
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(wheel).status == 0

    eventually(lambda: len(receiver.bodies) > 0, True)
    receiver.answer = 204
    eventually(
        lambda: receiver.bodies[-1][0]["webhook-id"] if len(receiver.bodies) > 1 else "",
        receiver.bodies[0][0]["webhook-id"],
    )
    fields, body = receiver.bodies[-1]
    signed = f"{fields['webhook-id']}.{fields['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert fields["webhook-signature"] == f"v1,{code}"
    told = json.loads(body)
    assert told["type"] == "file.upload"
    assert told["data"]["subject"] == f"main/demo/1.0/{wheel.name}"

    def states() -> dict[str, dict[str, object]]:
        shown = command(index, "webhook", "list", "--data", index.data, "--json").json()
        return {state["name"]: state for state in shown["webhooks"]}

    eventually(lambda: states()["scanner"]["delivered"], 1)
    eventually(lambda: states()["chat"]["failures"] != 0, True)
    assert states()["chat"]["delivered"] == 0
    assert index.stop() == 0
    assert not logged(index, secret.read_text().strip())

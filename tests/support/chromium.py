"""A real browser without a window, driven over a pipe by the DevTools protocol.

Every wait is for an event of the protocol. https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .processes import PATIENCE

_COMMANDS = ("chromium-headless-shell", "chromium")
# The browser has descriptor 3 to read from and 4 to write to.
_ON_PIPES = 'exec "${@:3}" 3<&"$1" 4>&"$2" 2>"$TMPDIR/chromium.log"'
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # which a container's root cannot have; the pages are the tests' own
    "--no-first-run",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--host-resolver-rules=MAP other.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

Event = dict[str, Any]


class BrowserError(Exception):
    """The browser ended, refused a command, or could not send a request."""


@dataclass
class Exchange:
    """A request of a page and the answer to it."""

    url: str = ""
    method: str = ""
    status: int = 0
    reason: str = ""
    fault: str = ""  # why there is no answer
    sent: dict[str, str] = field(default_factory=dict)  # the fields of the request, names in lower case


class Browser:
    """Runs for as long as a with statement lasts, with an empty profile in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last_id = 0
        self._received = b""
        self._listeners: dict[str, Callable[[Event], None]] = {}  # by session

    def __enter__(self) -> Self:
        command = next((path for name in _COMMANDS if (path := shutil.which(name))), None)
        assert command, f"none of {', '.join(_COMMANDS)} is installed: ./dev setup"
        self._folder.mkdir()
        read, self._to = os.pipe()
        self._from, write = os.pipe()
        profile = f"--user-data-dir={self._folder / 'profile'}"
        self._process = subprocess.Popen(
            ["bash", "-c", _ON_PIPES, "bash", str(read), str(write), command, *_OPTIONS, profile],
            env={**os.environ, "HOME": str(self._folder), "TMPDIR": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(read, write),
            start_new_session=True,
        )
        os.close(read)
        os.close(write)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # With the processes of its pages; the profile goes anyway.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def page(self) -> Page:
        """A new tab. It shares the logins of the others."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        self._listeners[session] = page.note
        page.call("Network.enable")
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """A command of the protocol, and its result."""
        self._last_id += 1
        own_id = self._last_id
        message = {"id": own_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._to, rest) :]
        while True:
            answer = self.receive()
            if answer.get("id") != own_id:
                continue
            if "error" in answer:
                raise BrowserError(f"{method}: {answer['error']['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def receive(self) -> Event:
        """The next message. Events also go to their page."""
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._from, 1 << 16) if ready else b""
            if not chunk:
                log = (self._folder / "chromium.log").read_text(errors="replace")
                raise BrowserError(f"the browser {'is gone' if ready else 'says nothing'}\n{log[-4000:]}")
            self._received += chunk
        text, _, self._received = self._received.partition(b"\0")
        message: Event = json.loads(text)
        if listener := self._listeners.get(message.get("sessionId", "")):
            listener(message)
        return message


class Page:
    """A tab, and what it asked of servers."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._exchanges: dict[str, Exchange] = {}

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def visit(self, url: str) -> Exchange:
        """Goes to `url`, and waits for the answer."""
        return self.provoke("GET", url, going_to=url)

    def provoke(self, method: str, url: str, *, going_to: str) -> Exchange:
        """Goes to one address, and waits for the answer to the request that the page there makes."""
        self._exchanges.clear()
        self.call("Page.navigate", url=going_to)
        wanted = url.partition("#")[0]
        while True:
            for exchange in self._exchanges.values():
                if (exchange.method, exchange.url) != (method, wanted) or not exchange.sent:
                    continue
                if exchange.fault:
                    raise BrowserError(f"{method} {url}: {exchange.fault}")
                if exchange.status:
                    return exchange
            self._browser.receive()

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def note(self, event: Event) -> None:
        """Keeps what an event says of a request. Some events of one request come in no certain order."""
        parameters = event.get("params", {})
        if "requestId" not in parameters:
            return
        exchange = self._exchanges.setdefault(parameters["requestId"], Exchange())
        match event["method"]:
            case "Network.requestWillBeSent":
                exchange.url = parameters["request"]["url"]
                exchange.method = parameters["request"]["method"]
            case "Network.requestWillBeSentExtraInfo":
                exchange.sent |= {name.lower(): value for name, value in parameters["headers"].items()}
            case "Network.responseReceived":
                exchange.status = parameters["response"]["status"]
                exchange.reason = parameters["response"]["statusText"]
            case "Network.loadingFailed":
                exchange.fault = parameters["errorText"]

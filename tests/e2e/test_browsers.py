"""What a page of another site can do with a browser that is logged in: a real browser tries."""

from __future__ import annotations

import base64
import html
import http.server
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_wheel
from tests.support.chromium import Browser, Page
from tests.support.packhouse import Index
from tests.support.raw_http import upload_fields
from tests.support.serving import Serving
from tests.support.untouched import untouched


class Site:
    """Another site, on a port of its own: its pages by their path."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path, "").encode()
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Not in the output of the tests."""

        self.serving = Serving(Handler)


@pytest.fixture
def other() -> Iterator[Site]:
    site = Site()
    with site.serving:
        yield site


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "browser") as running:
        yield running


def logged_in(browser: Browser, index: Index) -> Page:
    """A tab of a browser that knows an administrator's credential, as after the question for it at "/"."""
    page = browser.page()
    there = index.url.removeprefix("http://")
    assert page.visit(f"http://__token__:{index.token}@{there}/").status == 200
    remembered = page.visit(f"{index.url}/")
    assert (remembered.status, "authorization" in remembered.sent) == (200, True)
    return page


def configured(make_index: Callable[[str], Index], folder: Path, settings: str) -> Index:
    """A running index with these settings, on a data folder of its own."""
    config = folder / "packhouse.toml"
    config.write_text(settings)
    index = make_index(f"index-{len(list(folder.iterdir()))}")
    index.options += ["--config", str(config)]
    return index.start()


def document(body: str, script: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}<script>{script}</script></body></html>"


def json_form(url: str, begin: str, end: str, head: str = "") -> str:
    """A form that sends `begin=end`, a JSON document, as text/plain."""
    field = f'<input type="hidden" name="{html.escape(begin)}" value="{html.escape(end)}">'
    form = f'<form method="post" enctype="text/plain" action="{url}">{field}</form>'
    return document(form, "document.forms[0].submit()", head)


def file_form(url: str, wheel: Path) -> str:
    """A form that sends a file which its script made."""
    fields = upload_fields(wheel, "evil", "1.0")
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields
    )
    form = f'<form method="post" enctype="multipart/form-data" action="{url}">{inputs}'
    form += '<input type="file" name="content"></form>'
    content = base64.b64encode(wheel.read_bytes()).decode()
    script = (
        f"const bytes = Uint8Array.from(atob({json.dumps(content)}), c => c.charCodeAt(0));"
        f"const files = new DataTransfer(); files.items.add(new File([bytes], {json.dumps(wheel.name)}));"
        "document.querySelector('input[type=file]').files = files.files; document.forms[0].submit()"
    )
    return document(form, script)


def attacks(index: Index, wheel: Path) -> dict[str, tuple[str, str]]:
    """By the path of a page: where it posts, and the page."""
    user = f"{index.url}/api/v1/users"
    make_user = ('{"name":"eve","permissions":["admin"],"password":"correct horse', 'battery staple"}')
    release = f"{index.url}/api/v1/projects/demo/releases/1.0"
    why = ('{"reason":"a', 'b"}')
    return {
        "/user": (user, json_form(user, *make_user)),
        "/user-without-origin": (
            user,
            json_form(user, *make_user, head='<meta name="referrer" content="no-referrer">'),
        ),
        "/block": (f"{release}/block", json_form(f"{release}/block", *why)),
        "/yank": (f"{release}/yank", json_form(f"{release}/yank", *why)),
        "/upload": (index.upload_url, file_form(index.upload_url, wheel)),
    }


def test_a_page_of_another_site_changes_nothing_with_the_login_of_a_browser(
    index: Index, other: Site, browser: Browser, tmp_path: Path
) -> None:
    assert index.upload(*build_pair(tmp_path, "demo", "1.0")).status == 0
    page = logged_in(browser, index)
    tried = attacks(index, build_wheel(tmp_path, "evil", "1.0"))
    other.pages.update({path: text for path, (_, text) in tried.items()})
    # Another port of the same host, which is the same site to a browser; another name of that host; and a
    # name that is no loopback name.
    with untouched(index):
        for host in ("127.0.0.1", "localhost", "other.test"):
            for path, (url, _) in tried.items():
                answer = page.provoke("POST", url, going_to=f"http://{host}:{other.serving.port}{path}")
                assert "authorization" in answer.sent, f"{host}{path}: the browser sends its credential"
                assert answer.status == 403, f"{host}{path}: {answer}"
                assert answer.reason.startswith("cross-site request"), f"{host}{path}: {answer}"
    assert any("cross-site request" in line for line in index.process.errors), "the log has it"


def test_pages_of_listed_origins_alone_may_read(
    make_index: Callable[[str], Index], other: Site, browser: Browser, tmp_path: Path
) -> None:
    here, elsewhere = f"http://127.0.0.1:{other.serving.port}", f"http://other.test:{other.serving.port}"
    other.pages["/"] = document("", "")
    page = browser.page()

    def reads(settings: str) -> list[int]:
        """What a page of either origin is answered; 0: the browser keeps the answer from it."""
        index = configured(make_index, tmp_path, f"{settings}\n[index.main]\nopen-reading = true\n")
        answers = []
        for origin in (here, elsewhere):
            assert page.visit(f"{origin}/").status == 200
            asked = f"fetch({json.dumps(index.simple_url)}).then(reply => reply.status, () => 0)"
            answers.append(page.evaluate(asked))
        index.close()
        return answers

    assert reads("") == [0, 0]
    assert reads(f'cors-origins = ["{here}"]') == [200, 0]
    assert reads('cors-origins = ["*"]') == [200, 200]


def test_a_name_that_is_not_the_servers_is_of_no_use(
    make_index: Callable[[str], Index], browser: Browser, tmp_path: Path
) -> None:
    index = configured(
        make_index, tmp_path, 'allowed-hosts = ["127.0.0.1"]\n[index.main]\nopen-reading = true\n'
    )
    page = browser.page()
    assert page.visit(index.simple_url).status == 200
    assert page.visit(index.simple_url.replace("127.0.0.1", "localhost")).status == 421
    rebound = index.simple_url.replace("127.0.0.1", "other.test")
    assert page.visit(rebound).status == 421

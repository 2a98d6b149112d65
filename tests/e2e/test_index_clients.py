"""The real twine, pip and uv against a running index: what they do, and what they print."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.artifacts import build_pair, build_sdist, build_wheel
from tests.support.packhouse import Index, Outcome, run_command
from tests.support.paths import PYTHON, client
from tests.support.processes import clean_environment
from tests.support.snapshot import snapshot

MakeIndex = Callable[[str], Index]


@pytest.fixture
def logging_index(make_index: MakeIndex, tmp_path: Path) -> Index:
    """An index that writes down each request."""
    config = tmp_path / "packhouse.toml"
    config.write_text("access-log = true\n")
    index = make_index("index")
    index.options += ["--config", str(config)]
    return index.start()


def requests(index: Index) -> list[str]:
    """'GET /path 200' for each request so far."""
    found = (re.search(r' info \S+ ([A-Z]+) "([^"]*)" (\d+)$', line) for line in index.process.errors)
    return [f"{match[1]} {match[2]} {match[3]}" for match in found if match]


def pip(index: Index, *words: str | Path, url: str = "") -> Outcome:
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    command = [PYTHON, "-m", "pip", *words, *quiet, "--index-url", url or index.pip_url]
    return run_command(command, clean_environment(index.home))


def uv(index: Index, *words: str | Path, **variables: str) -> Outcome:
    return run_command([client("uv"), *words], {**clean_environment(index.home), **variables})


def publish(index: Index, *files: Path, token: str = "") -> Outcome:
    variables = {"UV_PUBLISH_USERNAME": "__token__", "UV_PUBLISH_PASSWORD": token or index.token}
    words: list[str | Path] = ["publish", "--trusted-publishing", "never", "--publish-url", index.upload_url]
    return uv(index, *words, *files, **variables)


def filenames(index: Index, project: str) -> list[str]:
    return [file["filename"] for file in index.project(project)["files"]]


def test_twine_uploads_and_pip_installs_with_dependencies(index: Index, tmp_path: Path) -> None:
    base = build_wheel(tmp_path, "base-lib", "2.0")
    demo = build_wheel(tmp_path, "demo", "1.0", requires=["Base.Lib>=1"])
    uploaded = index.upload(base, demo)
    assert uploaded.status == 0, uploaded.text

    target = tmp_path / "target"
    installed = pip(index, "install", "--target", target, "demo==1.0")
    assert installed.status == 0, installed.text
    assert (target / "demo" / "__init__.py").read_text() == '__version__ = "1.0"\n'
    assert (target / "base_lib" / "__init__.py").exists()


def test_the_pip_that_debian_ships_installs_with_dependencies(index: Index, tmp_path: Path) -> None:
    """pip 23.0 reads the JSON page too, and its reader has limits of its own."""
    base = build_wheel(tmp_path, "base-lib", "2.0")
    demo = build_wheel(tmp_path, "demo", "1.0", requires=["base-lib>=1"])
    assert index.upload(base, demo).status == 0
    environment = clean_environment(index.home)
    made = run_command(["/usr/bin/python3", "-m", "venv", tmp_path / "venv"], environment)
    assert made.status == 0, made.text
    words = ["-m", "pip", "install", "--no-cache-dir", "--index-url", index.pip_url, "demo==1.0"]
    installed = run_command([tmp_path / "venv" / "bin" / "python", *words], environment)
    assert installed.status == 0, installed.text
    assert "Successfully installed base-lib-2.0 demo-1.0" in installed.out


def test_pip_builds_an_sdist_from_the_index(index: Index, tmp_path: Path) -> None:
    sdist = build_sdist(tmp_path, "demo", "1.0")
    assert index.upload(sdist).status == 0
    downloaded = pip(
        index, "download", "--no-deps", "--no-binary", ":all:", "--dest", tmp_path / "got", "demo"
    )
    assert downloaded.status == 0, downloaded.text
    assert (tmp_path / "got" / sdist.name).read_bytes() == sdist.read_bytes()


def test_pip_reads_the_metadata_file_and_not_the_wheel_to_resolve(
    logging_index: Index, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert logging_index.upload(wheel).status == 0
    resolved = pip(logging_index, "install", "--dry-run", "--target", tmp_path / "target", "demo")
    assert resolved.status == 0, resolved.text
    fetched = [line for line in requests(logging_index) if "/files/" in line]
    assert fetched
    assert all(line.endswith(f"{wheel.name}.metadata 200") for line in fetched), fetched


def test_uv_resolves_from_the_metadata_file_alone(logging_index: Index, tmp_path: Path) -> None:
    base = build_wheel(tmp_path, "base-lib", "2.0")
    demo = build_wheel(tmp_path, "demo", "1.0", requires=["base-lib"])
    assert logging_index.upload(base, demo).status == 0
    wanted = tmp_path / "requirements.in"
    wanted.write_text("demo\n")
    words: list[str | Path] = [
        "pip",
        "compile",
        "--no-header",
        "--no-annotate",
        "--index-url",
        logging_index.pip_url,
        wanted,
    ]
    resolved = uv(logging_index, *words)
    assert resolved.status == 0, resolved.text
    assert "demo==1.0" in resolved.out
    assert "base-lib==2.0" in resolved.out
    fetched = sorted(line.rpartition("/")[2] for line in requests(logging_index) if "/files/" in line)
    assert fetched == [f"{base.name}.metadata 200", f"{demo.name}.metadata 200"]


def test_uv_installs_what_uv_published(index: Index, tmp_path: Path) -> None:
    files = build_pair(tmp_path, "demo", "1.0")
    published = publish(index, *files)
    assert published.status == 0, published.text
    target = tmp_path / "target"
    where: list[str | Path] = ["--python", PYTHON, "--target", target]
    installed = uv(index, "pip", "install", *where, "--index-url", index.pip_url, "demo")
    assert installed.status == 0, installed.text
    assert (target / "demo" / "__init__.py").exists()


def test_uv_takes_an_upload_time_as_a_cut_off(index: Index, tmp_path: Path) -> None:
    assert index.upload(build_wheel(tmp_path, "demo", "1.0")).status == 0
    wanted = tmp_path / "requirements.in"
    wanted.write_text("demo\n")
    words: list[str | Path] = ["pip", "compile", "--index-url", index.pip_url, wanted]
    assert uv(index, *words, "--exclude-newer", "2099-01-01T00:00:00Z").status == 0
    refused = uv(index, *words, "--exclude-newer", "2020-01-01T00:00:00Z")
    assert refused.status != 0
    assert "missing an upload date" not in refused.text


def test_the_same_bytes_again_succeed_and_change_nothing(index: Index, tmp_path: Path) -> None:
    files = build_pair(tmp_path, "demo", "1.0")
    assert index.upload(*files).status == 0
    before = snapshot(index.data)
    again = index.upload(*files)
    assert again.status == 0, again.text
    assert publish(index, *files).status == 0
    assert snapshot(index.data) == before


def test_what_twine_sent_before_a_refusal_is_kept_and_nothing_else(index: Index, tmp_path: Path) -> None:
    wheel, sdist = build_pair(tmp_path, "demo", "1.0")
    assert index.upload(sdist).status == 0
    sdist.write_bytes(sdist.read_bytes()[:-1])
    refused = index.upload(wheel, sdist)  # audited: the wheel was acknowledged
    assert refused.status != 0
    assert sorted(index.filenames("demo")) == sorted([wheel.name, sdist.name])


def test_other_bytes_under_the_same_name_are_refused_in_words_that_each_client_prints(
    index: Index, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(wheel).status == 0
    before = snapshot(index.data)
    build_wheel(tmp_path, "demo", "1.0", files={"demo/__init__.py": "other = True\n"})

    by_twine = index.upload(wheel)
    assert by_twine.status == 1
    words = " ".join(by_twine.text.split())
    assert "HTTPError: 400 Bad Request" in words, by_twine.text
    assert f'File already exists: "{wheel.name}" is there with other bytes' in words, by_twine.text

    by_uv = publish(index, wheel)
    assert by_uv.status == 2
    assert "File already exists" in " ".join(by_uv.text.split()), by_uv.text
    assert snapshot(index.data) == before


def test_uv_checks_what_is_there_before_it_uploads(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    assert index.upload(wheel).status == 0
    words: list[str | Path] = ["publish", "--trusted-publishing", "never", "--publish-url", index.upload_url]
    variables = {"UV_PUBLISH_USERNAME": "__token__", "UV_PUBLISH_PASSWORD": index.token}
    checked = uv(index, *words, "--check-url", index.pip_url, wheel, **variables)
    assert checked.status == 0, checked.text
    assert "already exists, skipping" in checked.text


def test_a_wrong_password_is_told_as_one(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    before = snapshot(index.data)
    by_twine = index.upload(wheel, password="wrong")
    assert by_twine.status == 1
    words = " ".join(by_twine.text.split())
    assert "HTTPError: 403 Forbidden" in words, by_twine.text
    assert "the credential holds no token of this server" in words, by_twine.text
    by_uv = publish(index, wheel, token="phk_" + "x" * 43)
    assert by_uv.status == 2
    assert "was not issued by this server" in " ".join(by_uv.text.split()), by_uv.text
    assert snapshot(index.data) == before

    by_pip = pip(index, "download", "demo", url=index.pip_url.replace(index.read_token, "wrong"))
    assert by_pip.status == 1
    assert "401" in by_pip.text, by_pip.text


def test_a_wheel_of_another_version_than_its_form_says_is_refused(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    renamed = wheel.rename(tmp_path / "demo-2.0-py3-none-any.whl")
    before = snapshot(index.data)
    refused = publish(index, renamed)
    assert refused.status == 2
    assert snapshot(index.data) == before


def test_the_wrong_url_is_told_with_the_right_one(index: Index, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "demo", "1.0")
    variables = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": index.token, "TWINE_NON_INTERACTIVE": "1"}
    environment = {**clean_environment(index.home), **variables}
    words: list[str | Path] = [
        "upload",
        "--disable-progress-bar",
        "--repository-url",
        index.simple_url,
        wheel,
    ]
    refused = run_command([client("twine"), *words], environment)
    assert refused.status == 1
    assert "uploads go to /legacy/" in " ".join(refused.text.split()), refused.text


def test_pip_fetches_parts_of_a_file_again_after_a_break(index: Index, tmp_path: Path) -> None:
    """pip's lazy wheels: HEAD, then ranges."""
    content = {"demo/data.bin": bytes(range(256)) * 4000}
    wheel = build_wheel(tmp_path, "demo", "1.0", files=content)
    assert index.upload(wheel).status == 0
    words: list[str | Path] = ["install", "--dry-run", "--use-feature=fast-deps"]
    resolved = pip(index, *words, "--target", tmp_path / "t", "demo")
    assert resolved.status == 0, resolved.text


def test_a_release_is_complete_only_with_all_its_files(index: Index, tmp_path: Path) -> None:
    wheel, sdist = build_pair(tmp_path, "Demo_Pkg", "1.0")
    assert index.upload(wheel).status == 0
    assert filenames(index, "demo-pkg") == [wheel.name]
    assert index.upload(sdist).status == 0
    assert sorted(filenames(index, "demo-pkg")) == sorted([wheel.name, sdist.name])
    assert index.project("demo-pkg")["versions"] == ["1.0"]

"""Roots of Debian releases, made by debootstrap, for tests that try a package where nothing else is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def output_of(*command: str | Path) -> str:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


class Root:
    """A folder with a system, in which commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, path: Path) -> Path:
        return self.folder / path.relative_to("/")

    def command(self, *words: str | Path) -> list[str]:
        return ["chroot", str(self.folder), *(str(word) for word in words)]

    def run(self, *words: str | Path) -> str:
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C",
        }
        done = subprocess.run(
            self.command(*words), check=False, capture_output=True, text=True, env=environment, cwd="/"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def debootstrap(suite: str, folder: Path, *packages: str) -> Root:
    """The smallest system of this suite, with these packages, from the mirror that this machine uses."""
    mirror = output_of("apt-get", "indextargets", "--format", "$(SITE)", "Codename: bookworm").split()[0]
    # A mount namespace of its own: what debootstrap mounts is gone when it ends.
    command = ["unshare", "--mount", "debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    subprocess.run([*command, suite, str(folder), mirror], check=True, stdout=subprocess.DEVNULL)
    return Root(folder)


def copy_of(made: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cp", "--archive", made, folder], check=True)
    return folder

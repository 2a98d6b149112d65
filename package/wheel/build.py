"""Builds the program of a wheel, and everything that is linked into it, with zig for one platform.

zig brings a compiler, libc++ and the symbols of every glibc, so that the program runs where the C library is
older than this machine's. Paths and times of this machine are kept out: the same sources give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from package.wheel.sources import Pin, fetch, read_pins, run, unpacked
from package.wheel.units import write_units

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path(__file__).with_name("libraries")

HARDENING = "-fstack-protector-strong -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE"
SMALL = "-ffunction-sections -fdata-sections"
# The ordinary build reports warnings, with the compiler that they are kept at none for.
OPTIMISED = f"-O2 -g0 -w {SMALL} {HARDENING}"
LINKED = "-Wl,--gc-sections -Wl,-z,relro,-z,now"
# musl gives a thread 128 KiB unless the program asks for more, and then at most 8 MiB: what glibc gives,
# and the tests run with. No page of it is used before it is touched.
STACK = 8 << 20


@dataclass(frozen=True)
class Platform:
    """What a wheel is built for."""

    tag: str
    triple: str  # zig's name
    processor: str
    openssl: str  # OpenSSL's name
    fortified: bool  # whether the C library has functions that check their buffers

    @property
    def flags(self) -> str:
        return OPTIMISED + (" -D_FORTIFY_SOURCE=2" if self.fortified else "")

    @property
    def linked(self) -> str:
        return LINKED + ("" if self.fortified else f" -static -Wl,-z,stack-size={STACK}")


PLATFORMS = {
    platform.tag: platform
    for platform in (
        Platform("manylinux_2_28_x86_64", "x86_64-linux-gnu.2.28", "x86_64", "linux-x86_64", fortified=True),
        Platform(
            "manylinux_2_28_aarch64", "aarch64-linux-gnu.2.28", "aarch64", "linux-aarch64", fortified=True
        ),
        Platform("musllinux_1_2_x86_64", "x86_64-linux-musl", "x86_64", "linux-x86_64", fortified=False),
    )
}

# Without what the program does not use, and without what would be loaded at run time.
OPENSSL = (
    "no-shared no-tests no-apps no-docs no-engine no-legacy no-module no-dso no-comp no-zlib no-ui-console"
    " no-autoload-config no-dtls no-quic no-cmp --prefix=/usr --openssldir=/etc/ssl --libdir=lib"
)
SODIUM = "--disable-shared --enable-static --disable-debug --prefix=/usr"
CURL = {
    "BUILD_CURL_EXE": "OFF",
    "BUILD_EXAMPLES": "OFF",
    "BUILD_LIBCURL_DOCS": "OFF",
    "BUILD_MISC_DOCS": "OFF",
    "BUILD_SHARED_LIBS": "OFF",
    "BUILD_STATIC_LIBS": "ON",
    "BUILD_TESTING": "OFF",
    "CMAKE_DISABLE_FIND_PACKAGE_Perl": "ON",  # it would make manuals
    "CMAKE_POSITION_INDEPENDENT_CODE": "ON",  # zig's default for glibc alone
    "CURL_BROTLI": "OFF",
    "CURL_CA_BUNDLE": "none",
    "CURL_CA_PATH": "none",
    "CURL_USE_LIBPSL": "OFF",
    "CURL_USE_LIBSSH2": "OFF",
    "CURL_USE_OPENSSL": "ON",
    "CURL_ZLIB": "OFF",
    "CURL_ZSTD": "OFF",
    "ENABLE_CURL_MANUAL": "OFF",
    "HTTP_ONLY": "ON",
    "USE_LIBIDN2": "OFF",
    "USE_NGHTTP2": "OFF",
}

COMPILER = """#!/bin/bash
# zig makes a precompiled header of a header alone: without -c and without clang's own -emit-pch.
words=()
case " $* " in
  *" -emit-pch "*)
    for word in "$@"; do
      case "$word" in -c) ;; -emit-pch) unset 'words[-1]' ;; *) words+=("$word") ;; esac
    done ;;
  *) words=("$@") ;;
esac
exec {zig} {language} -target {triple} -ffile-prefix-map={root}=. "${{words[@]}}"
"""
TOOLCHAIN = """set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {processor})
set(CMAKE_C_COMPILER {programs}/cc)
set(CMAKE_CXX_COMPILER {programs}/c++)
set(CMAKE_AR {programs}/ar)
set(CMAKE_RANLIB {programs}/ranlib)
set(CMAKE_FIND_ROOT_PATH {prefix})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
"""


def jobs() -> str:
    return f"-j{os.cpu_count()}"


def output_of(*words: str | Path) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


class Build:
    """One platform's libraries and program, in a folder that later builds go on from."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self.pins = read_pins()
        self.cache, self.sources = folder / "cache", folder / "sources"
        self.folder = folder / platform.tag
        self.programs, self.prefix = self.folder / "programs", self.folder / "prefix"
        self.toolchain = self.folder / "toolchain.cmake"

    def program(self) -> Path:
        """Builds what is not built yet."""
        fetch(self.pins.values(), self.cache)
        self.write_toolchain()
        self.build_openssl()
        self.build_sodium()
        self.build_small_libraries()
        self.build_curl()
        return self.build_program()

    def source(self, name: str) -> Path:
        return unpacked(self.pins[name], self.cache, self.sources)

    def write_toolchain(self) -> None:
        self.programs.mkdir(parents=True, exist_ok=True)
        zig = shlex.quote(str(self.source("zig") / "ziglang" / "zig"))
        ccache = "ccache " if shutil.which("ccache") else ""
        for name, language in (("cc", "cc"), ("c++", "c++")):
            text = COMPILER.format(zig=zig, language=language, triple=self.platform.triple, root=ROOT)
            write_program(self.programs / f"zig-{name}", text)
            own = shlex.quote(str(self.programs / f"zig-{name}"))
            write_program(self.programs / name, f'#!/bin/sh\nexec {ccache}{own} "$@"\n')
        for name in ("ar", "ranlib"):
            write_program(self.programs / name, f'#!/bin/sh\nexec {zig} {name} "$@"\n')
        self.toolchain.write_text(
            TOOLCHAIN.format(processor=self.platform.processor, programs=self.programs, prefix=self.prefix)
        )

    def environment(self) -> dict[str, str]:
        zig_cache = str(self.folder.parent / "zig-cache")
        return {
            **os.environ,
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "PKG_CONFIG_LIBDIR": str(self.prefix / "lib" / "pkgconfig"),
            "SOURCE_DATE_EPOCH": "315532800",  # 1980, as in the archive
            "ZIG_GLOBAL_CACHE_DIR": zig_cache,
            "ZIG_LOCAL_CACHE_DIR": zig_cache,
            "CCACHE_COMPILERCHECK": f"string:{self.pins['zig'].sha256}",
            "CCACHE_COMPILERTYPE": "clang",
            "CCACHE_SLOPPINESS": "pch_defines,time_macros",
            "CC": "cc",
            "CFLAGS": self.platform.flags,
            "CXXFLAGS": self.platform.flags,
        }

    def run(self, *words: str | Path, folder: Path | None = None, **more: str) -> None:
        run(*words, folder=folder, environment={**self.environment(), **more})

    def is_done(self, name: str, *what: str) -> bool:
        """Whether mark_done() was called for the same library and settings."""
        stamp = self.folder / f"{name}.done"
        return stamp.is_file() and stamp.read_text() == self.key(*what)

    def mark_done(self, name: str, *what: str) -> None:
        (self.folder / f"{name}.done").write_text(self.key(*what))

    def key(self, *what: str) -> str:
        text = "\n".join((self.pins["zig"].sha256, self.platform.flags, *what))
        return hashlib.sha256(text.encode()).hexdigest()

    def copy_of(self, source: Path, name: str) -> Path:
        """A folder to build in, for what builds among its own sources."""
        copy = self.folder / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, symlinks=True)
        return copy

    def build_openssl(self) -> None:
        settings = (self.pins["openssl"].sha256, OPENSSL)
        if self.is_done("openssl", *settings):
            return
        tree = self.copy_of(self.source("openssl") / "openssl", "openssl")
        options = [*OPENSSL.split(), *([] if self.platform.fortified else ["no-async"])]
        self.run("perl", "Configure", self.platform.openssl, *options, folder=tree, AR="ar", RANLIB="ranlib")
        self.run("make", jobs(), "build_libs", folder=tree)
        self.run("make", "install_dev", f"DESTDIR={tree}/installed", folder=tree)
        self.install(tree / "installed" / "usr")
        self.mark_done("openssl", *settings)

    def build_sodium(self) -> None:
        settings = (self.pins["libsodium"].sha256, SODIUM)
        if self.is_done("sodium", *settings):
            return
        tree = self.copy_of(self.source("libsodium"), "sodium")
        host = f"--host={self.platform.processor}-linux-gnu"
        self.run("./configure", host, *SODIUM.split(), folder=tree, AR="ar", RANLIB="ranlib")
        self.run("make", jobs(), folder=tree)
        self.run("make", "install", f"DESTDIR={tree}/installed", folder=tree)
        self.install(tree / "installed" / "usr")
        self.mark_done("sodium", *settings)

    def install(self, usr: Path) -> None:
        """What was built for /usr, with pkg-config files that say where it is now."""
        shutil.copytree(usr, self.prefix, symlinks=True, dirs_exist_ok=True)
        for file in (self.prefix / "lib" / "pkgconfig").glob("*.pc"):
            text = file.read_text()
            file.write_text(re.sub(r"^prefix=/usr$", "prefix=${pcfiledir}/../..", text, flags=re.MULTILINE))

    def cmake(self, name: str, source: Path, values: Mapping[str, str | Path], *targets: str) -> Path:
        folder = self.configure(name, source, values)
        self.run("ninja", "-C", folder, jobs(), *targets)
        return folder

    def configure(self, name: str, source: Path, values: Mapping[str, str | Path]) -> Path:
        folder = self.folder / name
        common: dict[str, str | Path] = {
            "CMAKE_TOOLCHAIN_FILE": self.toolchain,
            "CMAKE_BUILD_TYPE": "Release",
            # They are in the environment, for CMake's first look at the compiler too: zig makes a libc++
            # for each level of optimisation.
            "CMAKE_C_FLAGS_RELEASE": "",
            "CMAKE_CXX_FLAGS_RELEASE": "",
            "CMAKE_EXE_LINKER_FLAGS": self.platform.linked,
            "CMAKE_FIND_PACKAGE_PREFER_CONFIG": "ON",
            "CMAKE_INSTALL_LIBDIR": "lib",
            "CMAKE_INSTALL_PREFIX": self.prefix,
        }
        words = [f"-D{key}={value}" for key, value in {**common, **values}.items()]
        self.run("cmake", "-S", source, "-B", folder, "-G", "Ninja", *words)
        return folder

    def build_small_libraries(self) -> None:
        names = [name for name in self.pins if name not in {"zig", "openssl", "libsodium", "curl"}]
        written = [path.read_text() for path in sorted(LIBRARIES.iterdir())]
        settings = (*(self.pins[name].sha256 for name in names), *written)
        if self.is_done("libraries", *settings):
            return
        for name in names:
            self.source(name)
        self.make_tables()
        versions = {f"{name}_VERSION": pin.version for name, pin in self.pins.items()}
        self.cmake("libraries", LIBRARIES, {**versions, "SOURCES": self.sources}, "install")
        self.mark_done("libraries", *settings)

    def make_tables(self) -> None:
        """RE2's tables of characters, which Debian's source leaves to be made from its Unicode data."""
        folder = self.source("re2") / "re2"
        unicode = self.source("unicode-data") / "usr" / "share" / "unicode"
        scripts = self.folder / "tables"
        scripts.mkdir(exist_ok=True)
        reader = (folder / "unicode.py").read_text().replace("from six.moves import urllib", "")
        where = f"_UNICODE_DIR = {str(unicode)!r}"
        (scripts / "unicode.py").write_text(re.sub(r"(?m)^_UNICODE_DIR = .*$", lambda _: where, reader))
        for name in ("unicode_casefold", "unicode_groups"):
            shutil.copy(folder / f"make_{name}.py", scripts)
            made = output_of(sys.executable, scripts / f"make_{name}.py")
            (folder / f"{name}.cc").write_text(made)
        made = output_of("perl", folder / "make_perl_groups.pl")
        (folder / "perl_groups.cc").write_text(made)

    def build_curl(self) -> None:
        settings = (self.pins["curl"].sha256, self.pins["openssl"].sha256, str(CURL))
        if self.is_done("curl", *settings):
            return
        self.cmake("curl", self.source("curl") / "curl", CURL, "install")
        self.mark_done("curl", *settings)

    def build_program(self) -> Path:
        values: dict[str, str | Path] = {"PACKHOUSE_LINK_CURL": "ON"}
        units = self.folder / "units.cmake"
        write_units(self.configure("program", ROOT, {**values, "PACKHOUSE_UNITS": ""}), units)
        folder = self.cmake("program", ROOT, {**values, "PACKHOUSE_UNITS": units}, "packhouse")
        program = self.folder / "packhouse"
        self.run("llvm-strip-19", "--strip-all", folder / "bin" / "packhouse", "-o", program)
        return program

    def licences(self) -> dict[str, bytes]:
        """The licence texts of all that is linked, by the names that they get in the wheel."""
        found = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
        for name in self.pins:
            for path in licence_files(self.pins[name], self.source(name)):
                found[f"{name}/{path.name}"] = path.read_bytes()
        return found


def licence_files(pin: Pin, source: Path) -> Iterable[Path]:
    for pattern in pin.licence_files:
        [found] = source.glob(pattern)
        yield found

#!/usr/bin/env python3
"""Refreshes src/dist/data/classifiers.def, the classifiers that a public index knows.

The list is the one inside the `trove-classifiers` distribution, which the public index itself installs; a
test holds it against the version that tests/requirements.in pins. To refresh it, raise that pin, renew
tests/requirements.txt as its head says, and

    ./dev setup
    build/venv/bin/python tools/refresh_classifiers.py

then run the tests and commit all three. With --check nothing is written, and the exit status is 1 if the file
differs from the installed list.
"""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

from trove_classifiers import classifiers, deprecated_classifiers

TARGET = Path(__file__).resolve().parent.parent / "src" / "dist" / "data" / "classifiers.def"

HEADER = """\
// Written by tools/refresh_classifiers.py from trove-classifiers {version}; do not edit. Sorted by bytes.
"""


def quoted(text: str) -> str:
    if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        sys.exit(f"error: expected a classifier of plain ASCII, found {text!r}")
    return f'"{text}"'


def content() -> str:
    lines = [f"CLASSIFIER({quoted(text)})\n" for text in sorted(classifiers)]
    for text, instead in sorted(deprecated_classifiers.items()):
        lines.append(f"DEPRECATED({quoted(text)}, {quoted(', '.join(instead))})\n")
    return HEADER.format(version=version("trove-classifiers")) + "".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    if options.check:
        if TARGET.read_text(encoding="ascii") == content():
            return 0
        print(f"{TARGET}: differs from trove-classifiers {version('trove-classifiers')}", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(content(), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())

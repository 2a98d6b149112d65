#!/usr/bin/env python3
"""Refreshes src/pep/data/spdx.def, the SPDX licence list that licence expressions are checked against.

The list is the one inside the `packaging` distribution, so that Packhouse, build backends and other indexes
know the same identifiers. To refresh it:

    python3 -m venv build/venv-licenses
    build/venv-licenses/bin/pip install --upgrade packaging
    build/venv-licenses/bin/python tools/refresh_licenses.py

then run the tests and commit the file. With --check nothing is written, and the exit status is 1 if the file
differs from the installed list.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.licenses import _spdx

TARGET = Path(__file__).resolve().parent.parent / "src" / "pep" / "data" / "spdx.def"

HEADER = """\
// Written by tools/refresh_licenses.py; do not edit. Sorted by the identifiers in lower case.
SPDX_LIST_VERSION("{version}")
"""


def lines(macro: str, table: Mapping[str, Mapping[str, object]]) -> list[str]:
    for key, entry in table.items():
        if key != str(entry["id"]).lower() or not key.isascii():
            sys.exit(f"error: expected an ASCII identifier under its lower case, found {key!r}: {entry!r}")
    return [f'{macro}("{table[key]["id"]}")\n' for key in sorted(table)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()

    text = HEADER.format(version=_spdx.VERSION)
    text += "".join(lines("SPDX_LICENSE", _spdx.LICENSES) + lines("SPDX_EXCEPTION", _spdx.EXCEPTIONS))
    if options.check:
        if TARGET.read_text(encoding="ascii") == text:
            return 0
        print(f"{TARGET}: differs from the installed packaging's list, SPDX {_spdx.VERSION}", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())

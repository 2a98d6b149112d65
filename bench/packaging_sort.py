"""packaging_sort.py FILE [SORTED]: what bench/version_sort.cpp does, with the reference implementation."""

import sys
import time
from pathlib import Path

from packaging.version import Version


def main() -> None:
    lines = Path(sys.argv[1]).read_text().split("\n")[:-1]
    begun = time.process_time()
    versions = [Version(line) for line in lines]
    parsed = time.process_time()
    versions.sort()
    done = time.process_time()
    print(f"{parsed - begun:.6f} {done - parsed:.6f}")
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text("\n".join(map(str, versions)) + "\n")


main()

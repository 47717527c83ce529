#!/usr/bin/env python3
"""Names of types that stand for more than two things: in the workspace, outside tests and simulators.

Prints each with where it is defined. Fails when there is any that is not one that rooms have by design.
Usage: .ci/type-names.py [directory of the workspace]
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

from circles import code

MAX = 2
# Every room has its own: a name says what it is, the room says of what.
BY_DESIGN = {"Settings", "Step"}
# Only what is defined at the top of a file: not associated types.
DEFINED = re.compile(r"^(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|trait|type|union)\s+(\w+)", re.M)
SKIPPED = {"target", "tests", "testing", "conformance", "simulator", "simulation", "bench", "benches", "examples"}


def main():
    top, found = Path(sys.argv[1] if len(sys.argv) > 1 else "."), defaultdict(list)
    for path in sorted(top.rglob("*.rs")):
        parts = path.relative_to(top).with_suffix("").parts
        if not SKIPPED.intersection(parts):
            for name in DEFINED.findall(code(path)):
                found[name].append(path.relative_to(top))
    many = {name: paths for name, paths in found.items() if len(paths) > MAX and name not in BY_DESIGN}
    for name, paths in sorted(many.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"{name}: {len(paths)}", *paths, sep="\n  ")
    print(f"{len(found)} names, {len(many)} of them for more than {MAX} things")
    return int(bool(many))


if __name__ == "__main__":
    sys.exit(main())

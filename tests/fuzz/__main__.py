"""``python -m tests.fuzz --count N --seed S``: configs made to hurt, and what is wrong with them;
model files with ``--models``.

What it finds is put into ``tests/fuzz/corpus``, which a test replays.
"""

from __future__ import annotations

import argparse
import sys
import time
from hashlib import sha256
from pathlib import Path
from random import Random

from tests.fuzz.making import make
from tests.fuzz.models import make_model
from tests.fuzz.victim import limit_memory, run, run_model

CORPUS = Path(__file__).with_name("corpus")


def main() -> None:
    """Makes and runs configs; the exit code is 1 where something is wrong with one."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="how many configs")
    parser.add_argument("--seed", type=int, default=0, help="of the first one; others follow")
    parser.add_argument("--models", action="store_true", help="model files instead of configs")
    options = parser.parse_args()
    making, running, suffix = (
        (make_model, run_model, "model") if options.models else (make, run, "yaml")
    )
    making(Random(0))
    limit_memory()
    found: dict[str, bytes] = {}
    start = time.perf_counter()
    for number in range(options.seed, options.seed + options.count):
        data = making(Random(number))
        wrong = running(data)
        if wrong is None:
            continue
        kind = wrong.partition(": ")[0]
        if kind not in found or len(data) < len(found[kind]):
            found[kind] = data
            print(f"seed {number}: {wrong}", flush=True)
    for data in found.values():
        CORPUS.mkdir(exist_ok=True)
        (CORPUS / f"{sha256(data).hexdigest()[:12]}.{suffix}").write_bytes(data)
    taken = time.perf_counter() - start
    print(f"{options.count} files, {options.count / taken:.0f} a second, {len(found)} found wrong")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

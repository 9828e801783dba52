"""``python -m tests.benchmarks``: pairs of processes in turn, medians and ratios as Markdown.

A ratio holds where a time does not: both sides of it were measured in the same minute on the
same machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent.parent
SCRIPT = str(Path(__file__).with_name("script.py"))
CONFIG = "configs/many_to_one.yaml"


@dataclass(frozen=True)
class Pair:
    """Two commands that do the same; ``aim`` is said in the table, and judged by nobody."""

    what: str
    ours: Sequence[str]
    theirs: Sequence[str]
    aim: str


PAIRS = (
    Pair(
        "plan, against a Keras script that builds and summarises the model",
        ("-m", "rnncli", "plan", CONFIG),
        (SCRIPT,),
        "at most 0.067 (15 times faster)",
    ),
    Pair(
        "build, against the script and one forward pass",
        ("-m", "rnncli", "build", CONFIG),
        (SCRIPT, "run"),
        "at most 1.0 (no slower)",
    ),
)


def main() -> None:
    """Measures every pair and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    runs = parser.parse_args().runs
    print("| what | rnncli (s) | other (s) | ratio | aim |")
    print("| --- | ---: | ---: | ---: | --- |")
    for pair in PAIRS:
        times = [(_seconds(pair.ours), _seconds(pair.theirs)) for _ in range(runs + 1)][1:]
        ours, theirs = (median(each[side] for each in times) for side in (0, 1))
        ratio = median(ours / theirs for ours, theirs in times)
        print(f"| {pair.what} | {ours:.3f} | {theirs:.3f} | {ratio:.3f} | {pair.aim} |")


def _seconds(arguments: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

"""``python -m tests.benchmarks``: pairs measured in turn, medians and ratios as Markdown.

A ratio holds where a time does not: both sides of it were measured in the same minute on the
same machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.rows import Row, Side, rows

ROOT = Path(__file__).parent.parent.parent

# As installed: modules are compiled once, and not at every start.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


def main() -> None:
    """Measures every row and prints the table."""
    known = rows()
    names = [each.name for each in known]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each side")
    parser.add_argument("--only", nargs="+", choices=names, metavar="ROW", help=", ".join(names))
    options = parser.parse_args()
    print("| what | against | rnncli | other | ratio | goal | |")
    print("| --- | --- | ---: | ---: | ---: | --- | --- |")
    for row in known:
        if not options.only or row.name in options.only:
            print(_measured(row, options.runs), flush=True)


def _measured(row: Row, runs: int) -> str:
    """One row of the table; the first run of each side, which may compile, is not counted."""
    pairs = [(_run(row.ours), _run(row.other) if row.other else None) for _ in range(runs + 1)][1:]
    ours = median(mine for mine, _ in pairs)
    others = [other for _, other in pairs if other is not None]
    found = median(mine / other for mine, other in pairs if other) if others else ours
    other = _shown(median(others)) if others else ""
    ratio = f"{found:.4f}" if others else f"{1 / ours:,.0f} a second"
    met = "met" if found <= row.most else "missed"
    return (
        f"| {row.what} | {row.against} | {_shown(ours)} | {other} | {ratio} | {row.goal} | {met} |"
    )


def _run(side: Side) -> float:
    found = [_one(command, side.measure) for command in side.commands]
    return (max(found) if side.measure == "memory" else sum(found)) / side.each


def _one(command: Sequence[str], measure: str) -> float:
    """The seconds that a process takes or prints, or the MB that it held at most."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return {"wall": lambda: taken, "printed": lambda: float(printed),
            "memory": lambda: used.ru_maxrss / 1000}[measure]()  # fmt: skip


def _shown(value: float) -> str:
    return f"{value:.3f}" if value >= 0.01 else f"{value * 1e6:.0f} µs"


if __name__ == "__main__":
    main()

"""``python -m tests.judge``: random functional graphs, planned and held against Keras."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from typing import Any

from tests.judge import as_python, as_yaml, workers
from tests.judge.outcome import Outcome, signature


def main() -> int:
    options = _options()
    if options.only:
        seed, _, number = options.only.partition(":")
        return _replay(int(seed), int(number), options.no_shrink)
    numbers = list(range(options.start, options.start + options.count))
    start = time.monotonic()
    causes: dict[str, list[Outcome]] = defaultdict(list)
    kinds: Counter[str] = Counter()
    tally: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for done, outcome in enumerate(workers.outcomes(options.seed, numbers, options.jobs), 1):
        tally["ran" if outcome.ran else "did not run"] += 1
        tally["refused"] += outcome.refused
        tally["in disagreement"] += bool(outcome.disagreements)
        seconds.update(outcome.seconds)
        kinds.update({one.kind for one in outcome.disagreements})
        for one in outcome.disagreements:
            causes[signature(one)].append(outcome)
            if options.verbose:
                print(f"{options.seed}:{outcome.number} {str(one)[:300]}", flush=True)
        if done % 500 == 0:
            print(f"{done} cases, {tally['in disagreement']} in disagreement, "
                  f"{done / (time.monotonic() - start):.1f} a second", file=sys.stderr)  # fmt: skip
    spent = time.monotonic() - start
    _summary(causes, options.seed)
    print(f"\n{len(numbers)} cases of seed {options.seed} in {spent:.0f} s: {dict(tally)}")
    print("cases in disagreement, by kind:", dict(kinds.most_common()))
    print("seconds:", {name: round(value) for name, value in seconds.items()})
    return 1 if causes else 0


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.judge", description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the number of the first case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", metavar="SEED:NUMBER", help="one case, made as small as can be")
    parser.add_argument("--no-shrink", action="store_true", help="show the case as it was drawn")
    parser.add_argument("--verbose", action="store_true", help="print every disagreement")
    return parser.parse_args()


def _summary(causes: dict[str, list[Outcome]], seed: int) -> None:
    for cause, outcomes in sorted(causes.items(), key=lambda pair: -len(pair[1])):
        shortest = min(outcomes, key=lambda outcome: len(outcome.case.nodes))
        one = next(one for one in shortest.disagreements if signature(one) == cause)
        places = ", ".join(f"{seed}:{outcome.number}" for outcome in outcomes[:5])
        print(f"\n{len(outcomes)} × {str(one)[:500]}\n    --only {places}")


def _replay(seed: int, number: int, whole: bool) -> int:
    from tests.judge import quiet

    quiet.prepare()
    from tests.judge.judging import judge, judge_number
    from tests.judge.shrink import shrunk

    outcome = judge_number(seed, number)
    case = outcome.case
    if outcome.disagreements and not whole:
        wanted = signature(outcome.disagreements[0])

        def still(smaller: Any) -> bool:
            try:
                return any(signature(one) == wanted for one in judge(smaller).disagreements)
            except (KeyError, IndexError, StopIteration):  # a case that is none
                return False

        case = shrunk(case, still)
        outcome = judge(case)
    for name, text in as_yaml.files(case).items():
        print(f"# {name}\n{text}")
    print(as_python.text(case))
    for one in outcome.disagreements:
        print(one)
    print(f"ran: {outcome.ran}; refused: {outcome.refused}")
    return 1 if outcome.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())

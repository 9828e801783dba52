"""``python -m tests.conformance --count N --seed S``: so many cases, and every disagreement."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rnncli.engine.output_capture import captured_output
from tests.conformance.cases import ALL, named
from tests.conformance.judge import judge, minimal
from tests.conformance.keras_own import hold


def said(config: dict[str, Any]) -> str | None:
    """The judge's word on a config; a crash is a disagreement, too."""
    try:
        return judge(config)
    except Exception as error:  # noqa: BLE001
        return f"crashed: {type(error).__name__}: {error}"


def main() -> int:
    """Runs the suite; the exit code is 1 where anything disagreed."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0, help="what they are drawn from")
    parser.add_argument("--only", nargs="*", default=[], help="layer classes or families")
    parser.add_argument("--keras-own", action="store_true", help="hold Keras's own tests instead")
    options = parser.parse_args()
    if options.keras_own:
        with captured_output():
            held = hold()
        sys.stdout.write(str(held))
        return 1 if held.differed else 0
    strategy = st.one_of([named()[each] for each in options.only]) if options.only else ALL
    tally: Counter[str] = Counter()
    disagreements: list[tuple[str, dict[str, Any]]] = []

    @seed(options.seed)
    @settings(
        max_examples=options.count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run_all(config: dict[str, Any]) -> None:
        found = said(config)
        tally["agreed" if found is None else "disagreed"] += 1
        if found is not None:
            disagreements.append((found, config))

    with captured_output():
        run_all()
        smallest = [(found, minimal(config)) for found, config in disagreements]
        shown = [(said(config) or found, config) for found, config in smallest]
    for found, config in shown:
        text = yaml.safe_dump(config, sort_keys=False, default_flow_style=None)
        sys.stdout.write(f"--- {found}\n{text}")
    total = sum(tally.values())
    sys.stdout.write(f"{tally['agreed']} of {total} agreed (seed {options.seed})\n")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m tests.benchmarks.inside WHAT``: prints the seconds that one call takes, warm.

What is measured inside a process stands here; each runs in a process of its own, so that none
warms or slows another.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

CONFIG = "configs/many_to_one.yaml"


def planning() -> Callable[[], Any]:
    """The plan of a config that is read already."""
    import rnncli

    spec = rnncli.load(CONFIG)
    return lambda: rnncli.plan(spec)


def stack(count: int) -> Callable[[], Any]:
    """A config of so many layers, read and planned."""
    from rnncli.config import parse
    from rnncli.planning.plan import plan
    from rnncli.problems import Source

    source = Source("stack.yaml", "input: [5, 8]\nlayers:\n" + "  - Dense: 8\n" * count)
    return lambda: plan(parse(source))


def terminal(count: int) -> Callable[[], Any]:
    """A config of so many layers, read, planned and drawn for a terminal of 80 columns."""
    from rnncli.formats import RenderOptions, load

    planned = stack(count)
    options = RenderOptions(width=80, colour=True)
    return lambda: load("table").render_plan(planned(), options)


def inputs(count: int) -> Callable[[], Any]:
    """A model of so many inputs of unknown length, one LSTM over each, planned."""
    import json

    from rnncli.config import parse
    from rnncli.planning.plan import plan
    from rnncli.problems import Source

    names = [f"x{number}" for number in range(count)]
    layers = [{"LSTM": 8, "name": f"lstm_{name}", "from": name} for name in names]
    last = {"Add": {}, "from": [each["name"] for each in layers]}
    config = {"inputs": {name: [None, 8] for name in names}, "layers": [*layers, last]}
    spec = parse(Source("inputs.yaml", json.dumps(config)))
    return lambda: plan(spec)


def keystroke(count: int, length: str) -> Callable[[], Any]:
    """A character typed into a config of so many layers, up to its diagnostics."""
    from itertools import count as numbers

    from rnncli.lsp.diagnostics import diagnostics
    from rnncli.lsp.documents import Documents

    documents, typed = Documents(), numbers(1)
    layers = "  - LSTM: {units: 8, return_sequences: true}\n  - Dense: 8\n" * (count // 2)
    text = f"input: [{length}, 8]\nlayers:\n{layers}  - Dense: "

    def press() -> Any:
        document = documents.open("file:///a.yaml", "/a.yaml", f"{text}{next(typed)}\n")
        return diagnostics(documents.analysis(document), document.uri)

    return press


MEASURED = {
    "planning": planning,
    "stack-1000": lambda: stack(1_000),
    "stack-10000": lambda: stack(10_000),
    "terminal-20000": lambda: terminal(20_000),
    "keystroke-100": lambda: keystroke(100, "5"),
    "keystroke-100-unknown": lambda: keystroke(100, "null"),
    "inputs-100": lambda: inputs(100),
    "inputs-1000": lambda: inputs(1_000),
}


def seconds(call: Callable[[], Any], at_least: float = 1.0) -> float:
    """The median of calls made for this long, after one that is not counted."""
    call()
    times: list[float] = []
    while sum(times) < at_least or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


if __name__ == "__main__":
    print(seconds(MEASURED[sys.argv[1]]()))

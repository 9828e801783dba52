"""One config, planned and run: do they agree?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rnncli.analysis.agreement import compare
from rnncli.config import parse
from rnncli.engine.errors import KerasFailed
from rnncli.engine.running import run
from rnncli.planning.plan import plan
from rnncli.problems import Problem, Source, errors
from rnncli.report.agreement import Difference
from rnncli.report.report import Report
from tests.conformance.naively import keras_refuses

LENGTH = 7
# Refused because Keras ignores what is written; tests/layers/test_initial_states.py proves it.
IGNORED = ("states-ignored",)


def judge(config: Mapping[str, Any]) -> str | None:
    """What plan and Keras disagree on, in words; None where they agree.

    They agree where both refuse the model, and where both build it and every fact is the same.
    Where Keras's inference is not what its run gives, the plan is held to the run.
    """
    batch = config.get("batch", 2)
    spec = parse(Source("case.yaml", json.dumps({k: v for k, v in config.items() if k != "batch"})))
    planned = plan(spec, batch, LENGTH)
    found = errors(planned.problems)
    if found and all(map(_on_purpose, found)):
        return None
    refused = [f"{each.code}: {each.message}" for each in found]
    if refused:
        return None if keras_refuses(config, batch, LENGTH) else f"refused, but built: {refused}"
    try:
        built = run(spec, batch, LENGTH, seed=0, with_values=False)
    except KerasFailed as failure:
        if failure.eager_runs:
            # Built and run; tests/judge asks that a plan warns of what fails in a graph alone.
            return None
        if any(each.code == "needs-gpu" for each in planned.problems):
            # It depends on the processor.
            return None
        return f"planned, but Keras refuses: {failure.message}"
    return verdict(planned, built)


def _on_purpose(problem: Problem) -> bool:
    """Whether a model is refused though Keras runs it.

    ``ops.where`` of a condition alone gives the places where it holds, as many as there happen to
    be; nothing after it could be planned.
    """
    return problem.code in IGNORED or (
        problem.code == "missing-argument" and "(ops.where)" in problem.message
    )


def verdict(planned: Report, built: Report) -> str | None:
    """The differences between two reports that are the plan's to answer for."""
    ours = [each for each in compare(planned, built).differences if not keras_against_itself(each)]
    return (
        "; ".join(
            f"{d.layer} {d.what}: planned {d.planned}, inferred {d.inferred}, ran {d.ran}"
            for d in ours
        )
        or None
    )


def keras_against_itself(difference: Difference) -> bool:
    """Whether only Keras's inference stands apart from what the plan says and the run gives."""
    if difference.planned is None or difference.ran is None:
        return False
    return _fits(difference.planned, difference.ran) and not (
        difference.inferred and _fits(difference.inferred, difference.ran)
    )


def _fits(shape: str, real: str) -> bool:
    """Whether a written shape, which may have unknown axes, is that of a real tensor."""
    known, sizes = shape.strip("(,)").split(", "), real.strip("(,)").split(", ")
    return len(known) == len(sizes) and all(
        axis in ("T", size) for axis, size in zip(known, sizes, strict=True)
    )


def minimal(config: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest config found on which plan and Keras still disagree: layers and arguments
    are left out one by one."""
    smallest = dict(config)
    shrunk = True
    while shrunk:
        shrunk = False
        for candidate in _smaller(smallest):
            if _disagrees(candidate):
                smallest, shrunk = candidate, True
                break
    return smallest


def _smaller(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    layers: list[Any] = list(config["layers"])
    candidates = (
        [{k: v for k, v in config.items() if k != "outputs"}] if "outputs" in config else []
    )
    for index, entry in enumerate(layers):
        if len(layers) > 1:
            candidates.append(_without(config, index))
        for cls, arguments in entry.items() if isinstance(entry, dict) else ():
            if not isinstance(arguments, dict) or cls == "from":
                continue
            for key in arguments:
                fewer = {k: v for k, v in arguments.items() if k != key}
                changed = {**entry, cls: fewer}
                candidates.append(
                    {**config, "layers": [*layers[:index], changed, *layers[index + 1 :]]}
                )
    return candidates


def _without(config: Mapping[str, Any], index: int) -> dict[str, Any]:
    """The config less one layer: what read it reads what it read first."""
    entry = config["layers"][index]
    rest: list[Any] = [*config["layers"][:index], *config["layers"][index + 1 :]]
    if not isinstance(entry, dict) or "from" not in entry:
        return {**config, "layers": rest}
    first = next(iter(_wires(entry["from"]).values()))

    def rewired(wire: str) -> str:
        return first if wire.partition(".")[0] == entry.get("name") else wire

    for number, each in enumerate(rest):
        if isinstance(each, dict) and "from" in each:
            wires = {role: rewired(wire) for role, wire in _wires(each["from"]).items()}
            given = wires if isinstance(each["from"], dict) else list(wires.values())
            rest[number] = {**each, "from": given}
    return {**config, "layers": rest}


def _wires(given: Any) -> dict[Any, str]:
    if isinstance(given, dict):
        return given
    return dict(enumerate([given] if isinstance(given, str) else given))


def _disagrees(config: Mapping[str, Any]) -> bool:
    try:
        return judge(config) is not None
    except Exception:  # noqa: BLE001 - a smaller config may be no config
        return False

"""One config, planned and run: do they agree?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rnncli.agreement import compare
from rnncli.config import parse
from rnncli.engine.errors import KerasFailed
from rnncli.engine.running import run
from rnncli.plan import plan
from rnncli.problems import Source, errors
from rnncli.report import Difference, Report

LENGTH = 7


def judge(config: Mapping[str, Any]) -> str | None:
    """What plan and Keras disagree on, in words; None where they agree.

    They agree where both refuse the model, and where both build it and every fact is the same.
    Where Keras's inference is not what its run gives, the plan is held to the run.
    """
    batch = config.get("batch", 2)
    spec = parse(Source("case.yaml", json.dumps({k: v for k, v in config.items() if k != "batch"})))
    planned = plan(spec, batch, LENGTH)
    refused = [f"{each.code}: {each.message}" for each in errors(planned.problems)]
    try:
        built = run(spec, batch, LENGTH, seed=0, with_values=False)
    except KerasFailed as failure:
        return None if refused else f"planned, but Keras refuses: {failure.message}"
    if refused:
        return f"refused, but Keras builds it: {refused}"
    return verdict(planned, built)


def verdict(planned: Report, built: Report) -> str | None:
    """The differences between two reports that are the plan's to answer for."""
    ours = [each for each in compare(planned, built).differences if not keras_against_itself(each)]
    return "; ".join(
        f"{d.layer} {d.what}: planned {d.planned}, inferred {d.inferred}, ran {d.ran}" for d in ours
    ) or None


def keras_against_itself(difference: Difference) -> bool:
    """Whether only Keras's inference stands apart from what the plan says and the run gives."""
    if difference.inferred is None or difference.planned is None or difference.ran is None:
        return False
    planned = difference.planned.strip("(,)").split(", ")
    ran = difference.ran.strip("(,)").split(", ")
    inferred = difference.inferred.strip("(,)").split(", ")
    if len(planned) != len(ran):
        return False
    fits = all(mine in ("T", real) for mine, real in zip(planned, ran, strict=True))
    keras_fits = len(inferred) == len(ran) and all(
        mine in ("T", real) for mine, real in zip(inferred, ran, strict=True)
    )
    return fits and not keras_fits


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
    candidates = []
    for index in range(len(layers)):
        if len(layers) > 1:
            candidates.append({**config, "layers": layers[:index] + layers[index + 1 :]})
        if isinstance(layers[index], str):
            continue
        for cls, arguments in layers[index].items():
            if not isinstance(arguments, dict):
                continue
            for key in arguments:
                fewer = {k: v for k, v in arguments.items() if k != key}
                entry = {**layers[index], cls: fewer}
                candidates.append(
                    {**config, "layers": [*layers[:index], entry, *layers[index + 1 :]]}
                )
    return candidates


def _disagrees(config: Mapping[str, Any]) -> bool:
    try:
        return judge(config) is not None
    except Exception:  # noqa: BLE001 - a smaller config may be no config
        return False

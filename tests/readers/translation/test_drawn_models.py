"""Random models of the judge, through Keras's own description: both have the same plan."""

from __future__ import annotations

import json
from collections import Counter

import msgspec
import pytest

from rnncli.config import parse, text_of
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.readers.dialects.keras3 import open_model
from rnncli.readers.translation.graph import translate

pytestmark = [pytest.mark.usefixtures("keras"), pytest.mark.slow]
SEED, CASES = 801, 120
# Keras does not save the dtype of a Discretization, and the judge writes arange in other words.
NOT_KEPT = ("Discretization", "ops.arange")


def layers_of(document):
    """What the layers are in, whatever they are called: one model has no names of operations."""
    return Counter(
        json.dumps(
            [
                [(tensor["shape"], tensor["dtype"]) for tensor in layer["outputs"]],
                [(state["name"], state["shape"], state["returned"]) for state in layer["states"]],
                [
                    (weight["name"], weight["shape"], weight["dtype"], weight["trainable"])
                    for weight in layer["weights"] or ()
                ],
                layer["params"] and layer["params"]["total"],
                layer["macs"],
                layer["mask"],
            ]
        )
        for layer in document["layers"]
        if not _is_mask(layer)
    )


def _is_mask(layer):
    """Whether it may be a mask in operations that repeats one which travels anyway."""
    return layer["class"].startswith("ops.") and layer["outputs"][0]["dtype"] == "bool"


@pytest.mark.parametrize("number", range(CASES))
def test_a_drawn_model_comes_back(keras, number):
    from tests.judge.as_keras import built
    from tests.judge.drawing.draw import case_of
    from tests.judge.judging import planned

    case, _ = case_of(SEED, number)
    before = planned(case)
    unfit = any(problem["severity"] == "error" for problem in before["problems"])
    if unfit or any(layer["class"] in NOT_KEPT for layer in before["layers"]):
        return
    try:
        architecture = json.loads(built(case).model(case.outputs).to_json())
    except (ValueError, TypeError, NotImplementedError):
        # Keras cannot build or cannot describe some of the models that are drawn.
        return
    translated = translate(open_model(architecture, "model.json"), "model.json")
    assert translated.problems == []
    spec = parse(Source("model", text_of("model", translated.data)))
    length = case.inputs[0].size if case.inputs else 10
    report = plan(spec, before["batch"], length)
    assert not errors(report.problems)
    assert layers_of(json.loads(msgspec.json.encode(report))) == layers_of(before)

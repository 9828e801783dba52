"""A weight is trainable where a Model trains it, by identity."""

from __future__ import annotations

import math

import pytest

from rnncli.config import parse
from rnncli.engine.inspecting import held, own_weights
from rnncli.engine.objects import instantiate
from rnncli.engine.running import run
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source
from tests.rules.test_freezing import ATTENTION, FREEZES, FREEZES_NOTHING

pytestmark = pytest.mark.usefixtures("keras")
READS = {entry: shape for entry, (shape, _) in {**FREEZES, **FREEZES_NOTHING}.items()}
READS |= {entry: [3, 4] for entry in ATTENTION}


def spec(entry: str):
    reads = "\n    from: [input, input]" if entry in ATTENTION else ""
    return parse(Source("a.yaml", f"input: {READS[entry]}\nlayers:\n  - {entry}{reads}\n"))


@pytest.mark.parametrize("entry", READS)
def test_what_the_run_reports_is_what_a_model_trains(keras, entry):
    (node,) = bind(spec(entry)).nodes
    layer = instantiate(node.layer)
    x = keras.Input(READS[entry])
    model = keras.Model(x, keras.tree.flatten(layer(*[x] * len(node.inbound))))
    trained = {id(weight) for weight in model.trainable_weights}
    (record,) = run(spec(entry), 2, 10, 0, with_values=False).layers
    expected = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert record.params.trainable == expected
    inner = {id(weight) for one in held(layer) for weight in one.weights}
    said = [weight.trainable for weight in own_weights(layer)]
    assert said == [id(each) in trained for each in layer.weights if id(each) not in inner]


@pytest.mark.parametrize("entry", READS)
def test_plan_and_run_agree_on_it(entry):
    planned, built = plan(spec(entry), 2), run(spec(entry), 2, 10, 0, with_values=False)
    assert planned.totals.trainable == built.totals.trainable
    assert planned.totals.non_trainable == built.totals.non_trainable

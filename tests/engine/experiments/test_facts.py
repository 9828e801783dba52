"""Facts of a run: where they hold Keras shows them as well, and where they do not there are none."""

from __future__ import annotations

import numpy as np
import pytest

import rnncli
from rnncli.engine.experiments.facts import facts
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import random_tensors, symbols
from rnncli.engine.settings import as_planned
from rnncli.engine.tensors import put_mask
from rnncli.engine.tracing import predicted
from rnncli.model.binding import bind

pytestmark = pytest.mark.usefixtures("keras")
EMBEDDING = {"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}


def facts_of(*layers, input=(8, 4), batch=3):
    """The kinds of facts of a model's layers, by the names of the layers."""
    config = {"input": list(input), "batch": batch, "layers": [*layers]}
    report = rnncli.build(rnncli.load(config))
    assert report.agreement.agrees
    kinds = {}
    for fact in report.facts or ():
        assert 0 <= fact.largest_difference < 1e-5
        kinds.setdefault(fact.layer, []).append(fact.kind)
    return kinds


@pytest.mark.parametrize(
    ("layer", "kinds"),
    [
        ({"LSTM": {"units": 3, "return_sequences": True}}, ["masked-step"]),
        ({"LSTM": 3}, ["masked-step"]),
        ({"LSTM": {"units": 3, "return_sequences": True, "go_backwards": True}}, None),
        ({"LSTM": {"units": 3, "return_sequences": True, "zero_output_for_mask": True}}, []),
        ({"GRU": 3}, ["masked-step", "output-is-state"]),
        ({"GRU": {"units": 3, "return_sequences": True, "zero_output_for_mask": True}}, []),
        ({"SimpleRNN": {"units": 3, "unroll": True}}, ["masked-step", "output-is-state"]),
        ({"RNN": {"cell": [{"LSTMCell": 3}, {"GRUCell": 2}]}}, ["masked-step"]),
        ({"Bidirectional": {"GRU": 2, "merge_mode": "sum"}}, ["sum-of-directions"]),
    ],
)
def test_masked_steps(layer, kinds):
    """The random ids of the first sequence always end in padding."""
    shown = facts_of(EMBEDDING, layer, input=(8,))
    [name] = [name for name in (*shown, "none") if name != "embedding"][:1]
    if kinds is None:
        # Padding comes first backwards, where the state is still zero.
        kinds = ["masked-step"]
    assert shown.get(name, []) == kinds


@pytest.mark.parametrize("steps", [8, 30])
@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_a_second_call(cell, steps):
    layer = {cell: {"units": 3, "stateful": True}}
    kinds = facts_of(layer, {"Dense": 2}, input=(steps, 4))[cell.lower()]
    assert "second-call" in kinds
    assert "second-call" not in facts_of({cell: 3}).get(cell.lower(), [])
    masked = facts_of(EMBEDDING, layer, input=(steps,))[cell.lower()]
    assert "second-call" in masked


def test_a_second_call_leaves_the_states(keras):
    """What is called again has afterwards the states of the run, in which the layer was."""
    config = {"input": [4, 2], "batch": 2, "layers": [{"LSTM": {"units": 3, "stateful": True}}]}
    model = bind(rnncli.load(config))
    with as_planned(keras):
        built = BuiltModel()
        inferred = through(model, built, symbols(model, 2))
        numbers = predicted(model, built, random_tensors(model, 2, None, 0), inferred)
        before = [np.array(state) for state in built.layers["lstm"].states]
        assert np.any(before[0])
        assert [fact.kind for fact in facts(model, built, numbers)] == ["second-call"]
        for state, kept in zip(built.layers["lstm"].states, before, strict=True):
            np.testing.assert_array_equal(state, kept)


@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("inner", ["LSTM", "GRU", "SimpleRNN"])
def test_the_sum_of_directions(inner, sequences):
    layer = {inner: {"units": 3, "return_sequences": sequences}}
    for mode, kinds in (("sum", ["sum-of-directions"]), ("ave", []), ("concat", [])):
        shown = facts_of({"Bidirectional": {**layer, "merge_mode": mode}}, input=(25, 4))
        assert shown.get("bidirectional", []) == kinds


def test_the_sum_of_directions_from_states():
    recurrent = {"LSTM": {"units": 3, "return_state": True, "return_sequences": True}}
    shown = facts_of(
        {"Bidirectional": recurrent, "name": "first"},
        {
            "Bidirectional": {"LSTM": {"units": 3, "return_sequences": True}, "merge_mode": "sum"},
            "name": "second",
            "from": "first",
            "initial_state": "first.states",
        },
    )
    assert shown == {"second": ["sum-of-directions"]}


@pytest.mark.parametrize("states", [True, False])
def test_directions_of_two_dtypes(states):
    lstm = {"units": 3, "return_state": states}
    backward = {"LSTM": {**lstm, "dtype": "float64", "go_backwards": True}}
    layer = {"layer": {"LSTM": lstm}, "backward_layer": backward, "merge_mode": "sum"}
    assert facts_of({"Bidirectional": layer})["bidirectional"] == ["sum-of-directions"]


def test_dense_of_steps():
    shown = facts_of({"LSTM": {"units": 3, "return_sequences": True}}, {"Dense": 5})
    assert shown == {"dense": ["dense-of-steps"]}
    assert facts_of({"LSTM": 3}, {"Dense": 5}) == {}
    assert facts_of({"Dense": {"units": 5, "activation": "softmax"}}, input=(40, 4)) == {
        "dense": ["dense-of-steps"]
    }


def test_dropout():
    assert facts_of({"Dropout": 0.5}, {"SpatialDropout1D": 0.2}, {"GaussianDropout": 0.1}) == {
        "dropout": ["no-dropout"],
        "spatial_dropout1d": ["no-dropout"],
        "gaussian_dropout": ["no-dropout"],
    }
    assert facts_of({"Dropout": 0}) == {}


def test_models_inside():
    inner = {"input": [8, 4], "layers": [{"GRU": {"units": 3, "return_sequences": True}}]}
    shown = facts_of({"model": inner, "name": "inner"}, {"Dense": 2})
    assert shown == {"inner/gru": ["output-is-state"], "dense": ["dense-of-steps"]}


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ([{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}},
          {"LSTM": {"units": 3, "return_sequences": True}}], "lstm"),
        ([{"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": True}}, {"GRU": 3}], "gru"),
        ([{"Embedding": {"input_dim": 9, "output_dim": 4}}, {"Dense": 3}], "dense"),
        ([{"Embedding": {"input_dim": 9, "output_dim": 4}}, {"Dropout": 0.5}], "dropout"),
        ([{"Embedding": {"input_dim": 9, "output_dim": 4}},
          {"Bidirectional": {"LSTM": 3, "merge_mode": "sum"}}], "bidirectional"),
        ([{"Embedding": {"input_dim": 9, "output_dim": 4}},
          {"LSTM": {"units": 3, "stateful": True}}], "lstm"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_left_out(keras, layers, name):
    """The same run with other numbers for what the layer returned shows no fact of it."""
    model = bind(rnncli.load({"input": [6], "batch": 2, "layers": layers}))
    with as_planned(keras):
        built = BuiltModel()
        inferred = through(model, built, symbols(model, 2))
        numbers = predicted(model, built, random_tensors(model, 2, None, 0), inferred)
        assert name in {fact.layer for fact in facts(model, built, numbers)}
        for number, (output, tensor) in enumerate(numbers.tensors[name].items(), 1):
            change = number * 1e-2 * _ramp(tensor.shape)
            changed = keras.ops.convert_to_tensor(np.array(tensor) + change)
            put_mask(changed, getattr(tensor, "_keras_mask", None))
            numbers.tensors[name][output] = changed
        assert name not in {fact.layer for fact in facts(model, built, numbers)}


def _ramp(shape):
    return np.arange(np.prod(shape), dtype="float32").reshape(shape) + 1

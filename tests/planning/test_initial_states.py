"""What a recurrent layer starts from: what is refused, Keras fails at, or ignores."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnncli.engine.errors import KerasFailed
from tests.conformance.naively import keras_refuses

LSTM = {"LSTM": {"units": 3, "return_state": True}}
WIDE = {"LSTM": {"units": 4, "return_state": True}}
GRU = {"GRU": {"units": 3, "return_state": True}}
BOTH_GRU = {"Bidirectional": {"GRU": {"units": 3, "return_state": True}}}
BOTH_LSTM = {"Bidirectional": {"LSTM": {"units": 3, "return_state": True}}}
EVERY_STEP = {"GRU": {"units": 3, "return_state": True, "return_sequences": True}}


def config(encoder, decoder, states):
    return {
        "inputs": {"source": [5, 8], "target": [7, 8]},
        "layers": [
            {**encoder, "name": "encoder", "from": "source"},
            {**decoder, "name": "decoder", "from": "target", "initial_state": states},
        ],
    }


FAIL = {
    "four states into an LSTM": (
        BOTH_LSTM,
        LSTM,
        [f"encoder.{each}" for each in ("forward_h", "forward_c", "backward_h", "backward_c")],
        "states-of-both-ways",
    ),
    "a GRU's state into an LSTM": (GRU, LSTM, ["encoder.h"], "states-missing"),
    "an output into an LSTM": (GRU, LSTM, ["encoder"], "states-missing"),
    "two states into Bidirectional(LSTM)": (
        LSTM,
        BOTH_LSTM,
        ["encoder.h", "encoder.c"],
        "states-missing",
    ),
    "states of another width": (WIDE, LSTM, ["encoder.h", "encoder.c"], "state-width"),
    "a whole sequence": (EVERY_STEP, GRU, ["encoder"], "state-is-sequence"),
}


@pytest.mark.parametrize("case", FAIL)
def test_what_keras_builds_and_fails_to_run_is_refused(keras, problems_of, case):
    encoder, decoder, states, code = FAIL[case]
    written = config(encoder, decoder, states)
    (found,) = [each for each in problems_of(json.dumps(written)) if each.severity == "error"]
    assert found.code == code
    assert found.layer == "decoder"
    assert found.fix
    assert keras_refuses(written, 2, 7)


def test_the_states_that_keras_ignores_are_ignored(keras, problems_of):
    x = keras.ops.convert_to_tensor(np.random.default_rng(0).normal(size=(2, 7, 8)), "float32")
    h, c = keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))
    gru = keras.layers.GRU(3)
    assert np.array_equal(gru(x, initial_state=[h, c]), gru(x, initial_state=[h]))
    both = keras.layers.Bidirectional(keras.layers.GRU(3))
    assert np.array_equal(both(x, initial_state=[h, c, h]), both(x, initial_state=[h, c]))
    for encoder, decoder, states in [
        (LSTM, GRU, "encoder.states"),
        (BOTH_LSTM, BOTH_GRU, ["encoder.forward_h", "encoder.backward_h", "encoder.forward_c"]),
    ]:
        found = problems_of(json.dumps(config(encoder, decoder, states)))
        assert [each.code for each in found if each.severity == "error"] == ["states-ignored"]


def test_a_swap_is_told_by_the_names(keras, problems_of):
    x = keras.ops.convert_to_tensor(np.random.default_rng(0).normal(size=(2, 7, 8)), "float32")
    h, c = keras.ops.ones((2, 3)), keras.ops.zeros((2, 3))
    lstm = keras.layers.LSTM(3)
    assert not np.array_equal(lstm(x, initial_state=[h, c]), lstm(x, initial_state=[c, h]))
    found = problems_of(json.dumps(config(LSTM, LSTM, ["encoder.c", "encoder.h"])))
    assert "states-swapped" in [each.code for each in found]
    joined = {
        "inputs": {"source": [5, 8], "target": [7, 8]},
        "layers": [
            {**BOTH_LSTM, "name": "encoder", "from": "source"},
            {"Add": {}, "name": "h", "from": ["encoder.forward_h", "encoder.backward_h"]},
            {"Add": {}, "name": "c", "from": ["encoder.forward_c", "encoder.backward_c"]},
            {**LSTM, "from": "target", "initial_state": ["c", "h"]},
        ],
    }
    assert "states-swapped" in [each.code for each in problems_of(json.dumps(joined))]
    joined["layers"][-1]["initial_state"] = {"c": "c", "h": "h"}
    assert not problems_of(json.dumps(joined))


def test_directions_are_told_apart_too(problems_of):
    states = [f"encoder.{each}" for each in ("backward_h", "backward_c", "forward_h", "forward_c")]
    found = problems_of(json.dumps(config(BOTH_LSTM, BOTH_LSTM, states)))
    assert "states-swapped" in [each.code for each in found]


def test_a_list_of_one_cell_reads_a_mask_only_from_a_state(keras):
    """As the rule of RNN has it."""
    from rnncli.config import parse
    from rnncli.engine.running import run
    from rnncli.planning.plan import plan
    from rnncli.problems import Source, errors

    cell = {"RNN": {"cell": [{"GRUCell": 4}]}, "name": "rnn"}
    layers = ["Masking", {**cell, "initial_state": "state"}]
    for fails in (False, True):
        written = {"inputs": {"state": [4], "x": [3, 4]}, "layers": layers, "outputs": "rnn"}
        written["layers"] = [{"Masking": {}, "from": "x"}, layers[1] if not fails else cell]
        spec = parse(Source("a.yaml", json.dumps(written)))
        assert bool(errors(plan(spec).problems)) == fails
        if fails:
            with pytest.raises(KerasFailed):
                run(spec, 1, 10, 0, False)
        else:
            run(spec, 1, 10, 0, False)

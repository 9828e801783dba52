"""The formulas beside a cell compute what Keras's cell computes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import rnncli
from rnncli.pictures.cell_formulas import cell_of, formulas

CELLS = [
    {"LSTM": 3},
    {"LSTM": {"units": 3, "use_bias": False}},
    {"LSTM": {"units": 3, "activation": "relu", "recurrent_activation": "hard_sigmoid"}},
    {"GRU": 3},
    {"GRU": {"units": 3, "use_bias": False}},
    {"GRU": {"units": 3, "reset_after": False}},
    {"GRU": {"units": 3, "reset_after": False, "use_bias": False}},
    {"SimpleRNN": 3},
    {"SimpleRNN": {"units": 3, "activation": None}},
]


def layer_of(entry):
    return rnncli.plan(rnncli.load({"input": [5, 8], "layers": [entry]})).layers[0]


def as_python(parts):
    """A formula as a line of Python: ``i = sigmoid(x_t @ W_i + h_before @ U_i + b_i)``."""
    text = ""
    for number, part in enumerate(parts):
        index = {"t": "_t", "t−1": "_before"}.get(part, f"_{part}")
        text += index if number % 2 else part
    text = re.sub(r"(?<=[\w)]) (?=[WU]\b|[WU]_)", " @ ", text)
    return (
        text.replace("×", "*").replace("−", "-").replace("b′", "second_b").replace("σ", "sigmoid")
    )


def as_numpy(function):
    return lambda array: np.asarray(function(array))


@pytest.mark.parametrize("entry", CELLS, ids=str)
def test_the_formulas_are_those_of_keras(entry, keras):
    ((cls, arguments),) = entry.items()
    arguments = arguments if isinstance(arguments, dict) else {"units": arguments}
    made = getattr(keras.layers, f"{cls}Cell")(**arguments)
    made.build((2, 8))
    random = np.random.default_rng(0)
    weights = [random.normal(size=weight.shape).astype("float32") for weight in made.weights]
    made.set_weights(weights)
    x = random.normal(size=(2, 8)).astype("float32")
    states = [
        random.normal(size=(2, 3)).astype("float32") for _ in range(2 if cls == "LSTM" else 1)
    ]

    cell = cell_of(layer_of(entry))
    functions = ("sigmoid", "tanh", "relu", "hard_sigmoid", "linear")
    values = {name: as_numpy(getattr(keras.activations, name)) for name in functions}
    values |= {"x_t": x, "h_before": states[0], "c_before": states[-1]}
    for symbol, weight in zip("WUb", weights, strict=False):
        for number, gate in enumerate(cell.order):
            name = symbol if len(cell.order) == 1 else f"{symbol}_{gate}"
            part = weight[..., 3 * number : 3 * number + 3]
            if part.ndim == 2 and symbol == "b":
                values[f"second_{name}"], part = part[1], part[0]
            values[name] = part
    for parts in formulas(cell):
        exec(as_python(parts), values)

    output, after = made(x, states)
    assert np.allclose(values["y_t"], output, atol=1e-5)
    assert np.allclose(values["h_t"], after[0], atol=1e-5)
    if cls == "LSTM":
        assert np.allclose(values["c_t"], after[1], atol=1e-5)


def texts(entry, **options):
    svg = rnncli.draw(rnncli.load({"input": [5, 8], "layers": [entry]}), kind="cell", **options)
    root = ElementTree.fromstring(svg)
    return ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_it_shows_gates_weights_and_functions():
    shown = texts({"LSTM": {"units": 3, "activation": "relu"}})
    assert {"f", "i", "g", "o"} <= {*shown}
    assert shown.count("σ") == 3
    assert shown.count("relu") == 2
    assert {"W kernel (8, 12)", "U recurrent_kernel (3, 12)", "b bias (12,)"} <= {
        " ".join(text.split()) for text in shown
    }
    assert "ct = f × ct−1 + i × g" in shown


@pytest.mark.parametrize("entry", CELLS, ids=str)
def test_gates_are_as_many_as_the_kernel_is_wide(entry):
    layer = layer_of(entry)
    assert len(cell_of(layer).gates) * 3 == layer.weights[0].shape[-1]


def test_cells_of_wrappers_and_of_convolutions():
    inside = {"RNN": {"cell": [{"GRUCell": 4}, {"LSTMCell": 3}]}}
    assert "gru_cell · GRUCell" in texts(inside)
    assert "lstm_cell · LSTMCell" in texts(inside, layer="lstm_cell")
    assert "forward_gru · GRU" in texts({"Bidirectional": {"GRU": 3}})
    frames = {"input": [4, 16, 16, 3], "layers": [{"ConvLSTM2D": {"filters": 4, "kernel_size": 3}}]}
    assert "x<" in rnncli.draw(rnncli.load(frames), kind="cell")
    assert " * W" in rnncli.draw(rnncli.load(frames), kind="cell")

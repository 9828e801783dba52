"""Activations of keras.ops, held against keras.Model."""

from __future__ import annotations

import pytest

from rnncli.keras_api.operations import MODULES
from tests.layers.ops.refusing import keras_refuses, the_problem

ACTIVATIONS = [
    function.removeprefix("ops.") for function, module in MODULES.items() if module == "activations"
]


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_every_dtype(agrees, keras, function):
    operate = getattr(keras.ops, function)
    for dtype in ("bfloat16", "int8", "bool", "complex64"):
        try:
            the_problem(f"ops.{function}", ((4,), dtype))
        except ValueError:
            agrees(f"ops.{function}", operate, ((None, 4), dtype))
        else:
            assert keras_refuses(keras, operate, ((4,), dtype)), dtype


@pytest.mark.parametrize(("other", "name"), [("swish", "silu"), ("hard_swish", "hard_silu")])
def test_another_name(agrees, keras, other, name):
    agrees(f"ops.{other}", getattr(keras.ops, name), ((4,), "float32"))


@pytest.mark.parametrize(("function", "argument", "value"), [
    ("leaky_relu", "negative_slope", 1), ("elu", "alpha", 0.5), ("celu", "alpha", 2),
    ("gelu", "approximate", False),
])  # fmt: skip
def test_arguments(agrees, keras, function, argument, value):
    operate = getattr(keras.ops, function)
    entry = f"ops.{function}: {{{argument}: {str(value).lower()}}}"
    agrees(entry, lambda x: operate(x, **{argument: value}), ((None, 4), "float16"))


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [-1, 0, 1, -3, None])
def test_softmax_along_an_axis(agrees, keras, function, axis):
    operate = getattr(keras.ops, function)
    entry = f"ops.{function}: {{axis: {'null' if axis is None else axis}}}"
    agrees(entry, lambda x: operate(x, axis=axis), ((None, 4), "float32"))


@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [[1, 2], [1], 3, -4])
def test_a_softmax_that_keras_refuses(keras, function, axis):
    operate = getattr(keras.ops, function)
    problem = the_problem(f"ops.{function}: {{axis: {axis}}}", ((5, 4), "float32"))
    assert problem.code == "wrong-value"
    axes = tuple(axis) if isinstance(axis, list) else axis
    assert keras_refuses(keras, lambda x: operate(x, axis=axes), ((5, 4), "float32"))


def test_the_layer_takes_a_softmax_over_several_axes(planned):
    problem = the_problem("ops.softmax: {axis: [1, 2]}", ((5, 4), "float32"))
    assert "Softmax: {axis: [1, 2]}" in problem.fix
    report = planned("input: [5, 4]\nlayers: [Softmax: {axis: [1, 2]}]\n")
    assert not report.problems


@pytest.mark.parametrize(("order", "axis"), [
    (2, -1), (2, [1, 2]), (2, None), (1, 1), (1, [0, 2]), (3, 0), (3, [1]),
])  # fmt: skip
def test_normalize(agrees, keras, order, axis):
    entry = f"ops.normalize: {{axis: {'null' if axis is None else axis}, order: {order}}}"
    for dtype in ("float32", "float16") if order == 2 else ("float16", "int32"):
        agrees(entry, lambda x: keras.ops.normalize(x, axis=axis, order=order), ((None, 4), dtype))


@pytest.mark.parametrize("arguments", [
    {"axis": 3}, {"axis": [1, 1]}, {"order": 1, "axis": [0, 1, 2]}, {"order": 3, "axis": [0, 1]},
    {"order": 1, "axis": []}, {"epsilon": 0},
])  # fmt: skip
def test_a_norm_that_keras_refuses(keras, arguments):
    written = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    problem = the_problem(f"ops.normalize: {{{written}}}", ((5, 4), "float32"))
    assert problem.code == "wrong-value"
    inputs = ((5, 4), "float32")
    assert keras_refuses(keras, lambda x: keras.ops.normalize(x, **arguments), inputs)

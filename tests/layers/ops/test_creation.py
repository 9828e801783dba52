"""Casts, constants, one-hot codes, positions and random numbers, held against Keras."""

from __future__ import annotations

from typing import Any

import pytest

from rnncli import build
from rnncli.config import parse
from rnncli.problems import Source
from rnncli.report.report import Report
from tests.layers.ops.refusing import keras_refuses, the_problem


def built(config: str, **how: Any) -> Report:
    report = build(parse(Source("test.yaml", config)), **how)
    assert report.agreement is not None
    assert report.agreement.agrees, report.agreement
    return report


@pytest.mark.parametrize("dtype", ["float16", "uint64", "bool", "complex64"])
@pytest.mark.parametrize("own", ["float32", "int8", "bool"])
def test_cast(agrees, keras, dtype, own):
    agrees(f"ops.cast: {dtype}", lambda x: keras.ops.cast(x, dtype), ((None, 4), own))


def test_a_cast_to_a_float_of_8_bits(keras):
    inputs = ((4,), "int32")
    assert the_problem("ops.cast: float8_e4m3fn", inputs).code == "wrong-dtype"
    assert keras_refuses(keras, lambda x: keras.ops.cast(x, "float8_e4m3fn"), inputs)


@pytest.mark.parametrize("function", ["zeros_like", "ones_like"])
@pytest.mark.parametrize("dtype", [None, "int32", "float16"])
def test_constants(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    entry = f"ops.{function}: {dtype}" if dtype else f"ops.{function}"
    agrees(entry, lambda x: operate(x, dtype=dtype), ((None, 4), "uint8"))


@pytest.mark.parametrize("own", ["float16", "int8", "uint64", "bool", "complex128"])
@pytest.mark.parametrize("number", [2, 0.5])
def test_full_like(agrees, keras, own, number):
    agrees(f"ops.full_like: {number}", lambda x: keras.ops.full_like(x, number), ((None, 4), own))


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("dtype", [None, "int8", "bool"])
def test_one_hot(agrees, keras, axis, dtype):
    more = f", dtype: {dtype}" if dtype else ""
    agrees(
        f"ops.one_hot: {{num_classes: 3, axis: {axis}{more}}}",
        lambda x: keras.ops.one_hot(x, 3, axis=axis, dtype=dtype),
        ((None,), "int32"),
    )


@pytest.mark.parametrize("axis", [2, -2])
def test_one_hot_along_an_axis_that_keras_refuses(keras, axis):
    inputs = ((4,), "int32")
    entry = f"ops.one_hot: {{num_classes: 3, axis: {axis}}}"
    assert the_problem(entry, inputs).code == "wrong-value"
    assert keras_refuses(keras, lambda x: keras.ops.one_hot(x, 3, axis=axis), inputs)


POSITIONS = """
input: {shape: [null, 8], dtype: DTYPE}
layers: [ops.arange: {axis: 1}, Embedding: {input_dim: 20, output_dim: 4}]
"""


@pytest.mark.parametrize("dtype", ["float32", "bool", "string"])
def test_positions_lead_an_embedding(keras, dtype):
    report = built(POSITIONS.replace("DTYPE", dtype), batch=3, length=5, values=True)
    positions, embedded = (layer.outputs[0] for layer in report.layers)
    assert positions.shape == (3, None)
    assert positions.dtype == "int32"
    assert positions.values == [[0, 1, 2, 3, 4]] * 3
    assert embedded.shape == (3, None, 4)
    assert report.layers[1].params.total == 80


@pytest.mark.parametrize(("axis", "expected"), [
    (0, [0, 1]),
    (-1, [[[0, 1, 2], [0, 1, 2]], [[0, 1, 2], [0, 1, 2]]]),
    (1, [[0, 1], [0, 1]]),
])  # fmt: skip
def test_positions_along_an_axis(keras, axis, expected):
    config = f"input: [2, 3]\nlayers: [ops.arange: {axis}]\n"
    assert built(config, batch=2, values=True).layers[0].outputs[0].values == expected


def test_positions_of_empty_steps(keras):
    config = "input: [4, 0]\nlayers: [ops.arange: {axis: 1}]\n"
    assert built(config, values=True).layers[0].outputs[0].values == [[0, 1, 2, 3]]


def test_positions_along_an_axis_that_does_not_exist():
    assert the_problem("ops.arange: {axis: 3}", ((5, 8), "float32")).code == "wrong-value"


def noise(arguments: str, seed: int) -> Any:
    import numpy as np

    config = f"input: [null, 40]\nlayers: [{arguments}]\n"
    output = built(config, batch=2, length=30, seed=seed, values=True).layers[0].outputs[0]
    assert output.shape == (2, None, 40)
    return np.array(output.values)


def test_normal_numbers_have_the_shape_of_what_is_read(keras):
    numbers = noise("random.normal: {mean: 3, stddev: 0.1}", seed=1)
    assert numbers.shape == (2, 30, 40)
    assert abs(numbers.mean() - 3) < 0.02
    assert abs(numbers.std() - 0.1) < 0.02
    assert (noise("random.normal: {mean: 3, stddev: 0.1}", seed=1) == numbers).all()
    assert (noise("random.normal: {mean: 3, stddev: 0.1}", seed=2) != numbers).any()


def test_uniform_numbers_keep_a_seed_of_their_own(keras):
    numbers = noise("random.uniform: {minval: -1, maxval: 2, seed: 5}", seed=1)
    assert numbers.min() >= -1
    assert numbers.max() < 2
    assert abs(numbers.mean() - 0.5) < 0.1
    assert (noise("random.uniform: {minval: -1, maxval: 2, seed: 5}", seed=2) == numbers).all()


def test_two_layers_of_random_numbers_differ(keras):
    layers = "[random.normal, {random.normal: {}, from: input}]"
    config = f"input: [40]\nlayers: {layers}\noutputs: [normal, normal_1]\n"
    first, second = (layer.outputs[0].values for layer in built(config, values=True).layers)
    assert first != second


def test_the_dtype_of_random_numbers(keras):
    config = "input: {shape: [4], dtype: int32}\nlayers: [random.uniform: {dtype: float16}]\n"
    assert built(config).layers[0].outputs[0].dtype == "float16"
    problem = the_problem("random.uniform: {dtype: int32}", ((4,), "float32"))
    assert problem.code == "wrong-value"

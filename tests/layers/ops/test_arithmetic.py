"""Arithmetic of tensors and numbers, held against keras.Model."""

from __future__ import annotations

import pytest

from rnncli import build
from rnncli.config import parse
from rnncli.problems import Source
from tests.layers.ops.refusing import keras_refuses, the_problem

DTYPES = ["float32", "float16", "int32", "int8", "uint8"]
FUNCTIONS = [
    "add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "mod", "power",
    "maximum", "minimum",
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_two_tensors(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}", operate, ((None, 4), "int16"), ((1, 4), dtype))


@pytest.mark.parametrize("number", [2, 0.5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_number_behind(agrees, keras, number, dtype):
    agrees(f"ops.subtract: {number}", lambda x: x - number, ((None, 4), dtype))


@pytest.mark.parametrize("function", ["divide", "floor_divide", "mod", "power"])
@pytest.mark.parametrize("number", [2, 2.5])
@pytest.mark.parametrize("dtype", ["bfloat16", "float64", "int8", "uint32", "uint64", "bool"])
def test_the_dtype_that_a_number_makes(agrees, keras, function, number, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: {number}", lambda x: operate(x, number), ((5,), dtype))


def test_a_number_in_front(agrees, keras):
    agrees("ops.subtract: {x1: 1.0}", lambda x: keras.ops.subtract(1.0, x), ((5, 4), "int32"))


@pytest.mark.parametrize(("first", "second"), [
    ("bfloat16", "float16"), ("uint64", "int8"), ("uint64", "uint64"), ("bool", "int16"),
    ("complex64", "float64"), ("complex128", "complex128"),
])  # fmt: skip
def test_pairs_of_dtypes(agrees, keras, first, second):
    agrees("ops.add", keras.ops.add, ((5,), first), ((5,), second))


@pytest.mark.parametrize(("first", "second"), [
    ((None, 4), (5, 4)), ((5, 4), (None, 4)), ((None, 4), (None, 1)), ((None, 1), (1, 4)),
])  # fmt: skip
@pytest.mark.parametrize("batch", [1, 3])
def test_shapes_that_broadcast(agrees, keras, first, second, batch):
    agrees("ops.add", keras.ops.add, (first, "float32"), (second, "float32"), batch=batch, length=5)


def test_a_vector_is_added_as_a_bias(agrees, keras):
    agrees("ops.add", keras.ops.add, ((5, 3), "float32"), ((5, 1), "float32"), batch=1)


@pytest.mark.parametrize("second", [(3, 1), (1, 3)])
def test_a_bias_changes_no_shape_though_keras_infers_that_it_does(keras, second):
    import numpy as np

    config = f"inputs: {{a: [3], b: {[*second]}}}\nlayers: [{{ops.add: {{}}, from: [a, b]}}]\n"
    report = build(parse(Source("test.yaml", config)), batch=1)
    assert report.agreement is not None
    (difference,) = report.agreement.differences
    symbols = [keras.Input((3,), batch_size=1), keras.Input(second, batch_size=1)]
    model = keras.Model(symbols, keras.ops.add(*symbols))
    returned = model.predict_on_batch([np.ones((1, 3)), np.ones((1, *second))])
    assert difference.planned == difference.ran == str(returned.shape) == "(1, 3)"
    assert difference.inferred == str(model.output_shape)


@pytest.mark.parametrize(("entry", "operate", "dtype", "code"), [
    ("ops.multiply", lambda ops, x: ops.multiply(x, x), "bool", "wrong-dtype"),
    ("ops.maximum", lambda ops, x: ops.maximum(x, x), "complex64", "wrong-dtype"),
    ("ops.floor_divide: 0", lambda ops, x: ops.floor_divide(x, 0), "int8", "wrong-value"),
    ("ops.mod: 0", lambda ops, x: ops.mod(x, 0), "bool", "wrong-value"),
    ("ops.power: -1", lambda ops, x: ops.power(x, -1), "uint8", "wrong-value"),
])  # fmt: skip
def test_what_keras_refuses(keras, entry, operate, dtype, code):
    inputs = [((4,), dtype)] * (1 if ":" in entry else 2)
    assert the_problem(entry, *inputs).code == code
    assert keras_refuses(keras, lambda x, *_: operate(keras.ops, x), *inputs)


def test_shapes_that_do_not_broadcast(keras):
    inputs = [((5, 4), "float32"), ((3, 4), "float32")]
    assert the_problem("ops.add", *inputs).code == "shape-mismatch"
    assert keras_refuses(keras, keras.ops.add, *inputs)
    assert the_problem("ops.add", ((4,), "float32"), ((5, 4), "float32")).code == "shape-mismatch"

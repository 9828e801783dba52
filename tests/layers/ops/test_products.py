"""Products that are summed over axes, held against keras.Model; MACs as TensorFlow runs them."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
SHAPES = [
    ("matmul", (4, 5), (5, 6)), ("matmul", (4, 3), (6,)), ("matmul", (3,), (4, 3, 6)),
    ("matmul", (), (4,)), ("matmul", (4, 3), ()), ("matmul", (), ()), ("matmul", (2, 4, 5), (1, 5, 6)),
    ("matmul", (None, 5), (5, None)), ("matmul", (2, 4, 5), (2, 5, 6)),
    ("dot", (4, 3), (6,)), ("dot", (4, 5), (5, 6)), ("dot", (3,), ()), ("dot", (), (4,)),
    ("dot", (None, 5), (5, 6)), ("outer", (4,), ()), ("outer", (None, 5), (2,)), ("vdot", (4,), (4,)),
    ("vdot", (None, 2), (None, 2)),
]  # fmt: skip
DTYPES = [
    ("int8", "int8"), ("int8", "uint8"), ("bool", "bool"), ("int32", "float16"),
    ("bfloat16", "float16"), ("uint64", "uint64"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "first", "second"), SHAPES)
def test_shapes_and_macs(agrees, multiplies, keras, function, first, second):
    tensors, operate = [(first, "float32"), (second, "float32")], getattr(keras.ops, function)
    agrees(f"ops.{function}", operate, *tensors)
    multiplies(f"ops.{function}", operate, *tensors)


@pytest.mark.parametrize(
    ("function", "dtypes"),
    [
        (function, dtypes)
        for function in ("matmul", "dot", "outer", "vdot")
        for dtypes in DTYPES
        # TensorFlow takes the outer product of booleans only since 2.19.
        if (function, dtypes) != ("outer", ("bool", "bool"))
    ],
)
def test_dtypes(agrees, keras, function, dtypes):
    agrees(f"ops.{function}", getattr(keras.ops, function), *(((3,), dtype) for dtype in dtypes))


@pytest.mark.parametrize("second", [(), (3,)])
def test_int8_times_a_vector_stays_int8(agrees, keras, second):
    agrees("ops.matmul", keras.ops.matmul, ((2, 3), "int8"), (second, "int8"))


def test_an_unknown_leading_axis_is_that_of_the_other_tensor(agrees, keras):
    tensors = ((None, 4, 5), "float32"), ((2, 5, 6), "float32")
    agrees("ops.matmul", keras.ops.matmul, *tensors, length=2)


@pytest.mark.parametrize(
    "axes", ["0", "3", "[[1], [1]]", "[[1, -1], [1, 2]]", "[[0], [0]]", "[[], []]"]
)
def test_summed_axes(agrees, multiplies, keras, axes):
    entry, x = f"ops.tensordot: {{axes: {axes}}}", ((None, 4), "float32")
    agrees(entry, called(keras, entry), x, x)
    multiplies(entry, called(keras, entry), x, x)


@pytest.mark.parametrize("dtypes", DTYPES)
def test_dtypes_of_summed_axes(agrees, keras, dtypes):
    entry = "ops.tensordot: {axes: 1}"
    agrees(entry, called(keras, entry), *(((3,), dtype) for dtype in dtypes))


def test_macs_by_hand(multiplies, keras):
    tensors = ((4, 5), "float32"), ((5, 6), "float32")
    assert multiplies("ops.matmul", keras.ops.matmul, *tensors) == 3 * 4 * 5 * 6


@pytest.mark.parametrize(
    ("entry", "code", "first", "second"),
    [
        ("ops.matmul", "shape-mismatch", (4, 5), (6, 5)),
        ("ops.matmul", "shape-mismatch", (2, 4, 5), (7, 5, 6)),
        ("ops.dot", "shape-mismatch", (4, 5), (6, 6)),
        ("ops.dot", "shape-mismatch", (None,), ()),
        ("ops.vdot", "shape-mismatch", (4,), (5,)),
        ("ops.tensordot: {axes: 1}", "shape-mismatch", (4, 5), (4, 5)),
        ("ops.tensordot: {axes: 4}", "wrong-value", (4, 5), (4, 5)),
        ("ops.tensordot: {axes: -1}", "wrong-value", (4, 5), (4, 5)),
        ("ops.tensordot: {axes: [1, 1]}", "wrong-type", (4, 5), (4, 5)),
        ("ops.tensordot: {axes: [[1, 1], [1, 1]]}", "wrong-value", (4, 5), (4, 5)),
        ("ops.tensordot: {axes: [[5], [1]]}", "wrong-value", (4, 5), (4, 5)),
    ],
)
def test_refusals(refuses, keras, entry, code, first, second):
    refuses(entry, code, called(keras, entry), (first, "float32"), (second, "float32"))

"""Reductions over axes, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
REDUCTIONS = [
    "mean", "sum", "std", "var", "max", "min", "amax", "amin", "prod", "any", "all", "argmax",
    "argmin", "count_nonzero", "norm",
]  # fmt: skip
SEQUENCE = ((None, 4), "float32")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32", "int8", "uint8", "bool"])
@pytest.mark.parametrize("function", ["mean", "sum"])
def test_dtypes(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: {{axis: 1}}", lambda x: operate(x, axis=1), ((None, 4), dtype))


@pytest.mark.parametrize("dtype", ["float16", "uint16", "bool"])
@pytest.mark.parametrize("function", REDUCTIONS)
def test_dtypes_of_all(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: {{axis: -1}}", lambda x: operate(x, axis=-1), ((5, 4), dtype))


@pytest.mark.parametrize("function", ["sum", "prod", "max"])
def test_uint64(agrees, keras, function):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: 1", lambda x: operate(x, 1), ((5,), "uint64"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_logsumexp_keeps_its_dtype_in_the_run(agrees, keras, dtype):
    agrees("ops.logsumexp: 1", lambda x: keras.ops.logsumexp(x, 1), ((None, 4), dtype))


@pytest.mark.parametrize("axis", [-1, 2, [1, 2], [-1, 1], [0, 1], []])
@pytest.mark.parametrize("keepdims", [False, True])
def test_axes(agrees, keras, axis, keepdims):
    agrees(
        f"ops.sum: {{axis: {axis}, keepdims: {str(keepdims).lower()}}}",
        lambda x: keras.ops.sum(x, axis=axis, keepdims=keepdims),
        SEQUENCE,
    )


@pytest.mark.parametrize("function", ["mean", "argmax", "count_nonzero", "logsumexp"])
@pytest.mark.parametrize("batch", [1, 3])
def test_all_elements(agrees, keras, function, batch):
    agrees(f"ops.{function}", getattr(keras.ops, function), SEQUENCE, batch=batch)


@pytest.mark.parametrize(("order", "axis"), [("nuc", [1, 2]), (2, [1, 2]), (1, [2, 1]), (3, -1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_norms(agrees, keras, order, axis, keepdims):
    agrees(
        f"ops.norm: {{ord: {order}, axis: {axis}, keepdims: {str(keepdims).lower()}}}",
        lambda x: keras.ops.norm(x, ord=order, axis=axis, keepdims=keepdims),
        SEQUENCE,
    )


@pytest.mark.parametrize(("initial", "dtype"), [(2, "int8"), (2.5, "float16"), (2, "uint64")])
def test_an_initial_value(agrees, keras, initial, dtype):
    agrees(
        f"ops.max: {{axis: 1, initial: {initial}}}",
        lambda x: keras.ops.max(x, axis=1, initial=initial),
        ((5,), dtype),
    )


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_product_ignores_its_dtype(agrees, keras, dtype):
    agrees(
        "ops.prod: {axis: 1, dtype: float16}",
        lambda x: keras.ops.prod(x, axis=1, dtype="float16"),
        ((5,), dtype),
    )


@pytest.mark.parametrize(
    ("entry", "code", "dtype"),
    [
        ("ops.sum: {axis: 3}", "wrong-value", "float32"),
        ("ops.sum: {axis: -4}", "wrong-value", "float32"),
        ("ops.max: {axis: [1, 1]}", "wrong-value", "float32"),
        ("ops.max: {axis: 1, initial: 2.5}", "wrong-dtype", "int32"),
        ("ops.argmax: {axis: [1, 2]}", "wrong-type", "float32"),
        ("ops.logsumexp: {axis: 1}", "wrong-dtype", "int32"),
        ("ops.norm", "wrong-rank", "float32"),
        ("ops.norm: {axis: 1, ord: nuc}", "wrong-value", "float32"),
        ("ops.norm: {axis: [1, 2], ord: 3}", "wrong-value", "float32"),
        ("ops.norm: {axis: [2, 1], ord: nuc, keepdims: true}", "wrong-value", "float32"),
        ("ops.norm: {axis: [1, 2], ord: nuc}", "wrong-dtype", "float16"),
        ("ops.prod: {axis: 1, dtype: int32}", "wrong-dtype", "bool"),
    ],
)
def test_refusals(refuses, keras, entry, code, dtype):
    refuses(entry, code, called(keras, entry), ((5, 4), dtype))


def test_nothing_has_no_largest_element(refuses, keras):
    refuses("ops.argmax: 1", "too-short", lambda x: keras.ops.argmax(x, 1), ((0, 4), "float32"))


@pytest.mark.parametrize("function", ["max", "min", "amax", "amin"])
def test_the_extreme_of_no_elements_is_refused(planned, keras, function):
    """Keras refuses it when a model is called, though predict runs it."""
    report = planned(f"input: [5, 0]\nlayers: [ops.{function}: {{axis: 1}}]\n")
    assert [problem.code for problem in report.problems] == ["too-short"]
    with pytest.raises(Exception, match="empty tensor"):
        getattr(keras.ops, function)(keras.ops.zeros((3, 5, 0)), axis=1)

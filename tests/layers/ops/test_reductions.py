"""Reductions over axes, held against keras.Model."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32", "int8", "uint8", "bool"])
@pytest.mark.parametrize("function", ["mean", "sum"])
def test_dtypes(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: {{axis: 1}}", lambda x: operate(x, axis=1), ((None, 4), dtype))


@pytest.mark.parametrize("axis", [-1, 2, [1, 2], [-1, 1]])
@pytest.mark.parametrize("keepdims", [False, True])
def test_axes(agrees, keras, axis, keepdims):
    agrees(
        f"ops.sum: {{axis: {axis}, keepdims: {str(keepdims).lower()}}}",
        lambda x: keras.ops.sum(x, axis=axis, keepdims=keepdims),
        ((None, 4), "float32"),
    )

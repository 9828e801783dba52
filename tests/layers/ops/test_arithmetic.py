"""Arithmetic of tensors and numbers, held against keras.Model."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.keras
DTYPES = ["float32", "float16", "int32", "int8", "uint8"]


@pytest.mark.parametrize("function", ["add", "subtract", "multiply", "maximum", "minimum"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_two_tensors(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}", operate, ((None, 4), "int16"), ((1, 4), dtype))


@pytest.mark.parametrize("number", [2, 0.5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_number_behind(agrees, keras, number, dtype):
    agrees(f"ops.subtract: {number}", lambda x: x - number, ((None, 4), dtype))


def test_a_number_in_front(agrees, keras):
    agrees("ops.subtract: {x1: 1.0}", lambda x: keras.ops.subtract(1.0, x), ((5, 4), "int32"))

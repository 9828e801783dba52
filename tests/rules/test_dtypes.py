"""Dtypes are promoted as Keras promotes them."""

from __future__ import annotations

from itertools import product

import pytest

from rnncli.rules.dtypes import divided, promoted

DTYPES = (
    *("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64"),
    *("bfloat16", "float16", "float32", "float64"),
)
# TensorFlow multiplies no booleans.
PAIRS = [pair for pair in product(DTYPES, repeat=2) if set(pair) != {"bool"}]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_dtypes_make_the_one_that_an_addition_gives(keras, first, second):
    x, y = (keras.ops.zeros((1,), dtype) for dtype in (first, second))
    expected = keras.backend.standardize_dtype(keras.ops.multiply(x, y).dtype)
    assert promoted([first, second]) == expected


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype != "bool"])
def test_a_quotient_has_the_dtype_that_the_mean_of_two_has(keras, dtype):
    x = keras.ops.zeros((1, 1), dtype)
    assert divided(promoted([dtype, dtype])) == keras.backend.standardize_dtype(
        keras.layers.Average(dtype=dtype if "float" in dtype else None)([x, x]).dtype
    )

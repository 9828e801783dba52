"""Functions of one tensor, held against keras.Model."""

from __future__ import annotations

import pytest

from rnncli.keras_api.operations import MODULES
from tests.layers.ops.refusing import keras_refuses, the_problem

PLAIN = [
    function.removeprefix("ops.")
    for function, module in MODULES.items()
    if module == "elementwise" and function != "ops.clip"
]
REFUSED = {
    "negative": ["bool", "uint8"],
    "sign": ["bool", "uint64"],
    "rsqrt": ["int32"],
    "reciprocal": ["int32", "bool"],
    "erf": ["int8", "complex64"],
    "floor": ["complex64"],
    "round": ["bool", "complex64"],
    "exp": ["float8_e4m3fn"],
}
DTYPES = ["bfloat16", "int8", "uint64", "bool", "complex128"]


@pytest.mark.parametrize("function", PLAIN)
def test_every_dtype(agrees, keras, function):
    operate = getattr(keras.ops, function)
    for dtype in DTYPES:
        try:
            the_problem(f"ops.{function}", ((4,), dtype))
        except ValueError:
            agrees(f"ops.{function}", operate, ((None, 4), dtype))
        else:
            assert keras_refuses(keras, operate, ((4,), dtype)), dtype


@pytest.mark.parametrize("function", sorted(REFUSED))
def test_what_is_refused(function):
    for dtype in REFUSED[function]:
        problem = the_problem(f"ops.{function}", ((4,), dtype))
        assert problem.code == "wrong-dtype"
        assert dtype in problem.message
        assert "ops.cast: float32" in problem.fix


def test_abs_is_another_name_of_absolute(agrees, keras):
    agrees("ops.abs", keras.ops.abs, ((None, 4), "float32"))


@pytest.mark.parametrize("decimals", [0, 2, -1])
@pytest.mark.parametrize("dtype", ["float16", "int32"])
def test_round(agrees, keras, decimals, dtype):
    agrees(f"ops.round: {decimals}", lambda x: keras.ops.round(x, decimals), ((4,), dtype))


@pytest.mark.parametrize("bounds", [(0, 1), (0.5, 2.5), (-1, 300)])
@pytest.mark.parametrize("dtype", ["float16", "uint8", "bool"])
def test_clip(agrees, keras, bounds, dtype):
    lowest, highest = bounds
    entry = f"ops.clip: {{x_min: {lowest}, x_max: {highest}}}"
    if isinstance(lowest, float) and dtype != "float16":
        assert the_problem(entry, ((4,), dtype)).code == "wrong-value"
        assert keras_refuses(keras, lambda x: keras.ops.clip(x, *bounds), ((4,), dtype))
    else:
        agrees(entry, lambda x: keras.ops.clip(x, *bounds), ((None, 4), dtype))


def test_nan_to_num_with_numbers(agrees, keras):
    agrees(
        "ops.nan_to_num: {nan: 1.5, posinf: 9}",
        lambda x: keras.ops.nan_to_num(x, nan=1.5, posinf=9),
        ((None, 4), "float16"),
    )

"""Comparisons, logic and where, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.refusing import keras_refuses, the_problem

COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
LOGIC = ["logical_and", "logical_or", "logical_xor"]


@pytest.mark.parametrize("function", COMPARISONS + LOGIC)
@pytest.mark.parametrize("dtype", ["float16", "uint64", "bool"])
def test_comparisons_give_booleans(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: 2", lambda x: operate(x, 2), ((None, 4), dtype))
    agrees(f"ops.{function}", operate, ((None, 1), dtype), ((5, 4), "int32"), length=5)


@pytest.mark.parametrize("function", ["logical_not", "isnan"])
@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_of_one_tensor(agrees, keras, function, dtype):
    agrees(f"ops.{function}", getattr(keras.ops, function), ((None, 4), dtype))


@pytest.mark.parametrize(("first", "second"), [
    ("float16", "bfloat16"), ("int8", "uint8"), ("uint64", "int32"), ("bool", "bool"),
    ("complex64", "float32"),
])  # fmt: skip
def test_the_dtype_of_a_choice(agrees, keras, first, second):
    agrees(
        "ops.where", keras.ops.where, ((None, 1), "bool"), ((5, 4), first), ((1, 4), second),
        length=5,
    )  # fmt: skip


@pytest.mark.parametrize(("x1", "x2"), [(1, 0), (1, 0.5)])
def test_a_choice_of_numbers(agrees, keras, x1, x2):
    entry = f"ops.where: {{x1: {x1}, x2: {x2}}}"
    agrees(entry, lambda x: keras.ops.where(x, x1, x2), ((None,), "int32"))


def test_a_number_elsewhere(agrees, keras):
    agrees(
        "ops.where: 0.0", lambda c, x: keras.ops.where(c, x, 0.0),
        ((None, 4), "bool"), ((None, 4), "int8"),
    )  # fmt: skip


@pytest.mark.parametrize(("function", "dtype"), [
    ("less", "bool"), ("less", "complex64"), ("isnan", "complex64"),
])  # fmt: skip
def test_what_keras_refuses(keras, function, dtype):
    inputs = [((4,), dtype)] * (2 if function == "less" else 1)
    assert the_problem(f"ops.{function}", *inputs).code == "wrong-dtype"
    assert keras_refuses(keras, getattr(keras.ops, function), *inputs)


def test_a_condition_alone_chooses_nothing():
    problem = the_problem("ops.where", ((4,), "bool"))
    assert problem.code == "missing-argument"
    assert "x1 and x2" in problem.message


def test_strings_beside_numbers():
    inputs = [((4,), "bool"), ((4,), "string"), ((4,), "int32")]
    assert the_problem("ops.where", *inputs).code == "wrong-dtype"
    assert the_problem("ops.equal: 1", ((4,), "string")).code == "wrong-dtype"


@pytest.mark.parametrize("function", ["equal", "logical_or", "maximum"])
@pytest.mark.parametrize("dtype", ["int8", "int32", "float32"])
def test_a_truth_in_the_place_of_a_tensor(agrees, keras, function, dtype):
    operate = getattr(keras.ops, function)
    agrees(f"ops.{function}: true", lambda x: operate(x, True), ((4,), dtype))


def test_a_choice_of_two_truths(agrees, keras):
    agrees(
        "ops.where: {x1: true, x2: false}",
        lambda x: keras.ops.where(x, True, False),
        ((4,), "int32"),
    )

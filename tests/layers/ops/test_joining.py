"""Tensors joined and cut, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called, called_on_list

pytestmark = pytest.mark.keras
SEQUENCE, MATRIX = ((None, 4), "float32"), ((5, 4), "float32")


@pytest.mark.parametrize(
    "entry",
    [
        "ops.stack", "ops.stack: {axis: -1}", "ops.stack: {axis: 1}", "ops.concatenate",
        "ops.concatenate: {axis: 1}", "ops.concatenate: {axis: -1}", "ops.hstack", "ops.vstack",
    ],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 3])
def test_joins(agrees, keras, entry, batch):
    agrees(entry, called_on_list(keras, entry), SEQUENCE, SEQUENCE, batch=batch)


@pytest.mark.parametrize("first", [SEQUENCE, MATRIX])
@pytest.mark.parametrize("entry", ["ops.concatenate: {axis: 1}", "ops.concatenate: {axis: 2}"])
def test_a_known_length_beside_an_unknown_one(agrees, keras, entry, first):
    second = MATRIX if first is SEQUENCE else SEQUENCE
    agrees(entry, called_on_list(keras, entry), first, second, length=5)


@pytest.mark.parametrize(
    "dtypes",
    [("int8", "float16"), ("uint8", "int8"), ("bfloat16", "float16"), ("bool", "uint64"),
     ("uint64", "uint64"), ("bool", "bool")],
)  # fmt: skip
@pytest.mark.parametrize("entry", ["ops.stack", "ops.concatenate"])
def test_dtypes(agrees, keras, entry, dtypes):
    agrees(entry, called_on_list(keras, entry), *(((4,), dtype) for dtype in dtypes))


@pytest.mark.parametrize(
    "entry",
    [
        "ops.split: {indices_or_sections: 2, axis: -1}",
        "ops.split: {indices_or_sections: 3}",
        "ops.split: {indices_or_sections: 7, axis: 1}",
        "ops.split: {indices_or_sections: [1, 3], axis: 1}",
        "ops.split: {indices_or_sections: [0, 0, 4], axis: 2}",
        "ops.unstack: {num: 7, axis: 1}",
        "ops.unstack: {num: 3}",
        "ops.unstack: {num: 4, axis: -1}",
    ],
)
def test_parts(agrees, keras, entry):
    agrees(entry, called(keras, entry), SEQUENCE)


@pytest.mark.parametrize(
    ("entry", "code", "others"),
    [
        ("ops.stack: {axis: 4}", "wrong-value", (5, 4)),
        ("ops.stack", "shape-mismatch", (6, 4)),
        ("ops.stack", "shape-mismatch", (4,)),
        ("ops.concatenate: {axis: 3}", "wrong-value", (5, 4)),
        ("ops.concatenate", "shape-mismatch", (6, 4)),
        ("ops.hstack", "shape-mismatch", (5, 3)),
    ],
)
def test_refused_joins(refuses, keras, entry, code, others):
    refuses(entry, code, called_on_list(keras, entry), MATRIX, (others, "float32"))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("ops.split: {indices_or_sections: 3, axis: 2}", "wrong-value"),
        ("ops.split: {indices_or_sections: [2, 1], axis: 2}", "wrong-value"),
        ("ops.split: {indices_or_sections: [5], axis: 2}", "too-short"),
        ("ops.split: {indices_or_sections: [-1], axis: 2}", "wrong-value"),
        ("ops.split: {indices_or_sections: 0, axis: 2}", "wrong-value"),
        ("ops.unstack: {num: 2, axis: 1}", "wrong-value"),
        ("ops.unstack: {num: 2, axis: 3}", "wrong-value"),
    ],
)
def test_refused_parts(refuses, keras, entry, code):
    refuses(entry, code, called(keras, entry), MATRIX)


def test_a_number_of_parts_that_no_length_has(refuses, keras):
    entry = "ops.split: {indices_or_sections: 2, axis: 1}"
    refuses(entry, "bad-length", called(keras, entry), SEQUENCE)

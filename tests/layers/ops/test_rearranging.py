"""Elements moved, repeated, padded and cleared, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
SEQUENCE, MATRIX = ((None, 4), "float32"), ((5, 4), "float32")
ENTRIES = [
    "ops.flip", "ops.flip: {axis: [1, -1]}", "ops.roll: {shift: 2}",
    "ops.roll: {shift: [1, -9], axis: [1, 2]}", "ops.roll: {shift: [1, 1], axis: [1, 1]}", "ops.tile: {repeats: 2}",
    "ops.tile: {repeats: [2, 1, 3, 1]}", "ops.tile: {repeats: [0, 2]}",
    "ops.repeat: {repeats: 2}", "ops.repeat: {repeats: 2, axis: 1}",
    "ops.repeat: {repeats: [1, 0, 2, 3], axis: -1}", "ops.repeat: {repeats: [3], axis: 0}",
    "ops.pad: {pad_width: [[0, 0], [1, 2], [0, 1]]}", "ops.pad: {pad_width: [[0], [1], [2]]}",
    "ops.pad: {pad_width: [[0, 0], [6, 0], [0, 3]], mode: reflect}",
    "ops.pad: {pad_width: [[0, 0], [7, 7], [4, 0]], mode: symmetric}",
    "ops.pad: {pad_width: [[0, 0], [1, 0], [0, 0]], constant_values: 1.5}", "ops.triu",
    "ops.tril: {k: -1}", "ops.triu: {k: 9}", "ops.tril: {k: 4}", "ops.triu: {k: -7}",
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_unknown_lengths(agrees, keras, entry):
    agrees(entry, called(keras, entry), SEQUENCE)


@pytest.mark.parametrize("dtype", ["uint16", "bool"])
@pytest.mark.parametrize(
    "entry", ["ops.flip", "ops.repeat: {repeats: 2}", "ops.triu", "ops.roll: {shift: 1}"]
)
def test_dtypes(agrees, keras, entry, dtype):
    agrees(entry, called(keras, entry), ((5, 4), dtype))


@pytest.mark.parametrize(
    ("entry", "code", "dtype"),
    [
        ("ops.flip: {axis: [1, 1]}", "wrong-value", "float32"),
        ("ops.roll: {shift: [1, 2], axis: 1}", "wrong-value", "float32"),
        ("ops.roll: {shift: [1, 2]}", "wrong-value", "float32"),
        ("ops.roll: {shift: [], axis: []}", "wrong-value", "float32"),
        ("ops.tile: {repeats: -1}", "wrong-value", "float32"),
        ("ops.tile: {repeats: 2}", "wrong-dtype", "uint16"),
        ("ops.repeat: {repeats: [1, 2], axis: 1}", "wrong-value", "float32"),
        ("ops.repeat: {repeats: 2, axis: 4}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: 1}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: [[1, 2]]}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: [[0, 0], [1], [0, 0]]}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: [[0, 0], [-1, 0], [0, 0]]}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: [[0, 0], [1, 0], [0, 0]], mode: edge}", "wrong-value", "float32"),
        ("ops.pad: {pad_width: [[0, 0], [5, 0], [0, 0]], mode: reflect}", "too-short", "float32"),
        ("ops.pad: {pad_width: [[0, 0], [6, 0], [0, 0]], mode: symmetric}", "too-short", "bool"),
        ("ops.pad: {pad_width: [[0, 0], [1, 0], [0, 0]], constant_values: 1.5}", "wrong-dtype",
         "int32"),
        ("ops.tril: {k: 5}", "too-short", "float32"),
        ("ops.triu: {k: -6}", "too-short", "float32"),
    ],
)  # fmt: skip
def test_refusals(refuses, keras, entry, code, dtype):
    refuses(entry, code, called(keras, entry), ((5, 4), dtype))


def test_a_length_too_short_to_mirror(refuses, keras):
    entry = "ops.pad: {pad_width: [[0, 0], [7, 0], [0, 0]], mode: reflect}"
    refuses(entry, "too-short", called(keras, entry), SEQUENCE)


@pytest.mark.parametrize("dtype", ["bool", "int32", "float32"])
@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_any_zero_pads(agrees, keras, dtype, zero):
    entry = f"ops.pad: {{pad_width: [[0, 0], [1, 0]], constant_values: {zero}}}"
    agrees(entry, called(keras, entry), ((3,), dtype))

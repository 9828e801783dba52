"""Operations on shapes and axes, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
SEQUENCE, MATRIX = ((None, 4), "float32"), ((5, 4), "float32")


@pytest.mark.parametrize(
    "entry",
    [
        "ops.reshape: {newshape: [3, -1]}", "ops.reshape: {newshape: [-1, 2]}",
        "ops.reshape: {newshape: -1}", "ops.reshape: {newshape: [3, 28]}", "ops.ravel",
        "ops.expand_dims: {axis: 0}", "ops.expand_dims: {axis: [1, -1]}", "ops.transpose",
        "ops.transpose: {axes: [0, -1, 1]}", "ops.swapaxes: {axis1: 0, axis2: -1}",
        "ops.moveaxis: {source: 0, destination: -1}",
        "ops.moveaxis: {source: [0, 1], destination: [1, 2]}",
        "ops.broadcast_to: {shape: [2, 3, 7, 4]}",
    ],
)  # fmt: skip
def test_unknown_lengths(agrees, keras, entry):
    agrees(entry, called(keras, entry), SEQUENCE)


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint64", "bool"])
@pytest.mark.parametrize("entry", ["ops.reshape: {newshape: [3, -1]}", "ops.ravel"])
def test_dtypes(agrees, keras, entry, dtype):
    agrees(entry, called(keras, entry), ((5, 4), dtype))


@pytest.mark.parametrize("axis", ["null", 1, -1, [3, 1]])
@pytest.mark.parametrize("batch", [1, 3])
def test_squeezed_axes(agrees, keras, axis, batch):
    entry = f"ops.squeeze: {{axis: {axis}}}"
    agrees(entry, called(keras, entry), ((1, 5, 1), "float32"), batch=batch)


@pytest.mark.parametrize("shape", [[1, 5, 1], [5], [None, 4]])
def test_an_empty_list_squeezes_all_axes_in_a_run_alone(keras, shape):
    from tests.conformance.judge import judge

    squeezed = {"ops.squeeze": {"axis": []}}
    assert judge({"input": shape, "layers": [squeezed, "ops.ravel"]}) is None


def test_an_unknown_length_is_not_squeezed(agrees, keras):
    agrees("ops.squeeze", keras.ops.squeeze, ((None, 1), "float32"))


def test_a_size_of_1_is_repeated(agrees, keras):
    entry = "ops.broadcast_to: {shape: [3, 6, 4]}"
    agrees(entry, called(keras, entry), ((1, 4), "float32"))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("ops.reshape: {newshape: [-1, -1]}", "wrong-value"),
        ("ops.reshape: {newshape: [0, -1]}", "wrong-value"),
        ("ops.reshape: {newshape: [3, -1, 7]}", "wrong-value"),
        ("ops.reshape: {newshape: []}", "wrong-value"),
        ("ops.expand_dims: {axis: 4}", "wrong-value"),
        ("ops.expand_dims: {axis: [1, 1]}", "wrong-value"),
        ("ops.squeeze: {axis: 1}", "wrong-value"),
        ("ops.transpose: {axes: [0, 1]}", "wrong-value"),
        ("ops.transpose: {axes: [0, 0, 1]}", "wrong-value"),
        ("ops.swapaxes: {axis1: 0, axis2: 3}", "wrong-value"),
        ("ops.moveaxis: {source: [0, 1], destination: [2]}", "wrong-value"),
        ("ops.broadcast_to: {shape: [4, 5]}", "shape-mismatch"),
        ("ops.broadcast_to: {shape: [3, 1, 4]}", "shape-mismatch"),
        ("ops.broadcast_to: {shape: [3, 9, 4]}", "shape-mismatch"),
        ("ops.broadcast_to: {shape: [-1, 5, 4]}", "wrong-value"),
    ],
)
def test_refusals(refuses, keras, entry, code):
    refuses(entry, code, called(keras, entry), MATRIX)


@pytest.mark.parametrize("entry", ["ops.squeeze: {axis: 1}", "ops.reshape: {newshape: [3, -1, 5]}"])
def test_refusals_at_unknown_lengths(refuses, keras, entry):
    code = "wrong-value" if "squeeze" in entry else "bad-length"
    refuses(entry, code, called(keras, entry), SEQUENCE)

"""Python's indexing and lists of indices, held against keras.Model."""

from __future__ import annotations

import pytest

from tests.layers.ops.calling import called

pytestmark = pytest.mark.keras
SEQUENCE, MATRIX = ((None, 4), "float32"), ((5, 4), "float32")
INDICES = [
    "[:, -1]", "0", "-1", "[..., 0]", "[:, None]", "[None, ..., newaxis]", "[:, 1:3]", "[:, ::2]",
    "[:, ::-1]", "[:, -2::-1]", "[:, 1:-1]", "[:, -3:]", "[:, 9:]", "[:, :9]", "[:, 3:1]",
    "[:, 5:1:-2]", "[1:, :, 2:4]", ":, 0, 0", "[...]", "[0, 0, 0]", "[:, :0]", "[ : , +2 ]",
    "[0,]", "[:, 8:0:-3]", "[:, -9:9:4]",
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES)
def test_indices(agrees, keras, index):
    agrees(f'ops.getitem: "{index}"', lambda x: _python(x, index), SEQUENCE)


@pytest.mark.parametrize("index", ["-1", "[0, -1]", "[..., 0]", "[1:3]", "{key: [..., 1:2]}"])
def test_an_index_that_yaml_reads_without_quotes(agrees, keras, index):
    inside = index.strip("{}").removeprefix("key: ")
    agrees(f"ops.get_item: {index}", lambda x: _python(x, inside), SEQUENCE)


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint64", "bool"])
def test_the_dtype_stays(agrees, keras, dtype):
    agrees('ops.getitem: "[:, -1]"', lambda x: x[:, -1], ((5, 4), dtype))
    agrees("ops.take: {indices: [0, -1], axis: 1}", lambda x: keras.ops.take(x, [0, -1], axis=1),
           ((5, 4), dtype))  # fmt: skip


@pytest.mark.parametrize(
    ("index", "code"),
    [
        ("[:, 5]", "too-short"),
        ("[:, -6]", "too-short"),
        ("[:, :, :, 0]", "wrong-rank"),
        ("[..., ...]", "wrong-value"),
        ("[:, ::0]", "wrong-value"),
        ("[:, 1.5]", "wrong-value"),
        ("[[0, 1]]", "wrong-value"),
    ],
)
def test_refused_indices(refuses, index, code):
    refuses(f'ops.getitem: "{index}"', code, lambda x: _python(x, index), MATRIX)


def _python(x, index):
    """The part of a tensor that Python takes; KerasTensor takes no slice outside of a tuple."""
    inside = index.strip().removeprefix("[").removesuffix("]").rstrip(",")
    return eval(f"x[{inside},]", {"x": x, "newaxis": None})


@pytest.mark.parametrize("indices", [0, -1, [0, 1], [[0, 6], [-7, 2]]])
@pytest.mark.parametrize("axis", ["1", "null"])
def test_numbers_as_indices(agrees, keras, indices, axis):
    entry = f"ops.take: {{indices: {indices}, axis: {axis}}}"
    agrees(entry, called(keras, entry), SEQUENCE)


@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("dtype", ["int16", "int64"])
def test_a_tensor_of_indices(agrees, keras, axis, dtype):
    # The indices of the test are 1 and 2.
    agrees(
        f"ops.take: {{axis: {'null' if axis is None else axis}}}",
        lambda x, indices: keras.ops.take(x, indices, axis=axis),
        SEQUENCE,
        ((None, 2), dtype),
    )


@pytest.mark.parametrize("dtype", ["int8", "uint32", "float32", "bool"])
def test_indices_of_a_dtype_that_tensorflow_does_not_take(refuses, keras, dtype):
    entry = "ops.take: {axis: 1}"
    refuses(entry, "wrong-dtype", called(keras, entry), MATRIX, ((2,), dtype))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("ops.take: {indices: 5, axis: 1}", "too-short"),
        ("ops.take: {indices: [0, -6], axis: 1}", "too-short"),
        ("ops.take: {indices: 60}", "too-short"),
        ("ops.take: {indices: 0.5, axis: 1}", "wrong-type"),
        ("ops.take: {indices: [], axis: 1}", "wrong-type"),
        ("ops.take: {indices: [[0], [1, 2]], axis: 1}", "wrong-value"),
        ("ops.take: {indices: 0, axis: 3}", "wrong-value"),
    ],
)
def test_refused_numbers(refuses, keras, entry, code):
    refuses(entry, code, called(keras, entry), MATRIX)


@pytest.mark.parametrize(
    ("axis", "shape"), [(1, (2, 4)), (-1, (None, 3)), (2, (1, 2)), (1, (2, 1)), (0, (None, 4))]
)
@pytest.mark.parametrize("dtype", ["int8", "int32", "bool"])
def test_indices_at_each_place(agrees, keras, axis, shape, dtype):
    entry = f"ops.take_along_axis: {{axis: {axis}}}"
    agrees(entry, called(keras, entry), SEQUENCE, (shape, dtype))


@pytest.mark.parametrize(
    ("entry", "shape", "code"),
    [
        ("ops.take_along_axis: {axis: -1}", (3, 3), "shape-mismatch"),
        ("ops.take_along_axis: {axis: -1}", (3,), "wrong-rank"),
        ("ops.take_along_axis: {axis: 3}", (5, 4), "wrong-value"),
        ("ops.take_along_axis", (3,), "wrong-rank"),
    ],
)
def test_refused_places(refuses, keras, entry, shape, code):
    refuses(entry, code, called(keras, entry), MATRIX, (shape, "int32"))

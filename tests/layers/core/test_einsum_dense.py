"""EinsumDense with fewer letters than axes, which Keras runs where it multiplies matrices."""

from __future__ import annotations

import numpy as np
import pytest

MATRIX = "equation: 'ab,bc->ac', output_shape: 3"
# The arguments, and the shapes of what one layer is called on.
CALLS = [
    (MATRIX, [[4, 4]]),
    (MATRIX, [[4, 4], [5, 4]]),
    (MATRIX, [[4, 4], [4]]),
    (MATRIX, [[4], [4, 4]]),
    (MATRIX, [[5, 4]]),
    (MATRIX, [[4, 4, 4]]),
    (f"{MATRIX}, activation: glu", [[4, 4]]),
    (MATRIX.replace("3", "6") + ", activation: glu", [[4, 4]]),
    (f"{MATRIX}, bias_axes: c", [[4, 4]]),
    ("equation: 'ab,bc->ac', output_shape: 4, bias_axes: c", [[4, 4]]),
    ("equation: 'ab,cb->ac', output_shape: 3", [[4, 4]]),
    ("equation: 'ab,b->a', output_shape: []", [[4, 4]]),
    ("equation: 'abc,cd->abd', output_shape: [null, 3]", [[4, 4, 4], [2, 5, 4]]),
    ("equation: 'abc,cd->abd', output_shape: [null, 3]", [[5, 4, 4], [4, 4]]),
    ("equation: 'abc,cd->abd', output_shape: [null, 3], bias_axes: d", [[4, 4, 4]]),
    ("equation: 'abc,cd->abd', output_shape: [null, 4], bias_axes: b", [[4, 4, 4]]),
    ("equation: 'abc,dc->abd', output_shape: [null, 3]", [[4, 4, 4]]),
]


@pytest.mark.parametrize(("arguments", "shapes"), CALLS)
def test_fewer_letters_than_axes_are_planned_as_they_run(keras, planned, made, arguments, shapes):
    inputs = ", ".join(f"x{number}: {shape}" for number, shape in enumerate(shapes))
    report = planned(
        f"inputs: {{{inputs}}}\nlayers:\n"
        f"  - EinsumDense: {{{arguments}}}\n    name: call0\n    from: x0\n"
        + "".join(f"  - {{use: call0, name: call{n}, from: x{n}}}\n" for n in range(1, len(shapes)))
        + f"outputs: [{', '.join(f'call{n}' for n in range(len(shapes)))}]\n",
        batch=2,
    )
    refused = [problem for problem in report.problems if problem.severity == "error"]
    tensors = [keras.Input(shape) for shape in shapes]
    layer = made(f"EinsumDense: {{{arguments}}}")
    try:
        model = keras.Model(tensors, [layer(x) for x in tensors])
        outputs = model.predict_on_batch([np.ones((2, *shape), "float32") for shape in shapes])
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        assert refused
        return
    assert not refused
    arrays = keras.tree.flatten(outputs)
    assert [call.outputs[0].actual for call in report.layers] == [x.shape for x in arrays]
    assert report.layers[0].params.total == layer.count_params()


def test_a_length_that_a_product_of_matrices_needs(keras, planned):
    report = planned(f"input: [4, null]\nlayers:\n  - EinsumDense: {{{MATRIX}}}\n", batch=2)
    x = keras.Input([4, None])
    model = keras.Model(x, keras.layers.EinsumDense("ab,bc->ac", 3)(x))
    assert report.length == 4
    assert report.layers[0].outputs[0].actual == model.predict_on_batch(np.ones((2, 4, 4))).shape

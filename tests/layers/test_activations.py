"""PReLU, called again: its slopes are made once."""

from __future__ import annotations

import numpy as np
import pytest

AGAIN = {
    "one column": ([3, 2], [3, 1], ""),
    "wider than its slopes": ([3, 1], [3, 4], ""),
    "shared": ([3, 2], [5, 2], "shared_axes: [1]"),
    "shared, one column": ([3, 2], [3, 1], "shared_axes: [1]"),
    "other sizes": ([3, 2], [3, 4], ""),
}


@pytest.mark.parametrize("case", AGAIN)
def test_prelu_stretches_to_its_slopes(case, keras, planned):
    first, again, arguments = AGAIN[case]
    layer = keras.layers.PReLU(shared_axes=[1] if arguments else None)
    a, b = keras.Input(first), keras.Input(again)
    problems, report = (
        [],
        planned(
            f"inputs: {{a: {first}, b: {again}}}\nlayers:\n"
            f"  - {{PReLU: {{{arguments}}}, name: prelu, from: a}}\n"
            "  - {use: prelu, name: later, from: b}\noutputs: [prelu, later]\n"
        ),
    )
    problems = [problem.code for problem in report.problems]
    try:
        model = keras.Model([a, b], [layer(a), layer(b)])
        _, given = model.predict_on_batch([np.ones((1, *first)), np.ones((1, *again))])
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        assert problems == ["shared-misfit"]
    else:
        assert (problems, report.layers[-1].outputs[0].shape) == ([], given.shape)


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["int32", "bool", "float16"])
@pytest.mark.parametrize("policy", ["float32", "float16"])
def test_a_masked_softmax_makes_floats_of_integers(keras, planned, dtype, policy):
    x, mask = keras.Input([6], dtype=dtype), keras.Input([6], dtype="bool")
    model = keras.Model([x, mask], keras.layers.Softmax(dtype=policy)(x, mask=mask))
    given = [np.ones((2, 6), dtype), np.ones((2, 6), bool)]
    report = planned(
        f"inputs: {{x: {{shape: [6], dtype: {dtype}}}, m: {{shape: [6], dtype: bool}}}}\n"
        f"layers:\n  - Softmax: {{dtype: {policy}}}\n    from: {{inputs: x, mask: m}}\n"
    )
    assert not [problem for problem in report.problems if problem.severity == "error"]
    assert report.layers[0].outputs[0].dtype == str(model.predict(given, verbose=0).dtype)

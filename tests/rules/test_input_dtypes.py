"""Integers and booleans into everything: planned where model.predict runs, and in its dtype."""

from __future__ import annotations

import numpy as np
import pytest

LAYERS = {
    "Softmax:": lambda k: k.Softmax(),
    "ReLU:": lambda k: k.ReLU(),
    "ReLU: {negative_slope: 0.1}": lambda k: k.ReLU(negative_slope=0.1),
    "ReLU: {threshold: 1}": lambda k: k.ReLU(threshold=1),
    "ActivityRegularization:": lambda k: k.ActivityRegularization(),
    "ActivityRegularization: {l2: 0.1}": lambda k: k.ActivityRegularization(l2=0.1),
    "LeakyReLU:": lambda k: k.LeakyReLU(),
    "Masking:": lambda k: k.Masking(),
    "Add:": lambda k: k.Add(),
    "Average:": lambda k: k.Average(),
    "Concatenate:": lambda k: k.Concatenate(),
    "Minimum:": lambda k: k.Minimum(),
    "Subtract:": lambda k: k.Subtract(),
    "Dot: {axes: 1}": lambda k: k.Dot(1),
    "Dot: {axes: 1, normalize: true}": lambda k: k.Dot(1, normalize=True),
}
MERGES = ("Add", "Average", "Concatenate", "Minimum", "Subtract", "Dot")
ALONE = [("bool",), ("uint8",), ("int16",), ("int32",), ("uint64",), ("float16",)]
TOGETHER = [
    *[("bool", "bool"), ("bool", "int32"), ("int64", "int32"), ("uint8", "int16")],
    *[("uint8", "uint8"), ("int32", "float16"), ("uint32", "int32"), ("uint64", "uint64")],
]
THREE = [("bool", "bool", "int32"), ("int64", "int32", "int64"), ("int32", "bool", "bool")]


def cases() -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = []
    for entry in LAYERS:
        if not entry.startswith(MERGES):
            found += [(entry, dtypes) for dtypes in ALONE]
            continue
        three = [] if entry.startswith(("Dot", "Subtract")) else THREE
        found += [(entry, dtypes) for dtypes in [*TOGETHER, *three]]
    return found


@pytest.mark.parametrize(("entry", "dtypes"), cases())
def test_a_dtype_is_read_where_predict_reads_it(keras, planned, entry, dtypes):
    names = [f"x{number}" for number in range(len(dtypes))]
    inputs = {name: f"{{shape: [4, 3], dtype: {d}}}" for name, d in zip(names, dtypes, strict=True)}
    report = planned(
        f"inputs: {{{', '.join(f'{name}: {x}' for name, x in inputs.items())}}}\n"
        f"layers:\n  - {entry}\n    from: [{', '.join(names)}]\n",
        batch=2,
    )
    codes = [problem.code for problem in report.problems if problem.severity == "error"]
    tensors = [keras.Input([4, 3], dtype=dtype) for dtype in dtypes]
    reads = tensors if len(tensors) > 1 else tensors[0]
    try:
        model = keras.Model(tensors, LAYERS[entry](keras.layers)(reads))
        ran = model.predict_on_batch([np.ones((2, 4, 3), dtype) for dtype in dtypes])
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        assert codes == ["wrong-dtype"]
        return
    assert codes == []
    assert (report.layers[0].outputs[0].actual, report.layers[0].outputs[0].dtype) == (
        ran.shape,
        str(ran.dtype),
    )


@pytest.mark.parametrize("rank", [5, 6])
@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ("Softmax:", 1),
        ("Activation: softmax", 1),
        ("Dense: {units: 2, activation: softmax}", 1),
        ("EinsumDense: {equation: '...a,ab->...b', output_shape: 2, activation: softmax}", 1),
        ("Attention:", 2),
        ("AdditiveAttention:", 2),
    ],
)
def test_a_softmax_of_more_than_five_axes_is_refused(planned, entry, count, rank):
    reads = ", ".join(["input"] * count)
    report = planned(
        f"input: {[2] * (rank - 1)}\nlayers:\n  - {entry}\n    from: [{reads}]\n",
    )
    codes = [problem.code for problem in report.problems if problem.severity == "error"]
    assert codes == ([] if rank == 5 else ["needs-gpu"])


def test_keras_takes_no_softmax_of_six_axes(keras):
    with pytest.raises(Exception, match="<= 5"):
        keras.ops.softmax(keras.ops.ones((2,) * 6))
    assert keras.ops.softmax(keras.ops.ones((2,) * 5)).shape == (2,) * 5

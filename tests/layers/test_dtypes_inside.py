"""Dtype policies of layers inside others, which Keras bypasses or mixes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rnncli.problems import errors

POLICIES = ("float32", "float16", "mixed_float16")


@pytest.mark.parametrize("cls", ["Conv1D", "Dense"])
@pytest.mark.parametrize(
    ("outer", "inner", "child"), [*itertools.product(POLICIES, repeat=3)], ids=str
)
def test_a_time_distributed_inside_another_has_no_policy(outer, inner, child, cls, keras, planned):
    k = keras.layers
    arguments = {"Conv1D": {"filters": 2, "kernel_size": 1}, "Dense": {"units": 2}}[cls]
    layer = k.TimeDistributed(getattr(k, cls)(**arguments, dtype=child), dtype=inner)
    x = keras.Input([4, 3, 2, 2])
    try:
        model = keras.Model(x, k.TimeDistributed(layer, dtype=outer)(x))
        dtype = str(model.predict_on_batch(np.ones((1, 4, 3, 2, 2))).dtype)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        dtype = None
    written = {**arguments, "dtype": child}
    report = planned(
        "input: [4, 3, 2, 2]\nlayers:\n  - TimeDistributed:\n      layer:\n"
        f"        TimeDistributed: {{layer: {{{cls}: {written}}}, dtype: {inner}}}\n"
        f"      dtype: {outer}\n".replace("'", "")
    )
    known = not errors(report.problems)
    assert (report.layers[0].outputs[0].dtype if known else None) == dtype


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float32", "float16")], ids=str)
def test_a_mask_chooses_between_states_of_one_dtype(dtypes, masked, keras, planned):
    k = keras.layers
    x = keras.Input([4, 3])
    cells = [k.SimpleRNNCell(2, dtype=dtype) for dtype in dtypes]
    output = k.RNN(cells, unroll=True)(k.Masking()(x) if masked else x)
    written = ", ".join(f"{{SimpleRNNCell: {{units: 2, dtype: {dtype}}}}}" for dtype in dtypes)
    problems = planned(
        "input: [4, 3]\nlayers:\n" + ("  - Masking\n" if masked else "")
        + f"  - RNN: {{cell: [{written}], unroll: true}}\n"
    ).problems  # fmt: skip
    model = keras.Model(x, output)
    if masked and len({*dtypes}) > 1:
        with pytest.raises(Exception, match="SelectV2"):
            model.predict_on_batch(np.ones((1, 4, 3)))
        assert [problem.code for problem in errors(problems)] == ["wrong-dtype"]
    else:
        model.predict_on_batch(np.ones((1, 4, 3)))
        assert not errors(problems)

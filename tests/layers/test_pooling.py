"""Pooling where Keras does not check the rank of what it reads."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("cls", "frame"),
    [
        ("GlobalAveragePooling2D", (3, 2)),
        ("GlobalMaxPooling1D", (3,)),
        ("GlobalMaxPooling1D", (3, 2, 5)),
        ("GlobalAveragePooling3D", (3, 2, 5)),
        ("GlobalMaxPooling2D", (3, 2, 5, 2)),
    ],
)
def test_frames_of_another_rank_are_reduced_on_the_same_axes(cls, frame, keepdims, keras, planned):
    """TimeDistributed hands them past the check; Keras infers a shape that the run has not."""
    x = keras.Input((4, *frame))
    pooled = getattr(keras.layers, cls)(keepdims=keepdims)
    ran = keras.Model(x, keras.layers.TimeDistributed(pooled)(x)).predict_on_batch(
        np.ones((2, 4, *frame), "float32")
    )
    inner = f"{cls}: {{keepdims: {str(keepdims).lower()}}}"
    report = planned(
        f"input: {[4, *frame]}\nlayers:\n  - TimeDistributed: {{layer: {{{inner}}}}}\n", batch=2
    )
    assert not [problem for problem in report.problems if problem.severity == "error"]
    assert report.layers[-1].outputs[0].shape == ran.shape

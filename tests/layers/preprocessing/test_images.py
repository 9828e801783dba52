"""Augmentations, which ``predict`` hands on and training alone changes."""

from __future__ import annotations

import numpy as np
import pytest

# To each layer, what it cannot read in training: a shape and a dtype.
IN_TRAINING = {
    "AugMix": ([4, 4, 2], "float32"),
    "RandAugment": ([4, 4, 2], "float32"),
    "RandomBrightness: {factor: 0.5}": ([4, 4, 3], "bool"),
    "RandomBrightness: {factor: 0.5, value_range: [0.0, 1.5]}": ([4, 4, 3], "int32"),
    "RandomContrast: {factor: 0.5}": ([4, 4, 3], "int32"),
    "RandomErasing: {fill_value: [1.0, 2.0, 3.0]}": ([4, 4, 2], "float32"),
    "RandomGrayscale": ([4, 4, 2], "float32"),
    "RandomHue: {factor: 0.5}": ([4, 4, 1], "float32"),
    "RandomPerspective": ([1, 4, 3], "float32"),
    "RandomSaturation: {factor: 0.5}": ([4, 4, 3], "uint8"),
    "CutMix: {dtype: bfloat16}": ([4, 4, 3], "float32"),
    "RandomColorJitter: {hue_factor: 0.5, value_range: [0, 255]}": ([4, 4, 2], "float32"),
}


@pytest.mark.parametrize("entry", IN_TRAINING)
def test_what_fails_in_training_alone_is_a_warning(entry, keras, planned, made):
    shape, dtype = IN_TRAINING[entry]
    x = keras.Input(shape, dtype=dtype)
    model = keras.Model(x, made(entry)(x))
    given = model.predict_on_batch(np.ones((1, *shape), dtype))
    report = planned(f"input: {{shape: {shape}, dtype: {dtype}}}\nlayers:\n  - {entry}\n")
    (output,) = report.layers[0].outputs
    assert (output.shape, output.dtype) == (given.shape, str(given.dtype))
    (problem,) = report.problems
    assert problem.severity == "warning"
    assert "training fails" in problem.message


def test_colours_that_predict_looks_at_are_needed(keras, planned, made):
    entry = "RandomColorDegeneration: {factor: 0.5}"
    x = keras.Input([4, 4, 2])
    with pytest.raises(ValueError, match="3 channels"):
        keras.Model(x, made(entry)(x)).predict_on_batch(np.ones((1, 4, 4, 2)))
    (problem,) = planned(f"input: [4, 4, 2]\nlayers:\n  - {entry}\n").problems
    assert (problem.code, problem.severity) == ("shape-mismatch", "error")


@pytest.mark.parametrize(
    ("entry", "shape", "warned"),
    [
        ("RandomPerspective", [4, 4, 1], False),
        ("RandomPerspective", [4, 1, 3], True),
        ("RandomPerspective: {data_format: channels_first}", [1, 4, 4], False),
        ("RandomPerspective: {data_format: channels_first}", [3, 4, 1], True),
    ],
)
def test_the_corners_are_those_of_the_image(entry, shape, warned, planned):
    report = planned(f"input: {shape}\nlayers:\n  - {entry}\n")
    assert [problem.code for problem in report.problems] == ["too-short"] * warned


@pytest.mark.parametrize(
    ("size", "fits"), [("height: 4, width: 8", True), ("height: 4, width: 4", False)]
)
@pytest.mark.parametrize("first", [False, True])
def test_integers_are_padded_by_integers(size, fits, first, planned):
    """The image of 4 × 8 is padded to 8 × 8 before it is resized, unless it has the aspect ratio."""
    shape, layout = ([3, 4, 8], "channels_first") if first else ([4, 8, 3], "channels_last")
    report = planned(
        f"input: {{shape: {shape}, dtype: uint8}}\nlayers:\n  - Resizing: {{{size}, "
        f"pad_to_aspect_ratio: true, fill_value: 0.5, data_format: {layout}}}\n"
    )
    assert [problem.code for problem in report.problems] == ([] if fits else ["wrong-dtype"])

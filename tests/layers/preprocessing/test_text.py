"""Texts split into words: tensors whose rows differ in length, and those whose rows do not."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.problems import errors

TEXTS = {"[1]": [1], "[4]": [4], "[4, 1]": [4, 1], "[3, 4, 1]": [3, 4, 1]}


def config(shape: str, arguments: str, *entries: str) -> str:
    text = f"TextVectorization: {{vocabulary: [a, b, c]{arguments}}}"
    lines = "".join(f"  - {entry}\n" for entry in (text, *entries))
    return f"input: {{shape: {shape}, dtype: string}}\nlayers:\n{lines}"


def predicted(keras, made, shape, arguments, *entries):
    """What a model of these layers predicts; None where Keras cannot build or run it."""
    x = keras.Input(TEXTS[shape], dtype="string")
    try:
        y = made(f"TextVectorization: {{vocabulary: [a, b, c]{arguments}}}")(x)
        for entry in entries:
            y = made(entry)(y)
        words = keras.ops.convert_to_tensor(np.full((2, *TEXTS[shape]), "a b"))
        return keras.Model(x, y).predict_on_batch(words)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return None


@pytest.mark.parametrize("shape", ["[4]", "[3, 4, 1]"])
@pytest.mark.parametrize(
    "arguments",
    [
        ", split: null",
        ", split: null, ngrams: 2",
        ", split: null, ngrams: 6",
        ", split: null, ragged: true, ngrams: 3",
        ", split: null, ngrams: 2, output_sequence_length: 5",
        ", split: null, ngrams: 2, output_mode: multi_hot",
        ", split: null, ngrams: 2, output_mode: count",
    ],
)
def test_words_that_are_split_already_have_rows_of_one_length(
    keras, planned, made, shape, arguments
):
    report = planned(config(shape, arguments), batch=2)
    output = predicted(keras, made, shape, arguments)
    assert not errors(report.problems)
    assert report.layers[0].outputs[0].actual == output.shape
    assert report.layers[0].outputs[0].dtype == str(output.dtype)


RAGGED = [
    ("[1]", ", ragged: true"),
    ("[4, 1]", ", ragged: true"),
    ("[1]", ", output_mode: one_hot"),
    ("[4, 1]", ", output_mode: one_hot"),
    ("[4, 1]", ", output_mode: multi_hot"),
    ("[3, 4, 1]", ", output_mode: count"),
]
# Layers that read a ragged tensor, or that Keras builds, or runs, for a number of axes alone.
READERS = [
    ["Identity"],
    ["ReLU"],
    ["Identity", "Conv1D: {filters: 2, kernel_size: 1}"],
    ["LSTM: 3"],
    ["GlobalAveragePooling1D"],
    ["BatchNormalization"],
    ["Embedding: {input_dim: 9, output_dim: 2}"],
]


@pytest.mark.parametrize(("shape", "arguments"), RAGGED)
@pytest.mark.parametrize("entries", READERS, ids=" ".join)
def test_what_keras_cannot_build_or_run_behind_a_ragged_tensor_is_refused(
    keras, planned, made, shape, arguments, entries
):
    report = planned(config(shape, arguments, *entries), batch=2)
    output = predicted(keras, made, shape, arguments, *entries)
    assert len(errors(report.problems)) == (output is None)
    assert report.layers[-1].outputs[0].shape is None

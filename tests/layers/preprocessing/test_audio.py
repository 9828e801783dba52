"""MelSpectrogram, whose shape Keras infers wrongly for several channels and some lengths."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.problems import errors

ARGUMENTS = {"fft_length": 4, "sequence_stride": 4, "num_mel_bins": 6}
BEHIND = ("Activation: relu", "Dense: 2", "Flatten: {}", "LSTM: 2", "GlobalAveragePooling1D: {}")


@pytest.mark.parametrize("shape", [[7], [8], [5, 8]], ids=str)
@pytest.mark.parametrize("entry", BEHIND)
def test_what_follows_is_built_for_what_keras_infers(entry, shape, keras, planned, made):
    x = keras.Input(shape)
    try:
        bands = keras.layers.MelSpectrogram(**ARGUMENTS)(x)
        model = keras.Model(x, made(entry)(bands))
        ran = model.predict_on_batch(np.ones((2, *shape))).shape
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        ran = None
    written = str(ARGUMENTS).replace("'", "")
    text = f"input: {shape}\nlayers:\n  - MelSpectrogram: {written}\n  - {entry}\n"
    report = planned(text, batch=2)
    known = not errors(report.problems)
    assert (report.layers[1].outputs[0].shape if known else None) == ran


def test_the_fix_names_what_is_inferred_wrongly(planned):
    text = "input: [5, 8]\nlayers:\n  - MelSpectrogram: {fft_length: 4, sequence_stride: 4}\n"
    (problem,) = planned(f"{text}  - Dense: 2\n").problems
    assert problem.code == "misinferred"
    assert "(1, 128, 2), which Keras infers wrongly" in problem.message
    assert "mel_spectrogram" in str(problem.fix)
    glu = "input: [5, 6]\nlayers:\n  - Dense: {units: 6, activation: glu}\n  - Dense: 3\n"
    assert "glu in dense" in str(planned(glu).problems[0].fix)

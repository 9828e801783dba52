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

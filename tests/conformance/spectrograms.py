"""Layers that read sounds."""

from __future__ import annotations

from importlib.util import find_spec

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    arguments,
    axis,
    booleans,
    case,
    features,
    input_dtypes,
    layouts,
    shapes,
)

_lengths = st.integers(1, 6)
_maybe = st.one_of(st.none(), _lengths)
_lists = st.sampled_from([None, None, [0.5, 1.0], [0.1, 0.2, 0.3, 0.4]])
# Keras makes these windows with SciPy, and cannot without it.
_named = st.sampled_from(["hann", "hamming", "tukey"]) if find_spec("scipy") else st.none()
_channels = shapes(axis(largest=20), features)
_sounds = st.one_of(
    _channels,
    shapes(axis(largest=20), st.none()),
    shapes(axis(largest=20)),
    shapes(features, features, axis()),
)
_numbers = {"min_freq": st.just(10.0), "max_freq": st.just(4000), "top_db": st.just(40.0)}

CASES: dict[str, Strategy] = {
    "STFTSpectrogram": case(
        arguments(
            {"frame_length": _lengths, "window": st.one_of(st.none(), _lists, _named)},
            {
                "mode": st.sampled_from(
                    ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]
                ),
                "frame_step": _maybe,
                "fft_length": st.one_of(_maybe, st.just(8)),
                "periodic": booleans,
                "scaling": st.sampled_from([None, "density", "spectrum"]),
                "padding": st.sampled_from(["valid", "same"]),
                "expand_dims": booleans,
                "data_format": layouts,
            },
        ).map(lambda drawn: {"STFTSpectrogram": drawn}),
        st.one_of(_channels, _channels, _channels, _sounds),
        input_dtypes,
    ),
    "MelSpectrogram": case(
        arguments(
            {"fft_length": st.integers(1, 10), "sequence_stride": st.integers(1, 5)},
            {
                "sequence_length": _maybe,
                "window": st.one_of(_lists, st.sampled_from(["hann", "hamming"])),
                "sampling_rate": st.just(8000),
                "num_mel_bins": st.integers(1, 5),
                "power_to_db": booleans,
                **_numbers,
            },
        ).map(lambda drawn: {"MelSpectrogram": drawn}),
        _sounds,
        input_dtypes,
    ),
}

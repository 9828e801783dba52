"""What values the arguments of Keras's layers for sounds and categories take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.layers.arguments import NUMBER, POSITIVE, Kind, choice, is_number

# Those of scipy.signal that need no number of their own.
_WINDOWS = (
    "hann", "hamming", "boxcar", "triang", "blackman", "bartlett", "flattop", "parzen", "bohman",
    "blackmanharris", "nuttall", "barthann", "cosine", "exponential", "tukey", "taylor", "lanczos",
)  # fmt: skip


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


def _window(*names: str) -> Kind:
    return Kind(
        f"a window such as {names[0]} or {names[1]}, or a list of numbers",
        names[0],
        lambda value: isinstance(value, str) or _is_numbers(value),
        lambda value: isinstance(value, list) or value in names,
        options=names,
        nullable=True,
    )


BY_NAME: Mapping[str, Kind] = {
    "fft_length": POSITIVE,
    "frame_length": POSITIVE,
    "frame_step": POSITIVE,
    "mag_exp": NUMBER,
    "max_freq": NUMBER,
    "min_freq": NUMBER,
    "min_power": NUMBER,
    "num_mel_bins": POSITIVE,
    "ref_power": NUMBER,
    "sampling_rate": POSITIVE,
    "scaling": choice("density", "spectrum", nullable=True),
    "sequence_length": POSITIVE,
    "sequence_stride": POSITIVE,
    "top_db": NUMBER,
}
BY_CLASS: Mapping[tuple[str, str], Kind] = {
    ("MelSpectrogram", "window"): _window("hann", "hamming"),
    ("STFTSpectrogram", "mode"): choice(
        "log", "magnitude", "psd", "real", "imag", "angle", "stft"
    ),
    ("STFTSpectrogram", "padding"): choice("valid", "same"),
    ("STFTSpectrogram", "window"): _window(*_WINDOWS),
}

"""What values the arguments of Keras's layers for audio, text and categories take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.keras_api.kinds import COUNT, NUMBER, POSITIVE, TEXT, Kind, choice, is_number, is_whole

# The windows of scipy.signal that need no parameter.
_WINDOWS = (
    "hann", "hamming", "boxcar", "triang", "blackman", "bartlett", "flattop", "parzen", "bohman",
    "blackmanharris", "nuttall", "barthann", "cosine", "exponential", "tukey", "taylor", "lanczos",
)  # fmt: skip


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


def _is_salt(value: Any) -> bool:
    return is_whole(value) or (
        isinstance(value, list) and len(value) == 2 and all(map(is_whole, value))
    )


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


# A vocabulary must not be a file name: Keras would read that file.
_WORDS = Kind(
    "a list of words",
    "[a, b]",
    lambda value: isinstance(value, list) and all(isinstance(word, str) for word in value),
)
_INTEGERS = Kind(
    "a list of integers",
    "[1, 2]",
    lambda value: isinstance(value, list) and all(map(is_whole, value)),
)
_NUMBERS = Kind("a list of numbers", "[0.0, 1.0]", _is_numbers)
_INTEGER = Kind("an integer", "-1", is_whole)
_ENCODINGS = ("int", "one_hot", "multi_hot", "count")
_LOOKUPS = (*_ENCODINGS, "tf_idf", "binary", "tf-idf")


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
    "bin_boundaries": _NUMBERS,
    "encoding": TEXT,
    "idf_weights": _NUMBERS,
    "mask_token": TEXT,
    "max_tokens": POSITIVE,
    "ngrams": POSITIVE,
    "num_bins": POSITIVE,
    "num_oov_indices": COUNT,
    "num_tokens": POSITIVE,
    "oov_method": choice("floormod", "farmhash"),
    "oov_token": TEXT,
    "output_mode": choice(*_LOOKUPS),
    "output_sequence_length": POSITIVE,
    "salt": Kind("an integer, or a list of two", "7", _is_salt),
    "split": choice("whitespace", "character", nullable=True),
    "standardize": choice(
        "lower_and_strip_punctuation", "lower", "strip_punctuation", nullable=True
    ),
    "vocabulary": _WORDS,
    "vocabulary_dtype": choice("int64"),
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
    ("CategoryEncoding", "output_mode"): choice("multi_hot", "one_hot", "count", "binary"),
    ("Discretization", "output_mode"): choice(*_ENCODINGS),
    ("HashedCrossing", "output_mode"): choice("int", "one_hot"),
    ("Hashing", "mask_value"): Kind("a number or a word", "0", _is_scalar),
    ("Hashing", "output_mode"): choice(*_ENCODINGS),
    ("IntegerLookup", "mask_token"): _INTEGER,
    ("IntegerLookup", "oov_token"): _INTEGER,
    ("IntegerLookup", "vocabulary"): _INTEGERS,
    ("MelSpectrogram", "window"): _window("hann", "hamming"),
    ("STFTSpectrogram", "mode"): choice("log", "magnitude", "psd", "real", "imag", "angle", "stft"),
    ("STFTSpectrogram", "padding"): choice("valid", "same"),
    ("STFTSpectrogram", "window"): _window(*_WINDOWS),
}

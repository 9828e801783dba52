"""Layers that read categories and words."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.conformance.drawing import Strategy, arguments, axis, booleans, case, shapes

# No axis is as long as the unknown ones are in a run: what Keras infers would be right by chance.
_axes = axis(largest=5)
_shapes = st.one_of(
    shapes(),
    shapes(_axes),
    shapes(st.just(1)),
    shapes(_axes, _axes),
    shapes(_axes, st.just(1)),
    shapes(_axes, _axes, _axes),
)
_encodings = st.sampled_from(["int", "one_hot", "multi_hot", "count"])
_modes = st.sampled_from(["int", "one_hot", "multi_hot", "count", "tf_idf", "binary", "tf-idf"])
_salts = st.sampled_from([None, 3, [1, 2]])
_words = st.sampled_from(
    [None, ["a", "b"], ["on", "a", "mat"], ["[UNK]", "a", "b"], ["", "[UNK]", "a"], ["a", "a"], []]
)
_integers = st.sampled_from([None, [0, 1], [5, 0, 1], [-1, 0, 1], [1, 1], [9, -1, 0, 1], []])
_weights = st.sampled_from([None, [0.5, 1.0], [0.5, 1.0, 2.0]])
_lookup = {
    "max_tokens": st.sampled_from([None, 1, 4, 9]),
    "mask_token": st.none(),
    "invert": booleans,
    "output_mode": _modes,
    "sparse": booleans,
    "pad_to_max_tokens": booleans,
    "idf_weights": _weights,
    "salt": _salts,
}
_spare = st.integers(1, 3)


def _entry(cls: str, required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    return arguments(required, optional).map(lambda drawn: {cls: drawn})


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """Without what Discretization does not take."""
    config["layers"][0]["Discretization"].pop("trainable", None)
    return config


CASES: dict[str, Strategy] = {
    "CategoryEncoding": case(
        _entry(
            "CategoryEncoding",
            {"num_tokens": st.one_of(*[st.integers(1, 5)] * 9, st.none())},
            {
                "output_mode": st.sampled_from(["one_hot", "multi_hot", "count", "binary"]),
                "sparse": booleans,
            },
        ),
        _shapes,
        st.sampled_from(["int32", "int64", "uint8", "int16"]),
    ),
    "Hashing": case(
        _entry(
            "Hashing",
            {"num_bins": st.integers(1, 5)},
            {
                "output_mode": _encodings,
                "mask_value": st.sampled_from([None, 0, 0.5, "a"]),
                "salt": _salts,
                "sparse": booleans,
            },
        ),
        _shapes,
        st.sampled_from(["int32", "string", "float32", "uint8", "bool"]),
    ),
    "Discretization": case(
        _entry(
            "Discretization",
            {"bin_boundaries": st.sampled_from([[0.0], [-1, 0.0, 1], [0, 2], [], None])},
            {
                "num_bins": st.sampled_from([None, None, None, 3]),
                "output_mode": _encodings,
                "sparse": booleans,
            },
        ),
        _shapes,
        st.sampled_from(["float32", "int32", "float16", "string", "bool"]),
    ).map(_plain),
    "IntegerLookup": case(
        _entry(
            "IntegerLookup",
            {"vocabulary": _integers},
            {
                **_lookup,
                "mask_token": st.sampled_from([None, 9, 0]),
                "oov_method": st.sampled_from(["floormod", "farmhash"]),
                "num_oov_indices": _spare,
            },
        ),
        _shapes,
        st.sampled_from(["int32", "int64", "float32", "string"]),
    ),
    "StringLookup": case(
        _entry(
            "StringLookup",
            {"vocabulary": _words},
            {**_lookup, "mask_token": st.sampled_from([None, "", "a"]), "num_oov_indices": _spare},
        ),
        _shapes,
        st.sampled_from(["string", "string", "int32"]),
    ),
    "TextVectorization": case(
        _entry(
            "TextVectorization",
            {"vocabulary": _words},
            {
                "max_tokens": st.sampled_from([None, 1, 4, 9]),
                "standardize": st.sampled_from([None, "lower"]),
                "split": st.sampled_from([None, "whitespace", "character"]),
                "ngrams": st.sampled_from([None, 2]),
                "output_mode": _modes,
                "output_sequence_length": st.sampled_from([None, 3]),
                "pad_to_max_tokens": booleans,
                "idf_weights": _weights,
                "sparse": booleans,
                "ragged": booleans,
            },
        ),
        _shapes,
        st.sampled_from(["string", "string", "string", "int32"]),
    ),
    "HashedCrossing": case(
        _entry(
            "HashedCrossing",
            {"num_bins": st.integers(1, 5)},
            {"output_mode": _encodings.filter(lambda mode: mode in ("int", "one_hot"))},
        ),
        _shapes,
        st.sampled_from(["int32", "string"]),
    ),
}

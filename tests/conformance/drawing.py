"""Strategies that every family of layers draws its arguments and inputs from."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]

booleans = st.booleans()
units = st.integers(1, 6)
rates = st.sampled_from([0, 0.0, 0.3, 1.0])
activations = st.sampled_from(
    [None, "linear", "relu", "tanh", "sigmoid", "softmax", "gelu", "hard_sigmoid", "swish"]
)
initializers = st.sampled_from(
    [
        "zeros",
        "ones",
        "glorot_uniform",
        "HeNormal",
        {"Constant": 0.5},
        {"RandomNormal": {"stddev": 0.1}},
    ]
)
regularizers = st.sampled_from([None, "l2", {"L2": 0.01}, {"L1L2": {"l1": 0.1, "l2": 0.2}}])
constraints = st.sampled_from([None, "non_neg", {"MaxNorm": 2}])
dtypes = st.sampled_from(["float32", "float32", "float32", "mixed_float16", "bfloat16", "float64"])
layouts = st.sampled_from(["channels_last", "channels_last", "channels_first", None])

COMMON = {"trainable": booleans, "dtype": dtypes}


def arguments(required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    """A mapping of arguments: the required ones, and any of the others (a few at a time)."""
    return st.fixed_dictionaries(required, optional={**optional, **COMMON}).flatmap(
        lambda drawn: (
            st.sets(st.sampled_from(sorted(drawn)), max_size=5).map(
                lambda kept: {k: v for k, v in drawn.items() if k in required or k in kept}
            )
            if drawn
            else st.just(drawn)
        )
    )


def axis(unknown: bool = True, smallest: int = 1, largest: int = 9) -> Strategy:
    """The size of an axis, sometimes unknown."""
    sizes = st.integers(smallest, largest)
    return st.one_of(sizes, sizes, st.none()) if unknown else sizes


def shapes(*axes: Strategy) -> Strategy:
    """An input's shape of the given axes."""
    return st.tuples(*axes).map(list)


features = axis(unknown=False, largest=6)
lengths = axis()
any_shape = st.lists(axis(unknown=False, largest=5), min_size=1, max_size=4)
sequences = shapes(lengths, features)
float_inputs = st.just("float32")
input_dtypes = st.sampled_from(["float32", "float32", "int32", "float16"])


def case(layer: Strategy, shape: Strategy, dtype: Strategy = float_inputs) -> Strategy:
    """A config of one layer over one input."""
    return st.builds(
        lambda entry, shape, dtype: {"input": {"shape": shape, "dtype": dtype}, "layers": [entry]},
        layer,
        shape,
        dtype,
    )

"""Layers that read several tensors: attention and merges, over inputs of their own."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.conformance.drawing import (
    Strategy,
    arguments,
    axis,
    booleans,
    constraints,
    initializers,
    rates,
    regularizers,
)

_small = st.integers(1, 3)
_axes = st.integers(-4, 4)
_PROJECTED: dict[str, Strategy] = {
    "dropout": rates,
    "use_bias": booleans,
    "use_gate": booleans,
    "sliding_window": _small,
    "flash_attention": booleans,
    "kernel_initializer": initializers,
    "kernel_regularizer": regularizers,
    "bias_constraint": constraints,
    "seed": st.integers(0, 9),
}
_SCORED: dict[str, Strategy] = {
    "use_scale": booleans,
    "score_mode": st.sampled_from(["dot", "concat"]),
    "dropout": rates,
}


def _layer(cls: str, required: dict[str, Strategy], optional: dict[str, Strategy]) -> Strategy:
    return arguments(required, optional).map(lambda drawn: {cls: drawn})


ATTENTION: dict[str, Strategy] = {
    "Attention": _layer("Attention", {}, _SCORED),
    "AdditiveAttention": _layer("AdditiveAttention", {}, _SCORED),
    "MultiHeadAttention": _layer(
        "MultiHeadAttention",
        {"num_heads": _small, "key_dim": _small},
        {
            **_PROJECTED,
            "value_dim": _small,
            "output_shape": st.one_of(_small, st.lists(_small, min_size=1, max_size=2)),
            "attention_axes": st.one_of(_axes, st.lists(_axes, min_size=1, max_size=2)),
        },
    ),
    "GroupQueryAttention": _layer(
        "GroupQueryAttention",
        {"head_dim": _small, "num_query_heads": _small, "num_key_value_heads": _small},
        _PROJECTED,
    ),
}
MERGES: dict[str, Strategy] = {
    **{
        cls: _layer(cls, {}, {})
        for cls in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
    },
    "Concatenate": _layer("Concatenate", {}, {"axis": st.integers(-3, 3)}),
    "Dot": _layer(
        "Dot",
        {"axes": st.one_of(_axes, st.lists(_axes, min_size=2, max_size=2))},
        {"normalize": booleans},
    ),
}


@st.composite
def _sequences(draw: st.DrawFn) -> list[list[int | None]]:
    """Shapes of a query, a value and a key that mostly fit: they share sizes but for one or two."""
    middle = draw(st.lists(axis(largest=3), max_size=1))
    width = draw(axis(unknown=False, largest=5))
    if draw(st.integers(0, 9)) == 0:
        return [[width], [width], [width]]
    asked, answered = draw(axis(largest=5)), draw(axis(largest=5))
    shapes: list[list[int | None]] = [
        [*middle, asked, width],
        [*middle, answered, draw(st.sampled_from([width, width, 4]))],
        [*middle, answered, width],
    ]
    return draw(_spoilt(shapes))


@st.composite
def _alike(draw: st.DrawFn) -> list[list[int | None]]:
    """Shapes that mostly merge: the same, or with a size less, unknown or 1."""
    shape = draw(st.lists(axis(largest=5), min_size=1, max_size=3))
    shapes = [shape, shape, shape]
    if draw(booleans):
        shapes = [shape[draw(st.integers(0, len(shape) - 1)) :] for _ in shapes]
    return draw(_spoilt(shapes))


@st.composite
def _spoilt(draw: st.DrawFn, shapes: list[list[int | None]]) -> list[list[int | None]]:
    """The shapes with one size changed, or an axis more or less, now and then."""
    shapes = [list(each) for each in shapes]
    if draw(st.integers(0, 3)) == 0:
        shape = draw(st.sampled_from(shapes))
        place = draw(st.integers(0, len(shape) - 1))
        new = draw(st.lists(st.sampled_from([1, None, 2, 4]), max_size=1))
        shape[place : place + draw(booleans)] = new if len(shape) > 1 else new or [3]
    return shapes


_dtypes = st.sampled_from([*["float32"] * 6, "int32", "float16"])


@st.composite
def _wired(draw: st.DrawFn, layer: Strategy, shapes: Strategy, roles: bool) -> dict[str, Any]:
    """A layer over one to three inputs, some of them masked, named in a list or by role."""
    count = draw(st.sampled_from([1, 2, 2, 2, 2, 3, 3]))
    names = ["query", "value", "key"][:count]
    entry, found = draw(layer), draw(shapes)
    inputs = {
        name: {"shape": shape, "dtype": draw(_dtypes)}
        for name, shape in zip(names, found, strict=False)
    }
    layers: list[Any] = []
    reads: list[str] = []
    for name in names:
        masked = draw(st.integers(0, 3)) == 0
        if masked:
            layers.append({"Masking": None, "name": f"masked_{name}", "from": name})
        reads.append(f"masked_{name}" if masked else name)
    if count > 1 and draw(st.integers(0, 7)) == 0:
        reads[1] = reads[0]
    wires: Any = reads
    if roles and draw(booleans):
        wires = dict(draw(st.permutations(list(zip(names, reads, strict=True)))))
    return {"inputs": inputs, "layers": [*layers, {**entry, "from": wires, "name": "it"}]}


CASES: dict[str, Strategy] = {
    **{cls: _wired(layer, _sequences(), True) for cls, layer in ATTENTION.items()},
    **{cls: _wired(layer, _alike(), False) for cls, layer in MERGES.items() if cls != "Dot"},
    "Dot": _wired(MERGES["Dot"], st.one_of(_alike(), _sequences()), False),
}

"""Operations: each of them, on drawn tensors, with drawn parameters and numbers as operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, MODULES, OPERATIONS
from tests.conformance.drawing import Strategy, axis, booleans

Shape = list[int | None]
Parameters = dict[str, Strategy]

_axis = st.integers(-3, 3)
_axes = st.one_of(_axis, _axis, st.lists(_axis, max_size=3))
_number = st.sampled_from([0, 1, 2, -1, 0.0, 0.5, -2.0])
_operand = st.one_of(_number, booleans)
_small = st.integers(0, 4)
_dtypes = st.sampled_from(
    [
        *[*["float32"] * 5, *["int32"] * 2, "bool", "float16", "bfloat16", "float64", "int64"],
        *["uint8", "int8", "uint32", "string"],
    ]
)
_axis_size = axis(largest=4)
_ONE_AXIS = (
    *("argmax", "argmin", "cumsum", "cumprod", "diff", "sort", "argsort", "concatenate", "stack"),
    *("split", "unstack", "take", "take_along_axis", "repeat", "one_hot", "arange"),
)
_PARAMETERS: Parameters = {
    "axis": _axes,
    "keepdims": booleans,
    "dtype": _dtypes.filter(lambda dtype: dtype != "string"),
    "approximate": booleans,
    "sorted": booleans,
    "sparse": booleans,
    "order": st.integers(1, 3),
    "ord": st.sampled_from([1, 2, 0, -1, 3, 0.5, "fro", "nuc"]),
    "num_classes": _small,
    "seed": _small,
    "decimals": st.integers(-2, 2),
    "epsilon": st.sampled_from([1e-3, 0]),
    "axis1": _axis,
    "axis2": _axis,
    "source": _axes,
    "destination": _axes,
    "n": _small,
    "k": st.integers(-1, 4),
    "num": st.integers(1, 4),
    "shift": _axes,
    "repeats": st.one_of(_small, st.lists(_small, min_size=1, max_size=4)),
    "mode": st.sampled_from(["constant", "reflect", "symmetric"]),
    "indices": st.one_of(_small, _axis, st.lists(_small, min_size=1, max_size=3)),
    **dict.fromkeys(
        [
            *["x_min", "x_max", "fill_value", "nan", "posinf", "neginf", "alpha"],
            *["negative_slope", "initial", "constant_values", "mean", "stddev", "minval", "maxval"],
        ],
        _number,
    ),
}


# Parameters that depend on the shape of what is read, the batch included.


def _new_shape(shape: Shape) -> Strategy:
    sizes = [-1 if size is None else size for size in shape]
    return st.one_of(
        st.permutations(sizes),
        st.integers(0, len(sizes)).map(lambda at: [*sizes[:at], -1]),
        st.integers(0, len(sizes)).map(lambda at: [*sizes[:at], 1, *sizes[at:]]),
        st.lists(st.integers(-1, 4), max_size=3),
    )


def _wider(shape: Shape) -> Strategy:
    sizes = st.tuples(*(st.sampled_from([size or 7, size or 1, 3]) for size in shape))
    return st.tuples(st.lists(st.integers(0, 3), max_size=1), sizes).map(
        lambda drawn: [*drawn[0], *drawn[1]]
    )


def _order(shape: Shape) -> Strategy:
    return st.one_of(
        st.permutations(range(len(shape))), st.lists(_axis, min_size=1, max_size=4)
    ).map(list)


def _padding(shape: Shape) -> Strategy:
    pair = st.lists(st.integers(0, 2), min_size=2, max_size=2)
    pairs = st.lists(pair, min_size=len(shape), max_size=len(shape))
    return st.one_of(pairs, pairs, st.lists(pair, min_size=1, max_size=3), st.integers(0, 2))


def _sections(shape: Shape) -> Strategy:
    known = [size for size in shape if size]
    return st.one_of(
        st.sampled_from([*known, 1, 2]), st.lists(_small, min_size=1, max_size=3).map(sorted)
    )


def _index(shape: Shape) -> Strategy:
    end = st.one_of(st.just(""), st.integers(-3, 3).map(str))
    step = st.sampled_from(["", "", ":2", ":-1", ":"])
    entry = st.one_of(
        st.just(":"),
        st.integers(-3, 2).map(str),
        st.builds("{}:{}{}".format, end, end, step),
        st.sampled_from(["...", "None"]),
    )
    entries = st.lists(entry, min_size=1, max_size=len(shape) + 1).map(", ".join)
    return st.one_of(entries, entries.map("[{}]".format))


_SHAPED: Mapping[str, Callable[[Shape], Strategy]] = {
    "newshape": _new_shape,
    "shape": _wider,
    "axes": _order,
    "pad_width": _padding,
    "indices_or_sections": _sections,
    "key": _index,
}
_pairs_of_axes = st.integers(1, 2).flatmap(
    lambda count: st.lists(st.lists(_axis, min_size=count, max_size=count), min_size=2, max_size=2)
)
# Where these divide integers, a run ends if a divisor happens to be 0.
_DIVISIONS = ("ops.floor_divide", "ops.mod")
_EQUATIONS = (
    *("btc,bsc->bts", "btc,cd->btd", "bt,bt->b", "bij,bjk", "b...c,b...c->b...", "bt->tb"),
    *("bii->bi", "b,c->bc", "btc,b->", "bt,bt,b->b", "...i,...i", "ab,bc->cd"),
)


def parameters(function: str, shape: Shape) -> Parameters:
    """What the parameters of an operation on a tensor of this shape are drawn from."""
    drawn = {**_PARAMETERS, **{name: draw(shape) for name, draw in _SHAPED.items()}}
    if function.partition(".")[2] in _ONE_AXIS:
        drawn["axis"] = _axis
    if function == "ops.tensordot":
        drawn["axes"] = st.one_of(st.integers(0, 3), _pairs_of_axes)
    drawn["subscripts"] = st.sampled_from(_EQUATIONS)
    return drawn


@st.composite
def operation(draw: st.DrawFn, function: str, shape: Shape) -> tuple[dict[str, Any], list[str]]:
    """An operation as a config writes it, and the parameters that tensors fill."""
    row, signature = OPERATIONS[function], calls().functions[function]
    reads = [*row.tensors]
    if row.numbers and len(reads) > 1 and not draw(st.integers(0, 2)):
        reads = [draw(st.sampled_from(reads))]
    drawn, written = parameters(function, shape), {}
    for name, parameter in signature.arguments.items():
        is_needed = parameter.required or name == row.parts
        if name in reads or (not is_needed and draw(booleans)):
            continue
        is_operand = name in row.tensors and name != "indices"
        written[name] = draw(_operand if is_operand else drawn[name])
    spelled = [alias for alias, name in ALIASES.items() if name == function and draw(booleans)]
    free = [name for name in signature.arguments if name not in reads]
    is_bare = bool(written) and [*written] == free[:1] and (row.variadic or draw(booleans))
    given: Any = next(iter(written.values())) if is_bare else written or None
    return {[*spelled, function][0]: given}, reads


# What operations read


@st.composite
def _alike(draw: st.DrawFn, count: int) -> list[Shape]:
    """Shapes that mostly broadcast and join: axes are gone, unknown, 1, or another size."""
    shape = draw(st.lists(_axis_size, max_size=3))
    shapes = [[*shape] for _ in range(count)]
    for other in shapes[1:]:
        for place in range(len(other)):
            if not draw(st.integers(0, 4)):
                other[place] = draw(st.sampled_from([1, None, 2, other[place]]))
        if not draw(st.integers(0, 9)):
            other[:1] = []
    return shapes


@st.composite
def _factors(draw: st.DrawFn, count: int) -> list[Shape]:
    """Shapes of factors, of which most products exist."""
    rows, columns, middle = draw(_axis_size), draw(_axis_size), draw(_axis_size)
    ways = [
        [[rows, middle], [middle, columns]],
        [[rows, middle], [columns, middle]],
        [[3, rows, middle], [middle, columns]],
        [[3, rows, middle], [1, middle, columns]],
        [[middle], [middle, columns]],
        [[rows, middle], [middle]],
        [[middle], [middle]],
        [[middle, middle], []],
        [[], []],
    ]
    shapes = draw(st.sampled_from(ways))
    return [*shapes, shapes[0]][:count]


def _shapes(function: str, count: int) -> Strategy:
    return _factors(count) if MODULES[function] in ("products", "einsum") else _alike(count)


@st.composite
def _case(draw: st.DrawFn, function: str) -> dict[str, Any]:
    """A config of one operation over inputs of its own, some of them masked."""
    row = OPERATIONS[function]
    shapes = draw(_shapes(function, 3))
    entry, reads = draw(operation(function, [2, *shapes[0]]))
    count = draw(st.integers(1, 3)) if row.several else len(reads)
    inputs: dict[str, Any] = {}
    layers: list[Any] = []
    wires = []
    common = draw(_dtypes)
    for number, shape in enumerate(shapes[:count]):
        name = f"x{number}"
        is_index = not row.several and reads[number] == "indices"
        dtype = draw(st.sampled_from([common, common, draw(_dtypes)]))
        if function in _DIVISIONS and reads[number] == "x2":
            dtype = "float32"
        inputs[name] = {"shape": shape, "dtype": dtype}
        if is_index:
            # Every axis has an element 0.
            inputs[name] = {"shape": shape, "dtype": "int32", "below": 1}
        wires.append(name)
        if dtype == "float32" and shape and not draw(st.integers(0, 5)):
            layers.append({"Masking": None, "name": f"masked_{name}", "from": name})
            wires[-1] = f"masked_{name}"
    by_role = not row.several and draw(booleans)
    wired = dict(zip(reads, wires, strict=True)) if by_role else wires
    return {"inputs": inputs, "layers": [*layers, {**entry, "from": wired, "name": "it"}]}


CASES: dict[str, Strategy] = {function: _case(function) for function in OPERATIONS}

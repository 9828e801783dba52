"""An input read as a sequence, and what to do where it is none."""

from __future__ import annotations

from msgspec.structs import replace

from rnncli.layers.rule import Call, rank_fix, source
from rnncli.layers.sizes import Size
from rnncli.layers.tensors import Tensor, shown


def sequence(call: Call, shape: str = "(batch, time, features)") -> Tensor:
    """The input as a sequence of this shape.

    Where a layer before left only the last step, that layer is blamed, and the plan goes on
    as if it had returned its sequence.
    """
    x = call.x
    rank = len(shape.split(", "))
    if x.rank == rank:
        return x
    needs = f"{call.layer.label} reads a sequence {shape}, but {source(x)} {shown(x.shape)}"
    if x.rank == rank - 1 and x.last_step_of:
        blamed = x.last_step_of
        call.problem(
            "needs-sequence",
            needs,
            f"set return_sequences: true on {blamed.name} (line {blamed.place.line})",
            blame=blamed.place,
            label="returns only its last step",
        )
        return replace(x, shape=(x.axes[0], None, *x.axes[1:]), last_step_of=None)
    code = _sequence_code(x, rank)
    fix = _sequence_fix(x) if rank == 3 else _images_fix(x, rank)
    return call.refuse(code, needs, fix, blame=None if code == "wrong-rank" else x.origin)


def _sequence_code(x: Tensor, rank: int) -> str:
    if x.maker is not None and x.maker.cls == "Embedding" and x.rank > rank:
        return "token-axis"
    if x.maker is not None:
        return "wrong-rank"
    return "batch-in-shape" if x.rank > rank else "no-sequence"


def _sequence_fix(x: Tensor) -> str:
    if x.rank == 2 and x.maker is None:
        return _steps_fix(x)
    if x.rank == 2:
        return "RepeatVector makes a sequence of a vector; Reshape splits it into steps"
    if x.maker is None:
        return "leave the batch out of the shape; for images put TimeDistributed: Flatten before it"
    if x.maker.cls == "Embedding":
        return "tokens are one axis: write the input as [T], not [T, 1]"
    return "put TimeDistributed: Flatten before it, to make one vector of each step"


def _steps_fix(x: Tensor) -> str:
    """How an input of one axis becomes a sequence."""
    size = x.axes[1]
    if not x.is_float:
        return "token ids need an Embedding first, such as Embedding: {input_dim: 1000, …}"
    if size is None or isinstance(size, Size):
        return "[null, 1] for steps of one feature, or an Embedding first for token ids"
    return (
        f"[{size}, 1] for {size} steps of one feature, [1, {size}] for one step of {size} "
        "features, or an Embedding first for token ids"
    )


def _images_fix(x: Tensor, rank: int) -> str:
    """How to come to a sequence of images, or of the like."""
    if x.maker is None and x.rank == rank - 1:
        step = ", ".join(
            "null" if axis is None or isinstance(axis, Size) else str(axis) for axis in x.axes[1:]
        )
        return f"put the time before it: [T, {step}], or [null, {step}] for any length"
    return rank_fix(x, rank)

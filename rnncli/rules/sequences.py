"""Inputs that are read as sequences, their masks, and fixes for other inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from rnncli.model.graph import KerasObject
from rnncli.problems import Fix
from rnncli.report.layer import MaskUse
from rnncli.report.shapes import Axis, shown
from rnncli.rules.requirements import rank_fix
from rnncli.rules.rule import LayerCall, source
from rnncli.rules.sizes import Size
from rnncli.rules.tensors import Tensor


def require_sequence(call: LayerCall, shape: str = "(batch, time, features)") -> Tensor:
    """Returns the input as a sequence of this shape, and refuses any other input.

    Where an earlier layer returned only its last step, that layer is blamed, and the plan continues
    as if it had returned its sequence.
    """
    x = call.x
    rank = len(shape.split(", "))
    if x.rank == rank:
        return x
    needs = f"{call.layer.label} reads a sequence {shape}, but {source(x)} {shown(x.shape)}"
    if x.rank == rank - 1 and x.last_step_of:
        call.problem("needs-sequence", needs, **last_step(x.last_step_of))
        return replace(x, shape=(x.axes[0], None, *x.axes[1:]), last_step_of=None)
    code = _sequence_code(x, rank)
    fix = _sequence_fix(x) if rank == 3 else _images_fix(x, rank)
    return call.refuse(code, needs, fix, at=None if code == "wrong-rank" else x.input_place)


def last_step(recurrent: KerasObject) -> dict[str, Any]:
    """The fix, and the place to show, where a recurrent layer returned only its last step."""
    from rnncli.model.mending import set_on

    return {
        "fix": set_on(recurrent, "return_sequences", True),
        "blame": recurrent.place,
        "label": "returns only its last step",
    }


def _sequence_code(x: Tensor, rank: int) -> str:
    if x.producer is not None and x.producer.cls == "Embedding" and x.rank > rank:
        return "token-axis"
    if x.producer is not None:
        return "wrong-rank"
    return "batch-in-shape" if x.rank > rank else "no-sequence"


def shape_fix(x: Tensor, words: str, shape: Sequence[Axis], safe: bool = False) -> Fix:
    """The fix that gives the input another shape; ``shape`` is without the batch."""
    from rnncli.config.edits import replace_value

    written = [_unknown_is_none(axis) for axis in shape]
    edits = replace_value(x.input_place, written) if x.input_place is not None else ()
    return Fix(words, edits, safe)


def _unknown_is_none(axis: Axis) -> Axis:
    """An axis as a config writes it: None for an unknown length."""
    return None if isinstance(axis, Size) else axis


def _written(shape: Sequence[Axis]) -> str:
    sizes = map(_unknown_is_none, shape)
    return f"[{', '.join('null' if axis is None else str(axis) for axis in sizes)}]"


def _sequence_fix(x: Tensor) -> str | Fix:
    if x.rank == 2 and x.producer is None:
        return _steps_fix(x)
    if x.rank < 2:
        words = "give the input a shape such as [5, 8], 5 time steps of 8 features"
        return shape_fix(x, words, [5, 8])
    if x.rank == 2:
        return "RepeatVector makes a sequence of a vector; Reshape splits it into steps"
    if x.producer is None:
        shape = x.axes[2:]
        words = (
            f"leave the batch out of the shape: {_written(shape)}; for images put "
            "TimeDistributed: Flatten before it"
        )
        return shape_fix(x, words, shape)
    if x.producer.cls == "Embedding":
        *tokens, last = x.axes[1:-1]
        written = _written([*tokens, last])
        words = f"tokens are one axis: write the input as {_written(tokens)}, not {written}"
        return shape_fix(x, words, tokens, safe=True) if last == 1 else words
    return "put TimeDistributed: Flatten before it, to make one vector of each step"


def _steps_fix(x: Tensor) -> str | Fix:
    """How an input of one axis becomes a sequence."""
    size = x.axes[1]
    if not x.is_float:
        return "token ids need an Embedding first, such as Embedding: {input_dim: 1000, …}"
    words = "[null, 1] for steps of one feature, or an Embedding first for token ids"
    if size is not None and not isinstance(size, Size):
        words = (
            f"[{size}, 1] for {size} steps of one feature, [1, {size}] for one step of {size} "
            "features, or an Embedding first for token ids"
        )
    return shape_fix(x, words, [size, 1])


def _images_fix(x: Tensor, rank: int) -> str | Fix:
    """How to turn an input into a sequence of images or other frames."""
    if x.producer is None and x.rank == rank - 1:
        step = _written(x.axes[1:])[1:-1]
        words = f"put the time before it: [T, {step}], or [null, {step}] for any length"
        return shape_fix(x, words, [None, *x.axes[1:]])
    return rank_fix(x, rank)


def heeds_mask(call: LayerCall, x: Tensor) -> bool:
    """Whether a recurrent layer uses the mask of its input; warns where it ignores the mask.

    Keras passes a mask to a layer only where the input is the only argument with tensors.
    """
    if not (x.masked and call.has_initial_state) or "mask" in call.keywords:
        return x.masked
    call.problem(
        "mask-ignored",
        f"{call.layer.label} starts from an initial state, and Keras hands it no mask then: it "
        "computes padded steps like any other",
        "name the mask in from: {sequences: …, mask: …}, or make no mask of what it reads",
        argument="initial_state",
        severity="warning",
    )
    return False


def mask_use(x: Tensor, heeded: bool, every_step: bool) -> MaskUse | None:
    """What a recurrent layer does with the mask of its input."""
    if not x.masked:
        return None
    if heeded:
        return "uses"
    return "passes" if every_step else "drops"

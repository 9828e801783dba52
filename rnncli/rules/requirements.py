"""Checks of the inputs of a layer: their ranks, dtypes and known sizes."""

from __future__ import annotations

from rnncli.problems import Fix
from rnncli.report.shapes import shown
from rnncli.rules.rule import LayerCall, source
from rnncli.rules.tensors import Tensor


def known_size(call: LayerCall, axis: int, what: str = "features", of: Tensor | None = None) -> int:
    """The size of an axis of the input, or of the tensor ``of``; refuses an unknown size, as
    weights depend on it."""
    x = of or call.x
    size = x.axes[axis]
    if size is None and call.first:
        # The weights are already built, for the size in the first call.
        pairs = zip(call.inputs, call.first, strict=False)
        size = next((built.axes[axis] for read, built in pairs if read is x), None)
    if size is None:
        producer = x.producer
        flattened = bool(producer and producer.cls in ("Flatten", "Reshape"))
        call.refuse(
            "unknown-length" if flattened else "unknown-axis",
            f"{call.layer.label} needs to know the size of its {what} axis, "
            f"but reads {shown(x.shape)}",
            _known_fix(x),
            blame=producer.place if producer and flattened else None,
            label="lays an unknown length into the features" if flattened else None,
            at=None if producer else x.input_place,
        )
    return size


def require_rank(call: LayerCall, *ranks: int, shape: str, of: Tensor | None = None) -> None:
    """Refuses an input of another rank; ``shape`` is the expected shape in words."""
    x = of or call.x
    if x.rank not in ranks:
        call.refuse(
            "wrong-rank",
            f"{call.layer.label} reads {shape}, but {source(x)} {shown(x.shape)}",
            rank_fix(x, min(ranks)),
        )


def require_min_rank(call: LayerCall, rank: int, shape: str, of: Tensor | None = None) -> None:
    """Refuses an input of lower rank."""
    if (of or call.x).rank < rank:
        require_rank(call, rank, shape=shape, of=of)


def require_batch(call: LayerCall) -> None:
    """Refuses tensors without axes, of which a layer that looks at the batch can read none."""
    for x in call.inputs:
        if not x.rank:
            call.refuse(
                "wrong-rank",
                f"{call.layer.label} reads tensors (batch, …), but {source(x)} ()",
                "keep the batch, axis 0, in what it reads",
            )


def require_float(call: LayerCall) -> None:
    """Refuses an input of integers, words or booleans."""
    if not call.x.is_float:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} reads floating-point numbers, but {source(call.x)} {call.x.dtype}",
            "give the input dtype: float32, or put Rescaling: 1 before it",
        )


def refuse_dtypes(call: LayerCall, what: str, *refused: str) -> None:
    """Refuses an input of one of these dtypes, with which the layer cannot compute."""
    if call.x.dtype in refused:
        call.refuse(
            "wrong-dtype",
            f"{call.layer.label} {what}, and {source(call.x)} {call.x.dtype}",
            "give the input dtype: float32, or put Rescaling: 1 before it",
        )


def _known_fix(tensor: Tensor) -> str | Fix:
    """How an axis that weights depend on gets a size."""
    if tensor.producer and tensor.producer.cls in ("Flatten", "Reshape"):
        from rnncli.model.mending import renaming

        pooling = "GlobalAveragePooling1D"
        is_bare = tensor.producer.cls == "Flatten" and not tensor.producer.arguments
        edits = renaming(tensor.producer, pooling) if is_bare else ()
        words = (
            f"give the input a length; or, instead of {tensor.producer.name}, pool over time "
            "(GlobalAveragePooling1D) or end with a recurrent layer without return_sequences"
        )
        return Fix(words, edits, safe=False)
    return "only the batch and the length may be unknown: give the axis a size"


def rank_fix(tensor: Tensor, rank: int) -> str:
    """How to change a tensor to one of another rank."""
    if tensor.producer is None:
        return f"give the input {rank - 1} axes, without the batch"
    if tensor.rank > rank:
        return "put Flatten, a pooling or a recurrent layer without return_sequences before it"
    return "put Reshape before it, or give the layers before it another shape"

"""Fixes for layers that merge tensors of different lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.model.graph import KerasObject
from rnncli.rules.rule import LayerCall
from rnncli.rules.sizes import expression_of
from rnncli.rules.tensors import Tensor

# The largest pool_size that a fix suggests.
_MOST = 64
_GENERAL = (
    "give them as many steps: the same strides, and padding: same, on the way to each of them"
)


def length_fix(call: LayerCall, axes: Sequence[int]) -> str:
    """How to give the inputs of a layer the same sizes along these axes.

    Where one input differs from all others, the fix changes the layer that resized it, or puts a
    layer behind it.
    """
    groups: dict[tuple[int | None, ...], list[Tensor]] = {}
    for tensor in call.inputs:
        groups.setdefault(tuple([tensor.axes[axis] for axis in axes]), []).append(tensor)
    if len(groups) > 2 or any(None in sizes for sizes in groups):
        return _GENERAL
    (first_sizes, first_tensors), (second_sizes, second_tensors) = groups.items()
    differences = [
        (size or 0) - (other or 0) for size, other in zip(first_sizes, second_sizes, strict=True)
    ]
    if all(number <= 0 for number in differences):
        short, long = first_tensors, second_tensors
    elif all(number >= 0 for number in differences):
        short, long = second_tensors, first_tensors
    else:
        return _GENERAL
    return ", or ".join(_fixes(call, axes, short, long)) or _GENERAL


def _fixes(
    call: LayerCall, axes: Sequence[int], short: Sequence[Tensor], long: Sequence[Tensor]
) -> Iterator[str]:
    pairs = [(_known(short[0], axis), _known(long[0], axis)) for axis in axes]
    if len(short) == 1 and (fix := _longer(short[0], long[0])):
        yield fix
    if len(axes) > 1 or short[0].rank != 3:
        return
    ((few, many),) = pairs
    less = many - few
    if type(less) is not int:
        layer = _pooling(few, many)
        if layer is not None and len(long) == 1:
            yield f"put {layer} between {_name(long[0])} and {call.layer.name}"
    elif len(long) == 1:
        yield f"put Cropping1D: [0, {less}] between {_name(long[0])} and {call.layer.name}"
    elif len(short) == 1:
        yield f"put ZeroPadding1D: [0, {less}] between {_name(short[0])} and {call.layer.name}"


def _longer(short: Tensor, long: Tensor) -> str | None:
    """How to keep the layer that shortened a tensor from changing its length."""
    resized = short.resized
    if resized is None or len(resized.before) != short.rank - 2:
        return None
    layer = resized.layer
    shapes = [short.axes[1:-1], resized.after, long.axes[1:-1], resized.before]
    current, after, wanted, before = (
        [expression_of(size or 0) for size in shape] for shape in shapes
    )
    if current != after or wanted != before or "padding" not in layer.signature.arguments:
        return None
    if layer.cls.endswith("Transpose") or layer.cls.startswith("ZeroPadding"):
        return None
    changes = [] if _stands_still(layer) else ["strides: 1"]
    changes += [] if layer["padding"] == "same" else ["padding: same"]
    if not changes:
        return None
    return f"set {' and '.join(changes)} on {layer.name}{layer.place.where}"


def _stands_still(layer: KerasObject) -> bool:
    """Whether a window moves by one step at a time."""
    strides = layer["strides"]
    if strides is None:
        strides = layer["pool_size"]
    return all(stride == 1 for stride in (strides if isinstance(strides, list) else [strides]))


def _pooling(few: int, many: int) -> str | None:
    """The pooling layer that turns ``many`` steps into ``few``, whatever the length is."""
    for size in range(2, _MOST + 1):
        if expression_of(-(-many // size)) == expression_of(few):
            return f"MaxPooling1D: {{pool_size: {size}, padding: same}}"
        if expression_of(many // size) == expression_of(few):
            return f"MaxPooling1D: {size}"
    return None


def _known(tensor: Tensor, axis: int) -> int:
    size = tensor.axes[axis]
    assert size is not None
    return size


def _name(tensor: Tensor) -> str:
    """The name of a tensor in a config."""
    if tensor.producer is None:
        return tensor.name
    name = tensor.producer.name
    return name if tensor.name == "output" else f"{name}.{tensor.name}"

"""Layers that normalise: LayerNormalization, BatchNormalization."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.layers.rule import Call, Facts, Rule
from rnncli.layers.tensors import shown
from rnncli.report import Weight


def layer_normalization(call: Call) -> Facts:
    """Each sample by its own mean and variance over axis; a scale gamma and an offset beta."""
    axes = call["axis"] if isinstance(call["axis"], list) else [call["axis"]]
    sizes = [_size(call, axis) for axis in (sorted(axes))]
    words = "features" if len(sizes) == 1 else " × ".join(f"axis_{axis}" for axis in sorted(axes))
    return _normalized(call, _scales(call, words, sizes), words, sizes)


def batch_normalization(call: Call) -> Facts:
    """Each feature by its mean and variance over the batch, kept as moving averages."""
    sizes = [_size(call, call["axis"])]
    moving = ["moving_mean", "moving_variance"]
    if call["renorm"]:
        moving += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    weights = [
        *_scales(call, "features", sizes),
        *(call.weight(name, "features", sizes, trainable=False) for name in moving),
    ]
    return _normalized(call, weights, "features", sizes)


def _size(call: Call, axis: int) -> int:
    if not -call.x.rank <= axis < call.x.rank:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} reads {shown(call.x.shape)}, which has no axis {axis}",
            "axis: -1 is the last one",
            argument="axis",
        )
    return call.size(axis)


def _scales(call: Call, words: str, sizes: list[int]) -> list[Weight]:
    names = [("gamma", call["scale"]), ("beta", call["center"])]
    return [call.weight(name, words, sizes) for name, present in names if present]


def _normalized(call: Call, weights: list[Weight], words: str, sizes: list[int]) -> Facts:
    each = words.replace(" × ", "·")
    numbers = "·".join(map(str, sizes))
    formula = f"{len(weights)}·{each} = {len(weights)}·{numbers}" if weights else None
    x = call.x
    return Facts(
        (call.output(x.shape, masked=x.masked),),
        weights=tuple(weights),
        formula=formula,
        mask="passes" if x.masked else None,
    )


RULES: Mapping[str, Rule] = {
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
}

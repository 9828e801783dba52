"""Layers that normalise or rescale their input."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from msgspec.structs import replace

from rnncli.report.layer import Weight
from rnncli.report.shapes import shown
from rnncli.rules.requirements import known_size, require_float
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.tensors import stretched
from rnncli.rules.weights import make_weight


def layer_normalization(call: LayerCall) -> LayerPlan:
    """Normalises each sample by its mean and variance over axis; scale gamma, offset beta.

    With rms_scaling, by its variance alone: always with the scale, and never with the offset.
    """
    axes = _axes(call)
    _check_once(call, axes)
    scaled = call["rms_scaling"] or call["scale"] or call["center"]
    sizes = [_size(call, axis) for axis in sorted(axes)] if scaled else []
    words = _words(axes)
    if call["rms_scaling"]:
        call.problem(
            "deprecated",
            f"rms_scaling of {call.layer.label} is deprecated: it divides by the variance, not by "
            "the root mean square",
            call.fixes.in_its_place(
                call.layer, "RMSNormalization", "put RMSNormalization in its place"
            ),
            argument="rms_scaling",
            severity="warning",
        )
        return _normalized(call, [make_weight(call, "gamma", words, sizes)], words, sizes)
    return _normalized(call, _scales(call, words, sizes), words, sizes)


def batch_normalization(call: LayerCall) -> LayerPlan:
    """Normalises each feature by its mean and variance over the batch, kept as moving averages."""
    sizes = [_size(call, call["axis"])]
    moving = ["moving_mean", "moving_variance"]
    if call["renorm"]:
        moving += ["moving_stddev", "renorm_mean", "renorm_stddev"]
    weights = [
        *_scales(call, "features", sizes),
        *(make_weight(call, name, "features", sizes, trainable=False) for name in moving),
    ]
    facts = _normalized(call, weights, "features", sizes)
    if not call.x.masked:
        return facts
    if len(call.x.mask) != call.x.rank - 1:
        call.refuse(
            "mask-misfit",
            f"{call.layer.label} reads {shown(call.x.shape)} with a mask {shown(call.x.mask)}, and "
            "takes a mask of one axis less than its input",
            "make no mask of what it reads",
        )
    return replace(facts, mask="uses")


def group_normalization(call: LayerCall) -> LayerPlan:
    """Normalises each sample by groups of its features (Wu and He 2018); groups: -1 is one each."""
    axis: int = call["axis"]
    if axis < 0 and axis == -call.x.rank:
        call.refuse(
            "wrong-value",
            f"axis {axis} of {call.layer.label} is the batch",
            "axis: -1 is the last one",
            argument="axis",
        )
    size = _size(call, axis)
    groups = size if call["groups"] == -1 else call["groups"]
    if size % groups:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} cannot make {groups} groups of {size} features",
            f"choose a number that divides {size}, or groups: -1 for one each",
            argument="groups",
        )
    return _normalized(call, _scales(call, "features", [size]), "features", [size])


def rms_normalization(call: LayerCall) -> LayerPlan:
    """Divides each sample by its root mean square over axis (Zhang and Sennrich 2019).

    Its scale is aligned with the last axes, whatever axis is, and the input keeps its dtype.
    """
    x = call.x
    _check_once(call, sorted(_axes(call)))
    built = replace(call, inputs=call.first) if call.first else call
    axes = sorted(_axes(built))
    sizes = [_size(built, axis) for axis in axes]
    shape = stretched(x.axes, sizes)
    if shape is None and call.first:
        call.refuse(
            "shared-misfit",
            f"{call.layer.label} was built for {shown(built.x.shape)}, and its scale of "
            f"{shown(tuple(sizes))} does not fit {shown(x.shape)}",
            "make a layer of its own here",
        )
    if shape is None:
        call.refuse(
            "shape-mismatch",
            f"Keras multiplies what {call.layer.label} gives, {shown(x.shape)}, by a scale of the "
            f"shape {shown(tuple(sizes))}, as if axis were the last one",
            "leave axis at -1, and put Permute before it",
            argument="axis",
        )
    words = _words(axes) if axes else "1"
    facts = _normalized(call, [make_weight(call, "scale", words, sizes)], words, sizes)
    output = call.output(shape, dtype=x.dtype, inferred=None if shape == x.axes else x.axes)
    return replace(facts, outputs=(output,), mask=None)


def unit_normalization(call: LayerCall) -> LayerPlan:
    """The same shape, scaled to length 1 along axis."""
    _check_once(call, _axes(call))
    require_float(call)
    return _normalized(call, [], "", [])


def normalization(call: LayerCall) -> LayerPlan:
    """(x - mean) / √variance, with the arguments of these names, or with those of data (adapt)."""
    axes = [] if call["axis"] is None else _axes(call)
    placed = _placed(call, axes)
    sizes = {axis: known_size(call, axis) for axis in placed}
    if call["mean"] is not None or call["variance"] is not None:
        _check_moments(call, placed, sizes)
        return _by_moments(call, axes, _normalized(call, [], "", []))
    if math.prod(sizes[axis] for axis in placed) != math.prod(sizes.values()):
        _twice(call)
    shape = [sizes[axis] for axis in placed]
    words = _words(sorted(axes, key=lambda axis: axis % call.x.rank)) if axes else "1"
    weights = [
        *(make_weight(call, name, words, shape, trainable=False) for name in ("mean", "variance")),
        make_weight(call, "count", "1", (), trainable=False, dtype="int64"),
    ]
    facts = _normalized(call, weights, words, shape)
    numbers = "·".join(map(str, shape)) or "1"
    factors = words.replace(" × ", "·")
    facts = replace(facts, formula=f"2·{factors} + 1 = 2·{numbers} + 1")
    return _by_moments(call, axes, facts)


def _by_moments(call: LayerCall, axes: list[int], facts: LayerPlan) -> LayerPlan:
    """The plan of a later call: the mean keeps the axes that the layer was built for, and Keras
    broadcasts it, though it infers that the shape stays the same."""
    if not call.first:
        return facts
    built = call.first[0].axes
    kept = {axis % len(built) for axis in axes}
    moments = tuple(size or 1 if axis in kept else 1 for axis, size in enumerate(built))
    shape = stretched(call.x.axes, moments)
    if shape is None:
        call.refuse(
            "shared-misfit",
            f"{call.layer.label} was built for {shown(built)}, and its mean of {shown(moments)} "
            f"does not fit {shown(call.x.shape)}",
            "make a layer of its own here",
        )
    if shape == call.x.axes:
        return facts
    return replace(facts, outputs=(replace(facts.output, shape=shape, inferred=call.x.axes),))


def _check_moments(call: LayerCall, placed: list[int], sizes: Mapping[int, int]) -> None:
    """Refuses a mean and a variance of different shapes, or that do not broadcast to the axes."""
    shapes = [shape_of(call[name]) for name in ("mean", "variance")]
    mean = shapes[0]
    if None in (call["mean"], call["variance"]) or mean is None or mean != shapes[1]:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} takes a mean and a variance of the same shape",
            "give both, such as mean: 3.0 and variance: 2.0, or neither",
            argument="mean",
        )
    # Of an axis that is named twice, Keras takes the first.
    mean_sizes = dict(zip(reversed(placed), reversed(mean), strict=False))
    if (
        len(mean) > len(placed)
        or math.prod(mean_sizes.values()) != math.prod(mean)
        or any(size not in (1, sizes[axis]) for axis, size in mean_sizes.items())
    ):
        call.refuse(
            "shape-mismatch",
            f"the mean of {call.layer.label} has the shape {list(mean)}, and the axes that it "
            f"stands for have the sizes {[sizes[axis] for axis in placed]}",
            "give one number for all, or one for each",
            argument="mean",
        )


def rescaling(call: LayerCall) -> LayerPlan:
    """Multiplies by scale and adds offset; a list of either is aligned with the last axes."""
    shape = call.x.axes
    for argument in ("scale", "offset"):
        factor = shape_of(call[argument])
        merged = None if factor is None else stretched(shape, factor)
        if merged is None:
            call.refuse(
                "shape-mismatch",
                f"{argument} of {call.layer.label} does not fit what it reads, "
                f"{shown(call.x.shape)}",
                "give one number for all, or one for each of the last axis",
                argument=argument,
            )
        shape = merged
    masked = call.x.masked
    # Keras infers that the shape stays the same, even where a list broadcasts it.
    inferred = None if shape == call.x.axes else call.x.axes
    output = call.output(shape, masked=masked, inferred=inferred)
    return LayerPlan((output,), mask="passes" if masked else None)


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of a number, or of nested lists of numbers; None where they are ragged."""
    if not isinstance(value, list):
        return ()
    shapes = {shape_of(element) for element in value}
    shape = shapes.pop() if len(shapes) == 1 else None
    return None if shape is None else (len(value), *shape)


def check_axis(call: LayerCall, axis: int) -> None:
    """Refuses an axis that the input does not have."""
    if not -call.x.rank <= axis < call.x.rank:
        call.refuse(
            "wrong-value",
            f"{call.layer.label} reads {shown(call.x.shape)}, which has no axis {axis}",
            "axis: -1 is the last one",
            argument="axis",
        )


def _size(call: LayerCall, axis: int) -> int:
    check_axis(call, axis)
    return known_size(call, axis)


def _axes(call: LayerCall) -> list[int]:
    return call["axis"] if isinstance(call["axis"], list) else [call["axis"]]


def _placed(call: LayerCall, axes: list[int]) -> list[int]:
    """The axes counted from the left, in order."""
    for axis in axes:
        check_axis(call, axis)
    return sorted(axis % call.x.rank for axis in axes)


def _check_once(call: LayerCall, axes: list[int]) -> None:
    placed = _placed(call, axes)
    if len(set(placed)) < len(placed):
        _twice(call)


def _twice(call: LayerCall) -> NoReturn:
    call.refuse(
        "wrong-value",
        f"axis of {call.layer.label} names an axis twice",
        "name each once; -1 is the last one",
        argument="axis",
    )


def _words(axes: list[int]) -> str:
    return "features" if len(axes) == 1 else " × ".join(f"axis_{axis}" for axis in axes)


def _scales(call: LayerCall, words: str, sizes: list[int]) -> list[Weight]:
    names = [("gamma", call["scale"]), ("beta", call["center"])]
    return [make_weight(call, name, words, sizes) for name, present in names if present]


def _normalized(call: LayerCall, weights: list[Weight], words: str, sizes: list[int]) -> LayerPlan:
    factors = words.replace(" × ", "·")
    numbers = "·".join(map(str, sizes)) or "1"
    formula = f"{len(weights)}·{factors} = {len(weights)}·{numbers}" if weights else None
    x = call.x
    return LayerPlan(
        (call.output(x.shape, masked=x.masked),),
        weights=tuple(weights),
        formula=formula,
        mask="passes" if x.masked else None,
    )


RULES: Mapping[str, Rule] = {
    "BatchNormalization": batch_normalization,
    "GroupNormalization": group_normalization,
    "LayerNormalization": layer_normalization,
    "Normalization": normalization,
    "RMSNormalization": rms_normalization,
    "Rescaling": rescaling,
    "UnitNormalization": unit_normalization,
}

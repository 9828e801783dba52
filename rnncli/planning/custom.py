"""A custom layer: planned as its config describes it, and never run."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.model.graph import CUSTOM, DeclaredTensor
from rnncli.report.layer import Shape, Weight
from rnncli.report.shapes import product
from rnncli.rules.rule import LayerCall, LayerPlan, Rule
from rnncli.rules.tensors import Tensor


def custom(call: LayerCall) -> LayerPlan:
    """A layer that returns what it declares; its MACs are not known.

    A mask ends at it, as at a layer of Keras that does not support masks.
    """
    weights = tuple([_weight(declared) for declared in call["weights"]])
    return LayerPlan(
        tuple(
            [
                Tensor(
                    declared.name,
                    _whole(declared.shape, call.x),
                    declared.dtype,
                    producer=call.layer,
                )
                for declared in call["outputs"]
            ]
        ),
        weights=weights,
        formula=_formula(weights),
        macs=None,
        mask="drops" if any(x.masked for x in call.inputs) else None,
    )


def _whole(shape: Shape | None, x: Tensor) -> Shape | None:
    """The declared shape with the batch axis; None where it is not known."""
    return None if shape is None else (x.axes[0], *_filled(shape, x))


def _filled(shape: Shape, x: Tensor) -> Shape:
    """The declared shape; an unknown length that is the only one of it is that of the input."""
    if shape.count(None) != 1 or x.rank < 2:
        return shape
    return tuple([x.axes[1] if size is None else size for size in shape])


def _weight(declared: DeclaredTensor) -> Weight:
    shape = tuple([size or 0 for size in declared.shape or ()])
    return Weight(
        name=declared.name,
        shape=shape,
        dtype=declared.dtype,
        count=product(shape) or 0,
        trainable=declared.trainable,
    )


def _formula(weights: tuple[Weight, ...]) -> str | None:
    if not weights:
        return None
    names = " + ".join(weight.name for weight in weights)
    return f"{names} = {' + '.join(str(weight.count) for weight in weights)}"


RULES: Mapping[str, Rule] = {CUSTOM: custom}

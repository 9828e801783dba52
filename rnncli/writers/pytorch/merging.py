"""Layers that merge several tensors, and those that make masks or work step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.writers.pytorch.parts import (
    Call,
    Mask,
    NoEquivalent,
    Part,
    Statement,
    Unit,
)
from rnncli.writers.pytorch.recurrent import recurrent
from rnncli.writers.pytorch.units import UNITS

Equivalent = Callable[[Call], Part]


def of_unit(call: Call, unit: Unit) -> Part:
    """A layer of one tensor at its place in the model."""
    x = call.reads[0]
    is_float = "float" in (call.record.inputs[0].dtype or "")
    # Keras casts ids that are floats.
    is_cast = is_float and bool(traits(call.layer.cls).ids_below)
    value = unit.value(call.module, f"{x}.long()" if is_cast else x)
    mask = call.masks[0] if call.record.mask == "passes" else None
    output = x
    statements: tuple[Statement, ...] = ()
    if value != x:
        output = call.variable()
        statements = (Statement((output,), value, (x,)),)
    return Part(
        statements,
        {"output": output},
        mask,
        unit.constructor,
        unit.weights,
        unit.helpers,
        unit.without,
    )


def _embedding(call: Call) -> Part:
    part = of_unit(call, UNITS["Embedding"](call.layer, call.shape))
    if not call.layer["mask_zero"]:
        return part
    mask, ids = call.variable("mask"), call.reads[0]
    made = Statement((mask,), f"{ids} != 0", (ids,))
    return replace(part, statements=(made, *part.statements), mask=Mask(mask))


def _masking(call: Call) -> Part:
    x, output = call.reads[0], call.variable()
    mask = call.variable("mask")
    value = call.layer["mask_value"]
    return Part(
        (
            Statement((mask,), f"({x} != {value!r}).any(-1)", (x,)),
            Statement((output,), f"{x} * {mask}.unsqueeze(-1)", (x, mask)),
        ),
        {"output": output},
        Mask(mask),
    )


def _global_average(call: Call) -> Part:
    mask = call.used_mask()
    if mask is None:
        return of_unit(call, UNITS[call.layer.cls](call.layer, call.shape))
    x, output, steps = call.reads[0], call.variable(), call.variable("steps")
    keeps = ", keepdim=True" if call.layer["keepdims"] else ""
    return Part(
        (
            Statement((steps,), f"{mask}.unsqueeze(-1)", (mask,)),
            Statement(
                (output,), f"({x} * {steps}).sum(1{keeps}) / {steps}.sum(1{keeps})", (x, steps)
            ),
        ),
        {"output": output},
    )


def _time_distributed(call: Call) -> Part:
    """A layer of one tensor, called on every step as if each were a sample."""
    inner: KerasObject = call.layer["layer"]
    if inner.cls not in UNITS:
        raise NoEquivalent((f"rnncli has no equivalent of a {inner.cls} at every step", None))
    shape = call.shape
    unit = UNITS[inner.cls](inner, (shape[0], *shape[2:]))
    x, output = call.reads[0], call.variable()
    statements = [
        Statement((output,), f"{x}.flatten(0, 1)", (x,)),
        Statement((output,), unit.value(call.module, output), (output,)),
        Statement((output,), f"{output}.unflatten(0, {x}.shape[:2])", (output, x)),
    ]
    mask = call.masks[0] if call.record.mask in ("passes", "uses") else None
    return Part(
        tuple(statements),
        {"output": output},
        mask,
        unit.constructor,
        unit.weights,
        unit.helpers,
        unit.without,
    )


def _operator(sign: str) -> Equivalent:
    def merged(call: Call) -> Part:
        return _merging(call, f" {sign} ".join(call.reads))

    return merged


def _average(call: Call) -> Part:
    return _merging(call, f"({' + '.join(call.reads)}) / {len(call.reads)}")


def _extreme(function: str) -> Equivalent:
    def merged(call: Call) -> Part:
        value, *others = call.reads
        for other in others:
            value = f"torch.{function}({value}, {other})"
        return _merging(call, value)

    return merged


def _merging(call: Call, value: str) -> Part:
    ranks = {len(tensor.shape or ()) for tensor in call.record.inputs}
    if len(ranks) > 1:
        raise NoEquivalent(("the tensors that it merges have different numbers of axes", None))
    return _several(call, value, axis=None)


def _concatenate(call: Call) -> Part:
    axis = call.layer["axis"]
    return _several(call, f"torch.cat([{', '.join(call.reads)}], dim={axis})", axis)


def _several(call: Call, value: str, axis: int | None) -> Part:
    output = call.variable()
    statement = Statement((output,), value, call.reads)
    masks = list(dict.fromkeys(call.masks))
    if call.record.mask != "passes":
        return Part((statement,), {"output": output})
    if axis == 1:
        mask = Mask(unusable="sequences with padding are joined one after the other")
        return Part((statement,), {"output": output}, mask)
    if len(masks) == 1 or not all(masks):
        # Where one of the tensors has no mask, all of its steps are real, and so are the result's.
        return Part((statement,), {"output": output}, masks[0] if len(masks) == 1 else None)
    unusable = next((mask for mask in masks if mask and mask.unusable), None)
    if unusable:
        return Part((statement,), {"output": output}, unusable)
    # Steps are padding where they are padding in all of the tensors.
    variables = tuple(mask.variable for mask in masks if mask)
    mask = Mask(call.variable("mask"))
    joined = Statement((mask.variable,), " | ".join(variables), variables)
    return Part((joined, statement), {"output": output}, mask)


def equivalent(cls: str) -> Equivalent | None:
    """The function that writes a layer of this class; None if there is none."""
    if cls in LAYERS:
        return LAYERS[cls]
    if cls not in UNITS:
        return None

    def unit(call: Call) -> Part:
        if call.used_mask():
            raise NoEquivalent(
                (f"rnncli has no equivalent of a {cls} that uses a mask", "leave the mask out")
            )
        return of_unit(call, UNITS[cls](call.layer, call.shape))

    return unit


#: The layers that need more than one expression of one tensor, by class.
LAYERS: Mapping[str, Equivalent] = {
    "SimpleRNN": recurrent,
    "LSTM": recurrent,
    "GRU": recurrent,
    "Bidirectional": recurrent,
    "Embedding": _embedding,
    "Masking": _masking,
    "GlobalAveragePooling1D": _global_average,
    "TimeDistributed": _time_distributed,
    "Add": _operator("+"),
    "Subtract": _operator("-"),
    "Multiply": _operator("*"),
    "Average": _average,
    "Maximum": _extreme("maximum"),
    "Minimum": _extreme("minimum"),
    "Concatenate": _concatenate,
}

"""The layers that are known here, each as the function that writes it at its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.writers.pytorch.attention import attention, multi_head_attention
from rnncli.writers.pytorch.merging import MERGING
from rnncli.writers.pytorch.parts import Call, Mask, NoEquivalent, Part, Statement, Unit
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
    "Attention": attention,
    "MultiHeadAttention": multi_head_attention,
    **MERGING,
}

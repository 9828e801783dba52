"""Layers called with further arguments: masks and the like as tensors, and plain values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.keras_api.calls import calls
from tests.conformance.drawing import Strategy, booleans

Shape = list[int | None]

_mask_dtypes = st.sampled_from(["bool", "bool", "bool", "int32", "float32"])

# A second call of an equation with too few letters may fail, which a warning of the first tells.
_CALLED_ONCE = ("EinsumDense",)


def calls_of(cases: dict[str, Strategy]) -> dict[str, Strategy]:
    """Cases of each layer whose call has arguments, with some of these."""
    return {f"call of {cls}": called(cases[cls], cls) for cls in calls().layers if cls in cases}


@st.composite
def called(draw: st.DrawFn, case: Strategy, cls: str) -> dict[str, Any]:
    """A case whose last layer, of this class, is called with further arguments."""
    config = draw(case)
    *before, entry = config["layers"]
    entry = {entry: None} if isinstance(entry, str) else dict(entry)
    inputs = dict(config.get("inputs") or {"x": config["input"]})
    reads = _reads(cls, entry.get("from") or [*inputs])
    shapes = {role: _shape(inputs, wire) for role, wire in reads.items()}
    masks: dict[str, str] = {}
    for name in tensor_arguments(cls):
        if not draw(booleans):
            continue
        masks[name] = f"the_{name}"
        fields = {"shape": draw(_mask(cls, name, shapes)), "dtype": draw(_mask_dtypes)}
        inputs[masks[name]] = fields
    if masks or "from" in entry:
        entry["from"] = {**reads, **masks}
    call = draw(_plain(cls))
    entry |= {"call": call} if call else {}
    layers = [*before, {**entry, "name": "it"}]
    if not masks and cls not in _CALLED_ONCE and not draw(st.integers(0, 3)):
        wires = {"from": entry["from"]} if "from" in entry else {}
        layers.append({"use": "it", "name": "again", "call": draw(_plain(cls)), **wires})
    return {"inputs": inputs, "layers": layers}


@st.composite
def _plain(draw: st.DrawFn, cls: str) -> dict[str, bool | None]:
    """Some of the plain arguments of a call; null leaves training to Keras."""
    drawn: dict[str, bool | None] = {}
    for name, parameter in plain_arguments(cls).items():
        # Layers of images do nothing outside of training, and the plan holds them to what fit does.
        left = [None] if name == "training" else []
        values = st.sampled_from([True] if parameter.default is True else [True, False, *left])
        if draw(booleans):
            drawn[name] = draw(values)
    return drawn


def _reads(cls: str, wires: Any) -> dict[str, str]:
    """What a layer reads, by role."""
    if isinstance(wires, dict):
        return wires
    return dict(zip(read_names(cls), [wires] if isinstance(wires, str) else wires, strict=False))


def _shape(inputs: dict[str, Any], wire: str) -> Shape:
    given = inputs[wire.removeprefix("masked_")]
    shape: Shape = given["shape"] if isinstance(given, dict) else given
    return shape


@st.composite
def _mask(draw: st.DrawFn, cls: str, name: str, shapes: dict[str, Shape]) -> Shape:
    """The shape of a mask that mostly fits what it is a mask of."""
    read = [*shapes.values()]
    query = read[0]
    value = shapes.get("value", query)
    shape: Shape
    if name == "attention_mask":
        shape = [*query[:-1], *value[-2:-1]]
        shape = [draw(st.integers(1, 3)), *shape] if not draw(st.integers(0, 4)) else shape
    elif name in ("query_mask", "value_mask", "key_mask"):
        shape = {"query_mask": query, "value_mask": value}.get(name, read[-1])[:-1]
    elif cls in ("Softmax", "CategoryEncoding"):
        shape = query
    elif cls == "BatchNormalization":
        shape = query[:-1]
    else:
        shape = query[:1]
    if not draw(st.integers(0, 5)):
        size = draw(st.sampled_from([1, 2, None]))
        spoilt = [shape[:-1], [*shape[:-1], size]]
        # One axis more fits by accident alone, where the batch is as large as the time.
        spoilt += [] if cls == "GlobalAveragePooling1D" else [[*shape, size]]
        shape = draw(st.sampled_from(spoilt))
    return shape

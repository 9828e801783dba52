"""Which layers of a config need a name: those whose name is not the one that they get anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from rnncli.keras_api.operations import OPERATIONS
from rnncli.model.arguments import telling_arguments
from rnncli.model.graph import KerasObject, Model, Node
from rnncli.model.naming import Namer, snake_case
from rnncli.model.tensor_names import is_model

# So often the names are counted again, before all that is left is named.
_ROUNDS = 8


class _Named(msgspec.Struct, frozen=True):
    """A layer that is counted when names are given, and whether it is an entry of the config."""

    key: int
    name: str
    class_name: str
    is_entry: bool


def needs_name(model: Model) -> frozenset[int]:
    """The ids of the objects, in a model or inside its layers, whose names must be written.

    A name that is written is not counted, and no other layer gets it. So each round finds those
    that get another name because of those that are written.
    """
    counted = [one for node in model.nodes for one in _counted(node)]
    reused = {node.layer.name for node in model.nodes if node.shared_with is not None}
    inputs = {model_input.name for model_input in model.inputs}
    written = {one.key for one in counted if not is_numbered(one.name, snake_case(one.class_name))}
    for _ in range(_ROUNDS):
        used = {one.name for one in counted if one.is_entry and one.key in written}
        namer = Namer(used | reused | inputs)
        rest = [one for one in counted if one.key not in written]
        differing = {one.key for one in rest if namer.name(one.class_name) != one.name}
        if not differing:
            return frozenset(written)
        written |= differing
    return frozenset(one.key for one in counted)


def is_numbered(name: str, stem: str) -> bool:
    """Whether a name is the stem, or the stem with a number, as those are that Keras gives."""
    number = name.removeprefix(f"{stem}_")
    return name == stem or (number != name and number.isdecimal())


def _counted(node: Node) -> Iterator[_Named]:
    """The layers of an entry in the order in which they get their names."""
    layer = node.layer
    if node.shared_with is not None:
        return
    if not layer.is_custom and not is_model(layer):
        for value in telling_arguments(layer).values():
            yield from _inside(value)
    yield _Named(id(layer), layer.name, _class_name(layer), is_entry=True)


def _inside(value: Any) -> Iterator[_Named]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, KerasObject) and value.family in ("layers", "models"):
        for inner in () if is_model(value) else telling_arguments(value).values():
            yield from _inside(inner)
        yield _Named(id(value), value.name, _class_name(value), is_entry=False)


def has_own_name(layer: KerasObject) -> bool:
    """Whether the name of a layer is one that somebody chose."""
    return not is_numbered(layer.name, snake_case(_class_name(layer)))


def _class_name(layer: KerasObject) -> str:
    """What a layer without a name is called after."""
    if is_model(layer):
        return str(layer["model"].name)
    if layer.is_custom:
        return layer.class_name.rpartition(">")[2].rpartition(".")[2] or layer.cls
    if layer.is_operation:
        return OPERATIONS[layer.cls].name or layer.cls.rpartition(".")[2]
    return layer.signature.cls

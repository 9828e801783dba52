"""The names of a layer's tensors, in the order in which Keras returns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.signatures import Signature, signatures
from rnncli.model.graph import OPERATION, KerasObject
from rnncli.model.tensor_names import output_names, returned_states
from rnncli.problems import Place, Source

_NOWHERE = Place(Source("", ""), 1, 1, 1)


def layer_tensors(entry: Mapping[str, Any], call: Mapping[str, Any]) -> tuple[str, ...]:
    """The outputs and the returned states of a layer, from its entry in a config."""
    layer = _object("layers", entry, call)
    if not _holds_objects(layer):
        # The config that is made of it has the problem.
        return ("output",)
    return (*output_names(layer), *returned_states(layer))


def _holds_objects(layer: Any) -> bool:
    """Whether a wrapper holds a layer, and a recurrent layer a cell or a list of cells."""
    if not isinstance(layer, KerasObject):
        return False
    if layer.cls in ("RNN", "StackedRNNCells"):
        cells = layer.arguments.get("cell" if layer.cls == "RNN" else "cells")
        return all(map(_holds_objects, cells if isinstance(cells, list) and cells else [cells]))
    if layer.cls == "Bidirectional":
        backward = layer.arguments.get("backward_layer")
        return _holds_objects(layer.arguments.get("layer")) and (
            backward is None or _holds_objects(backward)
        )
    return True


def operation_tensors(function: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The outputs of an operation."""
    function = ALIASES.get(function, function)
    if function not in OPERATIONS:
        return ("output",)
    return output_names(
        KerasObject(OPERATION, function, _EMPTY, _NOWHERE, arguments=dict(arguments))
    )


def model_tensors(outputs: Sequence[str], names: Sequence[str] | None) -> tuple[str, ...]:
    """The outputs of a model inside another, by the references or the names of its outputs."""
    if len(outputs) == 1:
        return ("output",)
    if names is not None:
        return tuple(names)
    short = [reference.rpartition(".")[2] for reference in outputs]
    return tuple(
        [
            name if short.count(name) == 1 else "_".join([*reference.split("."), "output"][:2])
            for name, reference in zip(short, outputs, strict=True)
        ]
    )


_EMPTY = Signature("", {})


def _object(family: str, entry: Mapping[str, Any], call: Mapping[str, Any] = {}) -> KerasObject:
    """The object of an entry, with objects for the layers and the cells that it holds."""
    cls, written = next(iter(entry.items()))
    signature = signatures().family(family).get(cls, _EMPTY)
    arguments = {name: _value(value) for name, value in (written or {}).items()}
    return KerasObject(family, cls, signature, _NOWHERE, arguments=arguments, call=call)


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in signatures().layers:
        return _object("layers", value)
    return value

"""What a layer takes when it is called: the tensors that it reads, masks and the like, and plain
values."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.keras_api.calls import calls
from rnncli.keras_api.kinds import BOOLEAN, Kind
from rnncli.keras_api.signatures import Parameter
from rnncli.keras_api.traits import traits

# What is called on one list of tensors takes its masks as a list, too.
_MASKS_OF_A_LIST = ("query_mask", "value_mask")
_TENSORS = ("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "count_weights")

#: Kinds of the plain arguments of calls, which are all booleans.
CALL_KIND: Kind = BOOLEAN


def read_names(cls: str) -> tuple[str, ...]:
    """The names of the tensors that a layer reads; none for a list of any tensors."""
    row = traits(cls)
    if row.several:
        return row.roles
    return calls().reads.get(cls, ("inputs",))[:1]


def tensor_arguments(cls: str) -> tuple[str, ...]:
    """The names of the other arguments of a layer's call that take tensors."""
    if traits(cls).attends and traits(cls).several == "list":
        return _MASKS_OF_A_LIST
    return tuple([name for name in calls().layers.get(cls, {}) if name in _TENSORS])


def plain_arguments(cls: str) -> Mapping[str, Parameter]:
    """The arguments of a layer's call that take plain values."""
    known = calls().layers.get(cls, {})
    return {name: parameter for name, parameter in known.items() if name not in _TENSORS}


def all_plain_arguments() -> tuple[str, ...]:
    """The plain arguments of the calls of all layers."""
    names = [name for cls in calls().layers for name in plain_arguments(cls)]
    return tuple(sorted({*names}))

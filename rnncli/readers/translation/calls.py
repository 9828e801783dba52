"""The arguments of a call as a file writes them → what a config says of a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.traits import traits
from rnncli.readers.saved import SavedCall, SavedConstant, SavedTensor

# A tensor of the graph → its name in the config.
Name = Callable[[SavedTensor], str]


class Wiring(msgspec.Struct, frozen=True):
    """What a layer reads, by position or by the name of the argument, and the rest of its call."""

    inbound: list[str] | dict[str, str]
    initial_state: list[str] = []
    call: dict[str, Any] = {}

    def keys(self) -> dict[str, Any]:
        """The keys beside the layer in a config."""
        keys: dict[str, Any] = {"from": self.inbound}
        if self.initial_state:
            keys["initial_state"] = self.initial_state
        if self.call:
            keys["call"] = self.call
        return keys


class CannotSay(Exception):
    """A call has an argument that a config cannot express."""


def wiring_of(cls: str, call: SavedCall, name: Name) -> Wiring:
    """The wiring of a call of a layer of Keras.

    Raises:
        CannotSay: a config has no word for an argument of the call.
    """
    arguments = _by_name(cls, call)
    reads = read_names(cls)
    inbound: dict[str, str] = {}
    several: list[str] = []
    states: list[str] = []
    plain: dict[str, Any] = {}
    for argument, value in arguments.items():
        tensors = list(tensors_in(value))
        if _holds_constant(value):
            raise CannotSay(f"a constant in the argument {argument} of its call")
        if argument == "initial_state":
            states = [name(tensor) for tensor in tensors]
        elif argument == "mask" and isinstance(value, list) and traits(cls).attends:
            roles = tensor_arguments(cls)
            inbound |= {
                role: name(mask)
                for role, mask in zip(roles, value, strict=False)
                if isinstance(mask, SavedTensor)
            }
        elif isinstance(value, SavedTensor):
            inbound[argument] = name(value)
        elif tensors and argument in ("inputs", *reads):
            several = [name(tensor) for tensor in tensors]
        elif not tensors:
            _plain(cls, argument, value, plain)
        else:
            raise CannotSay(f"the argument {argument} of its call")
    return Wiring(_inbound(cls, inbound, several), states, plain)


def _plain(cls: str, argument: str, value: Any, plain: dict[str, Any]) -> None:
    """Adds a plain argument that changes what the layer does."""
    if value is None or (argument == "training" and not value):
        return
    known = plain_arguments(cls).get(argument)
    if known is None or value != known.default:
        plain[argument] = value


def _inbound(cls: str, inbound: dict[str, str], several: list[str]) -> list[str] | dict[str, str]:
    """What the layer reads, by position where that is enough, or by the names of arguments."""
    reads = read_names(cls) or ("inputs",)
    if several:
        if not inbound:
            return several
        roles = traits(cls).roles or reads
        return {**dict(zip(roles, several, strict=False)), **inbound}
    if [*inbound] == [*reads[: len(inbound)]]:
        return [*inbound.values()]
    return inbound


def _holds_constant(value: Any) -> bool:
    """Whether a value is a tensor whose numbers are in the file, or has one inside."""
    if isinstance(value, list | tuple):
        return any(map(_holds_constant, value))
    return isinstance(value, SavedConstant)


def _by_name(cls: str, call: SavedCall) -> dict[str, Any]:
    """All arguments of a call by their names."""
    if len(call.arguments) <= 1 and not call.keywords:
        first = calls().reads.get(cls, ("inputs",))[0]
        return dict(zip((first,), call.arguments, strict=False))
    known = calls()
    names = list(known.reads.get(cls, ("inputs",)))
    if traits(cls).states or traits(cls).recurrent_over or cls == "Bidirectional":
        names.append("initial_state")
    names += known.layers.get(cls, {})
    if len(call.arguments) > len(names):
        raise CannotSay(f"{len(call.arguments)} arguments of its call")
    return {**dict(zip(names, call.arguments, strict=False)), **call.keywords}


def tensors_in(value: Any) -> Iterator[SavedTensor]:
    """All tensors of the graph inside a value."""
    if isinstance(value, SavedTensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from tensors_in(item)


def tensors_of(call: SavedCall) -> Iterator[SavedTensor]:
    """All tensors that a call reads."""
    yield from tensors_in(call.arguments)
    yield from tensors_in(call.keywords)

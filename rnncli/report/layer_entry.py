"""What is known of a layer or an operation as such: the record that ``rnncli layers`` prints."""

from __future__ import annotations

from typing import Any

import msgspec

from rnncli.report.layer import MaskUse, Tensor
from rnncli.report.report import Report


class KnownArgument(msgspec.Struct, frozen=True, kw_only=True):
    """An argument of a layer, or a parameter of an operation.

    ``default`` is unset where it is required. ``tensor`` says that it takes a tensor, which a
    config names in ``from``.
    """

    name: str
    takes: str
    required: bool
    tensor: bool = False
    default: Any = msgspec.UNSET


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What a recurrent layer returns under two flags."""

    return_sequences: bool
    return_state: bool
    tensors: tuple[Tensor, ...]


class LayerReference(msgspec.Struct, frozen=True, kw_only=True):
    """A layer or an operation that a rule plans; ``example`` is the plan of a small model of it.

    ``arguments`` of an operation are its parameters, and ``aliases`` its other names. ``mask`` is
    what it does with a mask before it, None where none can reach it. ``call`` has the further
    arguments of a layer's call: plain values, and tensors, which ``from`` names.
    """

    name: str
    aliases: tuple[str, ...] = ()
    family: str
    arguments: tuple[KnownArgument, ...]
    call: tuple[KnownArgument, ...] = ()
    config: str | None
    example: Report | None
    mask: MaskUse | None = None
    returns: tuple[Returned, ...] = ()
    fused: str | None = None

"""Tells an object that is written as Keras has it from one that may be in another spelling."""

from __future__ import annotations

from rnncli.config.spec import ObjectSpec
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.kinds import CELLS
from rnncli.keras_api.signatures import Signature


def is_odd(spec: ObjectSpec, cls: str, signature: Signature) -> bool:
    """Whether an object may be in another spelling, though Keras has its class."""
    if not spec.keywords.keys() <= signature.arguments.keys():
        return True
    data = spec.first.data if spec.first is not None else None
    if isinstance(data, str):
        return "=" in data
    if not isinstance(data, tuple):
        return False
    name, parameter = next(iter(signature.arguments.items()), ("", None))
    if parameter is None:
        return False
    kind = kind_of(cls, name, parameter)
    return kind is not CELLS and not kind.fits([1])

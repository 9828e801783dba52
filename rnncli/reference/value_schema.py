"""JSON Schema of the values that arguments take, made from their kinds.

The types that a kind takes are found by testing sample values on it, so that the schema and the
checks of a config always agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from rnncli.keras_api.kinds import CELLS, Kind
from rnncli.keras_api.signatures import Parameter

Schema = dict[str, Any]


def value(kind: Kind, parameter: Parameter) -> Schema:
    """The schema of an argument's value."""
    forms: list[Schema] = []
    if kind.family:
        forms.append({"$ref": f"#/$defs/{kind.family}"})
    if kind is CELLS:
        forms.append({"type": "array", "items": {"$ref": "#/$defs/layers"}, "minItems": 1})
    if kind.words:
        forms.append({"$ref": f"#/$defs/words.{kind.words}"})
    elif kind.pattern:
        forms.append({"anyOf": [{"enum": list(kind.options)}, {"pattern": kind.pattern}]})
    elif kind.options:
        forms.append({"enum": list(kind.options)})
    elif kind.keys:
        keys = {key: {"anyOf": [*plain(of), {"type": "null"}]} for key, of in kind.keys}
        forms.append({"type": "object", "properties": keys, "additionalProperties": False})
    else:
        forms += plain(kind)
    if kind.nullable or parameter.default is None:
        forms.append({"type": "null"})
    schema: Schema = {"anyOf": forms} if len(forms) != 1 else dict(forms[0])
    schema["description"] = f"{kind.expects[:1].upper()}{kind.expects[1:]}."
    if not parameter.required:
        schema["default"] = parameter.default
    return schema


_SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "integer": (1,),
    "number": (0.5,),
    "boolean": (True,),
    "string": ("a",),
    "array": ([1], [1, 2], [1, 2, 3], [0.5], ["a"], [None, 1], [[1, 1], [1, 1]]),
    "object": ({"a": 1},),
}


@cache
def plain(kind: Kind) -> list[Schema]:
    """The types that a kind takes, and the bounds of its numbers."""
    types = [name for name, samples in _SAMPLES.items() if any(map(kind.fits, samples))]
    if "number" in types and "integer" in types:
        types.remove("integer")
    return [
        {"type": name, **_bounds(kind)} if name in ("integer", "number") else {"type": name}
        for name in types
    ]


def _bounds(kind: Kind) -> Schema:
    if not kind.allowed(1):
        return {}
    bounds: Schema = {}
    if not kind.allowed(-1) and not (kind.fits(-0.5) and kind.allowed(-0.5)):
        bounds["minimum"] = 0 if kind.allowed(0) else 1
    if not kind.allowed(2) and not kind.allowed(3):
        bounds["maximum"] = 1
    return bounds

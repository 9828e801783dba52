"""JSON Schema (2020-12) of a config, made from the signatures and the kinds of arguments.

The types that a kind takes are found by testing sample values on it, so that the schema and the
checks of a config always agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from rnncli.config.custom import CUSTOM_KEYS, OUTPUT_KEYS, WEIGHT_KEYS
from rnncli.config.entries import ENTRY_KEYS, LAYER_KEYS
from rnncli.config.grammar import DECODE_KEYS, STEP_LIMIT, TOP_KEYS, VERSION
from rnncli.config.inputs import INPUT_KEYS
from rnncli.config.nesting import MODEL_KEYS, NESTED
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.call_arguments import all_plain_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.kinds import CELLS, LAYER, Kind
from rnncli.keras_api.operations import ALIASES
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import FAMILIES, Parameter, Signature, signatures
from rnncli.keras_api.traits import traits
from rnncli.report.layer import ITEM_BYTES

Schema = dict[str, Any]

_AXIS: Schema = {"type": ["integer", "null"], "minimum": 0}
_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_SHAPE: Schema = {"type": "array", "items": _AXIS, "description": "Without the batch axis."}
_REFERENCE: Schema = {"type": "string", "description": "layer, layer.h, or an input's name"}


def config_schema() -> Schema:
    """The schema of a whole config."""
    whole: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rnncli config",
        "type": "object",
        "properties": {key: _TOP[key] for key in TOP_KEYS},
        "additionalProperties": False,
        "required": ["layers"],
        "oneOf": _ONE_INPUT,
        "$defs": {
            "model": _model(),
            "custom": _custom(),
            "input": _input(),
            "references": _references(),
            "call": _call(),
            "entry": _entry(),
            "entries": _ENTRIES,
            "decode": _decode(),
        },
    }
    for family, words in signatures().identifiers.items():
        whole["$defs"][f"words.{family}"] = {"enum": words}
    for family in FAMILIES:
        whole["$defs"][family] = _object(family)
        for cls, signature in _usable(family).items():
            whole["$defs"][f"{family}.{cls}"] = _arguments(cls, signature)
    for function, signature in calls().functions.items():
        whole["$defs"][function] = _parameters(function, signature)
    return whole


_TOP: Mapping[str, Schema] = {
    "version": {"const": VERSION},
    "name": {"type": "string"},
    "input": {"$ref": "#/$defs/input"},
    "inputs": {"type": "object", "additionalProperties": {"$ref": "#/$defs/input"}},
    "batch": _POSITIVE,
    "length": {
        "anyOf": [_POSITIVE, {"type": "object", "additionalProperties": _POSITIVE}],
        "description": "The size of unknown lengths in numbers, or one for each input.",
    },
    "layers": {"$ref": "#/$defs/entries"},
    "outputs": {"$ref": "#/$defs/references"},
    "decode": {"$ref": "#/$defs/decode"},
}
_ENTRY: Mapping[str, Schema] = {
    "name": {"type": "string", "pattern": "^[^/]+$"},
    "from": {"$ref": "#/$defs/references"},
    "initial_state": {
        "$ref": "#/$defs/references",
        "description": "What a recurrent layer starts from, such as encoder.states.",
    },
    "call": {"$ref": "#/$defs/call"},
    "layers": {"$ref": "#/$defs/entries"},
    "use": {"type": "string", "description": "The name of a layer to call again."},
    "repeat": {
        **_POSITIVE,
        "description": "How often the layers below are repeated; start is what enters them.",
    },
    "include": {"type": "string", "description": "A config to put here as a layer."},
    "model": {"$ref": "#/$defs/model"},
    "custom": {"$ref": "#/$defs/custom"},
}
_ONE_INPUT: list[Schema] = [{"required": ["input"]}, {"required": ["inputs"]}]
_ENTRIES: Schema = {"type": "array", "items": {"$ref": "#/$defs/entry"}, "minItems": 1}


def _model() -> Schema:
    """A model that is written inside another one."""
    return {
        "type": "object",
        "description": "A model to put here as a layer; nothing in it reads what is outside.",
        "properties": {key: _TOP[key] for key in MODEL_KEYS},
        "additionalProperties": False,
        "required": ["layers"],
        "oneOf": _ONE_INPUT,
    }


def _custom() -> Schema:
    """A layer of a class that is not Keras's, described by its shapes."""
    weight = _tensor(WEIGHT_KEYS, {"type": "integer", "minimum": 0})
    fields: Mapping[str, Schema] = {
        "class": {"type": "string"},
        "output": _tensor(OUTPUT_KEYS, _AXIS),
        "outputs": {
            "type": "object",
            "additionalProperties": _tensor(OUTPUT_KEYS, _AXIS),
            "minProperties": 1,
        },
        "weights": {"type": "object", "additionalProperties": weight, "minProperties": 1},
    }
    return {
        "type": "object",
        "description": "A layer of a class of your own, which is planned and not run.",
        "properties": {key: fields[key] for key in CUSTOM_KEYS},
        "additionalProperties": False,
        "required": ["class"],
        "oneOf": [{"required": ["output"]}, {"required": ["outputs"]}],
    }


def _tensor(keys: Sequence[str], axis: Schema) -> Schema:
    """An output or a weight of a custom layer: a shape alone, or a mapping."""
    shape = {"type": "array", "items": axis}
    fields: Mapping[str, Schema] = {
        "shape": shape,
        "dtype": {"enum": [*sorted(ITEM_BYTES), "string"]},
        "trainable": {"type": "boolean"},
    }
    mapping: Schema = {
        "type": "object",
        "properties": {key: fields[key] for key in keys},
        "required": ["shape"],
        "additionalProperties": False,
    }
    return {"anyOf": [shape, mapping]}


def _input() -> Schema:
    fields: Mapping[str, Schema] = {
        "shape": _SHAPE,
        "dtype": {"enum": [*sorted(ITEM_BYTES), "string"]},
        "below": {"type": "integer", "minimum": 1},
    }
    mapping: Schema = {
        "type": "object",
        "properties": {key: fields[key] for key in INPUT_KEYS},
        "required": ["shape"],
        "additionalProperties": False,
    }
    return {"anyOf": [_SHAPE, mapping]}


def _references() -> Schema:
    by_role: Schema = {"type": "object", "additionalProperties": _REFERENCE}
    return {"anyOf": [_REFERENCE, {"type": "array", "items": _REFERENCE}, by_role]}


def _call() -> Schema:
    """The plain arguments of the calls of all layers; each layer takes only some of them."""
    value = {"type": ["boolean", "null"]}
    return {
        "type": "object",
        "properties": dict.fromkeys(all_plain_arguments(), value),
        "additionalProperties": False,
        "description": "Arguments of the layer's call, such as use_causal_mask: true.",
    }


def _entry() -> Schema:
    """A layer or an operation, alone or with the keys beside it, or a use, repeat or include."""
    layer = _named_or_mapping("layers", {key: _ENTRY[key] for key in LAYER_KEYS})
    others = [
        {
            "type": "object",
            "properties": {key: _ENTRY[key] for key in (kind, *beside)},
            "required": [kind, *(key for key in beside if key == "layers")],
            "additionalProperties": False,
        }
        for kind, beside in ENTRY_KEYS.items()
    ]
    return {"anyOf": [*layer["anyOf"], *_operations(), *others]}


def _operations() -> list[Schema]:
    """An operation's name alone, or an operation with the keys beside it."""
    functions = {**{function: function for function in calls().functions}, **ALIASES}
    known = {name: target for name, target in functions.items() if target in calls().functions}
    mapping: Schema = {
        "type": "object",
        "properties": {
            **{name: {"$ref": f"#/$defs/{function}"} for name, function in known.items()},
            **{key: _ENTRY[key] for key in ("name", "from")},
            "call": {"type": "object", "description": "Further parameters of the operation."},
        },
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in known],
    }
    return [{"enum": sorted(known)}, mapping]


def _parameters(function: str, signature: Signature) -> Schema:
    """The schema of the value under an operation: its parameters, or the first that is left.

    Which parameters tensors fill depends on what the operation reads, so that none is required.
    """
    values = {
        name: _value(kind_of(function, name, parameter), parameter)
        for name, parameter in signature.arguments.items()
    }
    mapping: Schema = {"type": "object", "properties": values, "additionalProperties": False}
    return {"anyOf": [mapping, *values.values(), {"type": "null"}]}


def _decode() -> Schema:
    fields: Mapping[str, Schema] = {
        "input": {"type": "string", "description": "The input that is fed a step at a time."},
        "output": _REFERENCE,
        "steps": {**_POSITIVE, "maximum": STEP_LIMIT},
        "first": {"type": "number", "description": "The id of the start token."},
    }
    return {
        "type": "object",
        "properties": {key: fields[key] for key in DECODE_KEYS},
        "required": ["input"],
        "additionalProperties": False,
    }


def _object(family: str) -> Schema:
    """An object inside another one."""
    return _named_or_mapping(family, {})


def _named_or_mapping(family: str, beside: Mapping[str, Schema]) -> Schema:
    classes = _usable(family)
    aliases = {
        alias: cls
        for alias, cls in signatures().aliases.items()
        if cls in classes and alias not in classes
    }
    names = {**{cls: cls for cls in classes}, **aliases}
    alone = [name for name, cls in names.items() if not _required(classes[cls])]
    mapping: Schema = {
        "type": "object",
        "properties": {
            **{name: {"$ref": f"#/$defs/{family}.{cls}"} for name, cls in names.items()},
            **beside,
        },
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in names],
    }
    return {"anyOf": [{"enum": sorted(alone)}, mapping]}


def _usable(family: str) -> Mapping[str, Signature]:
    refused = {*RUNS_CODE, *NOT_A_LAYER, "Initializer", "Regularizer", "Constraint"}
    classes = signatures().family(family)
    return {cls: signature for cls, signature in classes.items() if cls not in refused}


def _required(signature: Signature) -> list[str]:
    return [name for name, parameter in signature.arguments.items() if parameter.required]


def _arguments(cls: str, signature: Signature) -> Schema:
    """The schema of the value under a class's name."""
    properties = {
        name: _value(kind_of(cls, name, parameter), parameter)
        for name, parameter in signature.arguments.items()
    }
    required = _required(signature)
    mapping: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    first = next(iter(signature.arguments), None)
    takes_layer = first is not None and kind_of(cls, first, signature.arguments[first]) in (
        LAYER,
        CELLS,
    )
    if takes_layer:
        # A layer may be a key among the arguments: Bidirectional: {LSTM: 3, merge_mode: sum}.
        mapping["patternProperties"] = {"^[A-Z]": True}
    elif required:
        mapping["required"] = required
    if traits(cls).wraps_model:
        models = {key: _ENTRY[key] for key in NESTED}
        properties.update(models)
        inner = {"type": "object", "properties": models, "additionalProperties": False}
        wraps = traits(cls).wraps_model
        properties[wraps] = {"anyOf": [properties[wraps], inner]}
    forms = [mapping]
    if first is not None and set(required) <= {first}:
        forms.append(properties[first])
    if not required:
        forms.append({"type": "null"})
    return {"anyOf": forms}


def _value(kind: Kind, parameter: Parameter) -> Schema:
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
        keys = {key: {"anyOf": [*_plain(of), {"type": "null"}]} for key, of in kind.keys}
        forms.append({"type": "object", "properties": keys, "additionalProperties": False})
    else:
        forms += _plain(kind)
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
def _plain(kind: Kind) -> list[Schema]:
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

"""JSON Schema (2020-12) of a config, made from the signatures and the kinds of arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.config.custom import CUSTOM_KEYS, OUTPUT_KEYS, WEIGHT_KEYS
from rnncli.config.entries import ENTRY_KEYS, LAYER_KEYS
from rnncli.config.grammar import DECODE_KEYS, SCHEMA, STEP_LIMIT, TOP_KEYS, VERSION
from rnncli.config.inputs import INPUT_KEYS
from rnncli.config.nesting import MODEL_KEYS, NESTED
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.call_arguments import CALL_KIND, all_plain_arguments, plain_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.kinds import CELLS, LAYER
from rnncli.keras_api.operations import ALIASES
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import FAMILIES, Signature, signatures
from rnncli.keras_api.traits import traits
from rnncli.reference.budget_schema import budget_schema
from rnncli.reference.value_schema import Schema, plain, value
from rnncli.report.layer import ITEM_BYTES

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
        "properties": {SCHEMA: {"type": "string"}, **{key: _TOP[key] for key in TOP_KEYS}},
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
            "budget": budget_schema(),
        },
    }
    for family, words in signatures().identifiers.items():
        whole["$defs"][f"words.{family}"] = {"enum": words}
    for family in FAMILIES:
        whole["$defs"][family] = _object(family)
        for cls, signature in _usable(family).items():
            whole["$defs"][f"{family}.{cls}"] = _arguments(cls, signature)
    for cls in _usable("layers"):
        whole["$defs"][f"call.{cls}"] = _call_of(cls)
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
    "budget": {"$ref": "#/$defs/budget"},
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
    """The arguments of the calls of all layers: which of them one takes is not known here."""
    forms = {"anyOf": [*plain(CALL_KIND), {"type": "null"}]}
    return _of_the_call(dict.fromkeys(all_plain_arguments(), forms))


def _call_of(cls: str) -> Schema:
    """The arguments of one layer's call, beside tensors."""
    known = plain_arguments(cls).items()
    return _of_the_call(
        {name: value(kind_of(cls, name, parameter), parameter) for name, parameter in known}
    )


def _of_the_call(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": "Arguments of the layer's call, such as use_causal_mask: true.",
    }


def _entry() -> Schema:
    """A layer or an operation, alone or with the keys beside it, or a use, repeat or include."""
    keys = {**{key: _ENTRY[key] for key in LAYER_KEYS}, "call": {"type": "object"}}
    layer = _named_or_mapping("layers", keys)
    _, mapping = layer["anyOf"]
    mapping["dependentSchemas"] = _calls(_names("layers"), "call.")
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


def _calls(names: Mapping[str, str], prefix: str) -> Schema:
    """What ``call`` takes beside each layer or operation; ``names`` lead to those defined."""
    return {
        name: {"properties": {"call": {"$ref": f"#/$defs/{prefix}{target}"}}}
        for name, target in names.items()
    }


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
        "dependentSchemas": _calls(known, ""),
    }
    return [{"enum": sorted(known)}, mapping]


def _parameters(function: str, signature: Signature) -> Schema:
    """The schema of the value under an operation: its parameters, or the first that is left.

    Which parameters tensors fill depends on what the operation reads, so that none is required.
    """
    values = {
        name: value(kind_of(function, name, parameter), parameter)
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
    classes, names = _usable(family), _names(family)
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


def _names(family: str) -> Mapping[str, str]:
    """The classes of a family and their aliases → classes."""
    classes = _usable(family)
    aliases = {
        alias: cls
        for alias, cls in signatures().aliases.items()
        if cls in classes and alias not in classes
    }
    return {**{cls: cls for cls in classes}, **aliases}


def _usable(family: str) -> Mapping[str, Signature]:
    refused = {*RUNS_CODE, *NOT_A_LAYER, "Initializer", "Regularizer", "Constraint"}
    classes = signatures().family(family)
    return {cls: signature for cls, signature in classes.items() if cls not in refused}


def _required(signature: Signature) -> list[str]:
    return [name for name, parameter in signature.arguments.items() if parameter.required]


def _arguments(cls: str, signature: Signature) -> Schema:
    """The schema of the value under a class's name."""
    properties = {
        name: value(kind_of(cls, name, parameter), parameter)
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

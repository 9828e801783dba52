"""Fixes for a layer: their words, the entry after the fix, and the edits that make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.config import edits
from rnncli.config.spec import IncludeSpec, ObjectSpec, Value
from rnncli.config.writing import flow, inline, shortest
from rnncli.keras_api.signatures import FAMILIES, Signature, signatures
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model
from rnncli.problems import Edits, Fix

# The longest entry that a fix quotes, in characters.
_QUOTED = 120
# Stands for a model in an entry: it is too long to quote or to write again.
_MODEL = object()


def first_argument(signature: Signature) -> str | None:
    """The name of the first argument, whose value may be written without a name."""
    return next(iter(signature.arguments), None)


def signature_of(cls: str) -> Signature | None:
    """The signature of a class of any family; None if Keras has no such class."""
    known = signatures()
    families = (known.family(family) for family in FAMILIES)
    return next(
        (classes[known.aliases.get(cls, cls)] for classes in families if cls in classes), None
    )


# Objects as a config writes them


def plain(value: Value) -> Any:
    """An argument's value as plain data, without its places."""
    if isinstance(value.data, tuple):
        return [plain(item) for item in value.data]
    if isinstance(value.data, ObjectSpec):
        return written(value.data)
    if isinstance(value.data, IncludeSpec):
        return _MODEL
    if isinstance(value.data, Mapping):
        return {name: plain(inner.value) for name, inner in value.data.items()}
    return value.data


def written(spec: ObjectSpec) -> Any:
    """An object in its shortest form."""
    signature = signature_of(spec.cls)
    first = first_argument(signature) if signature else None
    arguments = {name: plain(argument.value) for name, argument in spec.keywords.items()}
    if spec.first is not None:
        if first is None:
            return {spec.cls: plain(spec.first)}
        arguments = {first: plain(spec.first), **arguments}
    return shortest(spec.cls, arguments, first)


def bound(layer: KerasObject, /, **changes: Any) -> Any:
    """A layer with its checked arguments in its shortest form, some of them changed."""
    if is_model(layer):
        return _MODEL
    arguments = {**layer.arguments, **changes}
    return shortest(
        layer.cls,
        {name: _bound_value(value) for name, value in arguments.items() if value is not ...},
        first_argument(layer.signature),
    )


def _bound_value(value: Any) -> Any:
    if isinstance(value, KerasObject):
        return bound(value)
    return [_bound_value(item) for item in value] if isinstance(value, list) else value


def quote(entry: Any) -> str | None:
    """An entry as a fix quotes it; None where it is too long to help."""
    if _holds_model(entry):
        return None
    text = f"- {inline(entry)}"
    return text if len(text) <= _QUOTED else None


def _holds_model(entry: Any) -> bool:
    if isinstance(entry, Mapping):
        return any(map(_holds_model, entry.values()))
    return any(map(_holds_model, entry)) if isinstance(entry, list) else entry is _MODEL


def quoting(words: str, entry: Any) -> str:
    """The words of a fix, followed by the entry after the fix."""
    text = quote(entry)
    return f"{words}: {text}" if text else words


# Fixes


def set_on(layer: KerasObject, argument: str, value: Any, *, safe: bool = True) -> Fix:
    """The fix that sets an argument of a layer, or of the layer inside a wrapper."""
    inner = _inner(layer, argument)
    target = next(iter(inner.values()), None)
    of = layer.name if target is None else f"the {target.cls} of {layer.name}"
    words = f"set {argument}: {flow(value)} on {of}{layer.place.where}"
    if layer.invalid or not (inner or argument in layer.signature.arguments):
        return Fix(words)
    changes = [set_edits(target, argument, value) for target in inner.values() or (layer,)]
    entry = bound(layer, **{argument: value})
    if inner:
        with_it = {name: _with(target, argument, value) for name, target in inner.items()}
        entry = bound(layer, **with_it)
    return Fix(quoting(words, entry), edits.together(*changes), safe)


def left_out(layer: KerasObject, argument: str, words: str, *, safe: bool = True) -> Fix:
    """The fix that removes an argument of a layer, or of the layer inside a wrapper."""
    inner = _inner(layer, argument)
    targets = [target for target in inner.values() or (layer,) if argument in target.arguments]
    changes = [_removed(target, argument) for target in targets]
    without = {name: _without(target, argument) for name, target in inner.items()}
    entry = bound(layer, **without) if inner else bound(_without(layer, argument))
    return Fix(quoting(words, entry), edits.together(*changes) if changes else (), safe)


def renamed_class(layer: KerasObject, cls: str, words: str, *, safe: bool = True) -> Fix:
    """The fix that gives a layer another class with the same arguments."""
    change = renaming(layer, cls)
    return Fix(quoting(words, bound(replace(layer, cls=cls))), change, safe)


def renaming(layer: KerasObject, cls: str) -> Edits:
    """The edits that give a layer another class."""
    return edits.rename(layer.place, layer.cls, cls)


def in_its_place(layer: KerasObject, entry: Any, words: str, *, safe: bool = True) -> Fix:
    """The fix that puts another object in the place of a layer."""
    change = () if _holds_model(entry) else edits.replace_object(layer.place, entry)
    return Fix(quoting(words, entry), change, safe)


def _inner(layer: KerasObject, argument: str) -> Mapping[str, KerasObject]:
    """The layers inside a wrapper, if the wrapper does not take the argument itself."""
    if argument in layer.signature.arguments or layer.invalid:
        return {}
    wrapped = {name: layer.arguments.get(name) for name in ("layer", "backward_layer")}
    return {name: inner for name, inner in wrapped.items() if isinstance(inner, KerasObject)}


def set_edits(layer: KerasObject, argument: str, value: Any) -> Edits:
    """The edits that set an argument of a layer."""
    return edits.set_arguments(layer.place, {argument: value}, first_argument(layer.signature))


def _removed(layer: KerasObject, argument: str) -> Edits:
    key = edits.argument_key(layer.place, argument)
    return edits.remove(key) if key is not None else ()


def _with(layer: KerasObject, argument: str, value: Any) -> KerasObject:
    return replace(layer, arguments={**layer.arguments, argument: value})


def _without(layer: KerasObject, argument: str) -> KerasObject:
    rest = {name: value for name, value in layer.arguments.items() if name != argument}
    return replace(layer, arguments=rest)

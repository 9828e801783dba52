"""A layer of A and the same layer of B → the facts that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.analysis.formulas import changed_formula
from rnncli.analysis.matching import wrapped
from rnncli.report.diff import Change, Count, TensorChange
from rnncli.report.layer import Layer, Shape, Tensor


def count(before: int | None, after: int | None) -> Count:
    """A count in both models."""
    return Count(before=before, after=after)


def params_of(a: Layer | None, b: Layer | None) -> Count:
    """The parameters of a layer in both models, with their formula; 0 where there is no layer."""
    before, after = _params(a), _params(b)
    formula = None
    if a is None or b is None:
        layer = a or b
        formula = layer.params.formula if layer and layer.params else None
    elif before != after and a.params and b.params:
        formula = changed_formula(a.params.formula, b.params.formula) or b.params.formula
    return Count(before=before, after=after, formula=formula)


def macs_of(a: Layer | None, b: Layer | None) -> Count:
    """The MACs of a layer in both models; 0 where there is no layer."""
    return Count(before=0 if a is None else a.macs, after=0 if b is None else b.macs)


def _params(layer: Layer | None) -> int | None:
    if layer is None:
        return 0
    return layer.params.total if layer.params else None


def argument_changes(a: Layer | None, b: Layer | None) -> tuple[Change, ...]:
    """The arguments that differ, and the class, the call and the sharing where they do.

    Those of a layer inside are named with its argument: ``layer.units``.
    """
    before, after = _facts(a, b), _facts(b, a)
    if a is None or b is None:
        before.pop("class", None)
        after.pop("class", None)
    return tuple(_changes(before, after))


def _facts(layer: Layer | None, other: Layer | None) -> dict[str, Any]:
    """The facts of a layer; one that the other wraps has its arguments as if it were in there."""
    if layer is None:
        return {}
    arguments: Mapping[str, Any] = layer.arguments or {}
    if other is not None and layer.cls in wrapped(other):
        arguments = {"layer": {layer.cls: arguments}}
    facts: dict[str, Any] = {"class": layer.cls, **_flat(arguments)}
    facts |= {f"call.{name}": value for name, value in (layer.call or {}).items()}
    if layer.shared_with:
        facts["use"] = layer.shared_with
    return facts


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*after, *before)):
        ours, theirs = (side.get(name, msgspec.UNSET) for side in (before, after))
        if ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
            yield Change(what=name, before=ours, after=theirs)


def _flat(arguments: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The arguments with those of objects in them, each under the path that ``--set`` takes."""
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        flat |= _flat_value(f"{path}{name}", value)
    return flat


def _flat_value(path: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list) and any(map(_is_object, value)):
        items = (_flat_value(f"{path}[{number}]", item) for number, item in enumerate(value))
        return {name: fact for item in items for name, fact in item.items()}
    if not _is_object(value):
        return {path: value}
    ((cls, inner),) = value.items()
    return {path: cls, **_flat(inner, f"{path}.")}


def _is_object(value: Any) -> bool:
    """Whether a value is a Keras object: one class with its arguments."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((name, inner),) = value.items()
    return name[:1].isupper() and isinstance(inner, Mapping)


def tensor_changes(
    a: Sequence[Tensor], b: Sequence[Tensor], by_place: bool = False
) -> tuple[TensorChange, ...]:
    """The tensors whose shapes or dtypes differ, by their names or, for inputs, by their places."""
    before, after = (
        {str(place) if by_place else tensor.name: tensor for place, tensor in enumerate(tensors)}
        for tensors in (a, b)
    )
    changes = []
    for key, tensor in {**before, **after}.items():
        ours, theirs = before.get(key), after.get(key)
        dtypes = ours.dtype if ours else None, theirs.dtype if theirs else None
        if _sizes(ours) != _sizes(theirs) or dtypes[0] != dtypes[1]:
            has_new_dtype = ours and theirs and dtypes[0] != dtypes[1]
            change = TensorChange(
                name=tensor.name,
                before=ours.shape if ours else None,
                after=theirs.shape if theirs else None,
                dtypes=dtypes if has_new_dtype else None,
            )
            changes.append(change)
    return tuple(changes)


def _sizes(tensor: Tensor | None) -> tuple[Shape | None, Shape | None] | None:
    """The shape of a tensor, and that with unknown lengths filled in."""
    return (tensor.shape, tensor.actual) if tensor else None

"""Edits beside a layer: the arguments of its call, and the tensors that it reads by role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnncli.config.edits import add_beside, remove, together
from rnncli.config.restructuring import key_of, remove_around
from rnncli.config.spans import Span
from rnncli.config.surgery import one_more, with_value, word_at
from rnncli.config.writing import flow
from rnncli.problems import Edits, Place


def add_to_call(layer: Place, name: str, value: Any) -> Edits:
    """Adds an argument to ``call`` beside the layer whose class is at a place."""
    return _add_under(layer, "call", name, value)


def add_tensor(layer: Place, roles: Sequence[str], name: str, tensor: str) -> Edits:
    """Adds a tensor by name to ``from`` beside a layer.

    Tensors that are there without names get those of ``roles``, in order.
    """
    key = _beside(layer, "from")
    if key is None or key.partner.kind == "mapping":
        return _add_under(layer, "from", name, tensor)
    old = key.partner
    sources = [item.value for item in old.items] if old.kind == "sequence" else [old.value]
    if len(sources) > len(roles) or not all(isinstance(source, str) for source in sources):
        return ()
    named = {**dict(zip(roles, sources, strict=False)), name: tensor}
    return with_value(layer.source, key, old, flow(named, key.style == '"'))


def move_to_call(layer: Place, source: Place, name: str, value: Any) -> Edits:
    """Moves what stands at a place of ``from`` into ``call``."""
    return together(remove_named(source), add_to_call(layer, name, value))


def move_beside(source: Place, name: str, value: Any) -> Edits:
    """Moves a plain value that stands at a place of ``from`` into a ``call`` beside it."""
    key = word_at(key_of(source))
    if key is None or key.parent is None:
        return ()
    mapping = key.parent
    wires = word_at(key_of(Place(source.source, *mapping.start, mapping.end[1])))
    if (
        wires is None
        or wires.parent is None
        or any(beside.value == "call" for beside, _ in wires.parent.pairs())
    ):
        return ()
    pair = flow({"call": {name: value}}, wires.style == '"')[1:-1]
    return together(remove_named(source), one_more(source.source, wires.parent, pair))


def remove_named(place: Place) -> Edits:
    """Removes the pair whose value is at a place, or the whole mapping if it is the only one."""
    key = word_at(key_of(place))
    if key is None or key.parent is None:
        return ()
    return remove_around(place) if len(key.parent.items) == 2 else remove(key_of(place))


def remove_from_call(argument: Place) -> Edits:
    """Removes an argument of ``call``, or ``call`` itself if it is the only one."""
    key = word_at(argument)
    if key is None or not key.is_key or key.parent is None:
        return ()
    mapping = key.parent
    if len(mapping.items) > 2:
        return remove(argument)
    return remove(key_of(Place(argument.source, *mapping.start, mapping.end[1])))


def _beside(layer: Place, name: str) -> Span | None:
    """The key of this name beside the class at a place."""
    span = word_at(layer)
    if span is None or not span.is_key or span.parent is None:
        return None
    return next((key for key, _ in span.parent.pairs() if key.value == name), None)


def _is_entry(layer: Place) -> bool:
    """Whether the class at a place is an entry of ``layers``, and not inside another layer."""
    span = word_at(layer)
    item = span.parent if span is not None and span.is_key else span
    listed = item.parent if item is not None and item.is_item else None
    outer = listed.parent if listed is not None else None
    if listed is None or outer is None or outer.kind != "mapping":
        return False
    return outer.items[listed.index - 1].value == "layers"


def _add_under(layer: Place, key: str, name: str, value: Any) -> Edits:
    """Adds a pair to the mapping under a key beside a layer, which is made if it is missing."""
    if not _is_entry(layer):
        return ()
    span = _beside(layer, key)
    if span is None:
        return add_beside(layer, key, {name: value})
    if span.partner.kind != "mapping" or span.partner.is_shared:
        return ()
    pair = flow({name: value}, span.style == '"')[1:-1]
    return one_more(layer.source, span.partner, pair)

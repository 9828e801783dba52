"""The names in Python code: of variables, and of layers that Keras would call otherwise."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import traits
from rnncli.model.arguments import telling_arguments
from rnncli.model.graph import KerasObject, Model
from rnncli.model.naming import snake_case
from rnncli.model.tensor_names import is_model
from rnncli.writers.config_names import is_numbered

# The names that the code uses itself; l, O and I are hard to tell from digits.
_RESERVED = frozenset({"keras", "layers", "ops", "model", "name", "x", "l", "O", "I", "_",
                       "inputs", "outputs", "positions"})  # fmt: skip
# What the positions along an axis are computed with, in the order of the calls.
_POSITIONS = ("ones_like", "prod", "cumsum", "subtract")
# So often the names are counted again, before all that is left is named.
_ROUNDS = 8


class Variables:
    """Finds a free variable for each name; names that are no identifiers become some."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, name: str) -> str:
        """A variable that nothing else has."""
        word = re.sub(r"\W+", "_", name).strip("_") or "layer"
        word = f"layer_{word}" if word[0].isdigit() else word
        free, number = word, 1
        while free in self._taken or _is_reserved(free):
            free = f"{word}_" if number == 1 else f"{word}_{number}"
            number += 1
        self._taken.add(free)
        return free


def _is_reserved(word: str) -> bool:
    return word in _RESERVED or keyword.iskeyword(word) or hasattr(builtins, word)


class _Named(msgspec.Struct, frozen=True):
    """An object that Keras names, in the order in which the code makes them.

    ``scope`` is the model or the layer that it is in. No name can be written for an operation, or
    for a layer that another one makes for itself: ``is_unnamed`` is true for both.
    """

    key: int
    name: str
    stem: str
    scope: int
    is_unnamed: bool = False


def needs_name(model: Model) -> frozenset[int]:
    """The ids of the objects whose names the code must write.

    Keras counts the layers that have no name, over all models and with the operations between; a
    name that is written is not counted.
    """
    counted = [*_in_model(model)]
    layers = [one for one in counted if not one.is_unnamed]
    written = {one.key for one in layers if not is_numbered(one.name, one.stem)}
    for _ in range(_ROUNDS):
        names = zip(counted, _automatic(counted, written), strict=True)
        differing = {
            one.key for one, name in names if not one.is_unnamed and name != one.name
        } - written
        if not differing:
            break
        written |= differing
    else:
        written |= {one.key for one in layers}
    while clashing := _clashing(counted, written):
        written -= clashing
    return frozenset(written)


def _automatic(counted: list[_Named], written: set[int]) -> list[str]:
    """The name of each object: the one that is written, or that Keras gives."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for one in counted:
        if one.key in written:
            names.append(one.name)
            continue
        number = counts[one.stem]
        counts[one.stem] += 1
        names.append(f"{one.stem}_{number}" if number else one.stem)
    return names


def _clashing(counted: list[_Named], written: set[int]) -> set[int]:
    """Those of the written names that something else in the same model gets from Keras: an
    operation, or a layer that would have been called like an operation."""
    automatic: dict[int, set[str]] = defaultdict(set)
    for one, name in zip(counted, _automatic(counted, written), strict=True):
        if one.key not in written:
            automatic[one.scope].add(name)
    return {one.key for one in counted if one.key in written and one.name in automatic[one.scope]}


def _in_model(model: Model) -> Iterator[_Named]:
    for node in model.nodes:
        layer = node.layer
        if layer.is_operation and not layer.cls.startswith("random."):
            for stem in _stems(layer):
                yield _Named(0, layer.name, stem, id(model), is_unnamed=True)
        elif node.shared_with is None:
            yield from _in_object(layer, id(model))


def _in_object(value: Any, scope: int) -> Iterator[_Named]:
    """The layers inside a value, and then the layer that it is: Python makes its arguments
    first."""
    if isinstance(value, list):
        for item in value:
            yield from _in_object(item, scope)
    elif isinstance(value, KerasObject) and is_model(value):
        # A model always has its name.
        yield from _in_model(value["model"])
    elif isinstance(value, KerasObject) and (value.family == "layers" or value.is_operation):
        for argument in telling_arguments(value).values():
            yield from _in_object(argument, id(value))
        cls = class_of_random(value) if value.is_operation else value.signature.cls
        yield _Named(id(value), value.name, snake_case(cls), scope)
        makes = traits(value.cls).makes
        if value.cls == "RNN" and isinstance(value["cell"], list):
            makes = ("stacked_rnn_cells",)
        for stem in makes:
            yield _Named(0, "", stem, id(value), is_unnamed=True)


def _stems(operation: KerasObject) -> tuple[str, ...]:
    """What Keras calls the operations that a call makes."""
    if operation.cls == "ops.arange":
        return _POSITIONS
    return (OPERATIONS[operation.cls].name or operation.cls.rpartition(".")[2],)


def class_of_random(operation: KerasObject) -> str:
    """The class of the layer that draws random numbers: ``RandomNormal``."""
    return f"Random{operation.cls.rpartition('.')[2].capitalize()}"

"""Stored arrays → those of each layer, in the order of Keras's ``layer.weights``.

In Keras 3's files the layers of a model are numbered by their class, not named, and the arrays of
what a layer holds are below the attributes of its class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rnncli.model.naming import snake_case
from rnncli.readers.containers.container import Container
from rnncli.readers.saved import SavedLayer, SavedModel
from rnncli.report.model_file import StoredWeight

Weights = Mapping[str, tuple[StoredWeight, ...]]

_MODELS = {"Functional", "Model", "Sequential"}
# Attributes that hold layers or cells, in the order in which Keras makes them; and the argument
# that describes what is there, if one does.
_PARTS = {
    "cell": "cell",
    "forward_layer": "layer",
    "backward_layer": "layer",
    "layer": "layer",
    "query_dense": None,
    "key_dense": None,
    "gate_dense": None,
    "value_dense": None,
    "output_dense": None,
}
# A layer that normalizes a kernel has it as its own as well.
_TWICE = re.compile(r"(^|/)spectral_normalization(_\d+)?/layer/vars/0$")
# The state of random numbers is no weight.
_SEEDS = {"seed_generator", "generator", "random_generator"}
# Classes that Keras exports under another name than their own, which it stores them under.
_OWN_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
# How many arrays a layer has for computing in 8-bit floats.
_FLOAT8 = 6
_TOPS = ("layers", "_layer_checkpoint_dependencies")


def weights_by_layer(
    container: Container, model: SavedModel
) -> tuple[Weights | None, tuple[StoredWeight, ...]]:
    """The arrays of each layer of a model, and those that belong to none of them.

    A layer is named by its path: ``lstm``, or ``outer/lstm`` in a model inside the model. Where
    Keras stores all arrays of such a model together, and their names do not say whose they are,
    they are those of the model. Weights are None where the file holds none.
    """
    if container.layer_weights is not None:
        return _by_name(container.layer_weights, model)
    if container.arrays is None:
        return None, ()
    tree = _Group()
    for array in container.arrays:
        tree.add(array, array.path.split("/"))
    top = next((tree.groups[name] for name in _TOPS if name in tree.groups), _Group())
    claimed = dict(_of_model(top, model.layers, ""))
    known = {weight.path for weights in claimed.values() for weight in weights}
    return claimed, tuple(
        array
        for array in container.arrays
        if array.path not in known and not _is_no_weight(array.path)
    )


def _is_no_weight(path: str) -> bool:
    """Whether an array is the state of random numbers, or a kernel that is stored twice."""
    return bool(_SEEDS & {*path.split("/")}) or _TWICE.search(path) is not None


class _Group:
    """A group of arrays: its own, and further groups."""

    def __init__(self) -> None:
        self.own: list[StoredWeight] = []
        self.groups: dict[str, _Group] = {}

    def add(self, array: StoredWeight, path: Sequence[str]) -> None:
        """Puts an array below the groups of its path."""
        group = self
        for name in path[:-1]:
            if name != "vars":
                group = group.groups.setdefault(name, _Group())
        group.own.append(array)


def _of_model(
    container: _Group, layers: Sequence[SavedLayer], prefix: str
) -> Iterator[tuple[str, tuple[StoredWeight, ...]]]:
    numbered = [layer for layer in layers if layer.kind != "operation"]
    names = numbered_groups(_class_in_file(layer) for layer in numbered)
    for layer, name in zip(numbered, names, strict=True):
        group = container.groups.get(name, _Group())
        if layer.model is None:
            yield f"{prefix}{layer.name}", tuple(_in_order(group, layer.cls, layer.config))
            continue
        inner = next((group.groups[top] for top in _TOPS if top in group.groups), _Group())
        yield from _of_model(inner, layer.model.layers, f"{prefix}{layer.name}/")


def _by_name(
    stored: Mapping[str, tuple[StoredWeight, ...]], model: SavedModel
) -> tuple[Weights, tuple[StoredWeight, ...]]:
    """The arrays of an older file, which lists them by the names of the outermost layers."""
    claimed: dict[str, tuple[StoredWeight, ...]] = {}
    for layer in model.layers:
        weights = stored.get(layer.name)
        if weights is None:
            continue
        if layer.cls == "Bidirectional":
            # What is not trained comes last, and may be the forward layer alone.
            weights = tuple(sorted(weights, key=_is_backward))
        inner = _inside(layer.name, layer.model, weights) if layer.model else None
        claimed.update({layer.name: weights} if inner is None else inner)
    names = {layer.name for layer in model.layers}
    return claimed, tuple(
        weight for name, weights in stored.items() if name not in names for weight in weights
    )


def _is_backward(weight: StoredWeight) -> bool:
    return any(part.startswith("backward_") for part in weight.path.split("/")[1:])


def _inside(
    prefix: str, model: SavedModel, weights: Sequence[StoredWeight]
) -> dict[str, tuple[StoredWeight, ...]] | None:
    """The arrays of a model inside the model by its layers; None where names do not say whose.

    The name of an array has that of the layer, and may have those of the models around it.
    """
    paths = [*_paths(prefix, model)]
    claimed: dict[str, list[StoredWeight]] = {path: [] for path in paths}
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    for weight in weights:
        parts = weight.path.split("/")[1:-1]
        owner = next((part for part in parts if part in by_name), None)
        if owner is None:
            return None
        owners, around = by_name[owner], {*parts[: parts.index(owner)]}
        if len(owners) > 1:
            owners = [path for path in owners if {*path.split("/")[1:-1]} <= around]
        if len(owners) != 1:
            return None
        claimed[owners[0]].append(weight)
    return {path: tuple(share) for path, share in claimed.items()}


def _paths(prefix: str, model: SavedModel) -> Iterator[str]:
    for layer in model.layers:
        path = f"{prefix}/{layer.name}"
        if layer.model is None:
            yield path
        else:
            yield from _paths(path, layer.model)


def _class_in_file(layer: SavedLayer) -> str:
    if layer.written_as:
        return layer.written_as
    if layer.model is not None:
        return "Sequential" if layer.model.is_sequential else "Functional"
    return "InputLayer" if layer.kind == "input" else layer.cls


def numbered_groups(classes: Iterable[str]) -> Iterator[str]:
    """The names of groups: ``lstm``, ``lstm_1``, …, by the class alone."""
    counts: dict[str, int] = {}
    for cls in classes:
        name = snake_case(_OWN_NAMES.get(cls, cls.rpartition(">")[2]))
        counts[name] = counts.get(name, -1) + 1
        yield f"{name}_{counts[name]}" if counts[name] else name


def _in_order(group: _Group, cls: str, config: Mapping[str, Any]) -> Iterator[StoredWeight]:
    """All arrays of a layer, with those of what it holds."""
    yield from _own(group, cls, config)
    if cls in _MODELS:
        yield from _listed(group.groups.get("layers"), config.get("layers"))
        return
    if cls == "StackedRNNCells":
        yield from _listed(group.groups.get("cells"), config.get("cells"))
        return
    for name in sorted(group.groups, key=_order):
        part = group.groups[name]
        if name in _SEEDS:
            continue
        described = config.get(_PARTS.get(name) or "")
        if isinstance(described, list):
            # A list of cells is wrapped in one of its own.
            yield from _listed(part.groups.get("cells"), described)
            continue
        if cls == "SpectralNormalization":
            # Its kernel is also that of the layer inside, and stored twice.
            part.own = part.own[1:]
        yield from _in_order(part, *_class_and_config(described))


def _own(group: _Group, cls: str, config: Mapping[str, Any]) -> Sequence[StoredWeight]:
    """The arrays of the layer itself. Quantized layers store theirs in an order of their own."""
    own = group.own
    if cls not in ("Dense", "EinsumDense") or len(own) < 2:
        return own
    if len(own) > _FLOAT8:
        return [*own[-_FLOAT8:], *own[:-_FLOAT8]]
    has_bias = config.get("use_bias", True) if cls == "Dense" else config.get("bias_axes")
    if own[0].dtype == "int8" and has_bias:
        # The kernel is not trained, so that the bias comes before it.
        return [own[1], own[0], *own[2:]]
    return own


def _order(name: str) -> tuple[int, str]:
    """Parts that are known come in their order, others by name."""
    known, public = [*_PARTS], name.lstrip("_")
    return (known.index(public), "") if public in known else (len(known), name)


def _listed(container: _Group | None, objects: object) -> Iterator[StoredWeight]:
    """The arrays of the layers or cells in a list, in its order."""
    if container is None:
        return
    described = [_class_and_config(entry) for entry in objects] if isinstance(objects, list) else []
    names = [*numbered_groups(cls for cls, _ in described)]
    for name, (cls, config) in zip(names, described, strict=True):
        if name in container.groups:
            yield from _in_order(container.groups[name], cls, config)
    for name, group in container.groups.items():
        if name not in names:
            yield from _in_order(group, "", {})


def _class_and_config(described: object) -> tuple[str, Mapping[str, Any]]:
    """The class and the arguments of an object as Keras writes it."""
    if not isinstance(described, Mapping):
        return "", {}
    cls, config = described.get("class_name"), described.get("config")
    return cls if isinstance(cls, str) else "", config if isinstance(config, Mapping) else {}

"""A built model → a file of its weights, as ``model.save_weights`` of Keras writes it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnncli.engine.passing import BuiltModel
from rnncli.engine.stored_weights import built_layers, copy_weights, layers_of_whole
from rnncli.engine.whole_model import whole_model
from rnncli.model.graph import KerasObject, Model
from rnncli.model.run_order import layer_order
from rnncli.model.stack import is_stack
from rnncli.model.tensor_names import is_model
from rnncli.readers.weights import numbered_groups


def weights_file(model: Model, built: BuiltModel) -> bytes:
    """Returns the content of a ``.weights.h5`` file with the weights of the built layers.

    Keras numbers layers by their class and their order in a whole model, so that one is made. A
    stack of layers inside it is a Sequential, as in the code that ``convert`` writes.
    """
    import h5py

    whole = whole_model(model)
    copy_weights(layers_of_whole(whole), built_layers(built))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        whole.save_weights(path)
        with h5py.File(path, "r+") as file:
            _rename_stacks(file, model)
        return path.read_bytes()


def _rename_stacks(group: Any, model: Model) -> None:
    """Renames the groups of models inside a model that are stacks: ``sequential``, not
    ``functional``."""
    layers = [model.nodes[place].layer for place in layer_order(model)]
    layers = [layer for layer in layers if not layer.is_operation]
    named = group.get("layers", {})
    before = numbered_groups("Functional" if is_model(layer) else layer.cls for layer in layers)
    after = numbered_groups(_class_in_code(layer) for layer in layers)
    changed = []
    for layer, old, new in zip(layers, before, after, strict=True):
        if old not in named:
            # A layer without weights.
            continue
        for attributes, inner in _models_in(layer):
            _rename_stacks(named["/".join([old, *attributes])], inner)
        if old != new:
            changed.append((f"{old} is {new}", old, new))
    # One name may be another's old one.
    for aside, old, _ in changed:
        named.move(old, aside)
    for aside, _, new in changed:
        named.move(aside, new)


def _class_in_code(layer: KerasObject) -> str:
    if is_model(layer):
        return "Sequential" if is_stack(layer["model"]) else "Functional"
    return layer.cls


def _models_in(layer: KerasObject) -> Iterator[tuple[Sequence[str], Model]]:
    """Yields the model that a layer is, or that it wraps, with the attributes that lead there."""
    attributes: list[str] = []
    inner: Any = layer
    while isinstance(inner, KerasObject):
        if is_model(inner):
            yield attributes, inner["model"]
            return
        inner = inner.arguments.get("layer")
        attributes.append("layer")

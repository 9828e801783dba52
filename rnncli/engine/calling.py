"""Calls a Keras layer at its place in the graph, and names the tensors that it returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnncli.engine.inspecting import kept_states, state_names
from rnncli.keras_api.traits import traits
from rnncli.model.graph import Node, TensorRef
from rnncli.model.tensor_names import output_names


def apply(
    node: Node,
    layer: Any,
    reads: Sequence[Any],
    states: Sequence[Any],
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Calls a layer on tensors, from an initial state if there is one; returns tensors by name.

    The tensors are symbolic or concrete. ``more`` holds further arguments of the call.
    """
    import keras

    # Merging layers take one list of tensors; other layers take each tensor as an argument.
    arguments = [list(reads)] if traits(node.layer.cls).several == "list" else reads
    tensors: list[Any] = keras.tree.flatten(
        layer(*arguments, **_started(layer, states), **(more or {}))
    )
    tensors += kept_states(layer)
    return dict(zip(_names(node, layer, len(tensors)), tensors, strict=True))


def keywords_of(node: Node, tensor: Callable[[TensorRef], Any]) -> dict[str, Any]:
    """Returns the further arguments of a layer's call; ``tensor`` finds the tensors among them.

    A layer that is called on a list of tensors takes a list of masks: those of query and value.
    """
    if not node.keywords:
        return {}
    keywords = {
        name: tensor(value) if isinstance(value, TensorRef) else value
        for name, value in node.keywords.items()
    }
    if traits(node.layer.cls).several == "list":
        masks = [keywords.pop(f"{role}_mask", None) for role in ("query", "value")]
        if any(mask is not None for mask in masks):
            keywords["mask"] = masks
    return keywords


def as_predicted(layer: Any, mask: Any) -> dict[str, Any]:
    """Returns the arguments that ``model.predict`` adds to a layer's call, such as ``mask``."""
    arguments = {} if mask is None else {"mask": mask}
    if "training" in inspect.signature(layer.call).parameters:
        arguments["training"] = False
    return arguments


def _started(layer: Any, states: Sequence[Any]) -> dict[str, Any]:
    """Returns the initial state as the layer takes it: a list, nested for stacked cells."""
    import keras

    if not states:
        return {}
    cells = getattr(layer, "cell", None)
    if isinstance(cells, keras.layers.StackedRNNCells):
        return {"initial_state": keras.tree.pack_sequence_as(cells.state_size, list(states))}
    return {"initial_state": list(states)}


def _names(node: Node, layer: Any, count: int) -> list[str]:
    """Names the returned tensors: outputs, then states; any others are ``output_<number>``."""
    names = [*output_names(node.layer), *state_names(layer)]
    return [*names[:count], *(f"output_{number}" for number in range(len(names), count))]

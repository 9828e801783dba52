"""A Keras layer called at its place in the graph, and the names of what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from rnncli.engine.inspecting import kept_states, state_names
from rnncli.keras_api.traits import traits
from rnncli.model.graph import Node
from rnncli.model.tensor_names import output_names


def apply(
    node: Node,
    layer: Any,
    reads: Sequence[Any],
    states: Sequence[Any],
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A layer called on tensors, from an initial state if there is one; what it gives, by name.

    The tensors are symbols, from which Keras infers, or numbers. ``more`` are other arguments.
    """
    import keras

    # A list is one argument to those that merge; others take each tensor as an argument.
    arguments = [list(reads)] if traits(node.layer.cls).several == "list" else reads
    tensors: list[Any] = keras.tree.flatten(
        layer(*arguments, **_started(layer, states), **(more or {}))
    )
    tensors += kept_states(layer)
    return dict(zip(_names(node, layer, len(tensors)), tensors, strict=True))


def as_predicted(layer: Any, mask: Any) -> dict[str, Any]:
    """The arguments that ``model.predict`` adds to a layer's call; ``mask`` is handed over."""
    arguments = {} if mask is None else {"mask": mask}
    if "training" in inspect.signature(layer.call).parameters:
        arguments["training"] = False
    return arguments


def _started(layer: Any, states: Sequence[Any]) -> dict[str, Any]:
    """The initial state as the layer takes it: a list, which for several cells holds lists."""
    import keras

    if not states:
        return {}
    cells = getattr(layer, "cell", None)
    if isinstance(cells, keras.layers.StackedRNNCells):
        return {"initial_state": keras.tree.pack_sequence_as(cells.state_size, list(states))}
    return {"initial_state": list(states)}


def _names(node: Node, layer: Any, count: int) -> list[str]:
    """The names of the tensors that came out: outputs, then states, then those without one."""
    names = [*output_names(node.layer), *state_names(layer)]
    return [*names[:count], *(f"output_{number}" for number in range(len(names), count))]

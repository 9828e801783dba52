"""A Keras layer called at its place in the graph, and the names of what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rnncli.engine.inspecting import kept_states, state_names
from rnncli.layers.model import KerasObject, Node, TensorRef
from rnncli.layers.tensor_names import output_names
from rnncli.layers.words import TAKES_LIST


class Result(msgspec.Struct, frozen=True):
    """A tensor as Keras infers it and as it comes out of the run."""

    inferred: Any
    value: Any


Results = dict[TensorRef, Result]


def call(node: Node, layer: Any, tensors: Mapping[TensorRef, Result]) -> dict[str, Result]:
    """What a layer gives at its place in the graph, by name: inferred, and of the numbers."""
    reads = [tensors[ref] for ref in node.sources]
    starts = [tensors[ref] for ref in node.initial_state]
    inferred = apply(node, layer, [x.inferred for x in reads], [x.inferred for x in starts])
    real = apply(node, layer, [x.value for x in reads], [x.value for x in starts])
    # Keras may infer another number of tensors than come out; what is missing is then unknown.
    inferred += [None] * (len(real) - len(inferred))
    results = [Result(*pair) for pair in zip(inferred, real, strict=False)]
    return dict(zip(_names(node.layer, layer, len(results)), results, strict=True))


def apply(node: Node, layer: Any, reads: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    """A layer called on tensors, from an initial state if there is one; all that it gives."""
    import keras

    masks = [getattr(each, "_keras_mask", None) for each in reads]
    # A list is one argument to those that merge; others take each tensor as an argument.
    given = [list(reads)] if node.layer.cls in TAKES_LIST else reads
    found: list[Any] = keras.tree.flatten(layer(*given, **_started(layer, states)))
    for each, mask in zip(reads, masks, strict=True):
        # MultiHeadAttention takes the masks off what it reads; in a model they stay on.
        each._keras_mask = mask
    return found + kept_states(layer)


def _started(layer: Any, states: Sequence[Any]) -> dict[str, Any]:
    """The initial state as the layer takes it: a list, which for several cells holds lists."""
    import keras

    if not states:
        return {}
    cells = getattr(layer, "cell", None)
    if isinstance(cells, keras.layers.StackedRNNCells):
        return {"initial_state": keras.tree.pack_sequence_as(cells.state_size, list(states))}
    return {"initial_state": list(states)}


def _names(layer: KerasObject, built: Any, count: int) -> list[str]:
    """The names of the tensors that came out: outputs, then states."""
    outputs, states = list(output_names(layer)), state_names(built)
    found = outputs + states
    if len(found) == count:
        return found
    return ["output", *(f"output_{number}" for number in range(1, count))]


def name_all(node: Node, layer: Any, values: Sequence[Any]) -> dict[str, Any]:
    """What came out, by name."""
    return dict(zip(_names(node.layer, layer, len(values)), values, strict=True))

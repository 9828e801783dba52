"""The loop of a recurrent layer over time, taken out of Keras so that each step can be seen.

Keras calls ``inner_loop`` of each RNN layer once, with the sequences, the initial state and the
mask; a Bidirectional does so for both of its layers. Everything around the loop remains Keras's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from rnncli.engine.whole_model import layers_of
from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model
from rnncli.report.gradients import Direction


class InnerLoop(msgspec.Struct, frozen=True):
    """What Keras handed to the loop of a layer, by time step in the order of the loop.

    ``sequences`` and ``initial_state`` are the tensors as they came. ``steps`` (time, batch, …)
    are the sequences in the order in which the layer takes them, and ``mask`` (time, batch) is
    theirs; None if no step is padded.
    """

    layer: Any
    sequences: Any
    initial_state: list[Any]
    structure: Any
    steps: Any
    mask: Any

    def cell(self, step: Any, states: Sequence[Any]) -> list[Any]:
        """Calls the cell on one step; returns the new states. One of them is the output."""
        return self._called(step, states)[1]

    @property
    def output_index(self) -> int:
        """Which of the states is the output of the cell."""
        output, states = self._called(self.steps[0], self.initial_state)
        return next(index for index, state in enumerate(states) if state is output)

    def _called(self, step: Any, states: Sequence[Any]) -> tuple[Any, list[Any]]:
        from keras import tree

        cell = self.layer.cell
        arguments = {"training": False} if cell._call_has_training_arg else {}
        packed = tree.pack_sequence_as(self.structure, list(states))
        output, new_states = cell(step, packed, **arguments)
        # A cell keeps its dropout masks, and those of a graph are of no use outside it.
        self.layer._maybe_reset_dropout_masks(cell)
        return output, tree.flatten(new_states)


class RecurrentLayer(msgspec.Struct, frozen=True):
    """A layer that has a loop: ``path`` such as ``sentence/lstm``, ``direction`` None unless it is
    that of a Bidirectional."""

    path: str
    direction: Direction | None
    layer: Any


# What runs a loop; it returns the outputs and the states of all steps, (time, batch, …).
Run = Callable[[InnerLoop], tuple[Any, list[Any]]]


def directions(layer: Any) -> Mapping[Direction | None, Any]:
    """The RNN layers that a layer runs, by direction, which is None for a layer that runs alone;
    none for a layer that is not recurrent."""
    import keras

    if isinstance(layer, keras.layers.Bidirectional):
        return {"forward": layer.forward_layer, "backward": layer.backward_layer}
    return {None: layer} if isinstance(layer, keras.layers.RNN) else {}


def recurrent_layers(described: KerasObject, layer: Any, path: str) -> Iterator[RecurrentLayer]:
    """The layers inside a layer that have a loop, such as those of a TimeDistributed model."""
    if is_model(described):
        layers = layers_of(layer)
        for node in described["model"].nodes:
            name = node.layer.name
            if not node.shared_with:
                yield from recurrent_layers(node.layer, layers.get(name), f"{path}/{name}")
    elif not described.is_operation and (wraps := traits(described.cls).wraps_model):
        yield from recurrent_layers(described[wraps], layer.layer, path)
    else:
        for direction, inner in directions(layer).items():
            yield RecurrentLayer(path, direction, inner)


@contextmanager
def loops_run_by(run: Run, layers: Sequence[Any]) -> Iterator[None]:
    """Meanwhile, ``run`` runs the loops of these RNN layers."""
    for layer in layers:
        vars(layer)["inner_loop"] = _replacing(layer, run)
    try:
        yield
    finally:
        for layer in layers:
            vars(layer).pop("inner_loop", None)


def _replacing(layer: Any, run: Run) -> Callable[..., Any]:
    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: Any = None) -> Any:
        from keras import tree

        loop = _loop(layer, sequences, initial_state, mask)
        outputs, states = run(loop)
        last = tree.pack_sequence_as(loop.structure, [state[-1] for state in states])
        return outputs[-1], _swapped(outputs), last

    return inner_loop


def _loop(layer: Any, sequences: Any, initial_state: Any, mask: Any) -> InnerLoop:
    import tensorflow as tf
    from keras import tree

    structure = initial_state if tree.is_nested(initial_state) else [initial_state]
    masks = tree.flatten(mask)
    steps, kept = _swapped(sequences), masks[0] if masks else None
    if kept is not None:
        kept = tf.cast(kept, tf.bool)
        kept = _swapped(tf.reshape(kept, (*kept.shape[:2],)))
    if layer.go_backwards:
        steps = tf.reverse(steps, [0])
        kept = None if kept is None else tf.reverse(kept, [0])
    return InnerLoop(
        layer=layer,
        sequences=sequences,
        initial_state=[tf.convert_to_tensor(state) for state in tree.flatten(structure)],
        structure=structure,
        steps=steps,
        mask=kept,
    )


def _swapped(tensor: Any) -> Any:
    """Swaps the axes of batch and time."""
    import tensorflow as tf

    return tf.transpose(tensor, (1, 0, *range(2, len(tensor.shape))))


def scanned(loop: InnerLoop, zeros: Sequence[Any]) -> tuple[Any, list[Any]]:
    """Runs a loop; returns the outputs and the states of all steps.

    ``zeros`` (time, batch, …) are added to each state after each step. A padded step repeats the
    output and the states; with ``zero_output_for_mask`` its output is zeros.
    """
    import tensorflow as tf

    index = loop.output_index
    elements = [loop.steps, *zeros] if loop.mask is None else [loop.steps, *zeros, loop.mask]

    def step(before: list[Any], now: list[Any]) -> list[Any]:
        last_output, states, added = before[0], before[1:], now[1 : len(before)]
        new_states = loop.cell(now[0], states)
        if loop.mask is None:
            new_states = [state + zero for state, zero in zip(new_states, added, strict=True)]
            return [new_states[index], *new_states]
        kept = [per_row(now[-1], state) for state in new_states]
        output = tf.where(kept[index], new_states[index], last_output) + added[index]
        if loop.layer.zero_output_for_mask:
            output = tf.where(kept[index], output, tf.zeros_like(output))
        moved = zip(kept, new_states, states, added, strict=True)
        return [output, *[tf.where(mask, new, old) + zero for mask, new, old, zero in moved]]

    initial = [tf.zeros_like(loop.initial_state[index]), *loop.initial_state]
    outputs, *states = tf.scan(step, elements, initial)
    return outputs, states


def zeros_for(loop: InnerLoop) -> list[Any]:
    """Returns zeros for each state at each step."""
    import tensorflow as tf

    time = loop.steps.shape[0]
    return [tf.zeros((time, *state.shape), state.dtype) for state in loop.initial_state]


def per_row(mask: Any, tensor: Any) -> Any:
    """Returns a mask (batch) with as many axes as the tensor has."""
    return mask[(slice(None), *[None] * (len(tensor.shape) - 1))]

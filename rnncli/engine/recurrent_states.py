"""The states of a recurrent layer after every step, from Keras: the layer's cell is called step by
step in Keras's own loop, and the layer itself returns all steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class AllStates:
    """A cell whose output is all of its states side by side."""

    def __init__(self, cell: Any) -> None:
        import keras

        self.cell = cell
        self.state_size = cell.state_size
        self.sizes = keras.tree.flatten(cell.state_size)
        self.output_size = sum(self.sizes)
        self.compute_dtype = cell.compute_dtype

    def get_initial_state(self, batch_size: Any = None) -> Any:
        """Returns zeros, as the cell does."""
        return self.cell.get_initial_state(batch_size=batch_size)

    def call(self, inputs: Any, states: Any) -> tuple[Any, Any]:
        """Calls the cell for one step."""
        import keras

        _, after = self.cell(inputs, states)
        dtype = "float64" if self.compute_dtype == "float64" else "float32"
        flat = [keras.ops.cast(state, dtype) for state in keras.tree.flatten(after)]
        return keras.ops.concatenate(flat, axis=-1), after

    __call__ = call


def all_states(layer: Any, sequences: Any, mask: Any, initial_state: Any) -> tuple[Any, Any]:
    """Returns the states side by side, and what the layer returns for every step.

    Both have the shape (batch, steps, …), and are in the order in which the layer reads.
    """
    import keras

    read = {"initial_state": initial_state} | ({} if mask is None else {"mask": mask})
    loop = keras.layers.RNN(
        AllStates(layer.cell),
        return_sequences=True,
        go_backwards=layer.go_backwards,
        dtype=layer.dtype_policy,
    )
    with _settings([layer], return_sequences=True, return_state=False):
        outputs = layer(sequences, training=False, **read)
    with _settings(cells_of(layer.cell), dropout=0.0, recurrent_dropout=0.0):
        # A cell with dropout would keep a tensor of the loop.
        return loop(sequences, **read), outputs


def cells_of(cell: Any) -> list[Any]:
    """The cells that a recurrent layer runs one on another."""
    import keras

    if isinstance(cell, keras.layers.StackedRNNCells):
        return [inner for outer in cell.cells for inner in cells_of(outer)]
    return [cell]


@contextmanager
def _settings(objects: Sequence[Any], **settings: Any) -> Iterator[None]:
    """Changes attributes of layers or cells for a while."""
    before = [{name: getattr(thing, name) for name in settings} for thing in objects]
    try:
        for thing in objects:
            for name, value in settings.items():
                setattr(thing, name, value)
        yield
    finally:
        for thing, kept in zip(objects, before, strict=True):
            for name, value in kept.items():
                setattr(thing, name, value)

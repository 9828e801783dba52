"""What the tensors that a layer gives are called: its outputs, then its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.layers.model import KerasObject

_STATES: Mapping[str, tuple[str, ...]] = {
    "SimpleRNN": ("h",),
    "SimpleRNNCell": ("h",),
    "GRU": ("h",),
    "GRUCell": ("h",),
    "LSTM": ("h", "c"),
    "LSTMCell": ("h", "c"),
    "ConvLSTM1D": ("h", "c"),
    "ConvLSTM2D": ("h", "c"),
    "ConvLSTM3D": ("h", "c"),
}


def output_names(layer: KerasObject) -> tuple[str, ...]:
    """What a layer's outputs are called; the first is its main one."""
    if layer.cls == "Bidirectional" and not layer.faulty and layer["merge_mode"] is None:
        return ("forward", "backward")
    return ("output",)


def state_names(layer: KerasObject) -> tuple[str, ...]:
    """What the states of a recurrent layer are called; none for other layers."""
    if layer.faulty:
        return ()
    if layer.cls == "Bidirectional":
        forward, backward = layer["layer"], layer["backward_layer"] or layer["layer"]
        return (
            *(f"forward_{name}" for name in state_names(forward)),
            *(f"backward_{name}" for name in state_names(backward)),
        )
    if layer.cls == "RNN":
        return numbered([_STATES.get(cell.cls, ()) for cell in stacked(layer["cell"])])
    return _STATES.get(layer.cls, ())


def numbered(states: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The states of several cells, told apart by number; those of one cell by name alone."""
    if len(states) == 1:
        return tuple(states[0])
    return tuple(f"{name}_{number}" for number, names in enumerate(states) for name in names)


def returns_states(layer: KerasObject) -> bool:
    """Whether the config has the layer return its states."""
    recurrent = layer["layer"] if layer.cls == "Bidirectional" else layer
    # A cell that stands where a layer should has states, and nothing to return them with.
    return "return_state" in recurrent.signature.arguments and bool(recurrent["return_state"])


def stacked(cell: KerasObject | list[KerasObject]) -> list[KerasObject]:
    """The cells that an RNN runs: one, a list, or those of StackedRNNCells."""
    if isinstance(cell, list):
        return [each for one in cell for each in stacked(one)]
    if cell.cls == "StackedRNNCells":
        return stacked(cell["cells"])
    return [cell]

"""The steps of a recurrent layer for one sequence: what it reads, and its states around each."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from rnncli.engine.recurrent_states import cells_of


class SequenceCall(msgspec.Struct, frozen=True):
    """The call of a recurrent layer for one sequence.

    ``states`` and ``outputs`` are Keras's after every step, in the order in which the layer reads;
    ``inputs`` and ``mask`` are in the order of the input.
    """

    layer: Any
    inputs: Any
    mask: Any
    initial_state: list[Any]
    states: Any
    outputs: Any


class Steps(msgspec.Struct, frozen=True):
    """The states of a layer before and after every step, in the order in which it reads.

    ``read`` is false at masked steps, where the states stand still. ``last_read`` is the step whose
    states each step has, -1 for the initial state.
    """

    read: Any
    last_read: Any
    before: Any
    after: Any

    @classmethod
    def of_call(cls, call: SequenceCall) -> Steps:
        """Returns the steps of a call; where one is masked, the states before it are repeated."""
        count = len(call.states)
        read = np.ones(count, bool) if call.mask is None else in_order(call.mask, call.layer)
        last_read = np.maximum.accumulate(np.where(read, np.arange(count), -1))
        initial = np.concatenate(call.initial_state).astype(call.states.dtype)
        after = call.states
        if not read.all():
            after = np.where((last_read < 0)[:, None], initial, call.states[last_read])
        return cls(read, last_read, np.concatenate([initial[None], after[:-1]]), after)


def in_order(steps: Any, layer: Any) -> Any:
    """Turns steps from the order of the input to that in which the layer reads, or back."""
    return steps[::-1] if layer.go_backwards else steps


def expected_outputs(call: SequenceCall, steps: Steps) -> Any:
    """What the layer returns for every step: its last h, and at masked steps that of the step
    before, or zeros."""
    h = last_h(call.layer, steps.after)
    nothing = ~steps.read if call.layer.zero_output_for_mask else steps.last_read < 0
    return np.where(nothing[:, None], 0.0, h)


def last_h(layer: Any, states: Any) -> Any:
    """The part of the states that the layer returns: the h of its last cell."""
    cell = cells_of(layer.cell)[-1]
    count = 2 if isinstance(cell.state_size, list | tuple) else 1
    start = states.shape[-1] - count * cell.units
    return states[..., start : start + cell.units]

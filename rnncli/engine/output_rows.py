"""Where the h of every step is in what a recurrent layer returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rnncli.engine.layer_calls import NamedCall
    from rnncli.engine.layer_trace import SequenceCall, Steps


def returned(
    layer: Any, calls: Sequence[SequenceCall], all_steps: Sequence[Steps], count: int
) -> list[Any]:
    """What a layer returns in a run, for one sequence: its output or outputs, then its states."""
    from rnncli.engine.layer_trace import expected_outputs

    outputs = [expected_outputs(call, steps) for call, steps in zip(calls, all_steps, strict=True)]
    if layer.return_sequences:
        # The rows of a backward layer are turned around.
        outputs[1:] = [output[::-1] for output in outputs[1:]]
    else:
        outputs = [output[-1] for output in outputs]
    if len(outputs) > 1 and layer.merge_mode is not None:
        outputs = [_merged(layer.merge_mode, outputs)]
    states = [
        state
        for call, steps in zip(calls, all_steps, strict=True)
        for state in np.split(steps.after[-1], _ends(call))
    ]
    return [*outputs, *states][:count]


def _merged(mode: str, outputs: Sequence[Any]) -> Any:
    forward, backward = outputs
    if mode == "concat":
        return np.concatenate([forward, backward], axis=-1)
    if mode == "mul":
        return forward * backward
    return (forward + backward) / (2 if mode == "ave" else 1)


def _ends(call: SequenceCall) -> Any:
    return np.cumsum([len(state) for state in call.initial_state])[:-1]


def becomes(
    call: NamedCall, direction: SequenceCall, steps: Steps, is_backward: bool
) -> tuple[str | None, ...]:
    """The part of the output that the h of each step becomes, in the order of the input.

    None for a step whose h the layer does not return.
    """
    outer, layer = call.call.layer, direction.layer
    count = len(direction.inputs)
    mode = getattr(outer, "merge_mode", "alone")
    name = "output"
    if mode is None:
        name = "backward" if is_backward else "forward"
    units = direction.outputs.shape[1]
    half = (f"-{units}:" if is_backward else f":{units}") if mode == "concat" else None
    if half is not None and is_backward:
        forward = outer.forward_layer.cell.output_size
        half = f"{forward}:"
    zeros = layer.zero_output_for_mask
    parts: list[str | None] = []
    for place in range(count):
        read = count - 1 - place if layer.go_backwards else place
        is_zero = not steps.read[read] if zeros else steps.last_read[read] < 0
        is_returned = outer.return_sequences or read == count - 1
        if is_zero or not is_returned:
            parts.append(None)
            continue
        row = None
        if outer.return_sequences:
            row = str(count - 1 - read if is_backward else read)
        indices = [str(step) for step in call.wrapped]
        indices += [index for index in (row, half) if index is not None]
        parts.append(f"{name}[:, {', '.join(indices)}]" if indices else name)
    return tuple(parts)

"""Where the h of every step is in what a recurrent layer returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncli.engine.layer_calls import NamedCall
from rnncli.engine.recurrent_steps import SequenceCall, Steps, expected_outputs


def returned(
    layer: Any, calls: Sequence[SequenceCall], all_steps: Sequence[Steps], count: int
) -> list[Any]:
    """What a layer returns in a run, for one sequence: its output or outputs, then its states."""
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
    name, half = "output", None
    if mode is None:
        name = "backward" if is_backward else "forward"
    elif mode == "concat":
        units = outer.forward_layer.cell.output_size
        half = f"{units}:" if is_backward else f":{units}"
    parts: list[str | None] = []
    for place in range(count):
        read = count - 1 - place if layer.go_backwards else place
        masked = not steps.read[read] if layer.zero_output_for_mask else steps.last_read[read] < 0
        if masked or not (outer.return_sequences or read == count - 1):
            parts.append(None)
            continue
        indices = [str(step) for step in call.wrapped]
        if outer.return_sequences:
            # The rows of a backward layer are turned around.
            indices.append(str(count - 1 - read if is_backward else read))
        indices += [half] if half else []
        parts.append(f"{name}[:, {', '.join(indices)}]" if indices else name)
    return tuple(parts)

"""Runs a model one time step at a time, as after training, and on the same inputs at once.

The layers that do not depend on the input that is fed have run already. The others are called on
one step after the other; recurrent layers start from their states after the previous step. Where a
layer looks back without a state, as causal attention does, they are called on all steps so far.
"""

from __future__ import annotations

from typing import Any

from rnncli.engine.calling import apply, as_predicted, keywords_of
from rnncli.engine.comparing import compared
from rnncli.engine.errors import KerasFailed
from rnncli.engine.graphs import graph
from rnncli.engine.operations import operate
from rnncli.engine.passing import BuiltModel, Pass
from rnncli.engine.tensors import numbers_of
from rnncli.model.decoding import DecodeSchedule, decode_schedule, is_ids
from rnncli.model.graph import Decode, Input, Model, TensorRef
from rnncli.model.tensor_names import state_names
from rnncli.report.decoding import Decoded, DecodedStep, Numbers

# The states of each recurrent layer after a step, by its name.
Carried = dict[str, list[Any]]

# A loop of more steps takes less time with a graph of one step than with calls from Python.
_WORTH_A_GRAPH = 20
# How many numbers of a tensor are shown.
_SHOWN = 3


def decode(model: Model, loop: Decode, values: Pass, built: BuiltModel, batch: int) -> Decoded:
    """Runs the loop; returns its steps and the largest difference from teacher forcing.

    ``values`` holds all tensors of a run of the model, ``built`` its Keras layers.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """
    import keras

    schedule = decode_schedule(model, loop)
    model_input = next(candidate for candidate in model.inputs if candidate.name == loop.input)
    ids = is_ids(model, loop)

    def once(tensor: Any, carried: Carried) -> tuple[Any, Carried]:
        return _once(schedule, loop, tensor, values, built, carried)

    # The first step has no carried states, so it cannot share the graph of the later steps. Steps
    # that feed all steps so far are of another length each, and no two share a graph.
    is_long = loop.steps > _WORTH_A_GRAPH and not schedule.feeds_prefix
    later = graph(once, built) if is_long else once
    fed = [_first(model_input, loop, batch)]
    outputs: list[Any] = []
    records: list[DecodedStep] = []
    carried: Carried = {}
    for step in range(loop.steps):
        if schedule.feeds_prefix:
            whole, _ = once(keras.ops.concatenate(fed, axis=1), {})
            output = whole[:, -1:]
        else:
            output, carried = (later if step else once)(fed[-1], carried)
        chosen = keras.ops.argmax(output, axis=-1) if ids else output
        fed.append(keras.ops.cast(chosen, model_input.dtype))
        outputs.append(output)
        records.append(
            DecodedStep(
                step=step + 1,
                input=_numbers(loop.input, fed[-2]),
                states=tuple(
                    _numbers(f"{node.layer.name}.{state}", value)
                    for node in schedule.carrying
                    for state, value in zip(
                        state_names(node.layer), carried[node.layer.name], strict=True
                    )
                ),
                output=_numbers(loop.output.display_name, output),
                chosen=int(numbers_of(fed[-1]).reshape(-1)[0]) if ids else None,
            )
        )
    at_once = graph(once, built) if loop.steps > _WORTH_A_GRAPH else once
    forced, _ = at_once(keras.ops.concatenate(fed[:-1], axis=1), {})
    difference, equal = compared(forced, keras.ops.concatenate(outputs, axis=1))
    return Decoded(steps=tuple(records), largest_difference=difference, equal=equal)


def _once(
    schedule: DecodeSchedule,
    loop: Decode,
    fed: Any,
    values: Pass,
    built: BuiltModel,
    carried: Carried,
) -> tuple[Any, Carried]:
    """Calls the layers that depend on the input on a part of it; returns the output and the new
    states."""
    tensors = {TensorRef(loop.input): fed}
    states_after: Carried = {}

    def read(ref: TensorRef) -> Any:
        return tensors[ref] if ref in tensors else values[ref]

    for node in schedule.in_loop:
        name = node.layer.name
        reads = [read(ref) for ref in node.inbound]
        starts = carried.get(name) or [values[ref] for ref in node.initial_state]
        try:
            if node.layer.is_operation:
                outputs = operate(node.layer, reads, built.layers, name)
            else:
                layer = built.layers[name]
                more = keywords_of(node, read) | as_predicted(layer, None)
                outputs = apply(node, layer, reads, starts, more)
        except Exception as error:
            raise KerasFailed(node.layer.label, error) from error
        tensors |= {TensorRef(name, output): tensor for output, tensor in outputs.items()}
        states = state_names(node.layer)
        if states:
            states_after[name] = [outputs[state] for state in states]
    return tensors[loop.output], states_after


def _first(model_input: Input, loop: Decode, batch: int) -> Any:
    """Returns the first input: the id of the start token, or a vector filled with one number."""
    import keras

    rest = [size or 1 for size in model_input.shape[1:]]
    return keras.ops.full((batch, 1, *rest), loop.first, dtype=model_input.dtype)


def _numbers(name: str, tensor: Any) -> Numbers:
    import keras

    numbers = numbers_of(keras.ops.cast(tensor, "float32"))
    first = numbers[0].reshape(-1)[:_SHOWN]
    return Numbers(
        name=name, shape=tuple(tensor.shape), first=tuple(float(value) for value in first)
    )

"""What learners ask of a layer, verified on the numbers of a run; what does not hold is left out.

Where the run alone does not show a fact, the layer is called once more, on a part of what it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.engine.calling import apply
from rnncli.engine.comparing import compared
from rnncli.engine.graphs import graph
from rnncli.engine.passing import BuiltModel, Pass
from rnncli.engine.state_equality import found_equal
from rnncli.engine.tensors import dtype_of, mask_of, numbers_of
from rnncli.model.graph import Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, state_names
from rnncli.report.facts import Fact, FactKind

# A call of more steps takes less time as a graph than step by step from Python.
_WORTH_A_GRAPH = 20
# A layer that reads more steps is not called again: it would take as long as the run.
_MOST_STEPS = 1_000
# TimeDistributed calls its layer once for each step: it is called on no more than these.
_FIRST_STEPS = 16


class _Run(msgspec.Struct, frozen=True):
    """One layer of a run: its Keras layer, and all tensors of the model."""

    node: Node
    layer: Any
    numbers: Pass
    built: BuiltModel

    @property
    def reads(self) -> list[Any]:
        """The tensors that the layer read."""
        return [self.numbers[ref] for ref in self.node.inbound]

    @property
    def returned(self) -> Mapping[str, Any]:
        """The tensors that it returned, by name."""
        return self.numbers.tensors[self.node.layer.name]

    @property
    def mask(self) -> Any:
        """The mask of the steps that it used, or None."""
        if self.numbers.masks[self.node.layer.name] != "uses":
            return None
        own = self.node.keywords.get("mask")
        return self.numbers[own] if isinstance(own, TensorRef) else mask_of(self.reads[0])

    @property
    def is_recurrent(self) -> bool:
        """Whether it runs over the steps of what it reads, in one direction."""
        import keras

        return isinstance(self.layer, keras.layers.RNN)

    def again(self, layer: Any, sequence: Any, mask: Any, states: Sequence[Any] = ()) -> Any:
        """Calls a layer once more; returns its tensors by name."""

        def call(sequence: Any, mask: Any, states: Sequence[Any]) -> Any:
            return apply(self.node, layer, [sequence], states, {"mask": mask, "training": False})

        is_long = sequence.shape[1] > _WORTH_A_GRAPH
        return (graph(call, self.built) if is_long else call)(sequence, mask, list(states))


def facts(model: Model, built: BuiltModel, numbers: Pass, prefix: str = "") -> Iterator[Fact]:
    """Yields the facts of a model's layers, in their order; those of models inside have paths.

    ``numbers`` holds all tensors of a run of the model, ``built`` its Keras layers.
    """
    for node in model.nodes:
        name = node.layer.name
        if is_model(node.layer):
            if not node.shared_with:
                inner = (node.layer["model"], built.models[name], numbers.inside[name])
                yield from facts(*inner, f"{prefix}{name}/")
        elif not node.shared_with and not node.layer.is_operation:
            run = _Run(node, built.layers[name], numbers, built)
            for kind, check in _CHECKS.items():
                difference = _difference(check, run)
                if difference is not None:
                    yield Fact(kind=kind, layer=prefix + name, largest_difference=difference)


# The two sides of a fact; None where it does not apply.
Sides = tuple[Any, Any] | None


def _difference(check: Callable[[_Run], Sides], run: _Run) -> float | None:
    """Returns the largest difference of a fact's two sides; None where it does not hold.

    Of strings, and of tensors without elements, there is nothing to compute.
    """
    if not all(_has_numbers(tensor) for tensor in run.reads):
        return None
    sides = check(run)
    difference, holds = (None, False) if sides is None else compared(*sides)
    return difference if holds else None


def _has_numbers(tensor: Any) -> bool:
    return dtype_of(tensor) != "string" and 0 not in tensor.shape


def _masked_step(run: _Run) -> Sides:
    """The output at masked steps, and at the step before; or the states without these steps."""
    import numpy as np

    if not run.is_recurrent or run.mask is None:
        return None
    mask = numbers_of(run.mask).astype(bool)
    if mask.shape != tuple(run.reads[0].shape[:2]):
        # One mask for all samples, which Keras broadcasts.
        return None
    if not run.layer.return_sequences:
        return None if run.layer.stateful else _without_masked_steps(run, mask)
    if run.layer.zero_output_for_mask:
        return None
    mask = mask[:, ::-1] if run.layer.go_backwards else mask
    output = numbers_of(run.returned["output"])
    masked = ~mask[:, 1:]
    return (output[:, :-1][masked], output[:, 1:][masked]) if np.any(masked) else None


def _without_masked_steps(run: _Run, mask: Any) -> Sides:
    """What the layer returned for a sequence that ends in masked steps, and what it returns
    without them."""
    import numpy as np

    steps = mask.sum(axis=1)
    is_padded = np.all(mask == (np.arange(mask.shape[1]) < steps[:, None]), axis=1)
    rows = np.flatnonzero(is_padded & (steps > 0) & (steps < mask.shape[1]))
    if not len(rows) or steps[rows[0]] > _MOST_STEPS:
        return None
    row = int(rows[0])
    alone = run.again(run.layer, run.reads[0][row : row + 1, : int(steps[row])], None)
    whole = [tensor[row : row + 1] for tensor in run.returned.values()]
    return _side_by_side(whole), _side_by_side([*alone.values()])


def _second_call(run: _Run) -> Sides:
    """The states after one call, and after two calls on the parts of the same sequence."""
    if not run.is_recurrent or not run.layer.stateful or run.node.initial_state:
        return None
    sequence = run.reads[0]
    steps = sequence.shape[1]
    if run.layer.go_backwards or not 1 < steps <= _MOST_STEPS:
        return None
    import keras

    kept = [numbers_of(state) for state in keras.tree.flatten(run.layer.states)]
    run.layer.reset_states()
    try:
        half = steps // 2
        for part in (slice(None, half), slice(half, None)):
            mask = None if run.mask is None else run.mask[:, part]
            returned = run.again(run.layer, sequence[:, part], mask)
    finally:
        for state, before in zip(keras.tree.flatten(run.layer.states), kept, strict=True):
            state.assign(before)
    names = state_names(run.node.layer)
    return _side_by_side([run.returned[name] for name in names]), _side_by_side(
        [returned[name] for name in names]
    )


def _sum_of_directions(run: _Run) -> Sides:
    """The output of a Bidirectional, and the sum of the outputs of its layers."""
    import keras

    layer = run.layer
    if not isinstance(layer, keras.layers.Bidirectional) or layer.merge_mode != "sum":
        return None
    output = run.returned["output"]
    if not layer.return_sequences and "forward_h" in run.returned:
        return output, keras.ops.add(run.returned["forward_h"], run.returned["backward_h"])
    if layer.stateful or run.reads[0].shape[1] > _MOST_STEPS:
        return None
    states = [run.numbers[ref] for ref in run.node.initial_state]
    half = len(states) // 2
    forward, backward = (
        next(iter(run.again(one, run.reads[0], run.mask, part).values()))
        for one, part in (
            (layer.forward_layer, states[:half]),
            (layer.backward_layer, states[half:]),
        )
    )
    if layer.return_sequences:
        backward = keras.ops.flip(backward, axis=1)
    return output, keras.ops.add(forward, backward)


def _dense_of_steps(run: _Run) -> Sides:
    """The output of a Dense on sequences, and that of TimeDistributed(Dense), at first steps."""
    import keras

    if not isinstance(run.layer, keras.layers.Dense) or len(run.reads[0].shape) < 3:
        return None
    per_step = keras.layers.TimeDistributed(run.layer)
    return run.returned["output"][:, :_FIRST_STEPS], per_step(run.reads[0][:, :_FIRST_STEPS])


def _output_is_state(run: _Run) -> Sides:
    """The only state, and the part of the output that it equals."""
    if not run.is_recurrent or state_names(run.node.layer) != ("h",):
        return None
    state, output = (numbers_of(run.returned[name]) for name in ("h", "output"))
    return (state, state) if found_equal("h", state, {"output": output}) else None


def _no_dropout(run: _Run) -> Sides:
    """What a layer of dropout read and what it returned."""
    arguments = run.node.layer.signature.arguments
    if "rate" not in arguments or not run.node.layer["rate"]:
        return None
    return run.reads[0], run.returned["output"]


def _side_by_side(tensors: Sequence[Any]) -> Any:
    import keras

    return keras.ops.concatenate([keras.ops.reshape(tensor, (-1,)) for tensor in tensors])


_CHECKS: Mapping[FactKind, Callable[[_Run], Sides]] = {
    "masked-step": _masked_step,
    "second-call": _second_call,
    "sum-of-directions": _sum_of_directions,
    "dense-of-steps": _dense_of_steps,
    "output-is-state": _output_is_state,
    "no-dropout": _no_dropout,
}

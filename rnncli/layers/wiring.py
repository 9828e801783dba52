"""References → tensors of the graph: what may be referred to grows layer by layer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rnncli.config.spec import Reference
from rnncli.layers.model import KerasObject, TensorRef
from rnncli.layers.tensor_names import (
    is_model,
    output_names,
    returned_states,
    returns_states,
    state_names,
)
from rnncli.layers.unfolding import Pass
from rnncli.problems import Place, Problem, did_you_mean, listed, problem

START = "start"
STATES = "states"


# Over how many problems a guess is made at what was meant.
_GUESSED = 500


class Wires:
    """Follows references, none of which may lead forward; what is wrong goes to ``problems``."""

    def __init__(
        self, inputs: Sequence[str], layers: Collection[str], problems: list[Problem]
    ) -> None:
        self.inputs = inputs
        self.layers: dict[str, KerasObject] = {}
        self._later = layers
        self._problems = problems

    def follow(self, reference: Reference, block: Pass | None) -> tuple[TensorRef, ...]:
        """The tensors that a reference names: one, or all states; none where it names nothing,
        which is then told."""
        if block is not None and reference.node == START:
            return self._start(block, reference)
        if reference.tensor and (whole := f"{reference.node}.{reference.tensor}") in self.layers:
            return self._main(self.layers[whole], reference)
        name = own_name(reference.node, block)
        if name in self.layers:
            return self._of_layer(self.layers[name], reference)
        if name in self.inputs:
            if reference.tensor in (None, "output"):
                return (TensorRef(name),)
            fix = f"write {name}"
            self._refuse(f"{name} is an input: it has no {reference.tensor}", fix, reference)
        elif name in self._later:
            fix = f"move {name} up"
            self._refuse(
                f"{name} comes later: a layer reads only what stands before it", fix, reference
            )
        elif name == START:
            fix = "name the layer or the input itself"
            self._refuse("start is what enters a repeated block, and this is none", fix, reference)
        else:
            names = [*self.inputs, *self.layers]
            # A guess takes its time: who has made this many mistakes is not helped by one at each.
            near = did_you_mean(name, names) if len(self._problems) < _GUESSED else None
            fix = f"did you mean {near}?" if near else f"there are {listed(names)}"
            self._refuse(f"nothing before this is named {name}", fix, reference)
        return ()

    def _start(self, block: Pass, reference: Reference) -> tuple[TensorRef, ...]:
        start = block.start or ()
        if len(start) > 1 or reference.tensor not in (None, "output"):
            several = f": {' and '.join(each.short for each in start)}" if len(start) > 1 else ""
            self._refuse(f"start is what entered the block{several}", "name one tensor", reference)
        return start[:1]

    def _of_layer(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        outputs, states = output_names(layer), state_names(layer)
        tensor = reference.tensor
        if tensor is None:
            return self._main(layer, reference)
        if tensor == STATES and not layer.faulty:
            return self._states(layer, reference)
        if tensor in states and not returns_states(layer):
            self._not_returned(layer, f"its state {tensor}", reference)
            return ()
        if tensor in (*outputs, *states) or layer.faulty:
            return (TensorRef(layer.name, tensor),)
        near = did_you_mean(tensor, (*outputs, *states, *((STATES,) if states else ())))
        fix = f"did you mean {near}?" if near else f"it gives {', '.join((*outputs, *states))}"
        self._refuse(f"{layer.name} gives no {tensor}", fix, reference)
        return ()

    def _main(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        outputs = output_names(layer)
        if len(outputs) > 1 and not is_model(layer):
            self._add(
                "two-outputs",
                f"{layer.name} has no single output: it gives {' and '.join(outputs)}",
                f"write {layer.name}.{outputs[0]}, or name both",
                reference.place,
            )
        return (TensorRef(layer.name, outputs[0]),)

    def _states(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        names = returned_states(layer)
        if not names and not state_names(layer):
            fix = "name a recurrent layer" + (", or its model's outputs" if is_model(layer) else "")
            self._refuse(f"{layer.name} gives no states", fix, reference)
        elif not names:
            self._not_returned(layer, "its states", reference)
        return tuple(TensorRef(layer.name, name) for name in names)

    def _not_returned(self, layer: KerasObject, what: str, reference: Reference) -> None:
        self._add(
            "state-not-returned",
            f"{layer.name} keeps {what} to itself",
            f"set return_state: true on {layer.name} (line {layer.place.line})",
            reference.place,
        )

    def _refuse(self, message: str, fix: str, reference: Reference) -> None:
        self._add("bad-reference", message, fix, reference.place)

    def _add(self, code: str, message: str, fix: str, place: Place) -> None:
        self._problems.append(problem(code, message, fix, place=place))


def own_name(name: str, block: Pass | None) -> str:
    """What a layer of a block is called in this pass through it."""
    for each in reversed(block.chain()) if block else ():
        if name in each.names:
            return each.names[name]
    return name

"""References → tensors of the graph; a layer can refer only to what comes before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import chain

from rnncli.config.spec import Reference
from rnncli.model.graph import KerasObject, TensorRef
from rnncli.model.repeats import BlockIteration
from rnncli.model.tensor_names import (
    has_main_output,
    is_model,
    output_names,
    outputs_named,
    returned_states,
    returns_states,
    state_names,
)
from rnncli.problems import Fix, Place, Problem, problem
from rnncli.suggestions import listed, near_words

START = "start"
STATES = "states"


# The number of problems up to which suggestions and costly edits are computed.
GUESSED = 500


class ReferenceResolver:
    """Resolves references, which must not lead forward; adds what is wrong to ``problems``."""

    def __init__(
        self,
        inputs: Sequence[str],
        layers: Collection[str],
        problems: list[Problem],
        outside: Collection[str] = (),
    ) -> None:
        self.inputs = inputs
        self.layers: dict[str, KerasObject] = {}
        # The place of a layer's entry, whether the layer is wired already or not.
        self.place_of: Callable[[str], Place | None] = lambda name: None
        # Whether any layer reads this name.
        self.is_read: Callable[[str], bool] = lambda name: False
        self._later = layers
        # The names of a model around this one, which nothing inside can read.
        self._outside = outside
        # The name of the layer whose references are being resolved.
        self.reader: str | None = None
        self._problems = problems

    def resolve(self, reference: Reference, block: BlockIteration | None) -> tuple[TensorRef, ...]:
        """The tensors that a reference names: one, or all states; none, after adding a problem,
        where it names nothing."""
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
            self._refuse(
                f"{name} is an input: it has no {reference.tensor}",
                _written(name, reference),
                reference,
            )
        elif name == self.reader:
            from rnncli.config.restructuring import remove_around

            edits = remove_around(reference.place)
            words = "leave from out, and it reads the layer before it; or name another"
            self._refuse(f"{name} cannot read itself", Fix(words, edits, safe=False), reference)
        elif name in self._later:
            self._refuse(
                f"{name} comes later: a layer can read only what comes before it",
                self._earlier(name),
                reference,
            )
        elif name in self._outside:
            message = f"{name} is outside of this model, and nothing inside reads it"
            words = f"add {name} to the inputs of this model, and to from beside the model"
            self._refuse(message, Fix(words), reference)
        elif name == START:
            fix = Fix("name the layer or the input itself")
            message = "start is the input of a repeated block, and this is not inside one"
            self._refuse(message, fix, reference)
        else:
            # Suggestions are slow to compute: with this many problems they are left out.
            guesses = len(self._problems) < GUESSED
            near = near_words(name, [*self.inputs, *self.layers]) if guesses else []
            names = chain(self.inputs, self.layers)
            fix = _near(near, reference) if near else Fix(f"there are {listed(names)}")
            self._refuse(f"nothing before this is named {name}", fix, reference)
        return ()

    def _earlier(self, name: str) -> Fix:
        """The fix for a layer that comes later: it moves up, before the one that reads it."""
        from rnncli.config.restructuring import move_entry

        place, reader = self.place_of(name), self.place_of(self.reader or "")
        words = f"move {name} up" + (f", above {self.reader}" if reader else "")
        edits = move_entry(place, reader) if place and reader else ()
        return Fix(words, edits, safe=False)

    def _start(self, block: BlockIteration, reference: Reference) -> tuple[TensorRef, ...]:
        start = block.start or ()
        if len(start) > 1 or reference.tensor not in (None, "output"):
            several = (
                f": {' and '.join(ref.display_name for ref in start)}" if len(start) > 1 else ""
            )
            fix = Fix("name one tensor")
            self._refuse(f"start is what entered the block{several}", fix, reference)
        return start[:1]

    def _of_layer(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        outputs, states = output_names(layer), state_names(layer)
        tensor = reference.tensor
        if tensor is None:
            return self._main(layer, reference)
        if tensor == STATES and not layer.invalid:
            return self._states(layer, reference)
        if tensor in states and not returns_states(layer):
            self._not_returned(layer, f"its state {tensor}", reference)
            return ()
        states = returned_states(layer) or states
        if tensor in (*outputs, *states) or layer.invalid:
            return (TensorRef(layer.name, tensor),)
        if is_model(layer) and (named := outputs_named(layer, tensor)):
            return tuple(TensorRef(layer.name, output) for output in named)
        near = near_words(tensor, (*outputs, *states, *((STATES,) if states else ())))
        fix = Fix(f"it returns {', '.join((*outputs, *states))}")
        if near:
            fix = _near(near, reference, f"{reference.node}.")
        self._refuse(f"{layer.name} does not return {tensor}", fix, reference)
        return ()

    def _main(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        outputs = output_names(layer)
        if not has_main_output(layer):
            name = f"{layer.name}.{outputs[0]}"
            self._add(
                "two-outputs",
                f"{layer.name} has no single output: it returns {' and '.join(outputs)}",
                Fix(f"write {name}, or name both", _written(name, reference).edits, safe=False),
                reference.place,
            )
        return (TensorRef(layer.name, outputs[0]),)

    def _states(self, layer: KerasObject, reference: Reference) -> tuple[TensorRef, ...]:
        names = returned_states(layer)
        if not names and not state_names(layer):
            fix = "name a recurrent layer" + (", or its model's outputs" if is_model(layer) else "")
            self._refuse(f"{layer.name} does not return its states", Fix(fix), reference)
        elif not names:
            self._not_returned(layer, "its states", reference)
        return tuple(TensorRef(layer.name, name) for name in names)

    def _not_returned(self, layer: KerasObject, what: str, reference: Reference) -> None:
        from rnncli.model.mending import set_on

        self._add(
            "state-not-returned",
            f"{layer.name} keeps {what} to itself",
            set_on(layer, "return_state", True),
            reference.place,
        )

    def _refuse(self, message: str, fix: Fix, reference: Reference) -> None:
        self._add("bad-reference", message, fix, reference.place)

    def _add(self, code: str, message: str, fix: Fix, place: Place) -> None:
        self._problems.append(problem(code, message, fix, place=place))


def _written(name: str, reference: Reference) -> Fix:
    """The fix that replaces a reference by another name."""
    from rnncli.config.edits import replace_value

    return Fix(f"write {name}", replace_value(reference.place, name))


def _near(near: Sequence[str], reference: Reference, before: str = "") -> Fix:
    """The fix for a name that is similar to others."""
    tensor = f".{reference.tensor}" if reference.tensor and not before else ""
    edits = _written(f"{before}{near[0]}{tensor}", reference).edits
    return Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)


def own_name(name: str, block: BlockIteration | None) -> str:
    """The name of a block's layer in this iteration."""
    for iteration in reversed(block.chain()) if block else ():
        if name in iteration.names:
            return iteration.names[name]
    return name

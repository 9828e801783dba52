"""Checks the initial state of a recurrent layer against its states. Keras checks none of this
before a run, and not all of it then."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model, returned_states, state_names, state_parts
from rnncli.problems import Fix, Place, Problem, Severity, problem
from rnncli.report.layer import State
from rnncli.report.shapes import shown
from rnncli.rules.tensors import Tensor


def check_initial_states(
    layer: KerasObject,
    expected: Sequence[State],
    tensors: Sequence[Tensor],
    problems: list[Problem],
) -> None:
    """Adds what is wrong with the initial state that is wired to a layer."""
    checks = _Checks(layer, problems)
    if any(tensor.shape is None for tensor in tensors):
        return
    if len(tensors) != len(expected):
        checks.count(expected, tensors)
        return
    for state, tensor in zip(expected, tensors, strict=True):
        checks.check(state, tensor)
        if checks.misfits:
            # The same is wrong with the other states: it is reported once.
            return
    checks.order(expected, tensors)


class _Checks:
    """Reports what is wrong with the initial state of one layer."""

    def __init__(self, layer: KerasObject, problems: list[Problem]) -> None:
        self.layer = layer
        self.problems = problems
        self.misfits: list[Problem] = []

    def count(self, expected: Sequence[State], tensors: Sequence[Tensor]) -> None:
        keeps = ", ".join(state.name for state in expected)
        sentence = f"{self.layer.label} keeps {_counted(len(expected))} ({keeps})"
        both_ways = [
            tensor.state for tensor in tensors if (tensor.state or "").startswith("backward_")
        ]
        one_way = not any(state.name.startswith("backward_") for state in expected)
        if len(tensors) > len(expected) and both_ways and one_way:
            self._add(
                "states-of-both-ways",
                f"{sentence}, and gets {len(tensors)}: those of both directions; it builds, and "
                "fails when it runs",
                "join the directions with Concatenate: forward_h with backward_h, forward_c with "
                "backward_c; and give this layer twice the units",
            )
        elif len(tensors) > len(expected):
            self._add(
                "states-ignored",
                f"{sentence}, and gets {len(tensors)}: Keras says nothing and ignores the rest",
                self._named([*tensors[: len(expected)]], f"name {keeps} alone"),
            )
        else:
            self._missing(f"{sentence}, and gets {len(tensors)}", expected, tensors)

    def _missing(self, sentence: str, expected: Sequence[State], tensors: Sequence[Tensor]) -> None:
        makers = [tensor.producer for tensor in tensors if tensor.producer is not None]
        states = [tensor.state for tensor in tensors if tensor.state]
        producer = makers[0] if makers and len(makers) == len(tensors) else None
        if producer is not None and states and not is_model(producer):
            sentence = f"{sentence}, of {producer.label}"
        self._add(
            "states-missing",
            f"{sentence}: it builds, and fails when it runs",
            self._missing_fix(producer, [state.name for state in expected]),
        )

    def _missing_fix(self, producer: KerasObject | None, names: Sequence[str]) -> Fix:
        """The fix for too few states: all states of the layer that they come from."""
        from rnncli.config.edits import together
        from rnncli.config.restructuring import replace_around
        from rnncli.model.mending import set_on

        if producer is None or is_model(producer) or not state_names(producer):
            fix = "start it from all states of a layer of its kind: initial_state: encoder.states"
            return Fix(f"{fix}; or name each: [{', '.join(f'encoder.{name}' for name in names)}]")
        if len(state_names(producer)) != len(names):
            words = f"make {producer.name} and {self.layer.name} layers of one kind"
            return Fix(f"{words}; or name a tensor for each of {', '.join(names)}")
        words = f"start it from all of its states: initial_state: {producer.name}.states"
        edits = replace_around(self._place(), f"{producer.name}.states")
        if not returned_states(producer):
            returning = set_on(producer, "return_state", True)
            words = f"{words}, and {returning.text}"
            edits = together(edits, returning.edits)
        return Fix(words, edits)

    def check(self, state: State, tensor: Tensor) -> None:
        shape = state.shape or ()
        if tensor.dtype == "string":
            self._add(
                "wrong-dtype",
                f"{state.name} of {self.layer.label} is a state of floating-point numbers, and "
                f"starts from {tensor.dtype}",
                "start from a state of another layer, or from a Dense",
            )
        elif tensor.rank != len(shape):
            self._add(
                "state-is-sequence" if tensor.rank > len(shape) else "state-shape",
                f"{state.name} of {self.layer.label} is {shown(shape)}, and starts from "
                f"{shown(tensor.shape)}"
                + (", a whole sequence" if tensor.rank > len(shape) else ""),
                self._state_fix(state, tensor),
            )
        elif any(
            None not in pair and len(set(pair)) > 1 for pair in zip(shape, tensor.axes, strict=True)
        ):
            width = tensor.axes[-1]
            stretched = self._stretches(state) and width == 1
            effect = "all units start alike" if stretched else "it builds, and fails when it runs"
            self._add(
                "state-width",
                f"{state.name} of {self.layer.label} is {shown(shape)}, and starts from "
                f"{shown(tensor.shape)}: {effect}",
                f"give both layers the same units, such as {width}; or put a Dense between them",
                "warning" if stretched else "error",
            )

    def _stretches(self, state: State) -> bool:
        """Whether a state of one unit is broadcast to all: c is, where the layer is unrolled."""
        layer = self.layer["layer"] if self.layer.cls == "Bidirectional" else self.layer
        return "c" in state.name.split("_") and bool(layer.arguments.get("unroll"))

    def order(self, expected: Sequence[State], tensors: Sequence[Tensor]) -> None:
        """Reports states in the wrong order: only names tell h from c, forward from backward."""
        for state, tensor in zip(expected, tensors, strict=True):
            if tensor.state and _differ(state.name, tensor.state):
                names = ", ".join(kept_state.name for kept_state in expected)
                ordered = [
                    next(
                        (x for x in tensors if x.state and not _differ(kept_state.name, x.state)),
                        None,
                    )
                    for kept_state in expected
                ]
                self._add(
                    "states-swapped",
                    f"{state.name} of {self.layer.label} starts from what was {tensor.state}: "
                    "Keras cannot tell",
                    self._named(ordered, f"name them in the order {names}"),
                    "warning",
                )
                return

    def _named(self, tensors: Sequence[Tensor | None], words: str) -> Fix:
        """The fix that names the states one by one."""
        from rnncli.config.restructuring import replace_around
        from rnncli.config.writing import flow

        names = [f"{x.producer.name}.{x.state}" for x in tensors if x and x.producer and x.state]
        if len(names) != len(tensors) or any(
            x and x.producer and is_model(x.producer) for x in tensors
        ):
            return Fix(words)
        written = names[0] if len(names) == 1 else names
        edits = replace_around(self._place(), written)
        return Fix(f"{words}: initial_state: {flow(written)}", edits)

    def _state_fix(self, state: State, tensor: Tensor) -> Fix:
        """The fix for a tensor of too many axes, or of too few, in the place of a state."""
        words = "name a state, such as encoder.h, not the output of every step"
        producer = tensor.producer
        if producer is None or is_model(producer) or state.name not in returned_states(producer):
            return Fix(words)
        from rnncli.config.restructuring import replace_around

        kept = state_names(self.layer)
        name = f"{producer.name}.{'states' if len(kept) > 1 else state.name}"
        edits = replace_around(self._place(), name)
        return Fix(f"name a state: initial_state: {name}, not the output of every step", edits)

    def _place(self) -> Place:
        return self.layer.places.get("initial_state", self.layer.place)

    def _add(self, code: str, message: str, fix: str | Fix, severity: Severity = "error") -> None:
        self.misfits.append(
            problem(
                code,
                message,
                fix,
                place=self._place(),
                severity=severity,
                layer=self.layer.name,
            )
        )
        self.problems.append(self.misfits[-1])


def _differ(name: str, other_name: str) -> bool:
    """Whether two names of states mean different kinds, or different directions."""
    (kind, way), (other_kind, other_way) = state_parts(name), state_parts(other_name)
    return kind != other_kind or (bool(way) and bool(other_way) and way != other_way)


def _counted(count: int) -> str:
    return "one state" if count == 1 else f"{count} states"

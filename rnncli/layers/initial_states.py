"""What a recurrent layer starts from, against what it keeps. Keras looks at none of this before a
run, and not at all of it then."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.layers.model import KerasObject
from rnncli.layers.naming import state_parts
from rnncli.layers.tensors import Tensor, shown
from rnncli.problems import Problem, Severity, problem
from rnncli.report import State


def check_initial_states(
    layer: KerasObject,
    expected: Sequence[State],
    given: Sequence[Tensor],
    problems: list[Problem],
) -> None:
    """Adds what is wrong with the initial state that is wired to a layer."""
    checks = _Checks(layer, problems)
    if any(each.shape is None for each in given):
        return
    if len(given) != len(expected):
        checks.count(expected, given)
        return
    for state, tensor in zip(expected, given, strict=True):
        checks.one(state, tensor)
        if checks.found:
            # What is wrong with one is wrong with the others, and told once.
            return
    checks.order(expected, given)


class _Checks:
    """Says what is wrong with the initial state of one layer."""

    def __init__(self, layer: KerasObject, problems: list[Problem]) -> None:
        self.layer = layer
        self.problems = problems
        self.found: list[Problem] = []

    def count(self, expected: Sequence[State], given: Sequence[Tensor]) -> None:
        keeps = ", ".join(each.name for each in expected)
        each = ", ".join(f"encoder.{state.name}" for state in expected)
        said = f"{self.layer.label} keeps {_counted(len(expected))} ({keeps})"
        both_ways = [one.state for one in given if (one.state or "").startswith("backward_")]
        one_way = not any(state.name.startswith("backward_") for state in expected)
        if len(given) > len(expected) and both_ways and one_way:
            self._add(
                "states-of-both-ways",
                f"{said}, and gets {len(given)}: those of both directions; it builds, and "
                "fails when it runs",
                "join the directions with Concatenate: forward_h with backward_h, forward_c with "
                "backward_c; and give this layer twice the units",
            )
        elif len(given) > len(expected):
            self._add(
                "states-ignored",
                f"{said}, and gets {len(given)}: Keras says nothing and ignores the rest",
                f"name {keeps} alone",
            )
        else:
            self._add(
                "states-missing",
                f"{said}, and gets {len(given)}: it builds, and fails when it runs",
                "start it from all states of a layer of its kind: initial_state: encoder.states; "
                f"or name each: initial_state: [{each}]",
            )

    def one(self, state: State, given: Tensor) -> None:
        shape = state.shape or ()
        if not given.is_float:
            self._add(
                "wrong-dtype",
                f"{state.name} of {self.layer.label} is a state of floating-point numbers, and "
                f"starts from {given.dtype}",
                "start from a state of another layer, or from a Dense",
            )
        elif given.rank != len(shape):
            self._add(
                "state-is-sequence" if given.rank > len(shape) else "state-shape",
                f"{state.name} of {self.layer.label} is {shown(shape)}, and starts from "
                f"{shown(given.shape)}" + (", a whole sequence" if given.rank > len(shape) else ""),
                "name a state, such as encoder.h, not the output of every step",
            )
        elif any(
            None not in pair and len(set(pair)) > 1 for pair in zip(shape, given.axes, strict=True)
        ):
            width = given.axes[-1]
            self._add(
                "state-width",
                f"{state.name} of {self.layer.label} is {shown(shape)}, and starts from "
                f"{shown(given.shape)}: it builds, and fails when it runs",
                f"give both layers the same units, such as {width}; or put a Dense between them",
            )

    def order(self, expected: Sequence[State], given: Sequence[Tensor]) -> None:
        """Shapes cannot tell h from c, nor forward from backward: names can."""
        for state, tensor in zip(expected, given, strict=True):
            if tensor.state and _differ(state.name, tensor.state):
                names = ", ".join(each.name for each in expected)
                self._add(
                    "states-swapped",
                    f"{state.name} of {self.layer.label} starts from what was {tensor.state}: "
                    "Keras cannot tell",
                    f"name them in the order {names}",
                    "warning",
                )
                return

    def _add(self, code: str, message: str, fix: str, severity: Severity = "error") -> None:
        self.found.append(
            problem(
                code,
                message,
                fix,
                place=self.layer.places.get("initial_state", self.layer.place),
                severity=severity,
                layer=self.layer.name,
            )
        )
        self.problems.append(self.found[-1])


def _differ(keeps: str, given: str) -> bool:
    """Whether two names of states mean different kinds, or different directions."""
    (kind, way), (other_kind, other_way) = state_parts(keeps), state_parts(given)
    return kind != other_kind or (bool(way) and bool(other_way) and way != other_way)


def _counted(count: int) -> str:
    return "one state" if count == 1 else f"{count} states"

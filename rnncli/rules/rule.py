"""The interface of a rule: from a layer and its inputs to the plan of what Keras would build.

A rule is a function that takes a :class:`LayerCall` and returns a :class:`LayerPlan`. It reads like
the layer's documentation and knows neither files nor formats. A rule adds a problem that it can
recover from with ``call.problem``, and continues as if it were fixed, so that one mistake is
reported once; it raises any other problem with ``call.refuse``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from rnncli.model.graph import KerasObject, Node
from rnncli.problems import Fix, Place, Problem, Severity, problem
from rnncli.report.layer import Cudnn, MaskUse, Shape, State, Transient, Weight
from rnncli.rules.tensors import Tensor

# The maximum number of elements of a tensor.
LARGEST = 2**63 - 1


class LayerPlan(msgspec.Struct, frozen=True):
    """The plan of one layer, as its rule returns it.

    ``weights`` are its own, ``inner`` the layers inside it. ``formula`` counts its own parameters;
    a wrapper around other layers has none. ``macs`` is None where a size is unknown.
    ``inferred_states`` are the shapes that Keras infers for the states, where it infers wrongly.
    ``takes_masks`` are the indices of the inputs whose masks it removes. ``transient`` is a large
    intermediate tensor. ``known`` is False where no rule can plan the layer: then only the names of
    the outputs mean anything.
    """

    outputs: tuple[Tensor, ...]
    states: tuple[State, ...] = ()
    weights: tuple[Weight, ...] = ()
    formula: str | None = None
    macs: int | None = 0
    mask: MaskUse | None = None
    cudnn: Cudnn | None = None
    inner: tuple[PlannedLayer, ...] = ()
    known: bool = True
    inferred_states: tuple[Shape, ...] = ()
    takes_masks: tuple[int, ...] = ()
    transient: Transient | None = None

    @property
    def output(self) -> Tensor:
        """The main output."""
        return self.outputs[0]


class PlannedLayer(msgspec.Struct, frozen=True):
    """A layer of a graph, or inside another layer, with its inputs there.

    ``node`` is its node in the graph, if it has one. ``named`` are the tensors among the arguments
    of its call.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    facts: LayerPlan
    node: Node | None = None
    named: tuple[Tensor, ...] = ()


Rule = Callable[["LayerCall"], LayerPlan]


class Refused(Exception):
    """Raised by a rule that cannot plan a layer, with the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Evaluation(msgspec.Struct, frozen=True):
    """One evaluation of a model by the rules: what all its layers share.

    Rules add their problems to ``problems``. In a ``concrete`` evaluation numbers stand for unknown
    lengths: shapes are then those of a run, not those that Keras infers. ``cache`` is for what a
    rule computes once for all calls.
    """

    rules: Mapping[str, Rule]
    concrete: bool = False
    problems: list[Problem] = msgspec.field(default_factory=list)
    cache: dict[object, Any] = msgspec.field(default_factory=dict)

    def without_problems(self) -> Evaluation:
        """The same evaluation, with a list of problems of its own."""
        return replace(self, problems=[])


class LayerCall(msgspec.Struct, frozen=True):
    """A layer applied to tensors: the argument of a rule.

    Float inputs are already cast to ``compute``, the compute dtype of the layer, as Keras does;
    ``variable`` is the dtype of its weights. In a later call of a layer, ``first`` are the inputs
    that it was built for. ``keywords`` are further arguments of the call: plain values, and tensors
    such as a ``mask``. An operation reads its inputs as they are: it has no dtypes of its own, and
    ``compute`` and ``variable`` are empty. A ``bypassed`` layer is called past what Keras does
    around every call, as TimeDistributed does: its dtype policy then holds for its weights alone.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    evaluation: Evaluation
    compute: str
    variable: str
    has_initial_state: bool = False
    first: tuple[Tensor, ...] = ()
    keywords: Mapping[str, Any] = {}
    bypassed: bool = False

    def __getitem__(self, argument: str) -> Any:
        return self.layer[argument]

    @property
    def fixes(self) -> ModuleType:
        """The module of the fixes that rules name; imported when a problem needs one."""
        from rnncli.rules import fixes

        return fixes

    @property
    def x(self) -> Tensor:
        """The input of a layer that reads one tensor, or the first of several."""
        return self.inputs[0]

    def output(self, shape: Shape | None, **changes: Any) -> Tensor:
        """The main output: the input with this shape, in the compute dtype of the layer."""
        x = self.x
        output = Tensor(
            "output",
            shape,
            self.compute,
            mask_shape=x.mask_shape,
            producer=self.layer,
            last_step_of=x.last_step_of,
            input_place=x.input_place,
            resized=x.resized,
        )
        return replace(output, **changes) if changes else output

    def passthrough(self, shape: Shape | None = None) -> LayerPlan:
        """The plan of a layer that keeps the mask and the dtype of its input (and its shape)."""
        x = self.x
        output = self.output(shape or x.shape, dtype=x.dtype, masked=x.masked)
        return LayerPlan((output,), mask="passes" if x.masked else None)

    # Problems

    def place(self, argument: str | None = None) -> Place:
        """The place of the layer, or of one of its arguments, in the config."""
        return self.layer.places.get(argument or "", self.layer.place)

    def problem(
        self,
        code: str,
        message: str,
        fix: str | Fix | None,
        *,
        argument: str | None = None,
        blame: Place | None = None,
        label: str | None = None,
        severity: Severity = "error",
    ) -> Problem:
        """Adds a problem to the evaluation, and continues."""
        new_problem = problem(
            code,
            message,
            fix,
            place=self.place(argument),
            severity=severity,
            layer=self.layer.name,
            blame=blame,
            label=label,
        )
        self.evaluation.problems.append(new_problem)
        return new_problem

    def fails_in_graph(self, why: str, fix: str, argument: str | None = None) -> None:
        """Warns of a layer that runs when it is called, and fails in the graph of predict."""
        self.problem(
            "fails-in-predict",
            f"{self.layer.label} runs when it is called, and fails in model.predict: {why}",
            fix,
            argument=argument,
            severity="warning",
        )

    def refuse(
        self,
        code: str,
        message: str,
        fix: str | Fix | None,
        *,
        argument: str | None = None,
        blame: Place | None = None,
        label: str | None = None,
        at: Place | None = None,
    ) -> NoReturn:
        """Refuses the layer: Keras would fail on it, or its output cannot be planned.

        ``at`` is the place of the fault, where that is in the input.

        Raises:
            Refused: always; the problem is not yet added to the evaluation.
        """
        raise Refused(
            problem(
                code,
                message,
                fix,
                place=at or self.place(argument),
                layer=self.layer.name,
                blame=blame,
                label=label,
            )
        )


def unknown(layer: KerasObject) -> LayerPlan:
    """The plan of a layer of which nothing is known: one output without a shape."""
    return LayerPlan((Tensor("output", None, "", producer=layer),), macs=None, known=False)


def source(tensor: Tensor) -> str:
    """The source of a tensor, to begin a message with: ``lstm gives``, ``the input is``."""
    return f"{tensor.producer.name} gives" if tensor.producer else "the input is"

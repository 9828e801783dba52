"""What a rule is: given a layer and what it reads, all that Keras would make of it.

A rule is a function of a :class:`LayerCall` that gives a :class:`LayerPlan`. It reads like the
layer's documentation and knows neither files nor formats. A problem that it can recover from it
adds with ``call.problem`` and goes on as if it were mended, so that one mistake is reported once;
any other it raises with ``call.refuse``.
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

# How many elements a tensor has at most.
LARGEST = 2**63 - 1


class LayerPlan(msgspec.Struct, frozen=True):
    """The plan of one layer, as its rule gives it.

    ``weights`` are its own, ``inner`` the layers inside it. ``formula`` is the count of its own
    parameters; a layer that holds others has none. ``macs`` is None where a size is unknown.
    ``inferred_states`` are the shapes that Keras infers of the states, where it infers wrongly.
    ``takes_masks`` are the places of the inputs that it takes the masks off. ``transient`` is a
    large tensor that it makes on the way. ``known`` is False where no rule knows the layer: then
    only the outputs' names mean anything.
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
    """A layer of a graph, or inside another layer, with what it reads there.

    ``node`` is its place in the graph, for those that have one.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    facts: LayerPlan
    node: Node | None = None


Rule = Callable[["LayerCall"], LayerPlan]


class Refused(Exception):
    """A rule found that Keras would not build this layer, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Evaluation(msgspec.Struct, frozen=True):
    """One evaluation of a model by the rules: what all layers have in common in it.

    Problems that rules find are added to ``problems``. ``concrete`` says that numbers stand for
    unknown lengths: shapes are then a run's, not those that Keras infers.
    """

    rules: Mapping[str, Rule]
    concrete: bool = False
    problems: list[Problem] = msgspec.field(default_factory=list)

    def without_problems(self) -> Evaluation:
        """The same evaluation, with a list of problems of its own."""
        return replace(self, problems=[])


class LayerCall(msgspec.Struct, frozen=True):
    """A layer applied to tensors: what a rule is given.

    Float inputs are already cast to ``compute``, the dtype that the layer computes in, as Keras
    does; ``variable`` is that of its weights. ``first`` is what the layer read when it was built,
    where this is a later call of it.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    evaluation: Evaluation
    compute: str
    variable: str
    has_initial_state: bool = False
    first: tuple[Tensor, ...] = ()

    def __getitem__(self, argument: str) -> Any:
        return self.layer[argument]

    @property
    def fixes(self) -> ModuleType:
        """The module of the fixes that rules name; imported when a problem needs one."""
        from rnncli.rules import fixes

        return fixes

    @property
    def x(self) -> Tensor:
        """What a layer of one input reads."""
        return self.inputs[0]

    def output(self, shape: Shape | None, **changes: Any) -> Tensor:
        """The main output: what the layer reads, with this shape and in its compute dtype."""
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
        """What comes in goes on, mask and dtype with it, in this shape where one is given."""
        x = self.x
        output = self.output(shape or x.shape, dtype=x.dtype, masked=x.masked)
        return LayerPlan((output,), mask="passes" if x.masked else None)

    # Problems

    def place(self, argument: str | None = None) -> Place:
        """Where the layer, or one of its arguments, stands in the config."""
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
        """Notes a problem and goes on."""
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
        """Gives up on the layer: Keras would, or nothing sensible can be said of its output.

        ``at`` is where the fault is, where that is in what the layer reads.

        Raises:
            Refused: always; the problem is not yet noted.
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
    """The facts of a layer of which nothing is known but that it gives something."""
    return LayerPlan((Tensor("output", None, "", producer=layer),), macs=None, known=False)


def source(tensor: Tensor) -> str:
    """Who gives a tensor, as the subject of a message: ``lstm gives``, ``the input is``."""
    return f"{tensor.producer.name} gives" if tensor.producer else "the input is"

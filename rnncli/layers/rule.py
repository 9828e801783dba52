"""What a rule is: given a layer and what it reads, all that Keras would make of it.

A rule is a function of a :class:`Call` that gives :class:`Facts`. It looks like the layer's
documentation and knows neither files nor formats. Problems it can recover from it notes with
``call.problem`` and goes on as if they were mended, so that one mistake is told once; others it
raises with ``call.refuse``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import msgspec
from msgspec.structs import replace

from rnncli.layers import sparse
from rnncli.layers.formulas import filled
from rnncli.layers.model import KerasObject, Node
from rnncli.layers.tensors import Tensor, is_float, product, shown
from rnncli.layers.words import READ_WORDS
from rnncli.problems import Place, Problem, Severity, problem
from rnncli.report import Cudnn, MaskUse, Shape, State, Weight

MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
# How many elements a tensor has at most.
LARGEST = 2**63 - 1


class Facts(msgspec.Struct, frozen=True):
    """All that a rule gives of one layer.

    ``weights`` are its own, ``held`` the layers inside it. ``formula`` is the count of its own
    parameters; a layer that holds others has none. ``macs`` is None where a size is unknown.
    ``known`` is False where no rule knows the layer: then only the outputs' names mean anything.
    """

    outputs: tuple[Tensor, ...]
    states: tuple[State, ...] = ()
    weights: tuple[Weight, ...] = ()
    formula: str | None = None
    macs: int | None = 0
    mask: MaskUse | None = None
    cudnn: Cudnn | None = None
    held: tuple[Held, ...] = ()
    known: bool = True

    @property
    def output(self) -> Tensor:
        """The main output."""
        return self.outputs[0]


class Held(msgspec.Struct, frozen=True):
    """A layer of a graph, or inside another layer, with what it reads there.

    ``node`` is its place in the graph, for those that have one.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    facts: Facts
    node: Node | None = None


Rule = Callable[["Call"], Facts]


class Refused(Exception):
    """A rule found that Keras would not build this layer, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Call(msgspec.Struct, frozen=True):
    """A layer applied to tensors: what a rule is given.

    Float inputs are already cast to ``compute``, the dtype that the layer computes in, as Keras
    does; ``variable`` is that of its weights. ``filled`` says that unknown sizes are filled
    in: shapes are then a run's, not those that Keras infers.
    """

    layer: KerasObject
    inputs: tuple[Tensor, ...]
    rules: Mapping[str, Rule]
    compute: str
    variable: str
    problems: list[Problem] = msgspec.field(default_factory=list)
    filled: bool = False
    started: bool = False

    def __getitem__(self, argument: str) -> Any:
        return self.layer[argument]

    @property
    def x(self) -> Tensor:
        """What a layer of one input reads."""
        return self.inputs[0]

    # What it gives

    def output(self, shape: Shape | None, **changes: Any) -> Tensor:
        """The main output: what the layer reads, with this shape and in its compute dtype."""
        x = self.x
        output = Tensor(
            "output",
            shape,
            self.compute,
            mask_shape=x.mask_shape,
            maker=self.layer,
            last_step_of=x.last_step_of,
            origin=x.origin,
        )
        return replace(output, **changes) if changes else output

    def passed(self, shape: Shape | None = None) -> Facts:
        """What comes in goes on, mask and dtype with it, in this shape where one is given."""
        x = self.x
        output = self.output(shape or x.shape, dtype=x.dtype, masked=x.masked)
        return Facts((output,), mask="passes" if x.masked else None)

    def weight(
        self,
        name: str,
        formula: str,
        shape: Sequence[int],
        *,
        trainable: bool = True,
        dtype: str | None = None,
    ) -> Weight:
        """A weight of the layer; ``formula`` is its shape in words, axis by axis."""
        count = math.prod(shape)
        if count > LARGEST:
            self.refuse(
                "beyond-64-bits",
                f"{self.layer.label} would have a {name} of more than 2^63 elements, which "
                "TensorFlow does not count",
                "make it smaller",
            )
        return Weight(
            name=name,
            shape=tuple(shape),
            dtype=dtype or self.variable,
            count=count,
            trainable=trainable and self["trainable"],
            formula=formula,
        )

    def count(self, formula: str, **sizes: int) -> str:
        """The formula of a parameter count, with its numbers filled in."""
        return filled(formula, sizes)

    def apply(self, layer: KerasObject, *inputs: Tensor) -> Facts:
        """What a layer inside this one gives."""
        return apply(layer, inputs, self.rules, self.problems, self.filled)

    # What it requires

    def size(self, axis: int, what: str = "features", of: Tensor | None = None) -> int:
        """The size of an axis of the input, or of what is read in its place; it must be known, as
        weights depend on it."""
        x = of or self.x
        found = x.axes[axis]
        if found is None:
            maker = x.maker
            flattened = bool(maker and maker.cls in ("Flatten", "Reshape"))
            self.refuse(
                "unknown-length" if flattened else "unknown-axis",
                f"{self.layer.label} needs to know the size of its {what} axis, "
                f"but reads {shown(x.shape)}",
                _known_fix(x),
                blame=maker.place if maker and flattened else None if maker else x.origin,
                label="lays an unknown length into the features" if flattened else None,
            )
        return found

    def rank(self, *ranks: int, shape: str) -> None:
        """Refuses an input of another rank; ``shape`` says in words what is read."""
        if self.x.rank not in ranks:
            self.refuse(
                "wrong-rank",
                f"{self.layer.label} reads {shape}, but {source(self.x)} {shown(self.x.shape)}",
                rank_fix(self.x, min(ranks)),
            )

    def at_least(self, rank: int, shape: str) -> None:
        """Refuses an input of lower rank."""
        if self.x.rank < rank:
            self.rank(rank, shape=shape)

    def floating(self) -> None:
        """Refuses an input of integers, words or booleans."""
        if not self.x.is_float:
            self.refuse(
                "wrong-dtype",
                f"{self.layer.label} reads floating-point numbers, but {source(self.x)} "
                f"{self.x.dtype}",
                "give the input dtype: float32, or put Rescaling: 1 before it",
            )

    # Problems

    def place(self, argument: str | None = None) -> Place:
        """Where the layer, or one of its arguments, stands in the config."""
        return self.layer.places.get(argument or "", self.layer.place)

    def problem(
        self,
        code: str,
        message: str,
        fix: str | None,
        *,
        argument: str | None = None,
        blame: Place | None = None,
        label: str | None = None,
        severity: Severity = "error",
    ) -> Problem:
        """Notes a problem and goes on."""
        found = problem(
            code,
            message,
            fix,
            place=self.place(argument),
            severity=severity,
            layer=self.layer.name,
            blame=blame,
            label=label,
        )
        self.problems.append(found)
        return found

    def refuse(
        self,
        code: str,
        message: str,
        fix: str | None,
        *,
        argument: str | None = None,
        blame: Place | None = None,
        label: str | None = None,
    ) -> NoReturn:
        """Gives up on the layer: Keras would, or nothing sensible can be said of its output.

        Raises:
            Refused: always; the problem is not yet noted.
        """
        raise Refused(
            problem(
                code,
                message,
                fix,
                place=self.place(argument),
                layer=self.layer.name,
                blame=blame,
                label=label,
            )
        )


def compute_dtype(layer: KerasObject) -> str:
    """The dtype that a layer computes in: that of its policy."""
    policy = _policy(layer)
    return MIXED.get(policy, policy)


def _policy(layer: KerasObject) -> str:
    """The policy of a layer; a quantized one computes as the one that it is made from."""
    dtype: str = layer["dtype"] or "float32"
    return dtype.partition("_from_")[2] or dtype


def apply(
    layer: KerasObject,
    inputs: tuple[Tensor, ...],
    rules: Mapping[str, Rule],
    problems: list[Problem],
    filled: bool = False,
    started: bool = False,
) -> Facts:
    """The facts of a layer applied to tensors; problems found on the way are added to the list.

    A layer that cannot be planned (no rule, a fault in its arguments, an unknown input, a
    refusal) gives unknown facts.
    """
    rule = rules.get(layer.cls)
    if rule is None or layer.faulty:
        return unknown(layer)
    words = sparsely = masked = misinferred = False
    for each in inputs:
        if each.shape is None:
            return unknown(layer)
        words = words or each.dtype == "string"
        sparsely = sparsely or each.sparse
        masked = masked or each.masked
        misinferred = misinferred or each.inferred is not None
    policy = _policy(layer)
    compute = MIXED.get(policy, policy)
    variable = "float32" if policy in MIXED else policy
    given = inputs
    if is_float(compute) and layer["autocast"]:
        given = tuple([_cast(each, compute) for each in inputs])
    call = Call(layer, given, rules, compute, variable, problems, filled, started)
    try:
        if words and layer.cls not in READ_WORDS:
            call.refuse(
                "wrong-dtype",
                f"{layer.label} computes with numbers, but {source(inputs[0])} words",
                "put StringLookup or TextVectorization before it",
            )
        _check_countable(call, inputs)
        facts = rule(call)
        _check_countable(call, facts.outputs)
        if sparsely and not _reads_sparse(call):
            return unknown(layer)
        if misinferred:
            facts = _as_inferred(call, rule, facts)
    except Refused as refusal:
        problems.append(refusal.problem)
        return unknown(layer)
    if sparse.gives(layer, inputs):
        facts = replace(facts, outputs=tuple(replace(x, sparse=True) for x in facts.outputs))
    if facts.mask is None and masked:
        problems.append(_mask_lost(layer))
        return replace(facts, mask="drops")
    return facts


def _cast(x: Tensor, dtype: str) -> Tensor:
    return replace(x, dtype=dtype) if x.dtype != dtype and is_float(x.dtype) else x


def _check_countable(call: Call, tensors: Sequence[Tensor]) -> None:
    """Refuses a tensor that is larger than TensorFlow can count."""
    for each in tensors:
        count = product(each.shape or ())
        if count is not None and count > LARGEST:
            call.refuse(
                "beyond-64-bits",
                f"{source(each)} a tensor of more than 2^63 elements, which TensorFlow does not "
                "count",
                "make it smaller",
            )


def _reads_sparse(call: Call) -> bool:
    """Whether a layer surely reads a sparse tensor; one that surely cannot is refused."""
    reading = sparse.reads(call.layer, call.inputs)
    if reading == "no":
        x = next(each for each in call.inputs if each.sparse)
        maker = x.maker
        call.refuse(
            "sparse-tensor",
            f"{call.layer.label} cannot read a sparse tensor, which {source(x)}",
            "leave sparse: true out of what makes it; Dense reads one of (batch, features)",
            blame=maker.place if maker else None,
            label="gives a sparse tensor",
        )
    return reading == "yes"


def _mask_lost(layer: KerasObject) -> Problem:
    return problem(
        "mask-lost",
        f"the mask of padded steps ends at {layer.label}: what follows takes them for real ones",
        "put a layer that honours it in its place, such as a recurrent layer or "
        "GlobalAveragePooling1D, or make no mask",
        place=layer.place,
        severity="warning",
        layer=layer.name,
    )


def unknown(layer: KerasObject) -> Facts:
    """The facts of a layer of which nothing is known but that it gives something."""
    return Facts((Tensor("output", None, "", maker=layer),), macs=None, known=False)


def source(tensor: Tensor) -> str:
    """Who gives a tensor, as the subject of a message: ``lstm gives``, ``the input is``."""
    return f"{tensor.maker.name} gives" if tensor.maker else "the input is"


def _known_fix(tensor: Tensor) -> str:
    """How an axis that weights depend on gets a size."""
    if tensor.maker and tensor.maker.cls in ("Flatten", "Reshape"):
        return (
            f"give the input a length; or, instead of {tensor.maker.name}, pool over time "
            "(GlobalAveragePooling1D) or end with a recurrent layer without return_sequences"
        )
    return "only the batch and the length may be unknown: give the axis a size"


def _as_inferred(call: Call, rule: Rule, facts: Facts) -> Facts:
    """The facts of a layer behind one whose shape Keras infers wrongly.

    Keras makes the weights for what it infers; the run brings what really comes. Where that
    makes a difference the run fails; elsewhere the wrong shape is passed on.
    """
    guess = tuple(
        each if each.inferred is None else replace(each, shape=each.inferred, inferred=None)
        for each in call.inputs
    )
    try:
        guessed = rule(replace(call, inputs=guess, problems=[]))
    except Refused:
        guessed = None
    if guessed is None or weight_shapes(guessed) != weight_shapes(facts):
        x = next(each for each in call.inputs if each.inferred is not None)
        call.refuse(
            "misinferred",
            f"Keras makes {call.layer.label} for {shown(x.inferred)}, but {source(x)} "
            f"{shown(x.shape)}: the model builds, and fails when it runs",
            _inference_fix(x),
        )
    outputs = []
    for real, wrong in zip(facts.outputs, guessed.outputs, strict=True):
        inferred = wrong.inferred or wrong.shape
        outputs.append(replace(real, inferred=None if inferred == real.shape else inferred))
    return replace(facts, outputs=tuple(outputs))


def weight_shapes(facts: Facts) -> list[object]:
    """The shapes of all weights of a layer, and of what it holds."""
    own: list[object] = [each.shape for each in facts.weights]
    return own + [weight_shapes(each.facts) for each in facts.held]


def _inference_fix(tensor: Tensor) -> str:
    if tensor.maker and tensor.maker.cls == "Bidirectional":
        return f"give both directions of {tensor.maker.name} the same units"
    return "put a layer between them, or another activation in place of glu"


def rank_fix(tensor: Tensor, wanted: int) -> str:
    """How to come from a tensor to one of another rank."""
    if tensor.maker is None:
        return f"give the input {wanted - 1} axes, without the batch"
    if tensor.rank > wanted:
        return "put Flatten, a pooling or a recurrent layer without return_sequences before it"
    return "put Reshape before it, or give the layers before it another shape"

"""Applies the rules to the layers of a graph one after the other, from its inputs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import eq

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.run_order import run_order
from rnncli.model.tensor_names import is_model
from rnncli.planning.initial_states import check_initial_states
from rnncli.problems import Problem, problem
from rnncli.report.layer import State
from rnncli.report.shapes import shown
from rnncli.rules.apply import apply, is_identity, weight_shapes
from rnncli.rules.policies import compute_dtype
from rnncli.rules.rule import Evaluation, PlannedLayer, unknown
from rnncli.rules.tensors import Tensor

Tensors = dict[TensorRef, Tensor]

_NOWHERE = Tensor("output", None, "")


def follow(
    model: Model,
    tensors: Tensors,
    evaluation: Evaluation,
    earlier: Mapping[str, PlannedLayer] | None = None,
) -> list[PlannedLayer]:
    """Every layer of the model with what it reads and returns, which is added to the tensors.

    ``tensors`` holds the model's inputs; problems are added to the evaluation.
    ``earlier`` are the layers as they were built, where the whole model is called again.
    """
    steps: list[PlannedLayer] = []
    first_calls: list[PlannedLayer | None] = []
    planned: dict[str, PlannedLayer] = {}
    building = evaluation.without_problems()
    for node in model.nodes:
        before = (earlier or {}).get(node.shared_with or node.layer.name)
        if before is None and node.shared_with:
            before = planned.get(node.shared_with)
        reads = tuple([tensors.get(ref, _NOWHERE) for ref in node.inbound])
        step = _called(node, reads, tensors, before, building)
        planned[node.layer.name] = step
        first_calls.append(before)
        steps.append(step)
    if any(step.facts.takes_masks and any(x.masked for x in step.inputs) for step in steps):
        return _run(model, steps, first_calls, tensors, evaluation)
    evaluation.problems.extend(building.problems)
    return steps


def _run(
    model: Model,
    built: Sequence[PlannedLayer],
    first_calls: Sequence[PlannedLayer | None],
    tensors: Tensors,
    evaluation: Evaluation,
) -> list[PlannedLayer]:
    """The model as it runs where a layer removes the masks of what it has read.

    Keras builds a model with all masks, in the order of the config. It runs in an order of its
    own, and a layer that got its mask when the model was built has it in any case.
    """
    wired = dict(tensors)
    steps = list(built)
    aliases: dict[TensorRef, TensorRef] = {}
    late = _masked_late(built)
    for place in run_order(model):
        node = model.nodes[place]
        reads = tuple([tensors.get(ref, _NOWHERE) for ref in node.inbound])
        if _is_given_masks(node, reads) and not all(ref.node in late for ref in node.inbound):
            reads = tuple([wired.get(ref, _NOWHERE) for ref in node.inbound])
            if is_model(node.layer):
                _put_back_masks(node, wired, tensors, aliases)
        step = _called(node, reads, tensors, first_calls[place], evaluation)
        steps[place] = step
        if _gives_itself(step, reads):
            source = node.inbound[0]
            aliases[TensorRef(node.layer.name)] = aliases.get(source, source)
        if step.facts.takes_masks:
            _take_masks(step, tensors, aliases)
    return steps


def _masked_late(built: Sequence[PlannedLayer]) -> set[str]:
    """The layers whose masks come only from layers that set theirs in a run."""
    late: set[str] = set()
    for step in built:
        node = step.node
        if node is None:
            continue
        pairs = zip(node.inbound, step.inputs, strict=False)
        masked = [ref.node for ref, x in pairs if x.masked]
        is_late = traits(node.layer.cls).masks_late or node.layer.is_operation
        if is_late or (masked and late.issuperset(masked)):
            late.add(node.layer.name)
    return late


def _called(
    node: Node,
    reads: tuple[Tensor, ...],
    tensors: Tensors,
    before: PlannedLayer | None,
    evaluation: Evaluation,
) -> PlannedLayer:
    """A layer called on what it reads; what it returns is added to the tensors.

    ``before`` is the call for which a layer that is called again was built.
    """
    layer = node.layer
    has_initial_state = bool(node.initial_state)
    # If the earlier call is unknown, so are the inputs that the layer was built for.
    first = before.inputs if before and before.facts.known else ()
    named: Mapping[str, Tensor] = {}
    keywords, are_known = node.keywords, True
    if keywords:
        named = {name: tensors.get(ref, _NOWHERE) for name, ref in node.named.items()}
        keywords = {**keywords, **named}
        are_known = all(tensor.shape is not None for tensor in named.values())
    inputs = reads if reads and are_known else (_NOWHERE,)
    facts = apply(layer, inputs, evaluation, has_initial_state, first, keywords)
    if node.initial_state and facts.known:
        states = [tensors.get(ref, _NOWHERE) for ref in node.initial_state]
        check_initial_states(layer, facts.states, states, evaluation.problems)
    step = PlannedLayer(layer, reads, facts, node, (*named.values(),))
    if before and not _is_same(before, step, evaluation.problems):
        step = replace(step, facts=unknown(layer))
    for output in step.facts.outputs:
        tensors[TensorRef(layer.name, output.name)] = output
    for number, state in enumerate(step.facts.states):
        inferred = step.facts.inferred_states[number : number + 1]
        tensor = _of_state(state, layer)
        if inferred and inferred[0] != state.shape:
            tensor = replace(tensor, inferred=inferred[0])
        tensors[TensorRef(layer.name, state.name)] = tensor
    return step


def _is_given_masks(node: Node, reads: Sequence[Tensor]) -> bool:
    """Whether Keras passes the masks as an argument of the call when it builds the model.

    It does so only for a single tensor, by itself, that the layer does not cast.
    """
    if is_model(node.layer):
        return True
    alone = len(reads) == 1 and not (node.initial_state or node.keywords)
    if not alone or not traits(node.layer.cls).mask_argument:
        return False
    return _inferred_dtype(reads[0]) == compute_dtype(node.layer)


def _inferred_dtype(tensor: Tensor) -> str:
    """The dtype that Keras infers: even for integers, that of the layer which returns them."""
    producer = tensor.producer
    if producer is None or producer.is_operation or is_model(producer):
        return tensor.dtype
    return compute_dtype(producer)


def _gives_itself(step: PlannedLayer, reads: Sequence[Tensor]) -> bool:
    """Whether a layer returns the very tensor that it reads, and not a copy."""
    layer = step.layer
    if layer.is_operation:
        # No other operation hands on a mask.
        return step.facts.mask == "passes"
    gives_input = traits(layer.cls).gives_input or is_identity(layer)
    return gives_input and not _is_cast(layer, reads[0])


def _is_cast(layer: KerasObject, tensor: Tensor) -> bool:
    """Whether a layer casts what it reads to its own dtype, and so reads a copy."""
    return tensor.is_float and tensor.dtype != compute_dtype(layer)


def _take_masks(
    step: PlannedLayer, tensors: Tensors, aliases: Mapping[TensorRef, TensorRef]
) -> None:
    """Removes the masks of what a layer has read: later layers read it without a mask."""
    assert step.node is not None
    inbound = [step.node.inbound[place] for place in step.facts.takes_masks]
    unmasked = {
        aliases.get(ref, ref)
        for ref in inbound
        if is_model(step.layer) or not _is_cast(step.layer, tensors[ref])
    }
    for ref, tensor in tensors.items():
        if tensor.masked and aliases.get(ref, ref) in unmasked:
            tensors[ref] = replace(tensor, masked=False, mask_taken_by=step.layer)


def _put_back_masks(
    node: Node, wired: Tensors, tensors: Tensors, aliases: Mapping[TensorRef, TensorRef]
) -> None:
    """Puts the masks that a nested model gets back on what it reads, as Keras does."""
    masked = {aliases.get(ref, ref) for ref in node.inbound if wired.get(ref, _NOWHERE).masked}
    for ref in tensors:
        if aliases.get(ref, ref) in masked:
            tensors[ref] = wired[ref]


def _of_state(state: State, layer: KerasObject) -> Tensor:
    return Tensor(state.name, state.shape, state.dtype or "", producer=layer, state=state.name)


def _is_same(first: PlannedLayer, again: PlannedLayer, problems: list[Problem]) -> bool:
    """Whether a layer that is called again can read its inputs with the weights that it has."""
    if not (first.facts.known and again.facts.known):
        return True
    fits = weight_shapes(first.facts) == weight_shapes(again.facts)
    before, now = ([tensor.rank for tensor in step.inputs] for step in (first, again))
    if first.facts.weights and not traits(first.layer.cls).any_rank:
        # A layer with weights may require the rank that it was built for; a key is optional.
        fits = fits and all(map(eq, before, now))
    if fits:
        return True
    there, here = (
        ", ".join(shown(tensor.shape) for tensor in step.inputs) for step in (first, again)
    )
    problems.append(
        problem(
            "shared-misfit",
            f"{first.layer.label} was made for {there}, and cannot be used for {here}: its weights "
            "are made once",
            "give both uses tensors of one shape but for batch and time, or make a layer of its "
            "own here",
            place=again.layer.place,
            layer=again.layer.name,
        )
    )
    return False

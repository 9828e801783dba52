"""A graph of layers, followed from its inputs on: what the rules say of each layer in turn."""

from __future__ import annotations

from collections.abc import Mapping
from operator import eq

from msgspec.structs import replace

from rnncli.layers.applying import apply, compute_dtype, weight_shapes
from rnncli.layers.initial_states import check_initial_states
from rnncli.layers.model import KerasObject, Model, Node, TensorRef
from rnncli.layers.rule import Held, Rule, unknown
from rnncli.layers.tensors import Tensor, shown
from rnncli.layers.words import ANY_RANK
from rnncli.problems import Problem, problem
from rnncli.report import State

Tensors = dict[TensorRef, Tensor]


def follow(
    model: Model,
    tensors: Tensors,
    rules: Mapping[str, Rule],
    problems: list[Problem],
    filled: bool = False,
) -> list[Held]:
    """Every layer of the model with what it reads and gives, which is added to the tensors.

    ``tensors`` holds the model's inputs; problems found on the way are added to the list.
    """
    steps: list[Held] = []
    made: dict[str, Held] = {}
    nowhere = Tensor("output", None, "")
    for node in model.nodes:
        layer = node.layer
        reads = tuple([tensors.get(each, nowhere) for each in node.sources])
        started = bool(node.initial_state)
        before = made.get(node.shared_with) if node.shared_with else None
        # What a layer that is unknown itself was built for is not known either.
        first = before.inputs if before and before.facts.known else ()
        facts = apply(layer, reads or (nowhere,), rules, problems, filled, started, first)
        if node.initial_state and facts.known:
            states = [tensors.get(each, nowhere) for each in node.initial_state]
            check_initial_states(layer, facts.states, states, problems)
        step = Held(layer, reads, facts, node)
        if before and not _is_same(before, step, problems):
            step = replace(step, facts=unknown(layer))
        made[layer.name] = step
        steps.append(step)
        if step.facts.takes_masks:
            _take_masks(node, tensors)
        for output in step.facts.outputs:
            tensors[TensorRef(layer.name, output.name)] = output
        for number, state in enumerate(step.facts.states):
            inferred = step.facts.inferred_states[number : number + 1]
            tensor = _of_state(state, layer)
            if inferred and inferred[0] != state.shape:
                tensor = replace(tensor, inferred=inferred[0])
            tensors[TensorRef(layer.name, state.name)] = tensor
    return steps


def _take_masks(node: Node, tensors: Tensors) -> None:
    """Takes the masks off what a layer has read: later layers read it without one.

    A tensor that the layer casts to its own dtype keeps its mask: the copy loses it.
    """
    dtype = compute_dtype(node.layer)
    for ref in node.sources:
        tensor = tensors[ref]
        if tensor.masked and (tensor.dtype == dtype or not tensor.is_float):
            tensors[ref] = replace(tensor, masked=False, mask_taken_by=node.layer)


def _of_state(state: State, layer: KerasObject) -> Tensor:
    return Tensor(state.name, state.shape, state.dtype or "", maker=layer, state=state.name)


def _is_same(first: Held, again: Held, problems: list[Problem]) -> bool:
    """Whether a layer that is called again can read what it reads: its weights are made already."""
    if not (first.facts.known and again.facts.known):
        return True
    fits = weight_shapes(first.facts) == weight_shapes(again.facts)
    before, now = ([each.rank for each in held.inputs] for held in (first, again))
    if first.facts.weights and first.layer.cls not in ANY_RANK:
        # A layer with weights may be held to the rank that it was built for; a key may be left out.
        fits = fits and all(map(eq, before, now))
    if fits:
        return True
    there, here = (", ".join(shown(each.shape) for each in held.inputs) for held in (first, again))
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

"""Models inside a model: in a file or in their place, as a layer or in a wrapper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.judge.case import Case, In, Node, owner, references

if TYPE_CHECKING:
    from tests.judge.drawing.draw import Drawing


def inside(drawing: Drawing) -> Node | None:
    """A model of its own, on one or two tensors that are there, or on each time step of one."""
    if drawing.depth:
        return None
    if drawing.chance.happens(0.4):
        return _at_each_step(drawing)
    chance = drawing.chance
    names = [drawing.one()] + ([drawing.one()] if chance.happens(0.3) else [])
    if any(not drawing.shape(name) or drawing.kind(name) == "s" for name in names):
        return None
    inputs = [_input(drawing, i, name, drawing.shape(name)) for i, name in enumerate(names)]
    case = _drawn(drawing, inputs, chance.between(1, 3))
    used = tuple(name for name, spec in zip(names, inputs, strict=True) if spec in case.inputs)
    if not case.nodes or not used:
        return None
    return Node("", used[0] if len(used) == 1 else used, model=case)


def _at_each_step(drawing: Drawing) -> Node | None:
    sequences = [
        name
        for name in drawing.all()
        if len(drawing.shape(name)) > 1 and drawing.kind(name) in "if"
    ]
    if not sequences:
        return None
    name = drawing.chance.pick(sequences)
    one = _input(drawing, 0, name, drawing.shape(name)[1:])
    case = _drawn(drawing, [one], drawing.chance.between(1, 3))
    if not case.nodes:
        return None
    if not drawing.chance.happens(0.03):  # Keras's wrapper takes a model of one output
        case = _narrowed(case, drawing.chance.pick(case.outputs))
        read = {owner(one) for node in case.nodes for one in references(node)}
        if any(node.name not in read | {owner(case.outputs[0])} for node in case.nodes):
            return None  # a layer that is called again, and whose first call leads nowhere
    return Node("", name, drawing.chance.make("TimeDistributed", layer=case))


def _input(drawing: Drawing, place: int, name: str, shape: tuple[int | None, ...]) -> In:
    dtype = str(drawing.builder.tensors[name].dtype)
    return In(f"p{place}", shape, dtype, 8 if "int" in dtype else None)


def _drawn(drawing: Drawing, inputs: list[In], moves: int) -> Case:
    inner = type(drawing)(drawing.chance, depth=1)
    for spec in inputs:
        inner.add_input(spec)
    case = inner.finish(moves)
    file = f"inner_{len(drawing.nodes):02d}.yaml" if drawing.chance.happens(0.5) else None
    return replace(case, file=file)


def _narrowed(case: Case, output: str) -> Case:
    """With one output, and what leads to it."""
    wanted, kept = {owner(output)}, []
    for node in reversed(case.nodes):
        if node.name in wanted:
            kept.append(node)
            wanted |= {owner(one) for one in references(node)}
            wanted |= {node.use} if node.use is not None else set()
    inputs = tuple(spec for spec in case.inputs if spec.name in wanted)
    return replace(case, inputs=inputs, nodes=tuple(reversed(kept)), outputs=(output,))

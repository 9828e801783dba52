"""A smaller case in which plan and Keras still disagree in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.judge.case import Case, Make, Node, owner, references
from tests.judge.drawing.draw import closed

#: How many smaller cases are tried.
TRIES = 160


def shrunk(case: Case, still: Callable[[Case], bool]) -> Case:
    """The smallest that was come upon, going down as long as one step does."""
    tries = 0
    going = True
    while going:
        going = False
        for smaller in _smaller(case):
            tries += 1
            if tries > TRIES:
                return case
            if still(smaller):
                case, going = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    for node in reversed(case.nodes):
        less = _without(case, node)
        if less.nodes:
            yield less
    for node in case.nodes:
        yield from _bypassed(case, node)
    for node in case.nodes:
        if node.make is not None:
            for make in _plainer(node.make):
                yield _with(case, node, replace(node, make=make))
        if node.initial_state:
            yield _with(case, node, replace(node, initial_state=()))
        yield from _plainer_calls(case, node)
        if node.model is not None:
            for inner in _smaller(node.model):
                if (
                    len(inner.inputs) == len(node.model.inputs)
                    and inner.outputs == node.model.outputs
                ):
                    yield _with(case, node, replace(node, model=inner))
    yield from _simpler_inputs(case)


def _plainer_calls(case: Case, node: Node) -> Iterator[Case]:
    """With an argument less of the call, a mask less, or an operation of less."""
    for name in node.call:
        call = {key: value for key, value in node.call.items() if key != name}
        yield _with(case, node, replace(node, call=call))
    if isinstance(node.sources, dict):
        for name in list(node.sources)[1:]:
            less = {key: value for key, value in node.sources.items() if key != name}
            yield _with(case, node, replace(node, sources=less))
    if node.op is not None:
        for name in node.op.args:
            args = {key: value for key, value in node.op.args.items() if key != name}
            yield _with(case, node, replace(node, op=replace(node.op, args=args)))
        if node.op.spelled or node.op.bare:
            plain = replace(node.op, spelled=False, bare=False)
            yield _with(case, node, replace(node, op=plain))


def _simpler_inputs(case: Case) -> Iterator[Case]:
    for spec in case.inputs:
        if spec.dtype != "float32" and not spec.below:
            yield replace(case, inputs=tuple(
                replace(one, dtype="float32") if one is spec else one for one in case.inputs))  # fmt: skip
        if None in spec.shape:
            known = tuple(spec.size if axis is None else axis for axis in spec.shape)
            yield replace(case, inputs=tuple(
                replace(one, shape=known) if one is spec else one for one in case.inputs))  # fmt: skip


def _with(case: Case, old: Node, new: Node) -> Case:
    return closed(replace(case, nodes=tuple(new if one is old else one for one in case.nodes)))


def _without(case: Case, node: Node) -> Case:
    """Without a call and all that depends on it."""
    gone = {node.name}
    kept = []
    for one in case.nodes:
        if one.name in gone or one.use in gone or any(owner(r) in gone for r in references(one)):
            gone.add(one.name)
        else:
            kept.append(one)
    return closed(replace(case, nodes=tuple(kept)))


def _bypassed(case: Case, node: Node) -> Iterator[Case]:
    """What reads a call reads what the call reads."""
    if any(one.use == node.name for one in case.nodes):
        return
    for source in references(node)[: len(references(node)) - len(node.initial_state)]:
        yield from _leading_to(case, node, source)


def _leading_to(case: Case, node: Node, source: str) -> Iterator[Case]:
    def rewired(one: Node) -> Node:
        def to(reference: str) -> Any:
            return source if owner(reference) == node.name else reference

        sources: Any = one.sources
        if isinstance(sources, str):
            sources = to(sources)
        elif isinstance(sources, dict):
            sources = {key: to(value) for key, value in sources.items()}
        else:
            sources = tuple(to(value) for value in sources)
        return replace(one, sources=sources, initial_state=tuple(to(r) for r in one.initial_state))

    nodes = tuple(rewired(one) for one in case.nodes if one is not node)
    if nodes:
        yield closed(replace(case, nodes=nodes))


def _plainer(make: Make) -> Iterator[Make]:
    """With an argument less, or with one that is plainer itself."""
    for name, value in make.args.items():
        yield Make(make.cls, {key: one for key, one in make.args.items() if key != name})
        if isinstance(value, Make):
            for inner in _plainer(value):
                yield make.with_args(**{name: inner})
        if isinstance(value, Case):
            for smaller in _smaller(value):
                if len(smaller.inputs) == len(value.inputs) and smaller.outputs == value.outputs:
                    yield make.with_args(**{name: smaller})
        if isinstance(value, list) and value and isinstance(value[0], Make):
            for i, one in enumerate(value):
                for inner in _plainer(one):
                    yield make.with_args(**{name: [*value[:i], inner, *value[i + 1 :]]})

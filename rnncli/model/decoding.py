"""``decode`` → the loop: which layers run once, and which at each step."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rnncli.config.spec import ModelSpec
from rnncli.model.graph import Decode, Model, Node, TensorRef
from rnncli.model.tensor_names import state_names
from rnncli.model.wiring import ReferenceResolver
from rnncli.problems import Fix, Problem, problem
from rnncli.suggestions import near_words


def bind_decode(
    spec: ModelSpec, outputs: Sequence[TensorRef], wires: ReferenceResolver, problems: list[Problem]
) -> Decode | None:
    """The tensors that ``decode`` names; None where it names none, which is told."""
    given = spec.decode
    if given is None:
        return None
    names = [each.name for each in spec.inputs]
    if given.input not in names:
        from rnncli.config.edits import replace_value

        near = near_words(given.input, names)
        fix = Fix(f"the inputs are {', '.join(names)}")
        if near:
            edits = replace_value(given.input_place, near[0])
            fix = Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)
        problems.append(
            problem("bad-decode", f"no input is named {given.input}", fix, place=given.input_place)
        )
        return None
    found = wires.resolve(given.output, None) if given.output else tuple(outputs[:1])
    if not found:
        return None
    return Decode(given.input, found[0], given.steps, given.first, given.place)


class DecodeSchedule(msgspec.Struct, frozen=True):
    """The layers of a model as decoding runs them: some once, the others at every step."""

    before_loop: tuple[Node, ...]
    in_loop: tuple[Node, ...]

    @property
    def carrying(self) -> tuple[Node, ...]:
        """Those that carry states from one step to the next."""
        return tuple(each for each in self.in_loop if state_names(each.layer))


def decode_schedule(model: Model, decode: Decode) -> DecodeSchedule:
    """What the output depends on, apart by whether it depends on the input that is fed."""
    needed = {decode.output.node}
    for node in reversed(model.nodes):
        if node.layer.name in needed:
            needed |= {each.node for each in node.reads}
    fed = {decode.input}
    once: list[Node] = []
    every: list[Node] = []
    for node in model.nodes:
        if node.layer.name not in needed:
            continue
        if fed & {each.node for each in node.reads}:
            fed.add(node.layer.name)
            every.append(node)
        else:
            once.append(node)
    return DecodeSchedule(tuple(once), tuple(every))


def is_ids(model: Model, decode: Decode) -> bool:
    """Whether the input takes ids: then the output's argmax is fed, otherwise itself."""
    return "int" in next(each.dtype for each in model.inputs if each.name == decode.input)

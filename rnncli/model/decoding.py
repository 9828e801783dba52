"""``decode`` → the loop: which layers run once, and which at each step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from rnncli.config.spec import ModelSpec
from rnncli.keras_api.traits import traits
from rnncli.model.graph import Decode, Model, Node, TensorRef
from rnncli.model.tensor_names import state_names
from rnncli.model.wiring import ReferenceResolver
from rnncli.problems import Fix, Problem, problem
from rnncli.suggestions import near_words


def bind_decode(
    spec: ModelSpec,
    outputs: Sequence[TensorRef],
    by_name: Mapping[str, TensorRef],
    wires: ReferenceResolver,
    problems: list[Problem],
) -> Decode | None:
    """The config's ``decode``, resolved; None without one, or after adding a problem.

    ``by_name`` has the outputs with names of their own. A layer or an input of that name wins.
    """
    decode = spec.decode
    if decode is None:
        return None
    names = [input_spec.name for input_spec in spec.inputs]
    if decode.input not in names:
        from rnncli.config.edits import replace_value

        near = near_words(decode.input, names)
        fix = Fix(f"the inputs are {', '.join(names)}")
        if near:
            edits = replace_value(decode.input_place, near[0])
            fix = Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)
        problems.append(
            problem(
                "bad-decode", f"no input is named {decode.input}", fix, place=decode.input_place
            )
        )
        return None
    refs = tuple(outputs[:1])
    if decode.output is not None:
        written = ".".join(filter(None, (decode.output.node, decode.output.tensor)))
        is_name = written in by_name and decode.output.node not in (*wires.inputs, *wires.layers)
        refs = (by_name[written],) if is_name else wires.resolve(decode.output, None)
    if not refs:
        return None
    return Decode(decode.input, refs[0], decode.steps, decode.first, decode.place)


class DecodeSchedule(msgspec.Struct, frozen=True):
    """The layers of a model as decoding runs them: some once, the others at every step.

    Where a layer looks back at earlier steps and keeps no state, as causal attention does, each
    step feeds all steps so far (``feeds_prefix``), and nothing else is carried.
    """

    before_loop: tuple[Node, ...]
    in_loop: tuple[Node, ...]
    feeds_prefix: bool = False

    @property
    def carrying(self) -> tuple[Node, ...]:
        """The layers that carry states from one step to the next."""
        if self.feeds_prefix:
            return ()
        return tuple(node for node in self.in_loop if state_names(node.layer))


def decode_schedule(model: Model, decode: Decode) -> DecodeSchedule:
    """The layers that the output depends on, split by whether they depend on the fed input."""
    needed = {decode.output.node}
    for node in reversed(model.nodes):
        if node.layer.name in needed:
            needed |= {ref.node for ref in node.reads}
    fed = {decode.input}
    before_loop: list[Node] = []
    in_loop: list[Node] = []
    for node in model.nodes:
        if node.layer.name not in needed:
            continue
        if fed & {ref.node for ref in node.reads}:
            fed.add(node.layer.name)
            in_loop.append(node)
        else:
            before_loop.append(node)
    feeds_prefix = any(looks_back(node, fed) for node in in_loop)
    return DecodeSchedule(tuple(before_loop), tuple(in_loop), feeds_prefix)


def looks_back(node: Node, fed: Collection[str]) -> bool:
    """Whether a layer reads earlier steps of what is fed: attention to them, or a convolution that
    is padded in front. ``fed`` names what depends on the input that is fed."""
    layer = node.layer
    if layer.is_operation:
        from rnncli.keras_api.operations import OPERATIONS

        return OPERATIONS[layer.cls].looks_back and node.inbound[0].node in fed
    if traits(layer.cls).attends:
        return any(ref.node in fed for ref in node.inbound[1:])
    return layer.arguments.get("padding") == "causal"


def is_ids(model: Model, decode: Decode) -> bool:
    """Whether the input takes ids: then the output's argmax is fed back, else the output."""
    return "int" in next(
        model_input.dtype for model_input in model.inputs if model_input.name == decode.input
    )

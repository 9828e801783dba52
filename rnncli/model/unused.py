"""Layers and inputs that no output of a model depends on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnncli.config.spec import ModelSpec
from rnncli.model.graph import Node, TensorRef
from rnncli.problems import Edits, Fix, Place, Problem, problem


def unused(
    spec: ModelSpec, nodes: Sequence[Node], outputs: Sequence[TensorRef]
) -> Iterator[Problem]:
    """A warning for each layer and each input that no output depends on."""
    needed = needed_names(nodes, outputs)
    places = {input_spec.name: input_spec.place for input_spec in spec.inputs}
    places |= {node.layer.name: node.layer.place for node in nodes}
    for name, place in places.items():
        if name not in needed:
            words = f"read it with from: {name}, name it in outputs, or leave it out"
            fix = Fix(words, _as_output(spec, name, place, outputs), safe=False)
            message = f"no output depends on {name}"
            yield problem("unused", message, fix, place=place, severity="warning")


def needed_names(nodes: Sequence[Node], outputs: Sequence[TensorRef]) -> set[str]:
    """The names of the layers and the inputs that an output depends on."""
    needed = {ref.node for ref in outputs}
    for node in reversed(nodes):
        if node.layer.name in needed:
            needed |= {ref.node for ref in node.reads}
    return needed


def _as_output(spec: ModelSpec, name: str, place: Place, outputs: Sequence[TensorRef]) -> Edits:
    """The edits that add a layer to ``outputs``: to remove it would rename other layers."""
    from rnncli.config.restructuring import add_at_top, at_top, set_value

    if name in {input_spec.name for input_spec in spec.inputs}:
        return ()
    names = [*(ref.display_name for ref in outputs), name]
    key = at_top(place, "outputs")
    if key is None:
        return add_at_top(place, "outputs", names)
    by_name = any(reference.role for reference in spec.outputs or ())
    return () if by_name else set_value(key, names)

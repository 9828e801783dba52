"""The part of a model that Keras can run: what does not depend on a custom layer."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.model.graph import KerasObject, Model
from rnncli.problems import Problem, problem
from rnncli.suggestions import listed


def runnable(model: Model) -> Model:
    """The model without its custom layers and all that depends on them; decode needs all of it."""
    left_out = {*not_run(model)}
    if not left_out:
        return model
    return replace(
        model,
        nodes=tuple([node for node in model.nodes if node.layer.name not in left_out]),
        outputs=tuple([ref for ref in model.outputs if ref.node not in left_out]),
        decode=None,
    )


def not_run(model: Model) -> list[str]:
    """The names of the custom layers and of all that depends on them, in order."""
    names: dict[str, None] = {}
    for node in model.nodes:
        if _holds_custom(node.layer) or any(ref.node in names for ref in node.reads):
            names[node.layer.name] = None
    return [*names]


def not_run_note(model: Model) -> Problem | None:
    """The note that names the layers that a run leaves out; None if it runs all of them."""
    names = not_run(model)
    if not names:
        return None
    layers = {node.layer.name: node.layer for node in model.nodes}
    first = layers[names[0]]
    return problem(
        "not-run",
        f"{listed(names)} {'is' if len(names) == 1 else 'are'} planned and not run: rnncli runs "
        "no custom layer, and nothing that depends on one",
        None,
        place=first.place,
        severity="note",
        layer=first.name,
    )


def _holds_custom(value: object) -> bool:
    """Whether a layer is a custom layer, or has one inside."""
    if isinstance(value, KerasObject):
        return value.is_custom or any(map(_holds_custom, value.arguments.values()))
    if isinstance(value, Model):
        return any(_holds_custom(node.layer) for node in value.nodes)
    if isinstance(value, Mapping):
        return any(map(_holds_custom, value.values()))
    return isinstance(value, list) and any(map(_holds_custom, value))

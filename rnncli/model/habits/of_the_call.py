"""Arguments of a layer's call that are written among its own arguments, or beside it."""

from __future__ import annotations

from msgspec.structs import replace

from rnncli.config.call_edits import add_tensor, add_to_call
from rnncli.config.edits import remove, together
from rnncli.config.spec import ObjectSpec
from rnncli.config.writing import flow
from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.model.graph import KerasObject
from rnncli.model.mending import plain
from rnncli.problems import Fix, Place, Problem, problem


def is_of_the_call(name: str, cls: str) -> bool:
    """Whether it is an argument of the call of a class."""
    return name in plain_arguments(cls) or name in tensor_arguments(cls)


def misplaced_argument(name: str, place: Place, spec: ObjectSpec, cls: str) -> Problem:
    """The problem with an argument of the call, which stands at a place; the fix moves it."""
    value = plain(spec.keywords[name].value)
    if name in plain_arguments(cls):
        key, meant = "call", value
        edits = together(remove(place), add_to_call(spec.place, name, value))
    else:
        key, meant = "from", value if isinstance(value, str) else "…"
        roles = read_names(cls)
        moved = add_tensor(spec.place, roles, name, value) if isinstance(value, str) else ()
        edits = together(remove(place), moved)
    fix = Fix(f"write {key}: {{{name}: {flow(meant)}}} beside {spec.cls}", edits)
    if not edits:
        fix = Fix(f"{fix.text}, or leave it out", remove(place), safe=False)
    return problem(
        "call-argument",
        f"{name} is an argument of the call of {cls}, not of the layer",
        fix,
        place=place,
    )


def with_meant_call(layer: KerasObject, spec: ObjectSpec) -> KerasObject:
    """The layer, called with those of its arguments that are of the call; they are reported."""
    known = plain_arguments(layer.cls)
    values = {name: argument.value.data for name, argument in spec.keywords.items()}
    meant = {name: value for name, value in values.items() if name in known and value is True}
    return replace(layer, call=meant)

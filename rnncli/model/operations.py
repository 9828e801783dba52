"""LayerSpec → an operation of ``keras.ops`` with its parameters checked."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.config.spec import Argument, LayerSpec
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS, Operation
from rnncli.keras_api.signatures import Signature
from rnncli.model.graph import OPERATION, KerasObject
from rnncli.model.objects import ObjectBinder
from rnncli.problems import Fix, Problem, problem
from rnncli.suggestions import listed, near_words


def bind_operation(spec: LayerSpec, objects: ObjectBinder) -> KerasObject:
    """The operation that an entry names, with the parameters that are not tensors.

    What is wrong is added to the problems of ``objects``.
    """
    function = ALIASES.get(spec.object.cls, spec.object.cls)
    row = OPERATIONS.get(function)
    if row is None:
        operation = bind_respelled(spec, objects)
        if operation is not None:
            return operation
    name = spec.name or objects.namer.name(_bare_name(function, row))
    if row is None:
        objects.problems.append(_unknown(spec, function))
        return KerasObject(OPERATION, function, _EMPTY, spec.place, name, invalid=True)
    written = replace(spec.object, keywords={**spec.object.keywords, **(spec.call or {})})
    reads = _reads(row, spec, written.keywords)
    whole = calls().functions[function]
    others = {name: known for name, known in whole.arguments.items() if name not in reads}
    signature = Signature(whole.cls, others)
    arguments, places = objects.arguments(written, function, signature)
    if not reads:
        objects.problems.append(_no_tensor(spec, row))
    # The shape of what it gives depends on most parameters: no default stands for a wrong one.
    wrong = places.keys() - arguments.keys()
    missing = {*signature.required} - places.keys()
    if row.parts and not wrong | missing and arguments.get(row.parts) is None:
        missing = {row.parts}
        objects.problems.append(_no_count(spec, row))
    invalid = not reads or bool(wrong | missing)
    return KerasObject(
        OPERATION, function, signature, spec.place, name, arguments, places, invalid, reads
    )


def bind_respelled(spec: LayerSpec, objects: ObjectBinder) -> KerasObject | None:
    """The operation that an entry means in another spelling, which is reported; None if none."""
    from rnncli.model.habits.operations import respelled

    respelling = respelled(spec)
    if respelling is None:
        return None
    objects.problems.append(respelling.problem)
    before = len(objects.problems)
    operation = bind_operation(respelling.spec, objects)
    # Its text is not in the config, so that nothing there can be edited.
    objects.problems[before:] = [
        replace(problem, edits=(), safe=None) for problem in objects.problems[before:]
    ]
    # What the text reads is not wired.
    return (
        operation if respelling.spec.inbound == spec.inbound else replace(operation, invalid=True)
    )


def _bare_name(function: str, row: Operation | None) -> str:
    return row.name if row and row.name else function.rpartition(".")[2]


def _reads(row: Operation, spec: LayerSpec, keywords: Mapping[str, Argument]) -> tuple[str, ...]:
    """The parameters that the tensors fill: those that ``from`` names, or the first that are left.

    A role that does not exist is reported where the tensors are wired.
    """
    if row.several or not row.numbers:
        return row.tensors
    inbound = spec.inbound or ()
    roles = {reference.role for reference in inbound if reference.role}
    if roles and roles <= {*row.tensors}:
        return tuple([name for name in row.tensors if name in roles])
    free = [name for name in row.tensors if name not in keywords]
    return tuple(free if roles else free[: len(inbound) or 1])


def _unknown(spec: LayerSpec, function: str) -> Problem:
    from rnncli.config.edits import rename

    place = spec.object.place
    near = near_words(function, OPERATIONS)
    if near:
        edits = rename(place, spec.object.cls, near[0])
        fix = Fix(f"did you mean {' or '.join(near)}?", edits, safe=False)
    else:
        fix = Fix(f"there are {listed(OPERATIONS)}")
    return problem(
        "unknown-operation", f"there is no operation {spec.object.cls}", fix, place=place
    )


def _no_tensor(spec: LayerSpec, row: Operation) -> Problem:
    return problem(
        "needs-tensor",
        f"{spec.object.cls} reads no tensor: all of its parameters are numbers",
        f"leave {row.tensors[0]} out, and it is what the layer before it gives",
        place=spec.object.place,
    )


def _no_count(spec: LayerSpec, row: Operation) -> Problem:
    return problem(
        "missing-argument",
        f"{spec.object.cls} needs {row.parts}, the number of tensors that it gives",
        f"write the size of its axis, such as {row.parts}: 2",
        place=spec.object.place,
    )


_EMPTY = Signature("", {})

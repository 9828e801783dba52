"""A layer or an operation at its place in the graph → the Python that calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import traits
from rnncli.model.arguments import telling_arguments
from rnncli.model.graph import KerasObject, Node, TensorRef
from rnncli.model.indexing import Slice, parse_index
from rnncli.model.tensor_names import is_model, output_names, returned_states
from rnncli.writers.python_layout import Code, call, keyword, listing
from rnncli.writers.python_values import Values, literal

Variable = Callable[[TensorRef], str]


def call_of_layer(node: Node, layer: Code, variable: Variable) -> Code:
    """The call of a layer or of a model on what it reads."""
    reads: list[Code] = [(variable(ref),) for ref in node.inbound]
    as_list = len(reads) > 1 if is_model(node.layer) else traits(node.layer.cls).several == "list"
    arguments = [listing(reads)] if as_list else reads
    if node.initial_state:
        states = _initial_state(node.layer, [variable(ref) for ref in node.initial_state])
        arguments = [*arguments, keyword("initial_state", (states,))]
    arguments += [keyword(name, (value,)) for name, value in _keywords(node, variable).items()]
    return call(layer, arguments)


def _keywords(node: Node, variable: Variable) -> Mapping[str, str]:
    """The further arguments of a call; a layer that reads a list takes its masks as a list."""
    keywords = {
        name: variable(value) if isinstance(value, TensorRef) else literal(value)
        for name, value in node.keywords.items()
    }
    if not is_model(node.layer) and traits(node.layer.cls).several == "list":
        masks = [keywords.pop(f"{role}_mask", "None") for role in ("query", "value")]
        if masks != ["None", "None"]:
            keywords["mask"] = f"[{', '.join(masks)}]"
    return keywords


def returned(node: Node) -> tuple[str, ...]:
    """The names of all tensors that a call returns."""
    layer = node.layer
    return (*output_names(layer), *(() if is_model(layer) else returned_states(layer)))


def returns_nested(layer: KerasObject) -> bool:
    """Whether a layer returns the states of each of its cells as a list."""
    if layer.cls == "Bidirectional":
        return returns_nested(layer["layer"])
    return layer.cls == "RNN" and bool(returned_states(layer)) and _is_stacked(layer["cell"])


def _is_stacked(cell: Any) -> bool:
    return isinstance(cell, list) or cell.cls == "StackedRNNCells"


def _initial_state(layer: KerasObject, variables: Sequence[str]) -> str:
    """The initial state as a layer takes it: a list, of lists for stacked cells."""
    if layer.cls != "RNN" or not _is_stacked(layer["cell"]):
        return f"[{', '.join(variables)}]"
    rest = iter(variables)

    def of(cell: Any) -> str:
        if _is_stacked(cell):
            inner = cell if isinstance(cell, list) else cell["cells"]
            return f"[{', '.join(map(of, inner))}]"
        states = [next(rest) for _ in traits(cell.cls).states]
        return states[0] if len(states) == 1 else f"[{', '.join(states)}]"

    return of(layer["cell"])


def call_of_operation(node: Node, values: Values, variable: Variable) -> Code:
    """The call of an operation of ``keras.ops``, or an index behind what it reads."""
    operation, row = node.layer, OPERATIONS[node.layer.cls]
    reads: list[Code] = [(variable(ref),) for ref in node.inbound]
    arguments = telling_arguments(operation)
    if operation.cls == "ops.get_item":
        return (f"{variable(node.inbound[0])}[{_index(arguments['key'])}]",)
    written = {name: values.value(value) for name, value in arguments.items()}
    for name in row.tensors:
        if isinstance(arguments.get(name), list):
            # A list alone has no shape for Keras.
            written[name] = call("ops.convert_to_tensor", [written[name]])
    if operation.cls == "ops.arange":
        return call("positions", [*reads, keyword("axis", written["axis"])])
    if row.variadic:
        return call(operation.cls, [*written.values(), *reads])
    written |= zip(operation.reads, [listing(reads)] if row.several else reads, strict=True)
    return call(operation.cls, _in_order(operation, written))


def _in_order(operation: KerasObject, written: Mapping[str, Code]) -> list[Code]:
    """The arguments: those that are required or tensors by place, as long as none is left out."""
    function = calls().functions[operation.cls]
    tensors = OPERATIONS[operation.cls].tensors
    ordered: list[Code] = []
    by_place = True
    for name in function.arguments:
        by_place = by_place and name in written and name in (*function.required, *tensors)
        if name in written:
            ordered.append(written[name] if by_place else keyword(name, written[name]))
    return ordered


def _index(index: Any) -> str:
    """An index between brackets."""
    return ", ".join(map(_entry, parse_index(index)))


def _entry(entry: Any) -> str:
    if not isinstance(entry, Slice):
        return str(entry)
    start, stop, step = (
        "" if bound is None else str(bound) for bound in (entry.start, entry.stop, entry.step)
    )
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"

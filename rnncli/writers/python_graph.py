"""A graph of layers → statements of Python: a Sequential where it is a stack, calls otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from rnncli.model.graph import Input, KerasObject, Model, Node, TensorRef
from rnncli.writers.config_names import has_own_name
from rnncli.writers.python_calls import (
    call_of_layer,
    call_of_operation,
    returned,
    returns_nested,
)
from rnncli.writers.python_layout import Code, assignment, call, keyword, listing, mapping
from rnncli.writers.python_names import Variables, class_of_random
from rnncli.writers.python_values import Values, literal, shape, string

# An operation that returns more tensors than this returns one variable, a list.
_UNPACKED = 4


def sequential(model: Model, values: Values, name: Code) -> Code:
    """The code of a model that is a stack of layers."""
    stack = [_input(model, model.inputs[0]), *(values.object(node.layer) for node in model.nodes)]
    return call("keras.Sequential", [listing(stack, is_open=True), keyword("name", name)])


class Statements:
    """Writes the calls of one model; ``inner`` has the names of models as variables of Python."""

    def __init__(self, model: Model, values: Values, indent: int = 0) -> None:
        self._model = model
        self._values = values
        self._indent = indent
        self._variables = Variables()
        self._of_tensor: dict[TensorRef, str] = {}
        self._of_layer: dict[str, str] = {}
        self._shared = {node.shared_with for node in model.nodes}
        reads = [ref for node in model.nodes for ref in node.reads]
        self._read = {*reads, *model.outputs}
        self._counts = Counter(reads)

    def lines(self) -> list[str]:
        """All statements before the one that makes the model."""
        lines: list[str] = []
        for model_input in self._model.inputs:
            is_usual = _is_only_input(self._model)
            variable = "inputs" if is_usual else self._variables.new(model_input.name)
            self._of_tensor[TensorRef(model_input.name)] = variable
            lines += assignment([variable], _input(self._model, model_input), self._indent)
        for place, node in enumerate(self._model.nodes):
            lines += self._call(place, node)
        return lines

    def model(self, name: Code, named_outputs: bool = True) -> Code:
        """The code that makes the model of its inputs and outputs."""
        inputs: list[Code] = [
            (self._of_tensor[TensorRef(model_input.name)],) for model_input in self._model.inputs
        ]
        outputs: list[Code] = [(self._variable(ref),) for ref in self._model.outputs]
        names = self._model.output_names
        result = _alone(outputs)
        if named_outputs and names is not None:
            result = mapping(zip(map(string, names), outputs, strict=True))
        return call("keras.Model", [_alone(inputs), result, keyword("name", name)])

    # Calls

    def _call(self, place: int, node: Node) -> list[str]:
        """The statements that make a layer and call it."""
        layer, lines = node.layer, []
        owner = node.shared_with or layer.name
        is_function = layer.is_operation and not layer.cls.startswith("random.")
        if is_function:
            code = call_of_operation(node, self._values, self._variable)
        else:
            made = self._of_layer.get(owner)
            made_here = _made(layer, self._values)
            if made is None and owner in self._shared:
                made = self._of_layer[owner] = self._variables.new(f"{owner}_layer")
                lines += assignment([made], made_here, self._indent)
            code = call_of_layer(node, made_here if made is None else (made,), self._variable)
        names = returned(node)
        targets = self._targets(place, node, names)
        if returns_nested(layer):
            code = call("keras.tree.flatten", [code])
        if len(names) == 1 and names != ("output",) and layer.is_operation:
            # A list of one tensor.
            targets = [f"({targets[0]},)"]
        return lines + assignment(targets, code, self._indent)

    def _targets(self, place: int, node: Node, names: Sequence[str]) -> list[str]:
        """The variables for what a call returns; none if nothing is read."""
        layer = node.layer
        refs = [TensorRef(layer.name, name) for name in names]
        if not any(ref in self._read for ref in refs):
            return []
        if len(refs) > _UNPACKED and layer.is_operation:
            variable = self._variables.new(layer.name)
            for number, ref in enumerate(refs):
                self._of_tensor[ref] = f"{variable}[{number}]"
            return [variable]
        return [self._target(place, node, ref) for ref in refs]

    def _target(self, place: int, node: Node, ref: TensorRef) -> str:
        if ref not in self._read:
            return "_"
        is_main = ref.tensor == "output"
        variable = None
        # What has a name has that name in the code; a stretch of other layers is x.
        if is_main and node.shared_with is None and not has_own_name(node.layer):
            variable = self._usual(place, ref)
        if variable is None:
            name = ref.node if is_main else f"{ref.node}_{ref.tensor}"
            variable = self._variables.new(name)
        self._of_tensor[ref] = variable
        return variable

    def _usual(self, place: int, ref: TensorRef) -> str | None:
        """``x`` for what only the next layer reads, and ``outputs`` for the only output."""
        if self._counts[ref] == 0:
            return "outputs" if self._model.outputs == (ref,) else None
        following = self._model.nodes[place + 1 : place + 2]
        is_read_next = following and following[0].reads.count(ref) == self._counts[ref]
        return "x" if is_read_next and ref not in self._model.outputs else None

    def _variable(self, ref: TensorRef) -> str:
        return self._of_tensor[ref]


def _made(layer: KerasObject, values: Values) -> Code:
    """The code that makes a layer, which may be one that draws random numbers."""
    if not layer.is_operation:
        return values.object(layer)
    return values.named(class_of_random(layer), layer)


def _input(model: Model, model_input: Input) -> Code:
    arguments: list[Code] = [(shape(model_input.shape),)]
    if model.batch is not None:
        arguments.append(keyword("batch_size", (literal(model.batch),)))
    if model_input.dtype != "float32":
        arguments.append(keyword("dtype", (string(model_input.dtype),)))
    if not _is_only_input(model):
        arguments.append(keyword("name", (string(model_input.name),)))
    return call("keras.Input", arguments)


def _is_only_input(model: Model) -> bool:
    """Whether a model has one input, without a name of its own."""
    return len(model.inputs) == 1 and model.inputs[0].name in ("input", "input_layer")


def _alone(tensors: Collection[Code]) -> Code:
    return next(iter(tensors)) if len(tensors) == 1 else listing(tensors)

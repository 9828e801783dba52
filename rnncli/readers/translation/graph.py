"""SavedModel → the plain data of a config that says the same, every layer with its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.problems import Problem
from rnncli.readers.checked import Malformed, as_list
from rnncli.readers.saved import SavedCall, SavedModel, SavedTensor, Shape
from rnncli.readers.translation.calls import CannotSay, Wiring, tensors_in, tensors_of, wiring_of
from rnncli.readers.translation.folding import folded
from rnncli.readers.translation.left_out import left_out, tensor_data, weights_data, why_opaque
from rnncli.readers.translation.names import layer_tensors, model_tensors, operation_tensors
from rnncli.readers.translation.nodes import Node, free_name, in_order, printable
from rnncli.readers.translation.objects import NotKeras, Objects
from rnncli.readers.translation.operations import function_of, operation_of
from rnncli.report.model_file import StoredWeight

# The stored weights of each layer, by its path.
Weights = Mapping[str, Sequence[StoredWeight]]
_NO_WEIGHTS: Weights = {}


class Translated(msgspec.Struct):
    """A model in the grammar of a config, and what the file says beside it.

    ``names`` has the path in the config of each layer that has another one in the file.
    """

    data: dict[str, Any]
    shapes: dict[str, dict[str, Shape]] = {}
    names: dict[str, str] = {}
    problems: list[Problem] = []


def translate(
    model: SavedModel, source: str, weights: Weights = _NO_WEIGHTS, path: str = ""
) -> Translated:
    """The model in the grammar of a config.

    ``weights`` describe custom layers, whose code is not in the file; ``path`` is that of a model
    inside another, ending in a slash.
    """
    return _Translation(folded(model), source, weights, path).translated()


class _Translation:
    """Translates one model."""

    def __init__(self, model: SavedModel, source: str, weights: Weights, path: str) -> None:
        self.model = model
        self.source = source
        self.weights = weights
        self.path = path
        self.problems: list[Problem] = list(model.problems)
        self.recorded: dict[tuple[str, int], dict[int, SavedTensor]] = {}
        self.tensors: dict[tuple[str, int], tuple[str, ...]] = {}
        self.names: dict[tuple[str, int], str] = {}
        self.shapes: dict[str, dict[str, Shape]] = {}
        self.renamed: dict[str, str] = {}

    def translated(self) -> Translated:
        read = [
            tensor
            for layer in self.model.layers
            for call in layer.calls
            for tensor in tensors_of(call)
        ]
        for tensor in (*self.model.outputs, *read):
            # A file records the shapes of what layers read, and of the model's outputs none.
            self.recorded.setdefault((tensor.layer, tensor.call), {})[tensor.index] = tensor
        nodes = list(self._nodes())
        data: dict[str, Any] = {"name": self.model.name, **self._inputs()}
        data["layers"] = [self._entry(node) for node in in_order(nodes)]
        try:
            outputs = [self._reference(tensor) for tensor in self.model.outputs]
        except CannotSay as error:
            raise Malformed(f"an output is {error}, which does not exist") from None
        names = self.model.output_names
        data["outputs"] = dict(zip(names, outputs, strict=True)) if names else outputs
        self._record_shapes()
        return Translated(data, self.shapes, self.renamed, self.problems)

    # Names

    def _nodes(self) -> Iterator[Node]:
        """All calls, each with a name of its own."""
        taken: set[str] = set()
        for layer in self.model.layers:
            for number, call in enumerate(layer.calls or (SavedCall(),)):
                stem = printable(layer.name)
                name = free_name(stem if number == 0 else f"{stem}_{number}", taken)
                taken.add(name)
                self.names[layer.name, number] = name
                if number == 0 and name != layer.name:
                    self.renamed[layer.name] = name
                if layer.kind == "input":
                    self.tensors[layer.name, number] = ("output",)
                elif layer.calls:
                    yield Node(layer, number, name, call)

    def _reference(self, tensor: SavedTensor) -> str:
        """A tensor as the config names it.

        Raises:
            CannotSay: the file has no such tensor.
        """
        name = self.names.get((tensor.layer, tensor.call))
        parts = self.tensors.get((tensor.layer, tensor.call), ())
        if name is None or tensor.index >= len(parts):
            raise CannotSay(f"the tensor {tensor.index} of {tensor.layer}")
        part = parts[tensor.index]
        return name if part == "output" and tensor.index == 0 else f"{name}.{part}"

    def _record_shapes(self) -> None:
        """The shapes that the file records, by the names of the entries and of their tensors."""
        inputs = {layer.name for layer in self.model.layers if layer.kind == "input"}
        for (layer, number), tensors in self.recorded.items():
            parts = self.tensors.get((layer, number), ())
            named = {
                parts[index]: tensor.shape
                for index, tensor in sorted(tensors.items())
                if index < len(parts) and tensor.shape is not None
            }
            if named and layer not in inputs:
                self.shapes[self.names[layer, number]] = named

    # Inputs

    def _inputs(self) -> dict[str, Any]:
        """The inputs of the model, and its batch size where that is fixed."""
        layers = {layer.name: layer for layer in self.model.layers}
        inputs: dict[str, Any] = {}
        batches: set[int] = set()
        for tensor in self.model.inputs:
            config = layers[tensor.layer].config if tensor.layer in layers else {}
            shape = config.get("batch_shape") or config.get("batch_input_shape") or [None]
            shape = as_list(shape, f"the shape of {tensor.layer}")
            if type(shape[0]) is int:
                batches.add(shape[0])
            described: dict[str, Any] = {"shape": list(shape[1:])}
            dtype = config.get("dtype")
            if isinstance(dtype, str):
                # A config takes an input without a dtype for ids, if a layer reads it as ids.
                described["dtype"] = dtype
            inputs[self.names.get((tensor.layer, 0), tensor.layer)] = described
        fixed = len(batches) == 1 and not self.path
        return {"inputs": inputs, **({"batch": batches.pop()} if fixed else {})}

    # Layers

    def _entry(self, node: Node) -> dict[str, Any]:
        layer = node.layer
        readers: dict[str, Callable[[Node], dict[str, Any]]] = {
            "model": self._model,
            "operation": self._operation,
            "layer": self._of_keras,
        }
        read = self._use if node.number else readers.get(layer.kind, _refuse)
        try:
            return read(node)
        except (CannotSay, NotKeras) as error:
            reason = str(error)
        try:
            return self._opaque(node, reason)
        except CannotSay as error:
            raise Malformed(f"{node.name} reads {error}, which does not exist") from None

    def _of_keras(self, node: Node) -> dict[str, Any]:
        objects = Objects(self._inner)
        entry = objects.layer(node.layer.cls, node.layer.config)
        self.problems += [
            left_out(self.source, node.name, *argument) for argument in objects.left_out
        ]
        cls, arguments = next(iter(entry.items()))
        if "attention_axes" in (arguments or ()) and _all_axes(node.call, arguments):
            # Keras fills in all axes between the batch and the features.
            del arguments["attention_axes"]
        wiring = wiring_of(cls, node.call, self._reference)
        self.tensors[node.layer.name, node.number] = layer_tensors(entry, wiring.call)
        return {**entry, "name": node.name, **wiring.keys()}

    def _inner(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """A model that a wrapper holds."""
        from rnncli.readers.dialects.keras3 import open_model

        return translate(open_model(entry, self.source), self.source, path=f"{self.path}/").data

    def _operation(self, node: Node) -> dict[str, Any]:
        function = "ops.arange" if node.layer.cls == "arange" else function_of(node.layer.cls)
        if function is None:
            raise CannotSay(f"the operation {node.layer.cls}")
        arguments, wiring = operation_of(function, node.layer.config, node.call, self._reference)
        self.tensors[node.layer.name, node.number] = operation_tensors(function, arguments)
        return {function: arguments or None, "name": node.name, **wiring.keys()}

    def _use(self, node: Node) -> dict[str, Any]:
        """A layer that is called again."""
        layer = node.layer
        if layer.kind == "operation":
            return self._operation(node)
        used = {"use": self.names[layer.name, 0], "name": node.name}
        self.tensors[layer.name, node.number] = self.tensors.get((layer.name, 0), ("output",))
        if layer.kind == "layer":
            wiring = wiring_of(layer.cls, node.call, self._reference)
        else:
            wiring = self._all_tensors(node)
        return {**used, **wiring.keys()}

    def _all_tensors(self, node: Node) -> Wiring:
        """All that a call reads, apart from masks, which travel by themselves."""
        others = {key: value for key, value in node.call.keywords.items() if key != "mask"}
        read = [*tensors_in(node.call.arguments), *tensors_in(others)]
        return Wiring([self._reference(tensor) for tensor in read])

    def _model(self, node: Node) -> dict[str, Any]:
        assert node.layer.model is not None
        path = f"{self.path}{node.layer.name}/"
        inner = translate(node.layer.model, self.source, self.weights, path)
        data, outputs = inner.data, inner.data["outputs"]
        self.problems += inner.problems
        for old, new in inner.names.items():
            self.renamed[f"{node.layer.name}/{old}"] = f"{node.name}/{new}"
        names = list(outputs) if isinstance(outputs, dict) else None
        references = list(outputs.values()) if isinstance(outputs, dict) else outputs
        self.tensors[node.layer.name, node.number] = model_tensors(references, names)
        del data["name"]
        data.pop("batch", None)
        return {"model": data, "name": node.name, **self._all_tensors(node).keys()}

    # What a config cannot say

    def _opaque(self, node: Node, reason: str = "") -> dict[str, Any]:
        """A layer that is described by its recorded shapes and its stored weights."""
        layer = node.layer
        read = self.recorded.get((layer.name, node.number), {})
        outputs = {f"output_{index}": tensor_data(tensor) for index, tensor in sorted(read.items())}
        if [*read] == [0] or not read:
            described = {"output": tensor_data(read[0]) if read else None}
            self.tensors[layer.name, node.number] = ("output",)
        else:
            described = {"outputs": outputs}
            parts = [f"output_{index}" for index in range(max(read) + 1)]
            self.tensors[layer.name, node.number] = tuple(parts)
        stored = self.weights.get(f"{self.path}{layer.name}", ())
        if stored:
            described["weights"] = dict(weights_data(stored))
        self.problems.append(why_opaque(self.source, layer, node.name, reason))
        custom = {"class": layer.written_as or layer.cls, **described}
        return {"custom": custom, "name": node.name, **self._all_tensors(node).keys()}


def _refuse(node: Node) -> dict[str, Any]:
    """No config says what a custom layer or a Lambda computes."""
    raise CannotSay(node.layer.kind)


def _all_axes(call: SavedCall, arguments: Mapping[str, Any]) -> bool:
    """Whether attention is over all axes between the batch and the features of its query."""
    query = next(iter(tensors_of(call)), None)
    if query is None or query.shape is None:
        return False
    return list(arguments["attention_axes"]) == list(range(1, len(query.shape) - 1))

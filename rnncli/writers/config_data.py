"""Model → the plain data of a config that says the same, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnncli.config.grammar import DECODE_STEPS
from rnncli.config.spec import InputSpec
from rnncli.config.writing import shortest
from rnncli.keras_api.call_arguments import read_names
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import traits
from rnncli.model.arguments import first_argument, telling_arguments
from rnncli.model.graph import DeclaredTensor, Decode, Input, KerasObject, Model, Node, TensorRef
from rnncli.model.indexing import bracketed
from rnncli.model.inputs import bind_inputs
from rnncli.model.tensor_names import has_main_output, is_model, output_names, returned_states
from rnncli.writers.config_names import needs_name

# The name of a model in place that has none, and of an input that is not named.
_MODEL_NAME = "functional"
_INPUT_NAME = "input"


def config_data(model: Model) -> dict[str, Any]:
    """The config of a whole model."""
    config: dict[str, Any] = {"name": model.name, **_inputs(model)}
    if model.batch is not None:
        config["batch"] = model.batch
    if model.length is not None:
        sizes = {name: size for name, (size, _) in model.length.inputs.items()}
        config["length"] = sizes if model.length.size is None else model.length.size
    config |= _graph(model)
    if model.decode is not None:
        config["decode"] = _decode(model.decode)
    if model.budget is not None:
        limits = model.budget.limits
        config["budget"] = {name: limit.amount for name, limit in limits.items()}
    return config


def _inner_model(model: Model) -> dict[str, Any]:
    """A model inside another, which has only these keys."""
    named = {} if model.name == _MODEL_NAME else {"name": model.name}
    return {**named, **_inputs(model), **_graph(model)}


def _graph(model: Model) -> dict[str, Any]:
    entries = _Entries(model)
    config: dict[str, Any] = {"layers": [entries.entry(node) for node in model.nodes]}
    if model.output_names is not None:
        names = zip(model.output_names, model.outputs, strict=True)
        config["outputs"] = {name: ref.display_name for name, ref in names}
    elif model.outputs != entries.last:
        config["outputs"] = [ref.display_name for ref in model.outputs]
    return config


def _inputs(model: Model) -> dict[str, Any]:
    written = {model_input.name: _input(model_input, model.nodes) for model_input in model.inputs}
    return {"input": written[_INPUT_NAME]} if [*written] == [_INPUT_NAME] else {"inputs": written}


def _input(model_input: Input, nodes: Sequence[Node]) -> Any:
    """An input with what does not follow from the layers that read it."""
    name, shape, place = model_input.name, model_input.shape, model_input.place
    for below in (None, model_input.below):
        for dtype in (None, model_input.dtype):
            spec = InputSpec(name, shape, place, dtype, below)
            if bind_inputs([spec], nodes, []) == (model_input,):
                more = {"dtype": dtype, "below": below}
                more = {key: value for key, value in more.items() if value is not None}
                return {"shape": [*shape], **more} if more else [*shape]
    raise AssertionError("an input is what it says it is")


def _decode(decode: Decode) -> dict[str, Any]:
    written: dict[str, Any] = {"input": decode.input, "output": decode.output.display_name}
    if decode.steps != DECODE_STEPS:
        written["steps"] = decode.steps
    if decode.first:
        written["first"] = decode.first
    return written


class _Entries:
    """Writes the entries of a model in order; ``last`` is what an entry without ``from`` reads."""

    def __init__(self, model: Model) -> None:
        self.last = tuple(TensorRef(model_input.name) for model_input in model.inputs)
        self._needs_name = needs_name(model)
        self._layers: dict[str, KerasObject] = {}

    def entry(self, node: Node) -> Any:
        """The entry of a layer: the layer, and what stands beside it."""
        layer = node.layer
        entry: dict[str, Any] = {}
        if node.shared_with is not None:
            entry["use"] = node.shared_with
        else:
            entry |= self._made(node)
        if node.shared_with is not None or id(layer) in self._needs_name:
            entry["name"] = layer.name
        reads = self._reads(node)
        if reads is not None:
            entry["from"] = reads
        if node.initial_state:
            entry["initial_state"] = self._states(node.initial_state)
        if layer.call:
            entry["call"] = {**layer.call}
        self._layers[layer.name] = layer
        self.last = tuple(TensorRef(layer.name, output) for output in output_names(layer))
        self.last = self.last[:1] if has_main_output(layer) else self.last
        return next(iter(entry)) if len(entry) == 1 and None in entry.values() else entry

    def _made(self, node: Node) -> dict[str, Any]:
        """The key of an entry that makes a layer, and the value under it."""
        layer = node.layer
        if is_model(layer):
            return {"model": _inner_model(layer["model"])}
        if layer.is_custom:
            return {"custom": _custom(layer)}
        written = _operation(node) if layer.is_operation else self._object(layer)
        return written if isinstance(written, dict) else {written: None}

    def _object(self, keras_object: KerasObject) -> Any:
        """A Keras object in its shortest form."""
        written = telling_arguments(keras_object)
        arguments = {name: self._value(value) for name, value in written.items()}
        return shortest(keras_object.cls, arguments, first_argument(keras_object))

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if isinstance(value, Mapping):
            return {key: self._value(item) for key, item in value.items()}
        if not isinstance(value, KerasObject):
            return value
        if is_model(value):
            return {"model": _inner_model(value["model"])}
        written = self._object(value)
        if id(value) in self._needs_name:
            arguments = {name: self._value(item) for name, item in telling_arguments(value).items()}
            written = {value.cls: {**arguments, "name": value.name}}
        # A class alone is a word here.
        return {written: None} if isinstance(written, str) else written

    def _reads(self, node: Node) -> Any:
        """What stands under ``from``; None if the layer reads the one before it."""
        layer, names = node.layer, [ref.display_name for ref in node.inbound]
        masks = {name: ref.display_name for name, ref in node.named.items()}
        roles = _roles(node)
        if roles and (masks or len(names) > 1 or layer.is_custom):
            return {**dict(zip(roles, names, strict=False)), **masks}
        if len(names) == 1 and node.inbound == self.last:
            return None
        return names[0] if len(names) == 1 else names

    def _states(self, refs: Sequence[TensorRef]) -> Any:
        """The tensors of ``initial_state``: all states of a layer have one name."""
        source = self._layers.get(refs[0].node)
        if len(refs) > 1 and source is not None:
            states = tuple(TensorRef(source.name, state) for state in returned_states(source))
            if states == tuple(refs):
                return f"{source.name}.states"
        return refs[0].display_name if len(refs) == 1 else [ref.display_name for ref in refs]


def _roles(node: Node) -> Sequence[str]:
    """What the tensors that a layer reads are to it, where ``from`` should say so."""
    layer = node.layer
    if is_model(layer):
        return [model_input.name for model_input in layer["model"].inputs]
    if layer.is_custom:
        return layer.reads
    if layer.is_operation:
        return () if _in_order(layer, telling_arguments(layer)) else layer.reads
    if node.named or traits(layer.cls).attends:
        return read_names(layer.cls)
    return ()


def _in_order(operation: KerasObject, arguments: Mapping[str, Any]) -> bool:
    """Whether the tensors of an operation fill the first parameters that are left."""
    row = OPERATIONS[operation.cls]
    if row.several or not row.numbers:
        return True
    free = [name for name in row.tensors if name not in arguments]
    return tuple(free[: len(operation.reads)]) == operation.reads


def _operation(node: Node) -> Any:
    """An operation; a value without a name is the first parameter that no tensor fills."""
    operation = node.layer
    arguments = telling_arguments(operation)
    if "key" in arguments:
        arguments["key"] = bracketed(arguments["key"])
    first = next(iter(operation.signature.arguments), None)
    stands_in = first in OPERATIONS[operation.cls].tensors
    needs_no_name = _in_order(operation, {}) if stands_in else first_argument(operation)
    return shortest(operation.cls, arguments, first if needs_no_name else None)


def _custom(layer: KerasObject) -> dict[str, Any]:
    outputs: Sequence[DeclaredTensor] = layer["outputs"]
    written: dict[str, Any] = {"class": layer.class_name}
    if len(outputs) == 1 and outputs[0].name == "output":
        written["output"] = _tensor(outputs[0])
    else:
        written["outputs"] = {output.name: _tensor(output) for output in outputs}
    if layer["weights"]:
        written["weights"] = {weight.name: _tensor(weight) for weight in layer["weights"]}
    return written


def _tensor(tensor: DeclaredTensor) -> Any:
    more: dict[str, Any] = {} if tensor.dtype == "float32" else {"dtype": tensor.dtype}
    if not tensor.trainable:
        more["trainable"] = False
    shape = None if tensor.shape is None else [*tensor.shape]
    return {"shape": shape, **more} if more else shape

"""One pass through a model, layer by layer, on symbolic or on concrete tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from rnncli.engine.calling import apply, as_predicted, keywords_of
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import mask_use
from rnncli.engine.objects import instantiate
from rnncli.engine.operations import operate
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.model.graph import Input, Model, Node, TensorRef
from rnncli.model.run_order import run_order
from rnncli.model.tensor_names import SCORES, is_model, output_names
from rnncli.report.layer import MaskUse


class BuiltModel(msgspec.Struct, frozen=True):
    """The Keras layers of a model by name, and the nested models; both grow as it is built."""

    layers: dict[str, Any] = msgspec.field(default_factory=dict)
    models: dict[str, BuiltModel] = msgspec.field(default_factory=dict)

    def flat_layers(self) -> Iterator[Any]:
        """Yields all layers, with their inner layers and those of nested models."""
        for layer in self.layers.values():
            yield from layer._flatten_layers()
        for model in self.models.values():
            yield from model.flat_layers()


class Pass(msgspec.Struct, frozen=True):
    """The tensors of a pass, by input or layer; ``inside`` holds the passes of nested models.

    ``masks`` records what each layer did with masks when it was called: MultiHeadAttention removes
    the masks of its inputs, so that they cannot be read afterwards. ``masked`` records for each
    nested model whether an input and whether an output has a mask.
    """

    tensors: dict[str, dict[str, Any]]
    inside: dict[str, Pass]
    masks: dict[str, MaskUse | None]
    masked: dict[str, tuple[bool, bool]]

    def __getitem__(self, ref: TensorRef) -> Any:
        return self.tensors[ref.node][ref.tensor]

    def flat(self) -> list[Any]:
        """Returns all tensors, in the order in which ``filled`` takes them."""
        own = [tensor for named in self.tensors.values() for tensor in named.values()]
        return own + [tensor for passed in self.inside.values() for tensor in passed.flat()]

    def filled(self, tensors: Iterator[Any]) -> Pass:
        """Returns the same pass with its tensors replaced."""
        own = {
            node: {name: next(tensors) for name in named} for node, named in self.tensors.items()
        }
        inside = {name: passed.filled(tensors) for name, passed in self.inside.items()}
        return Pass(own, inside, self.masks, self.masked)


# The masks that tensors had when a layer returned them: a later layer may remove them.
Masks = dict[TensorRef, Any]


def call_node(
    node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbols: Pass | None
) -> None:
    """Calls a layer or an operation on its inputs, and puts what it returns into the pass."""
    if node.layer.is_operation:
        _operate(node, built, passed)
    else:
        _call_layer(node, built, passed, masks, symbols)


# What calls the layers and the operations of a pass, such as ``call_node``.
Call = Callable[[Node, BuiltModel, Pass, Masks, Pass | None], None]


def through(
    model: Model,
    built: BuiltModel,
    entering: Mapping[str, Any],
    symbols: Pass | None = None,
    call: Call = call_node,
) -> Pass:
    """Calls every layer of the model in turn; builds those that are not built yet.

    ``symbols`` is the pass on symbolic tensors if this is one on concrete tensors: it runs as
    ``model.predict`` does, in the order in which Keras runs a model, and with the masks that
    Keras passed to the layers when the model was built. ``call`` calls each layer, at any depth.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """
    passed = Pass({name: {"output": tensor} for name, tensor in entering.items()}, {}, {}, {})
    masks: Masks = {}
    for place in run_order(model) if symbols else range(len(model.nodes)):
        node = model.nodes[place]
        name = node.layer.name
        if is_model(node.layer):
            _call_model(node, built, passed, masks, symbols, call)
        else:
            try:
                call(node, built, passed, masks, symbols)
            except Exception as error:
                raise KerasFailed(node.layer.label, error) from error
        for output, tensor in passed.tensors[name].items():
            masks[TensorRef(name, output)] = mask_of(tensor)
    return passed


def _call_layer(
    node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbols: Pass | None
) -> None:
    """Calls a layer on its inputs; creates it if it is called for the first time."""
    name = node.layer.name
    owner = node.shared_with or name
    layer = built.layers.get(owner)
    if layer is None:
        layer = instantiate(node.layer)
    # The first call, under the owner's name, may be one that is not run.
    built.layers[owner] = built.layers[name] = layer
    reads = [passed[ref] for ref in node.inbound]
    starts = [passed[ref] for ref in node.initial_state]
    more = keywords_of(node, passed.__getitem__)
    if symbols:
        handed_over = "mask" not in more and _is_given_a_mask(symbols.tensors[name])
        # What predict says of training holds, whatever the config says.
        more |= as_predicted(layer, masks.get(node.inbound[0]) if handed_over else None)
    is_named = "mask" in more or any(name.endswith("mask") for name in node.named)
    masked = is_named or _any_masked(reads)
    outputs = passed.tensors[name] = apply(node, layer, reads, starts, more)
    started = bool(starts) and "mask" not in node.keywords
    # The scores of attention carry the mask that was applied to them.
    goes_on = _any_masked(tensor for output, tensor in outputs.items() if output != SCORES)
    passed.masks[name] = mask_use(layer, masked, goes_on, started)


def _operate(node: Node, built: BuiltModel, passed: Pass) -> None:
    """Calls an operation; one that returns the very tensor that it reads hands on its mask."""
    reads = [passed[ref] for ref in node.inbound]
    name = node.shared_with or node.layer.name
    masked = _any_masked(reads)
    outputs = passed.tensors[node.layer.name] = operate(node.layer, reads, built.layers, name)
    use: MaskUse = "passes" if _any_masked(outputs.values()) else "drops"
    passed.masks[node.layer.name] = use if masked else None


def _call_model(
    node: Node,
    built: BuiltModel,
    passed: Pass,
    masks: Masks,
    symbols: Pass | None,
    call: Call,
) -> None:
    """Runs a nested model."""
    name, model = node.layer.name, node.layer["model"]
    owner = node.shared_with or name
    inner = built.models.get(owner)
    if inner is None:
        inner = BuiltModel()
    built.models[owner] = built.models[name] = inner
    for ref in node.inbound:
        put_mask(passed[ref], masks.get(ref))
    comes_in = _any_masked(passed[ref] for ref in node.inbound)
    reads = zip(model.inputs, node.inbound, strict=True)
    inside = through(
        model,
        inner,
        {model_input.name: _entering(model_input, passed[ref]) for model_input, ref in reads},
        symbols.inside[name] if symbols else None,
        call,
    )
    outputs = zip(output_names(node.layer), model.outputs, strict=True)
    passed.inside[name] = inside
    passed.tensors[name] = {output: inside[ref] for output, ref in outputs}
    tensors = passed.tensors[name]
    passed.masked[name] = (comes_in, _any_masked(tensors.values()))
    for tensor in () if symbols else tensors.values():
        # On symbolic tensors, Keras does not pass on the masks of a nested model.
        put_mask(tensor, None)


def _any_masked(tensors: Iterable[Any]) -> bool:
    return any(mask_of(tensor) is not None for tensor in tensors)


def _is_given_a_mask(symbols: Mapping[str, Any]) -> bool:
    """Returns whether the inbound node of these symbolic tensors has a mask argument."""
    symbol = next(iter(symbols.values()))
    layer, number, _ = symbol._keras_history
    return layer._inbound_nodes[number].arguments.kwargs.get("mask") is not None


def _entering(model_input: Input, tensor: Any) -> Any:
    """Casts a tensor to the dtype that the input of the nested model declares."""
    import keras

    if dtype_of(tensor) == model_input.dtype or model_input.dtype == "string":
        return tensor
    cast = keras.ops.cast(tensor, model_input.dtype)
    put_mask(cast, mask_of(tensor))
    return cast

"""One pass through a model, layer by layer: on symbols, from which Keras infers, or on numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from rnncli.engine.calling import apply, as_predicted
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import mask_use
from rnncli.engine.objects import instantiate
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.model.graph import Input, Model, Node, TensorRef
from rnncli.model.run_order import run_order
from rnncli.model.tensor_names import is_model, output_names
from rnncli.report.layer import MaskUse


class BuiltModel(msgspec.Struct, frozen=True):
    """The Keras layers of a model by name, and the models inside it; both grow as it is built."""

    layers: dict[str, Any] = msgspec.field(default_factory=dict)
    models: dict[str, BuiltModel] = msgspec.field(default_factory=dict)

    def flat_layers(self) -> Iterator[Any]:
        """All its layers, with those that they hold and those of the models inside."""
        for layer in self.layers.values():
            yield from layer._flatten_layers()
        for model in self.models.values():
            yield from model.flat_layers()


class Pass(msgspec.Struct, frozen=True):
    """The tensors of a pass: of each input and layer by name, and those of the models inside.

    ``masks`` says what each layer did with masks when it was called: MultiHeadAttention takes the
    masks off what it reads, so that they cannot be seen afterwards. ``masked`` says of each model
    inside whether masks came in and went out.
    """

    tensors: dict[str, dict[str, Any]]
    inside: dict[str, Pass]
    masks: dict[str, MaskUse | None]
    masked: dict[str, tuple[bool, bool]]

    def __getitem__(self, ref: TensorRef) -> Any:
        return self.tensors[ref.node][ref.tensor]

    def flat(self) -> list[Any]:
        """All its tensors, in the order in which ``filled`` takes others."""
        own = [tensor for named in self.tensors.values() for tensor in named.values()]
        return own + [tensor for passed in self.inside.values() for tensor in passed.flat()]

    def filled(self, tensors: Iterator[Any]) -> Pass:
        """The same pass with other tensors in their places."""
        own = {
            node: {name: next(tensors) for name in named} for node, named in self.tensors.items()
        }
        inside = {name: passed.filled(tensors) for name, passed in self.inside.items()}
        return Pass(own, inside, self.masks, self.masked)


# The masks that tensors had when they were given: a layer may take them off.
Masks = dict[TensorRef, Any]


def through(
    model: Model, built: BuiltModel, entering: Mapping[str, Any], symbols: Pass | None = None
) -> Pass:
    """Every layer of the model called in turn on what enters; one that is not built yet is built.

    ``symbols`` is the pass on symbols, where this is one on numbers: it is made as
    ``model.predict`` makes it, in the order in which Keras runs a model, and with the masks that
    Keras handed over when the model was built.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """
    passed = Pass({name: {"output": tensor} for name, tensor in entering.items()}, {}, {}, {})
    masks: Masks = {}
    for place in run_order(model) if symbols else range(len(model.nodes)):
        node = model.nodes[place]
        name = node.layer.name
        if is_model(node.layer):
            _call_model(node, built, passed, masks, symbols)
        else:
            try:
                _call_layer(node, built, passed, masks, symbols)
            except Exception as error:
                raise KerasFailed(node.layer.label, error) from error
        for output, tensor in passed.tensors[name].items():
            masks[TensorRef(name, output)] = mask_of(tensor)
    return passed


def _call_layer(
    node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbols: Pass | None
) -> None:
    """Calls a layer on what it reads, and builds it if it is called for the first time."""
    name = node.layer.name
    layer = built.layers.get(node.shared_with or name)
    if layer is None:
        layer = instantiate(node.layer)
    built.layers[name] = layer
    reads = [passed[ref] for ref in node.sources]
    starts = [passed[ref] for ref in node.initial_state]
    more = {}
    if symbols:
        handed_over = _is_given_a_mask(symbols.tensors[name])
        more = as_predicted(layer, masks.get(node.sources[0]) if handed_over else None)
    masked = "mask" in more or _any_masked(reads)
    outputs = passed.tensors[name] = apply(node, layer, reads, starts, more)
    passed.masks[name] = mask_use(layer, masked, _any_masked(outputs.values()), bool(starts))


def _call_model(
    node: Node, built: BuiltModel, passed: Pass, masks: Masks, symbols: Pass | None
) -> None:
    """A pass through a model inside the model."""
    name, model = node.layer.name, node.layer["model"]
    inner = built.models.get(node.shared_with or name)
    if inner is None:
        inner = BuiltModel()
    built.models[name] = inner
    for ref in node.sources:
        put_mask(passed[ref], masks.get(ref))
    comes_in = _any_masked(passed[ref] for ref in node.sources)
    reads = zip(model.inputs, node.sources, strict=True)
    inside = through(
        model,
        inner,
        {model_input.name: _entering(model_input, passed[ref]) for model_input, ref in reads},
        symbols.inside[name] if symbols else None,
    )
    outputs = zip(output_names(node.layer), model.outputs, strict=True)
    passed.inside[name] = inside
    passed.tensors[name] = {output: inside[ref] for output, ref in outputs}
    tensors = passed.tensors[name]
    passed.masked[name] = (comes_in, _any_masked(tensors.values()))
    for tensor in () if symbols else tensors.values():
        # Keras infers nothing of the masks that a model inside gives.
        put_mask(tensor, None)


def _any_masked(tensors: Iterable[Any]) -> bool:
    return any(mask_of(tensor) is not None for tensor in tensors)


def _is_given_a_mask(symbols: Mapping[str, Any]) -> bool:
    """Whether Keras recorded a mask as an argument of the call that gave these symbols."""
    symbol = next(iter(symbols.values()))
    layer, number, _ = symbol._keras_history
    return layer._inbound_nodes[number].arguments.kwargs.get("mask") is not None


def _entering(model_input: Input, tensor: Any) -> Any:
    """A tensor in the dtype that the model inside declares."""
    import keras

    if dtype_of(tensor) == model_input.dtype or model_input.dtype == "string":
        return tensor
    cast = keras.ops.cast(tensor, model_input.dtype)
    put_mask(cast, mask_of(tensor))
    return cast

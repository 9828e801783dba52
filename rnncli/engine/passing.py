"""One pass through a model, layer by layer: on symbols, from which Keras infers, or on numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from rnncli.engine.calling import apply, as_predicted
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import mask_use
from rnncli.engine.making import make
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.layers.model import Input, Model, Node, TensorRef
from rnncli.layers.run_order import run_order
from rnncli.layers.tensor_names import is_model, output_names
from rnncli.report import MaskUse

# The Keras layers that were made, by name; those of a model inside the model in a mapping.
Made = dict[str, Any]


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
        inside = {name: each.filled(tensors) for name, each in self.inside.items()}
        return Pass(own, inside, self.masks, self.masked)


def through(
    model: Model, made: Made, entering: Mapping[str, Any], built: Pass | None = None
) -> Pass:
    """Every layer of the model called in turn on what enters; one that is not made yet is made.

    ``built`` is the pass on symbols, where this is one on numbers: it is made as ``model.predict``
    makes it, in the order in which Keras runs a model, and with the masks that Keras handed over
    when the model was built.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """
    passed = Pass({name: {"output": tensor} for name, tensor in entering.items()}, {}, {}, {})
    fresh: dict[TensorRef, Any] = {}
    for place in run_order(model) if built else range(len(model.nodes)):
        node = model.nodes[place]
        name = node.layer.name
        layer = made.get(node.shared_with or name)
        if is_model(node.layer):
            made[name] = {} if layer is None else layer
            for ref in node.sources:
                put_mask(passed[ref], fresh.get(ref))
            comes_in = _any_masked(passed[ref] for ref in node.sources)
            _through_inner(node, made[name], passed, built)
            given = passed.tensors[name]
            passed.masked[name] = (comes_in, _any_masked(given.values()))
            for tensor in () if built else given.values():
                # Keras infers nothing of the masks that a model inside gives.
                put_mask(tensor, None)
        else:
            try:
                layer = made[name] = make(node.layer) if layer is None else layer
                reads = [passed[ref] for ref in node.sources]
                starts = [passed[ref] for ref in node.initial_state]
                more = {}
                if built:
                    handed_over = _is_given_a_mask(built.tensors[name])
                    masks = [fresh.get(ref) if handed_over else None for ref in node.sources]
                    more = as_predicted(layer, masks[0])
                masked = "mask" in more or _any_masked(reads)
                given = passed.tensors[name] = apply(node, layer, reads, starts, more)
                passed.masks[name] = mask_use(
                    layer, masked, _any_masked(given.values()), bool(starts)
                )
            except Exception as error:
                raise KerasFailed(node.layer.label, error) from error
        for word, tensor in passed.tensors[name].items():
            fresh[TensorRef(name, word)] = mask_of(tensor)
    return passed


def _any_masked(tensors: Iterable[Any]) -> bool:
    return any(mask_of(tensor) is not None for tensor in tensors)


def _is_given_a_mask(symbols: Mapping[str, Any]) -> bool:
    """Whether Keras recorded a mask as an argument of the call that gave these symbols."""
    symbol = next(iter(symbols.values()))
    layer, number, _ = symbol._keras_history
    return layer._inbound_nodes[number].arguments.kwargs.get("mask") is not None


def _through_inner(node: Node, made: Made, passed: Pass, built: Pass | None) -> None:
    """A pass through a model inside the model."""
    name, model = node.layer.name, node.layer["model"]
    reads = zip(model.inputs, node.sources, strict=True)
    inner = through(
        model,
        made,
        {given.name: _entering(given, passed[ref]) for given, ref in reads},
        built.inside[name] if built else None,
    )
    outputs = zip(output_names(node.layer), model.outputs, strict=True)
    passed.inside[name] = inner
    passed.tensors[name] = {word: inner[ref] for word, ref in outputs}


def _entering(given: Input, tensor: Any) -> Any:
    """A tensor in the dtype that the model inside declares."""
    import keras

    if dtype_of(tensor) == given.dtype or given.dtype == "string":
        return tensor
    cast = keras.ops.cast(tensor, given.dtype)
    put_mask(cast, mask_of(tensor))
    return cast

"""One pass through a model, layer by layer: on symbols, from which Keras infers, or on numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rnncli.engine.calling import apply
from rnncli.engine.errors import KerasFailed
from rnncli.engine.inspecting import mask_use
from rnncli.engine.making import make
from rnncli.engine.tensors import dtype_of, mask_of, put_mask
from rnncli.layers.model import Input, Model, Node, TensorRef
from rnncli.layers.tensor_names import is_model, output_names
from rnncli.report import MaskUse

# The Keras layers that were made, by name; those of a model inside the model in a mapping.
Made = dict[str, Any]


class Pass(msgspec.Struct, frozen=True):
    """The tensors of a pass: of each input and layer by name, and those of the models inside.

    ``masks`` says what each layer did with masks when it was called: MultiHeadAttention takes the
    masks off what it reads, so that they cannot be seen afterwards.
    """

    tensors: dict[str, dict[str, Any]]
    inside: dict[str, Pass]
    masks: dict[str, MaskUse | None]

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
        return Pass(own, inside, self.masks)


def through(model: Model, made: Made, entering: Mapping[str, Any]) -> Pass:
    """Every layer of the model called in turn on what enters; one that is not made yet is made.

    Raises:
        KerasFailed: Keras raised an error on one of the layers.
    """
    passed = Pass({name: {"output": tensor} for name, tensor in entering.items()}, {}, {})
    for node in model.nodes:
        name = node.layer.name
        layer = made.get(node.shared_with or name)
        if is_model(node.layer):
            made[name] = {} if layer is None else layer
            _through_inner(node, made[name], passed)
            continue
        try:
            made[name] = make(node.layer) if layer is None else layer
            reads = [passed[ref] for ref in node.sources]
            starts = [passed[ref] for ref in node.initial_state]
            masked = any(mask_of(tensor) is not None for tensor in reads)
            given = passed.tensors[name] = apply(node, made[name], reads, starts)
            goes_on = any(mask_of(tensor) is not None for tensor in given.values())
            passed.masks[name] = mask_use(made[name], masked, goes_on)
        except Exception as error:
            raise KerasFailed(node.layer.label, error) from error
    return passed


def _through_inner(node: Node, made: Made, passed: Pass) -> None:
    """A pass through a model inside the model."""
    name, model = node.layer.name, node.layer["model"]
    reads = zip(model.inputs, node.sources, strict=True)
    inner = through(
        model, made, {given.name: _entering(given, passed[ref]) for given, ref in reads}
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

"""A plan → what TensorFlow keeps of a forward pass for the backward pass, layer by layer.

The gradient of a product needs its inputs, that of a tanh its output. A tensor that several need is
kept once, and what no trainable weight leads to is not kept. A recurrent layer keeps gates and
states of every step: that is backprop through time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.keras_api.traits import traits
from rnncli.planning.kept_parts import (
    Part,
    axis,
    formula,
    heads_of,
    padded_input,
    steps,
    tensor_part,
)
from rnncli.report.layer import Layer, Tensor
from rnncli.report.report import Report
from rnncli.report.training import KeptActivations

# The gradients of these operations need no tensor.
_LINEAR = frozenset(
    f"ops.{name}"
    for name in (
        "add", "subtract", "negative", "sum", "mean", "concatenate", "stack", "reshape", "squeeze",
        "expand_dims", "transpose", "getitem", "pad", "split", "arange", "shape", "stop_gradient",
        "flip", "roll", "repeat", "tile", "swapaxes", "moveaxis",
    )
)  # fmt: skip
# The tensors that the gradients of these need, each as large as the output; 0 is the output itself.
_COPIES = {
    "gelu": 3, "silu": 1, "swish": 1, "softplus": 1, "hard_sigmoid": 1, "leaky_relu": 1,
    **dict.fromkeys(("relu", "tanh", "sigmoid", "softmax", "elu", "selu", "exponential"), 0),
}  # fmt: skip


class _Kept:
    """Collects what is kept, while the layers are followed in the order of the model."""

    def __init__(self) -> None:
        self.classes: dict[str, str] = {}
        self.parts: dict[str, list[Part]] = {}
        # The tensors of the model by reference; a view is another name of one.
        self._tensors: dict[str, tuple[str, Tensor]] = {}
        self._views: dict[str, str] = {}
        self._trained: set[str] = set()
        self._seen: set[str] = set()
        self.estimated: list[str] = []

    def add_input(self, tensor: Tensor, path: str = "") -> None:
        self._tensors[path + tensor.name] = path + tensor.name, tensor
        self.classes[path + tensor.name] = "input"

    def keep(self, ref: str) -> None:
        """Keeps a tensor, once; one of which nothing is known here is another's."""
        ref = self._views.get(ref, ref)
        if ref not in self._seen and ref in self._tensors:
            self._seen.add(ref)
            layer, tensor = self._tensors[ref]
            word = "input" if self.classes[layer] == "input" else "output"
            self.parts.setdefault(layer, []).append(tensor_part(tensor, word))

    def follow(self, layers: Sequence[Layer], path: str = "") -> None:
        """Follows the layers of a model; ``path`` is that of a nested one, such as ``encoder/``."""
        trainable: dict[str, bool] = {}
        for layer in layers:
            name = path + layer.name
            reads = [path + ref for ref in (*layer.inbound, *layer.initial_state)]
            owner = layer.shared_with or layer.name
            has_weights = bool(layer.params and layer.params.trainable) or trainable.get(owner)
            trainable[layer.name] = bool(has_weights)
            self.classes[name] = layer.cls
            for ref, tensor in _returned(layer, name):
                self._tensors[ref] = name, tensor
            if layer.outputs:
                self._views[f"{name}.{layer.outputs[0].name}"] = name
            keeps = _keeps(layer)
            if "view" in keeps and reads:
                self._views[name] = self._views.get(reads[0], reads[0])
            is_reached = bool(self._trained.intersection(reads))
            if not has_weights and not is_reached:
                continue
            self._trained.update(ref for ref, _ in _returned(layer, name))
            if layer.is_model:
                self._trained.update(f"{name}/{tensor.name}" for tensor in layer.inputs)
                self.follow(layer.layers, f"{name}/")
                continue
            if is_estimated(layer):
                self.estimated.append(name)
            if "input" in keeps and not _is_recurrent(layer):
                for ref in reads:
                    self.keep(ref)
            if _keeps_output(layer):
                self.keep(name)
            self.parts.setdefault(name, []).extend(_inside(layer, is_reached))


def kept_activations(planned: Report) -> tuple[list[KeptActivations], list[str]]:
    """What is kept of each input and layer of which anything is, and the layers that are guessed:
    it was not measured what their gradients read."""
    kept = _Kept()
    for tensor in planned.inputs:
        kept.add_input(tensor)
    kept.follow(planned.layers)
    # A loss reads the outputs.
    for ref in planned.outputs:
        kept.keep(ref)
    return [
        _record(name, cls, kept.parts[name])
        for name, cls in kept.classes.items()
        if kept.parts.get(name)
    ], kept.estimated


def _record(name: str, cls: str, parts: Sequence[Part]) -> KeptActivations:
    is_known = all(part.count is not None for part in parts)
    return KeptActivations(
        layer=name,
        cls=cls,
        bytes=sum((part.count or 0) * part.item for part in parts) if is_known else None,
        formula=formula(parts) if is_known else "",
    )


def _returned(layer: Layer, name: str) -> Iterator[tuple[str, Tensor]]:
    """Yields the tensors that a layer returns, by the references that others read them by."""
    for number, tensor in enumerate(layer.outputs):
        if not number:
            yield name, tensor
        yield f"{name}.{tensor.name}", tensor
    for state in layer.states:
        yield f"{name}.{state.name}", state


def _is_recurrent(layer: Layer) -> bool:
    return bool(traits(layer.cls).keeps_per_step) or bool(layer.states)


def _keeps(layer: Layer) -> tuple[str, ...]:
    """What a layer keeps by its traits, and an operation by its name."""
    if not layer.cls.startswith("ops."):
        keeps = traits(layer.cls).keeps
        if keeps is None:
            return "input", "output"
        # A convolution with holes, or with zeros before it, keeps its padded input.
        return tuple(word for word in keeps if word != "input") if padded_input(layer) else keeps
    return () if layer.cls in _LINEAR else ("input",)


def is_estimated(layer: Layer) -> bool:
    """Whether what a layer keeps is a guess: what its gradient reads was not measured."""
    if layer.cls in _LINEAR or layer.is_model or _is_recurrent(layer):
        return False
    if traits(layer.cls).wraps_model:
        return any(map(is_estimated, layer.layers))
    activation = (layer.arguments or {}).get("activation", "linear")
    return traits(layer.cls).keeps is None or activation not in (None, "linear", *_COPIES)


def _keeps_output(layer: Layer) -> bool:
    keeps = _keeps(layer)
    if _is_recurrent(layer) or traits(layer.cls).wraps_model:
        return False
    return "output" in keeps or ("activation" in keeps and _copies(layer) == 0)


def _copies(layer: Layer) -> int | None:
    """How many tensors of the output's size the gradient of its activation needs; 0 is the output
    itself, and None nothing."""
    activation = (layer.arguments or {}).get("activation")
    if activation in (None, "linear"):
        return None
    return _COPIES.get(activation, 0) if isinstance(activation, str) else 0


def _inside(layer: Layer, is_reached: bool) -> Iterator[Part]:
    """Yields what a layer keeps beside its inputs and outputs; ``is_reached`` says that a gradient
    goes on to its inputs."""
    row = traits(layer.cls)
    if row.keeps_per_step:
        yield from steps(layer, layer, is_reached=is_reached)
    elif traits(layer.cls).wraps_model:
        yield from _each_step(layer, is_reached)
    elif _is_recurrent(layer):
        # A Bidirectional has its two layers inside, and an RNN its cells.
        is_stack = not traits(layer.layers[0].cls).recurrent_over
        for number, inner in enumerate(layer.layers):
            if traits(inner.cls).keeps_per_step:
                after = is_stack and number > 0
                yield from steps(layer, inner, is_reached=is_reached, reads_state=after)
    else:
        yield from _copied(layer)


def _copied(layer: Layer) -> Iterator[Part]:
    keeps = _keeps(layer)
    padded = padded_input(layer)
    if padded is not None:
        yield padded
    output = layer.outputs[0]
    copies = keeps.count("copy") + ((_copies(layer) or 0) if "activation" in keeps else 0)
    for _ in range(copies):
        yield tensor_part(output, "copy")
    if "mask" in keeps:
        yield msgspec.structs.replace(tensor_part(output, "mask"), item=1)
    if layer.transient and ("scores" in keeps or "heads" in keeps):
        scores = tensor_part(
            Tensor(name="scores", shape=layer.transient.shape, dtype=layer.transient.dtype),
            layer.transient.name,
        )
        yield scores
        if (layer.arguments or {}).get("dropout"):
            yield from (scores, msgspec.structs.replace(scores, item=1, words="mask"))
        if "heads" in keeps:
            yield from heads_of(layer)


def _each_step(layer: Layer, is_reached: bool) -> Iterator[Part]:
    """Yields what a TimeDistributed keeps of the layer that it calls at each step."""
    length = axis(layer.inputs[0], 1)
    if length is None:
        yield Part(None, 0, "", "")
        return
    for inner in layer.layers:
        kept = _Kept()
        if inner.is_model:
            kept.follow(inner.layers)
        parts = [part for parts in kept.parts.values() for part in parts]
        if not inner.is_model:
            parts += _inside(inner, is_reached)
            parts += [tensor_part(inner.inputs[0], "input")] if "input" in _keeps(inner) else []
            parts += [tensor_part(inner.outputs[0], "output")] if _keeps_output(inner) else []
        yield from [part.times(length) for part in parts]

"""Planned layers → the records of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject, Node, TensorRef
from rnncli.model.plain_arguments import plain_arguments
from rnncli.model.tensor_names import state_names
from rnncli.report.layer import Layer, Params, Recurrence, Repeat, Shape
from rnncli.report.layer import Tensor as TensorRecord
from rnncli.report.totals import without_weights
from rnncli.rules.rule import LayerPlan, PlannedLayer
from rnncli.rules.tensors import Tensor

# How the unknown axes of a shape are written, by the shape that it has in a run.
Letters = Callable[[Shape, Shape], tuple[str, ...]]


class LayerEvaluations(msgspec.Struct, frozen=True):
    """One layer planned twice: with unknown lengths, and with those of a run; ``letters`` writes
    the unknown axes."""

    symbolic: PlannedLayer
    concrete: PlannedLayer
    letters: Letters | None = None

    def inner(self) -> list[LayerEvaluations]:
        """The evaluations of the layers inside."""
        pairs = zip(self.symbolic.facts.inner, self.concrete.facts.inner, strict=True)
        return [LayerEvaluations(symbolic, concrete, self.letters) for symbolic, concrete in pairs]

    def tensors(self, of: Callable[[PlannedLayer], Sequence[Tensor]]) -> tuple[TensorRecord, ...]:
        """The records of what the layer reads, or of what it returns."""
        pairs = zip(of(self.symbolic), of(self.concrete), strict=True)
        return tuple(
            [tensor_record(symbolic, concrete, self.letters) for symbolic, concrete in pairs]
        )


def layer_record(evaluations: LayerEvaluations) -> Layer:
    """The record of a layer and of the layers inside it."""
    symbolic, node = evaluations.symbolic, evaluations.symbolic.node
    layer, facts, macs = symbolic.layer, symbolic.facts, evaluations.concrete.facts.macs
    layers = tuple([layer_record(inner) for inner in evaluations.inner()]) if facts.inner else ()
    record = Layer(
        name=layer.name,
        cls=layer.class_name,
        inbound=_display_names((*node.inbound, *node.named.values())) if node else (),
        initial_state=_display_names(node.initial_state) if node else (),
        inputs=evaluations.tensors(_inputs_of),
        outputs=evaluations.tensors(_outputs_of),
        states=facts.states,
        weights=facts.weights if facts.known else None,
        params=_params(facts, layers) if facts.known else None,
        macs=macs if macs is None else int(macs),
        mask=facts.mask,
        cudnn=facts.cudnn,
        layers=layers,
        transient=evaluations.concrete.facts.transient or msgspec.UNSET,
        roles=_roles(node) if node else msgspec.UNSET,
        repeat=_repeat(node) if node else msgspec.UNSET,
        custom=True if layer.is_custom else msgspec.UNSET,
        call=layer.call or msgspec.UNSET,
        recurrence=_recurrence(layer),
        arguments=(plain_arguments(layer) if layer.arguments else None) or msgspec.UNSET,
    )
    return without_weights(record, node.shared_with) if node and node.shared_with else record


def _display_names(refs: Sequence[TensorRef]) -> tuple[str, ...]:
    return tuple([ref.display_name for ref in refs])


def _roles(node: Node) -> tuple[str, ...] | msgspec.UnsetType:
    layer = node.layer
    roles = (layer.reads if layer.is_custom else traits(layer.cls).roles)[: len(node.inbound)]
    if node.named:
        from rnncli.keras_api.call_arguments import read_names

        return (*read_names(node.layer.cls)[: len(node.inbound)], *node.named)
    return roles if len(node.inbound) > 1 and roles else msgspec.UNSET


def _repeat(node: Node) -> Repeat | msgspec.UnsetType:
    if node.repeat is None:
        return msgspec.UNSET
    line, iteration = node.repeat
    return Repeat(line=line, iteration=iteration)


def _recurrence(layer: KerasObject) -> Recurrence | msgspec.UnsetType:
    """How a layer or a cell that has states computes a step; unset for all others."""
    if not state_names(layer):
        return msgspec.UNSET
    if layer.cls == "Bidirectional":
        return Recurrence(
            return_sequences=layer["layer"]["return_sequences"],
            merge=layer["merge_mode"] or "none",
        )
    return Recurrence(
        return_sequences=_argument(layer, "return_sequences"),
        goes_backwards=_argument(layer, "go_backwards"),
        activation=_function(_argument(layer, "activation")),
        recurrent_activation=_function(_argument(layer, "recurrent_activation")),
        reset_after=_argument(layer, "reset_after"),
    )


def _argument(layer: KerasObject, name: str) -> Any:
    return layer[name] if name in layer.signature.arguments else msgspec.UNSET


def _function(activation: Any) -> Any:
    """The name of an activation, which is ``linear`` where there is none."""
    if isinstance(activation, KerasObject):
        return activation.cls
    return "linear" if activation is None else activation


def _inputs_of(planned: PlannedLayer) -> Sequence[Tensor]:
    return (*planned.inputs, *planned.named)


def _outputs_of(planned: PlannedLayer) -> Sequence[Tensor]:
    return planned.facts.outputs


def tensor_record(
    symbolic: Tensor, concrete: Tensor, letters: Letters | None = None
) -> TensorRecord:
    """The record of a tensor."""
    shape, filled = symbolic.shape, concrete.shape
    return TensorRecord(
        name=symbolic.name,
        shape=shape,
        dtype=concrete.dtype or None,
        filled=in_numbers(filled) if filled is not None and filled != shape else None,
        letters=letters(shape, filled) if letters and shape and filled and None in shape else (),
    )


def in_numbers(shape: Shape) -> Shape:
    """A shape whose sizes are plain numbers, without their expressions of the lengths."""
    return tuple([size if size is None else int(size) for size in shape])


def _params(facts: LayerPlan, layers: tuple[Layer, ...]) -> Params:
    total = trainable = 0
    for weight in facts.weights:
        total += weight.count
        trainable += weight.count if weight.trainable else 0
    for layer in layers:
        if layer.params:
            total += layer.params.total
            trainable += layer.params.trainable
    return Params(
        total=total,
        trainable=trainable,
        non_trainable=total - trainable,
        formula=_sum_of_parts(facts, layers) if layers else facts.formula,
    )


def _sum_of_parts(facts: LayerPlan, layers: tuple[Layer, ...]) -> str | None:
    """The formula of a wrapper's count: those of the layers inside, and of its own weights."""
    parts = [
        (layer.name, layer.params.total) for layer in layers if layer.params and layer.params.total
    ]
    parts += [(weight.name, weight.count) for weight in facts.weights]
    if not parts:
        return None
    names, counts = (" + ".join(map(str, column)) for column in zip(*parts, strict=True))
    return f"{names} = {counts}"

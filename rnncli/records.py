"""What the rules say of layers → the records of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from rnncli import report
from rnncli.report import ITEM_BYTES, Layer, Params, Shape, Totals
from rnncli.rules.rule import Facts, Held
from rnncli.rules.tensors import Tensor, add, product

# How the unknown axes of a shape are written, by the shape that it has in a run.
Letters = Callable[[Shape, Shape], tuple[str, ...]]


class LayerEvaluations(msgspec.Struct, frozen=True):
    """One layer as it is planned twice: with unknown lengths, and at a run's; ``letters`` writes
    the unknown axes."""

    symbolic: Held
    concrete: Held
    letters: Letters | None = None

    def inner(self) -> list[LayerEvaluations]:
        """The same of the layers inside."""
        pairs = zip(self.symbolic.facts.held, self.concrete.facts.held, strict=True)
        return [LayerEvaluations(symbolic, concrete, self.letters) for symbolic, concrete in pairs]

    def tensors(self, of: Callable[[Held], Sequence[Tensor]]) -> tuple[report.Tensor, ...]:
        """The records of what the layer reads, or of what it gives."""
        pairs = zip(of(self.symbolic), of(self.concrete), strict=True)
        return tuple([tensor(symbolic, concrete, self.letters) for symbolic, concrete in pairs])


def layer(evaluations: LayerEvaluations) -> Layer:
    """The record of a layer and of what it holds."""
    symbolic, node = evaluations.symbolic, evaluations.symbolic.node
    given, facts, macs = symbolic.layer, symbolic.facts, evaluations.concrete.facts.macs
    held = tuple([layer(each) for each in evaluations.inner()]) if facts.held else ()
    record = Layer(
        name=given.name,
        cls=given.cls,
        sources=tuple([each.short for each in node.sources]) if node else (),
        initial_state=tuple([each.short for each in node.initial_state]) if node else (),
        inputs=evaluations.tensors(_read),
        outputs=evaluations.tensors(_given),
        states=facts.states,
        weights=facts.weights if facts.known else None,
        params=_params(facts, held) if facts.known else None,
        macs=macs if macs is None else int(macs),
        mask=facts.mask,
        cudnn=facts.cudnn,
        layers=held,
        transient=evaluations.concrete.facts.transient or msgspec.UNSET,
    )
    return shared(record, node.shared_with) if node and node.shared_with else record


def _read(held: Held) -> Sequence[Tensor]:
    return held.inputs


def _given(held: Held) -> Sequence[Tensor]:
    return held.facts.outputs


def shared(record: Layer, owner: str) -> Layer:
    """The record of a layer that is called again: its weights were counted where it was made."""
    if record.params is None:
        return msgspec.structs.replace(record, shared_with=owner)
    return msgspec.structs.replace(
        record,
        shared_with=owner,
        weights=(),
        params=Params(total=0, trainable=0, non_trainable=0),
        layers=tuple(shared(each, each.name) for each in record.layers),
    )


def tensor(symbolic: Tensor, concrete: Tensor, letters: Letters | None = None) -> report.Tensor:
    """The record of a tensor."""
    shape, filled = symbolic.shape, concrete.shape
    return report.Tensor(
        name=symbolic.name,
        shape=shape,
        dtype=concrete.dtype or None,
        filled=in_numbers(filled) if filled is not None and filled != shape else None,
        letters=letters(shape, filled) if letters and shape and filled and None in shape else (),
    )


def in_numbers(shape: Shape) -> Shape:
    """A shape whose sizes are plain numbers, whatever they know of lengths."""
    return tuple([size if size is None else int(size) for size in shape])


def totals(layers: Iterable[Layer]) -> Totals:
    """The sums over the layers of a model; what one of them does not know is None."""
    layers = tuple(layers)
    params = [each.params for each in layers]
    return Totals(
        params=add(*[each.total if each else None for each in params]),
        trainable=add(*[each.trainable if each else None for each in params]),
        non_trainable=add(*[each.non_trainable if each else None for each in params]),
        weight_bytes=add(*map(_weight_bytes, layers)),
        activation_bytes=add(*map(_activation_bytes, layers)),
        macs=add(*[each.macs for each in layers]),
    )


def _params(facts: Facts, held: tuple[Layer, ...]) -> Params:
    total = trainable = 0
    for weight in facts.weights:
        total += weight.count
        trainable += weight.count if weight.trainable else 0
    for each in held:
        if each.params:
            total += each.params.total
            trainable += each.params.trainable
    return Params(
        total=total,
        trainable=trainable,
        non_trainable=total - trainable,
        formula=_sum_of_parts(facts, held) if held else facts.formula,
    )


def _sum_of_parts(facts: Facts, held: tuple[Layer, ...]) -> str | None:
    """How the count of a layer that holds others comes about: theirs, and its own weights."""
    parts = [(each.name, each.params.total) for each in held if each.params and each.params.total]
    parts += [(each.name, each.count) for each in facts.weights]
    if not parts:
        return None
    names, counts = (" + ".join(map(str, each)) for each in zip(*parts, strict=True))
    return f"{names} = {counts}"


def _weight_bytes(record: Layer) -> int | None:
    if record.weights is None:
        return None
    own = sum([each.count * ITEM_BYTES[each.dtype] for each in record.weights])
    return add(own, *map(_weight_bytes, record.layers)) if record.layers else own


def _activation_bytes(record: Layer) -> int | None:
    """The outputs of a layer; of a model inside the model, those of its layers."""
    if record.is_model and record.layers:
        return add(*map(_activation_bytes, record.layers))
    return add(*map(_bytes, record.outputs))


def _bytes(tensor: report.Tensor) -> int | None:
    actual = tensor.actual
    if actual is None or tensor.dtype is None:
        return None
    return product((*actual, ITEM_BYTES.get(tensor.dtype)))

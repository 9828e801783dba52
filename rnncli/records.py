"""What the rules say of layers → the records of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from rnncli import report
from rnncli.layers.rule import Facts, Held
from rnncli.layers.tensors import Tensor, add, product
from rnncli.report import ITEM_BYTES, Layer, Params, Totals


class Views(msgspec.Struct, frozen=True):
    """One layer as it is planned three ways: with unknown lengths, at a run's lengths, and with
    each independent length changed, by its letter."""

    symbolic: Held
    filled: Held
    varied: tuple[tuple[str, Held], ...] = ()

    def held(self) -> list[Views]:
        """The same of the layers inside."""
        pairs = zip(self.symbolic.facts.held, self.filled.facts.held, strict=True)
        return [
            Views(
                each,
                more,
                tuple((letter, v.facts.held[number]) for letter, v in self.varied if v.facts.held),
            )
            for number, (each, more) in enumerate(pairs)
        ]

    def tensors(self, of: Callable[[Held], Sequence[Tensor]]) -> tuple[report.Tensor, ...]:
        """The records of what the layer reads, or of what it gives."""
        pairs = zip(of(self.symbolic), of(self.filled), strict=True)
        if len(self.varied) < 2:
            return tuple([tensor(each, more) for each, more in pairs])
        varied = [(letter, of(v)) for letter, v in self.varied]
        return tuple(
            tensor(each, more, [(letter, given[n]) for letter, given in varied if n < len(given)])
            for n, (each, more) in enumerate(pairs)
        )


def layer(views: Views) -> Layer:
    """The record of a layer and of what it holds."""
    symbolic, node = views.symbolic, views.symbolic.node
    given, facts = symbolic.layer, symbolic.facts
    held = tuple([layer(each) for each in views.held()]) if facts.held else ()
    record = Layer(
        name=given.name,
        cls=given.cls,
        sources=tuple([each.short for each in node.sources]) if node else (),
        initial_state=tuple([each.short for each in node.initial_state]) if node else (),
        inputs=views.tensors(_read),
        outputs=views.tensors(_given),
        states=facts.states,
        weights=facts.weights if facts.known else None,
        params=_params(facts, held) if facts.known else None,
        macs=views.filled.facts.macs,
        mask=facts.mask,
        cudnn=facts.cudnn,
        layers=held,
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


def tensor(
    symbolic: Tensor, filled: Tensor, varied: Sequence[tuple[str, Tensor]] = ()
) -> report.Tensor:
    """The record of a tensor; its unknown axes go by letters where there are several."""
    return report.Tensor(
        name=symbolic.name,
        shape=symbolic.shape,
        dtype=filled.dtype or None,
        filled=filled.shape if filled.shape != symbolic.shape else None,
        letters=_letters(symbolic, filled, varied) if len(varied) > 1 else (),
    )


def _letters(
    symbolic: Tensor, filled: Tensor, varied: Sequence[tuple[str, Tensor]]
) -> tuple[str, ...]:
    """What each unknown axis depends on: one length, or several where they meet."""
    found: list[str] = []
    for axis, size in enumerate(symbolic.shape or ()):
        if size is not None or filled.shape is None:
            continue
        here = filled.shape[axis]
        letters = [letter for letter, each in varied if each.shape and each.shape[axis] != here]
        grown = [
            (each.shape[axis] or 0) - (here or 0)
            for letter, each in varied
            if letter in letters and each.shape
        ]
        # Lengths that are put one behind the other grow an axis by as much as each grows.
        found.append(
            ("+" if _adds_up(grown, here or 0, len(letters)) else "·").join(letters) or "?"
        )
    return tuple(found)


def _adds_up(grown: Sequence[int], size: int, count: int) -> bool:
    return sum(grown) == size + count


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

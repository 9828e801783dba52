"""ModelSpec → Report by the rules alone, in a blink.

The rules are asked twice where an axis is unknown: once with it unknown, for the shapes, and once
with every unknown length filled in, for the counts that depend on it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass

from rnncli import __version__, report
from rnncli.config import ModelSpec
from rnncli.layers.binding import bind
from rnncli.layers.catalogue import RULES
from rnncli.layers.model import Input, KerasObject, Model, TensorRef
from rnncli.layers.rule import Facts, add, apply
from rnncli.layers.tensors import Tensor, product
from rnncli.problems import Problem, errors
from rnncli.report import ITEM_BYTES, Layer, Params, Report, Totals, Versions

DEFAULT_LENGTH = 10


def plan(spec: ModelSpec, batch: int = 1, length: int = DEFAULT_LENGTH) -> Report:
    """What Keras will make of a model, without Keras.

    ``batch`` is the size of the batch axis; ``length`` fills in axes of unknown size where a
    number depends on them. A model with problems gives a report all the same: they are in its
    ``problems``, and what depends on them is unknown.

    Raises:
        ConfigError: a ``--set`` names what is not there.
    """
    model = bind(spec)
    problems = list(model.problems)
    symbolic = _follow(model, _inputs(model, batch, None), problems)
    filled = symbolic
    has_unknown = any(None in each.shape for each in model.inputs)
    if (has_unknown or _gives_unknown(symbolic)) and not errors(problems):
        filled = _follow(model, _inputs(model, batch, length), problems, filled=True)
        if errors(problems):
            # Too short at this length, say: then nothing is known of it beyond the shapes.
            filled = symbolic
    layers = tuple(
        _layer(each.layer, each.inputs, each.facts, more.inputs, more.facts, each.sources)
        for each, more in zip(symbolic, filled, strict=True)
    )
    return Report(
        name=model.name,
        source=model.source,
        stage="plan",
        versions=_versions(),
        batch=batch,
        length=length if has_unknown else None,
        seed=None,
        inputs=tuple(
            _tensor(unknown, known)
            for unknown, known in zip(
                _inputs(model, batch, None), _inputs(model, batch, length), strict=True
            )
        ),
        outputs=tuple(str(each) for each in model.outputs),
        layers=layers,
        totals=totals(layers),
        problems=in_order(problems),
    )


def unreadable(source: str, problems: Iterable[Problem]) -> Report:
    """The report of a config that cannot be read: its problems alone."""
    return Report(
        name=source,
        source=source,
        stage="plan",
        versions=_versions(),
        batch=1,
        length=None,
        seed=None,
        inputs=(),
        outputs=(),
        layers=(),
        totals=totals(()),
        problems=tuple(problems),
    )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems as a reader meets them in the file, each told once."""
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda each: (each.line or 0, each.column or 0))
    )


def totals(layers: Iterable[Layer]) -> Totals:
    """The sums over the layers of a model; what one of them does not know is None."""
    layers = tuple(layers)
    params = [each.params for each in layers]
    return Totals(
        params=add(*(each.total if each else None for each in params)),
        trainable=add(*(each.trainable if each else None for each in params)),
        non_trainable=add(*(each.non_trainable if each else None for each in params)),
        weight_bytes=add(*(_weight_bytes(each) for each in layers)),
        activation_bytes=add(*(_bytes(out) for each in layers for out in each.outputs)),
        macs=add(*(each.macs for each in layers)),
    )


def _versions() -> Versions:
    return Versions(rnncli=__version__, python=platform.python_version())


@dataclass(frozen=True, slots=True)
class _Step:
    """A layer of the graph with what it reads and what the rules say of it."""

    layer: KerasObject
    sources: tuple[TensorRef, ...]
    inputs: tuple[Tensor, ...]
    facts: Facts


def _inputs(model: Model, batch: int, length: int | None) -> tuple[Tensor, ...]:
    def shape(each: Input) -> report.Shape:
        return (batch, *(length if axis is None else axis for axis in each.shape))

    return tuple(
        Tensor(each.name, shape(each), each.dtype, origin=each.place) for each in model.inputs
    )


def _gives_unknown(steps: Iterable[_Step]) -> bool:
    """Whether a layer gives an axis of unknown size."""
    return any(None in (out.shape or ()) for step in steps for out in step.facts.outputs)


def _follow(
    model: Model, inputs: tuple[Tensor, ...], problems: list[Problem], filled: bool = False
) -> list[_Step]:
    """Every layer in turn, from the inputs on."""
    tensors: dict[TensorRef, Tensor] = {TensorRef(each.name): each for each in inputs}
    nowhere = Tensor("output", None, "")
    steps: list[_Step] = []
    for node in model.nodes:
        reads = tuple(tensors.get(each, nowhere) for each in node.sources)
        facts = apply(node.layer, reads or (nowhere,), RULES, problems, filled)
        steps.append(_Step(node.layer, node.sources, reads, facts))
        given = (*facts.outputs, *(_of_state(each, node.layer) for each in facts.states))
        tensors |= {TensorRef(node.layer.name, each.name): each for each in given}
    return steps


def _of_state(state: report.State, layer: KerasObject) -> Tensor:
    return Tensor(state.name, state.shape, state.dtype or "", maker=layer)


def _layer(
    layer: KerasObject,
    inputs: tuple[Tensor, ...],
    facts: Facts,
    filled_inputs: tuple[Tensor, ...],
    filled: Facts,
    sources: tuple[TensorRef, ...] = (),
) -> Layer:
    """The record of a layer and of what it holds."""
    held = tuple(
        _layer(each.layer, each.inputs, each.facts, more.inputs, more.facts)
        for each, more in zip(facts.held, filled.held, strict=True)
    )
    return Layer(
        name=layer.name,
        cls=layer.cls,
        sources=tuple(each.short for each in sources),
        inputs=tuple(map(_tensor, inputs, filled_inputs)),
        outputs=tuple(map(_tensor, facts.outputs, filled.outputs)),
        states=facts.states,
        weights=facts.weights if facts.known else None,
        params=_params(facts, held) if facts.known else None,
        macs=filled.macs,
        mask=facts.mask,
        cudnn=facts.cudnn,
        layers=held,
    )


def _params(facts: Facts, held: tuple[Layer, ...]) -> Params:
    inner = [each.params for each in held if each.params]
    trainable = sum(each.count for each in facts.weights if each.trainable)
    trainable += sum(each.trainable for each in inner)
    total = sum(each.count for each in facts.weights) + sum(each.total for each in inner)
    return Params(
        total=total,
        trainable=trainable,
        non_trainable=total - trainable,
        formula=_sum_of_parts(facts, held) if held else facts.formula,
    )


def _sum_of_parts(facts: Facts, held: tuple[Layer, ...]) -> str:
    """How the count of a wrapper comes about: what it holds, and its own weights."""
    parts = [(each.name, each.params.total) for each in held if each.params]
    parts += [(each.name, each.count) for each in facts.weights]
    names, counts = (" + ".join(map(str, each)) for each in zip(*parts, strict=True))
    return f"{names} = {counts}"


def _tensor(tensor: Tensor, filled: Tensor) -> report.Tensor:
    return report.Tensor(
        name=tensor.name,
        shape=tensor.shape,
        dtype=filled.dtype or None,
        filled=filled.shape if filled.shape != tensor.shape else None,
    )


def _weight_bytes(layer: Layer) -> int | None:
    if layer.weights is None:
        return None
    own = sum(each.count * ITEM_BYTES[each.dtype] for each in layer.weights)
    return add(own, *(_weight_bytes(each) for each in layer.layers))


def _bytes(tensor: report.Tensor) -> int | None:
    if tensor.actual is None or tensor.dtype is None:
        return None
    return product((*tensor.actual, ITEM_BYTES.get(tensor.dtype)))

"""The names of a model: where each is defined, what it is, and where it is used.

A model inside another one is a scope of its own: its names are not known outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from rnncli.config.spans import Span, spans_at
from rnncli.config.spec import (
    EntrySpec,
    IncludeSpec,
    LayerSpec,
    ModelSpec,
    NodeSpec,
    ObjectSpec,
    Reference,
    RepeatSpec,
    UseSpec,
    Value,
)
from rnncli.model.binding import bind
from rnncli.model.graph import Model, Node
from rnncli.model.repeats import expand_repeats
from rnncli.problems import Place
from rnncli.report.layer import Layer, Tensor


class Name(msgspec.Struct, eq=False):
    """A name: an input's or a layer's.

    ``place`` is where it is written; for a layer without one, that of its class, and
    ``is_written`` is false. ``entry`` is the place of the whole layer. A layer of a repeated block
    is called by its name in the first iteration; ``layers`` are those of all iterations.
    """

    name: str
    kind: Literal["input", "layer"]
    place: Place
    is_written: bool
    entry: Place
    node: Node | None = None
    spec: NodeSpec | None = None
    layers: list[Layer] = msgspec.field(default_factory=list)
    tensor: Tensor | None = None

    @property
    def layer(self) -> Layer | None:
        """What the report says of it; of a repeated layer, in the first iteration."""
        return self.layers[0] if self.layers else None


class Use(msgspec.Struct, eq=False):
    """A place where a name is used, and which tensor of it, such as ``h``, is read there."""

    place: Place
    name: Name
    written: str
    tensor: str | None = None


class Scope(msgspec.Struct, eq=False):
    """The names of one model, in order, and their uses; ``source`` is the name of its file."""

    source: str
    names: dict[str, Name] = msgspec.field(default_factory=dict)
    uses: list[Use] = msgspec.field(default_factory=list)
    spec: ModelSpec | None = None
    model: Model | None = None


def scopes_of(
    spec: ModelSpec, model: Model, inputs: Sequence[Tensor] = (), layers: Sequence[Layer] = ()
) -> Iterator[Scope]:
    """The scope of a model, and then those of the models inside it."""
    scope = Scope(spec.source.name, spec=spec, model=model)
    tensors = {tensor.name: tensor for tensor in inputs}
    for model_input in spec.inputs:
        key = key_of(model_input.place)
        place = place_of(model_input.place, key) if key is not None else model_input.place
        tensor = tensors.get(model_input.name)
        scope.names[model_input.name] = Name(
            model_input.name, "input", place, _is_named(key), place, tensor=tensor
        )
    records = {layer.name: layer for layer in layers}
    inner: list[tuple[IncludeSpec, Model | None, Layer | None]] = []
    seen: dict[int, Name] = {}
    for entry, node in zip(list(expand_repeats(spec.layers)), model.nodes, strict=False):
        record = records.get(node.layer.name)
        name = seen.get(id(entry.entry))
        if name is None:
            name = _layer_name(entry.spec, node)
            seen[id(entry.entry)] = name
            scope.names.setdefault(name.name, name)
            if isinstance(entry.spec, IncludeSpec):
                inside = node.layer.arguments.get("model")
                inner.append((entry.spec, inside if isinstance(inside, Model) else None, record))
            elif isinstance(entry.spec, LayerSpec):
                inner += [(model, None, None) for model in _models_in(entry.spec.object)]
        if record is not None:
            name.layers.append(record)
    scope.uses = list(_uses(spec, scope.names))
    yield scope
    for include, known, record in inner:
        if include.model is None or include.model.file is not None:
            continue
        yield from scopes_of(
            include.model,
            known or bind(include.model),
            layers=record.layers if record else (),
        )


def _is_named(key: Span | None) -> bool:
    """Whether the key of an input is its name: the only one has none, and stands under input."""
    if key is None or key.parent is None:
        return False
    outer = key.parent.parent
    index = key.parent.index
    return (
        outer is not None
        and outer.kind == "mapping"
        and bool(index % 2)
        and outer.items[index - 1].value in ("input", "inputs")
    )


def _layer_name(spec: NodeSpec, node: Node) -> Name:
    """A name as it is defined by an entry."""
    written = spec.name_place is not None and spec.name is not None
    place = spec.name_place if spec.name_place is not None else spec.place
    return Name(node.layer.name, "layer", place, written, spec.place, node, spec)


def _models_in(value: ObjectSpec | Value | Any) -> Iterator[IncludeSpec]:
    """The models in the arguments of an object, such as the layer of TimeDistributed."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, IncludeSpec):
            yield part
        elif isinstance(part, ObjectSpec):
            waiting += [argument.value for argument in part.keywords.values()]
            waiting += [part.first] if part.first is not None else []
        elif isinstance(part, Value):
            waiting.append(part.data)
        elif isinstance(part, tuple):
            waiting += part
        elif isinstance(part, Mapping):
            waiting += [argument.value for argument in part.values()]


# Uses


def _uses(spec: ModelSpec, names: Mapping[str, Name]) -> Iterator[Use]:
    for entry in _entries(spec.layers):
        references: list[Reference] = [*(entry.inbound or ())]
        if isinstance(entry, LayerSpec | UseSpec):
            references += entry.initial_state or ()
        if isinstance(entry, UseSpec):
            yield from _of_use(entry, names)
        yield from _resolved(references, names)
    yield from _resolved(spec.outputs or (), names)
    decode = spec.decode
    if decode is not None:
        if decode.input in names:
            yield Use(decode.input_place, names[decode.input], decode.input)
        yield from _resolved([decode.output] if decode.output else (), names)
    if spec.length is not None:
        for name, (_, place) in spec.length.inputs.items():
            key = key_of(place)
            if name in names and key is not None:
                yield Use(place_of(place, key), names[name], name)


def _entries(entries: Iterable[EntrySpec]) -> Iterator[EntrySpec]:
    for entry in entries:
        yield entry
        if isinstance(entry, RepeatSpec):
            yield from _entries(entry.entries)


def _of_use(entry: UseSpec, names: Mapping[str, Name]) -> Iterator[Use]:
    key = next((span for span in spans_at(entry.place) if span.is_key), None)
    if key is None or entry.used not in names:
        return
    value = key.partner
    place = place_of(entry.place, value)
    if value.value == entry.used:
        yield Use(place, names[entry.used], entry.used)


def _resolved(references: Iterable[Reference], names: Mapping[str, Name]) -> Iterator[Use]:
    for reference in references:
        written = reference.node + (f".{reference.tensor}" if reference.tensor else "")
        if reference.tensor is not None and written in names:
            yield Use(reference.place, names[written], written)
        elif reference.node in names:
            yield Use(reference.place, names[reference.node], written, reference.tensor)


def key_of(place: Place) -> Span | None:
    """The key whose value begins at a place."""
    for span in spans_at(place):
        parent = span.parent
        if parent is not None and parent.kind == "mapping" and span.index % 2:
            return parent.items[span.index - 1]
    return None


def place_of(place: Place, span: Span) -> Place:
    """The place of a span, in the same source."""
    return Place(place.source, *span.start, span.end[1])

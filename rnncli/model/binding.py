"""ModelSpec → Model: resolves every reference and checks every name, without Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.config.spec import (
    CustomSpec,
    IncludeSpec,
    LayerSpec,
    ModelSpec,
    NodeSpec,
    Reference,
    UseSpec,
)
from rnncli.config.values import is_operation
from rnncli.keras_api.signatures import Signature
from rnncli.model.calls import lost_scores, one_tensor, sorted_wires, with_call
from rnncli.model.decoding import bind_decode
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.inbound import Inbound
from rnncli.model.inputs import bind_inputs
from rnncli.model.lengths import misnamed_lengths
from rnncli.model.naming import Namer
from rnncli.model.nesting import Models, Nested
from rnncli.model.objects import ObjectBinder
from rnncli.model.overrides import apply_settings, settings_of
from rnncli.model.repeats import LAYER_LIMIT, BlockIteration, LayerEntry, expand_repeats, size
from rnncli.model.tensor_names import has_main_output, output_names
from rnncli.model.unused import unused
from rnncli.model.wiring import ReferenceResolver, own_name
from rnncli.problems import Fix, Place, Problem, problem
from rnncli.suggestions import near_words


def bind(spec: ModelSpec, outside: frozenset[str] | None = None) -> Model:
    """The model with all names resolved; what is wrong is listed in its ``problems``.

    ``outside`` are the names around a model that is inside another, none of which it can read; it
    is None for the outermost model.

    Raises:
        ConfigError: a ``--set`` names a layer or an argument that does not exist, or has a wrong
            value for a key of the config.
    """
    if size(spec.layers) > LAYER_LIMIT:
        return _too_large(spec)
    models = Models(bind, outside or frozenset())
    layers = _make_layers(spec, list(expand_repeats(spec.layers)), models)
    if spec.settings:
        # A setting refers to a layer by name, and unnamed layers get their names when made.
        spec, settings = settings_of(spec, layers.names, outside is not None)
        entries = list(expand_repeats(spec.layers))
        for number, changes in settings.items():
            entry = entries[number]
            entries[number] = replace(entry, spec=apply_settings(entry.spec, changes))
        layers = _make_layers(spec, entries, models)
    return _Binder(spec, layers, outside or frozenset()).model()


def _too_large(spec: ModelSpec) -> Model:
    count = size(spec.layers)
    limit_problem = problem(
        "too-many-layers",
        f"this model has {count:,} layers; rnncli takes {LAYER_LIMIT:,}",
        "repeat a block fewer times",
        place=spec.layers[0].place,
    )
    return Model(
        spec.name, spec.source.name, (), (), (), None, None, (*spec.problems, limit_problem)
    )


class _Layers(msgspec.Struct, frozen=True):
    """The layers of a model with their names, before any of them is wired.

    ``layers`` has None for an entry that calls a layer again.
    """

    entries: list[LayerEntry]
    layers: list[KerasObject | None]
    names: list[str]
    problems: list[Problem]


def _make_layers(spec: ModelSpec, entries: list[LayerEntry], models: Models) -> _Layers:
    """The layers of the entries; models inside are bound once and kept in ``models``."""
    problems = list(spec.problems)
    own_names = [entry.spec.name for entry in entries if entry.spec.name is not None]
    input_names = [input_spec.name for input_spec in spec.inputs]
    namer = Namer({*own_names, *input_names})
    nested = Nested(models, namer, problems, {*own_names, *input_names})
    objects = ObjectBinder(namer, problems, nested)
    layers: list[KerasObject | None] = []
    for entry in entries:
        if isinstance(entry.spec, LayerSpec):
            layers.append(_made(entry.spec, objects))
        elif isinstance(entry.spec, IncludeSpec):
            layers.append(nested.model(entry.spec, entry.spec.name))
        elif isinstance(entry.spec, CustomSpec):
            layers.append(_custom(entry.spec, namer, problems))
        else:
            layers.append(None)
        nested.names |= {layer.name for layer in layers[-1:] if layer is not None}
    return _Layers(entries, layers, _names(entries, layers, namer), problems)


def _made(spec: LayerSpec, objects: ObjectBinder) -> KerasObject:
    """The layer or the operation of an entry."""
    if is_operation(spec.object.cls):
        from rnncli.model.operations import bind_operation

        return bind_operation(spec, objects)
    if spec.object.cls not in objects.known.layers:
        from rnncli.model.operations import bind_respelled

        operation = bind_respelled(spec, objects)
        if operation is not None:
            return operation
    return objects.layer(spec)


def _custom(spec: CustomSpec, namer: Namer, problems: list[Problem]) -> KerasObject:
    from rnncli.model.custom import bind_custom

    return bind_custom(spec, namer, problems)


def _names(
    entries: Sequence[LayerEntry], layers: Sequence[KerasObject | None], namer: Namer
) -> list[str]:
    """The name of every entry; layers that are repeated or called again get a number."""
    known = {layer.name for layer in layers if layer is not None}
    first: dict[int, str] = {}
    names: list[str] = []
    for entry, layer in zip(entries, layers, strict=True):
        before = first.get(id(entry.entry))
        name = layer.name if layer is not None else entry.spec.name
        if before is not None and (name == before or layer is None):
            name = namer.name_for_reuse(before, known)
        elif name is None and isinstance(entry.spec, UseSpec):
            name = namer.name_for_reuse(entry.spec.used, known)
        names.append(name or "")
        first.setdefault(id(entry.entry), names[-1])
        if entry.block is not None:
            entry.block.names[first[id(entry.entry)]] = names[-1]
    return names


class _Binder:
    """Wires the layers of one model."""

    def __init__(self, spec: ModelSpec, layers: _Layers, outside: frozenset[str]) -> None:
        self.spec = spec
        self.layers = layers
        self.entries, self.names, self.problems = layers.entries, layers.names, layers.problems
        # All layers are named before references are resolved, to report those that lead forward.
        inputs = [input_spec.name for input_spec in spec.inputs]
        self.wires = ReferenceResolver(inputs, frozenset(self.names), self.problems, outside)
        self.inbound = Inbound(self.wires, self.problems)
        self.wires.place_of, self.wires.is_read = self._place_of, self._is_read
        self.places: dict[str, Place] = {
            input_spec.name: input_spec.place for input_spec in spec.inputs
        }
        self.shared: dict[str, str] = {}

    def model(self) -> Model:
        """The whole graph."""
        nodes: list[Node] = []
        last = tuple(TensorRef(input_spec.name) for input_spec in self.spec.inputs)
        for entry, name, new_layer in zip(
            self.entries, self.names, self.layers.layers, strict=True
        ):
            if entry.block is not None:
                last = self._enter(entry.block, last)
            layer = self._used(entry, name) if new_layer is None else _named(new_layer, name)
            if isinstance(entry.spec, LayerSpec | UseSpec):
                layer = with_call(layer, entry.spec, self.problems)
            self._check_unique(name, entry.spec)
            self.wires.reader = name
            nodes.append(self._node(entry, layer, last))
            self.wires.layers[name] = layer
            last = tuple([TensorRef(name, output) for output in output_names(layer)])
            last = last[:1] if has_main_output(layer) else last
        self.wires.reader = None
        outputs, named_outputs = last if nodes else (), None
        if self.spec.outputs is not None:
            outputs, named_outputs = self._outputs(self.spec.outputs)
        by_name = dict(zip(named_outputs or (), outputs, strict=False))
        decode = bind_decode(self.spec, outputs, by_name, self.wires, self.problems)
        if self.shared:
            self.problems += lost_scores(nodes, outputs)
        if nodes and not self.problems:
            self.problems += unused(self.spec, nodes, outputs)
        return Model(
            name=self.spec.name,
            source=self.spec.source.name,
            inputs=bind_inputs(self.spec.inputs, nodes, self.problems),
            nodes=tuple(nodes),
            outputs=outputs,
            batch=self.spec.batch,
            decode=decode,
            problems=(*self.problems, *misnamed_lengths(self.spec)),
            length=self.spec.length,
            output_names=named_outputs,
            budget=self.spec.budget,
        )

    def _outputs(
        self, references: Sequence[Reference]
    ) -> tuple[tuple[TensorRef, ...], tuple[str, ...] | None]:
        """The tensors under ``outputs``, and their names where it maps names to them."""
        outputs: list[TensorRef] = []
        names: list[str] = []
        for reference in references:
            refs = list(self.inbound.all([reference], None))
            outputs += refs
            if reference.role is None:
                continue
            name = reference.role
            new = [name] if len(refs) == 1 else [f"{name}.{ref.tensor}" for ref in refs]
            for twice in {*new} & {*names}:
                message = f"two outputs are named {twice}"
                self._add("duplicate-name", message, "rename one of them", reference.place)
            names += new
        return tuple(outputs), tuple(names) or None

    # Names

    def _check_unique(self, name: str, spec: NodeSpec) -> None:
        first = self.places.setdefault(name, spec.place)
        if first is not spec.place:
            from rnncli.config.edits import replace_value

            number = 1
            while f"{name}_{number}" in {*self.names, *self.wires.inputs}:
                number += 1
            free, place = f"{name}_{number}", spec.name_place or spec.place
            edits = replace_value(place, free) if spec.name_place else ()
            self._add(
                "duplicate-name",
                f"two layers or inputs are named {name}: on line {first.line} and on line "
                f"{spec.place.line}",
                Fix(f"rename one of them, such as {free}", edits, safe=False),
                place,
            )

    def _used(self, entry: LayerEntry, name: str) -> KerasObject:
        """The layer that is called again; an invalid one after adding a problem."""
        assert isinstance(entry.spec, UseSpec)
        used = own_name(entry.spec.used, entry.block)
        layer = self.wires.layers.get(used)
        if layer is not None:
            self.shared[name] = self.shared.get(used, used)
            return replace(layer, name=name, place=entry.spec.place)
        fix = self._near_layer(used, entry.spec.place)
        if used in self.names:
            message, fix = f"{used} comes later: it must be there to be used again", "move it up"
        elif used in self.wires.inputs:
            message = f"{used} is an input: a layer is what is used again"
        else:
            message = f"no layer before this is named {used}"
        self._add("bad-reference", message, fix, entry.spec.place)
        return KerasObject("layers", "Layer", _NO_ARGUMENTS, entry.spec.place, name, invalid=True)

    def _place_of(self, name: str) -> Place | None:
        """The place of a layer's entry in the config."""
        return self.entries[self.names.index(name)].entry.place if name in self.names else None

    def _is_read(self, name: str) -> bool:
        """Whether any layer reads this name."""
        wired = (entry.spec.inbound or () for entry in self.entries)
        return any(reference.node == name for inbound in wired for reference in inbound)

    def _near_layer(self, used: str, place: Place) -> str | Fix:
        """The fix for ``use`` of a layer that does not exist."""
        from rnncli.config.restructuring import set_value

        near = near_words(used, self.wires.layers)
        if not near:
            return "name a layer that comes before it"
        edits = set_value(place, near[0])
        return Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)

    # Wires

    def _enter(self, block: BlockIteration, last: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """Sets ``start`` of blocks that open at this entry; returns what the first layer reads."""
        for iteration in block.chain():
            if iteration.start is None:
                iteration.start = last
                if iteration.inbound is not None:
                    last = iteration.start = tuple(
                        self.inbound.all(iteration.inbound, iteration.outer)
                    )
        return last

    def _node(self, entry: LayerEntry, layer: KerasObject, last: tuple[TensorRef, ...]) -> Node:
        spec, places = entry.spec, {**layer.places}
        wires = sorted_wires(layer, spec, self.problems)
        if wires.inbound is None:
            inbound = self.inbound.chained(layer, last)
        else:
            inbound = self.inbound.wired(layer, spec, wires.inbound, entry.block)
        states: tuple[TensorRef, ...] = ()
        if wires.initial_state is not None:
            states = self.inbound.started(layer, wires.initial_state, entry.block)
            if states:
                places["initial_state"] = wires.initial_state[0].place
        keywords: dict[str, Any] = {**layer.call}
        for tensor in wires.tensors:
            refs = [*self.inbound.all([tensor], entry.block)]
            keywords[tensor.role or ""] = one_tensor(layer, tensor, refs, self.problems)
            places[tensor.role or ""] = tensor.place
        if len(places) > len(layer.places):
            layer = replace(layer, places=places)
        # A layer that --set changes in one iteration differs from those of the others.
        is_changed = entry.spec is not entry.entry
        block = entry.block.chain()[0] if entry.block and not is_changed else None
        repeat = (block.line, block.number) if block else None
        return Node(layer, inbound, states, self.shared.get(layer.name), repeat, keywords)

    def _add(self, code: str, message: str, fix: str | Fix, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


_NO_ARGUMENTS = Signature("", {})


def _named(layer: KerasObject, name: str) -> KerasObject:
    """The layer with this name, which changes only in later iterations of a block."""
    return layer if layer.name == name else replace(layer, name=name)

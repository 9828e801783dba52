"""ModelSpec → Model: every reference followed, every name made sure of, without Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rnncli.config.spec import IncludeSpec, LayerSpec, ModelSpec, Reference, UseSpec
from rnncli.keras_api.signatures import Signature
from rnncli.model.decoding import bind_decode
from rnncli.model.graph import MODEL, KerasObject, Model, Node, TensorRef
from rnncli.model.inputs import bind_inputs
from rnncli.model.lengths import misnamed_lengths
from rnncli.model.naming import Namer
from rnncli.model.objects import ObjectBinder
from rnncli.model.overrides import Setting, apply_settings, settings_of
from rnncli.model.repeats import LAYER_LIMIT, BlockIteration, LayerEntry, expand_repeats, size
from rnncli.model.sources import Sources
from rnncli.model.tensor_names import is_model, output_names
from rnncli.model.wiring import ReferenceResolver, own_name
from rnncli.problems import Edits, Fix, Place, Problem, problem
from rnncli.suggestions import near_words


def bind(spec: ModelSpec) -> Model:
    """The model with all its words resolved; what is wrong is in its ``problems``.

    Raises:
        ConfigError: a ``--set`` names what is not there.
    """
    if size(spec.layers) > LAYER_LIMIT:
        return _too_large(spec)
    settings: Mapping[int, Sequence[Setting]] = {}
    if spec.settings:
        # A setting names a layer by its name, which only binding gives to a nameless one.
        spec, settings = settings_of(spec, _Binder(spec, {}).names)
    return _Binder(spec, settings).model()


def _too_large(spec: ModelSpec) -> Model:
    count = size(spec.layers)
    found = problem(
        "too-many-layers",
        f"this model has {count:,} layers; rnncli takes {LAYER_LIMIT:,}",
        "repeat a block fewer times",
        place=spec.layers[0].place,
    )
    return Model(spec.name, spec.source.name, (), (), (), None, None, (*spec.problems, found))


class _Binder:
    """Names the layers of one model and wires them."""

    def __init__(self, spec: ModelSpec, settings: Mapping[int, Sequence[Setting]]) -> None:
        self.spec = spec
        self.problems: list[Problem] = list(spec.problems)
        self.steps = list(expand_repeats(spec.layers))
        for number, changes in settings.items():
            step = self.steps[number]
            self.steps[number] = replace(step, spec=apply_settings(step.spec, changes))
        given = [each.spec.name for each in self.steps if each.spec.name is not None]
        self.namer = Namer({*given, *(each.name for each in spec.inputs)})
        self.objects = ObjectBinder(self.namer, self.problems)
        # Every layer has its name before any wire is followed: one that leads forward is told so.
        self.made = self._make()
        self.names = self._names()
        inputs = [each.name for each in spec.inputs]
        self.wires = ReferenceResolver(inputs, frozenset(self.names), self.problems)
        self.sources = Sources(self.wires, self.problems)
        self.wires.place_of, self.wires.is_read = self._place_of, self._is_read
        self.places: dict[str, Place] = {each.name: each.place for each in spec.inputs}
        self.shared: dict[str, str] = {}

    def model(self) -> Model:
        """The whole graph."""
        nodes: list[Node] = []
        last = tuple(TensorRef(each.name) for each in self.spec.inputs)
        for step, name, made in zip(self.steps, self.names, self.made, strict=True):
            if step.block is not None:
                last = self._enter(step.block, last)
            layer = self._used(step, name) if made is None else _named(made, name)
            self._check_unique(name, step.spec)
            self.wires.reader = name
            nodes.append(self._node(step, layer, last))
            self.wires.layers[name] = layer
            last = tuple([TensorRef(name, each) for each in output_names(layer)])
            # A model in the model hands on its main output alone.
            last = last[:1] if is_model(layer) else last
        self.wires.reader = None
        outputs, named_outputs = last if nodes else (), None
        if self.spec.outputs is not None:
            outputs, named_outputs = self._outputs(self.spec.outputs)
        decode = bind_decode(self.spec, outputs, self.wires, self.problems)
        self._check_used(nodes, outputs)
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
        )

    def _outputs(
        self, references: Sequence[Reference]
    ) -> tuple[tuple[TensorRef, ...], tuple[str, ...] | None]:
        """The tensors under ``outputs``, and their names where it maps names to them."""
        outputs: list[TensorRef] = []
        names: list[str] = []
        for reference in references:
            given = list(self.sources.all([reference], None))
            name = reference.role or ""
            outputs += given
            names += [name] if len(given) == 1 else [f"{name}.{each.tensor}" for each in given]
        return tuple(outputs), tuple(names) if all(each.role for each in references) else None

    # Names

    def _make(self) -> list[KerasObject | None]:
        """The layers in order; None for one that is made already."""
        made: list[KerasObject | None] = []
        for step in self.steps:
            if isinstance(step.spec, LayerSpec):
                made.append(self.objects.layer(step.spec))
            elif isinstance(step.spec, IncludeSpec):
                made.append(self._included(step.spec))
            else:
                made.append(None)
        return made

    def _included(self, spec: IncludeSpec) -> KerasObject:
        if spec.model is None:
            name = spec.name or self.namer.name("model")
            return KerasObject("models", MODEL, _NO_ARGUMENTS, spec.place, name, invalid=True)
        model = bind(spec.model)
        self.problems += model.problems
        name = spec.name or self.namer.name(model.name)
        return KerasObject("models", MODEL, _NO_ARGUMENTS, spec.place, name, {"model": model})

    def _names(self) -> list[str]:
        """Every step's name: what is repeated or called again is counted on."""
        known = {each.name for each in self.made if each is not None}
        first: dict[int, str] = {}
        names: list[str] = []
        for step, made in zip(self.steps, self.made, strict=True):
            before = first.get(id(step.entry))
            name = made.name if made is not None else step.spec.name
            if before is not None and (name == before or made is None):
                name = self.namer.again(before, known)
            elif name is None and isinstance(step.spec, UseSpec):
                name = self.namer.again(step.spec.used, known)
            names.append(name or "")
            first.setdefault(id(step.entry), names[-1])
            if step.block is not None:
                step.block.names[first[id(step.entry)]] = names[-1]
        return names

    def _check_unique(self, name: str, spec: LayerSpec | UseSpec | IncludeSpec) -> None:
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

    def _used(self, step: LayerEntry, name: str) -> KerasObject:
        """The layer that is called again; a faulty one where there is none, which is told."""
        assert isinstance(step.spec, UseSpec)
        used = own_name(step.spec.used, step.block)
        layer = self.wires.layers.get(used)
        if layer is not None:
            self.shared[name] = self.shared.get(used, used)
            return replace(layer, name=name, place=step.spec.place)
        fix = self._near_layer(used, step.spec.place)
        if used in self.names:
            message, fix = f"{used} comes later: it must be there to be used again", "move it up"
        elif used in self.wires.inputs:
            message = f"{used} is an input: a layer is what is used again"
        else:
            message = f"no layer before this is named {used}"
        self._add("bad-reference", message, fix, step.spec.place)
        return KerasObject("layers", "Layer", _NO_ARGUMENTS, step.spec.place, name, invalid=True)

    def _place_of(self, name: str) -> Place | None:
        """Where the entry of a layer stands."""
        return self.steps[self.names.index(name)].entry.place if name in self.names else None

    def _is_read(self, name: str) -> bool:
        """Whether a layer reads what goes by a name."""
        wired = (step.spec.sources or () for step in self.steps)
        return any(each.node == name for sources in wired for each in sources)

    def _near_layer(self, used: str, place: Place) -> str | Fix:
        """The fix for ``use`` of a layer that is not there."""
        from rnncli.config.restructuring import set_value

        near = near_words(used, self.wires.layers)
        if not near:
            return "name a layer that stands before it"
        edits = set_value(place, near[0])
        return Fix(f"did you mean {' or '.join(near)}?", edits, safe=len(near) == 1)

    # Wires

    def _enter(self, block: BlockIteration, last: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """Tells blocks that begin here what enters them; gives what their first layer reads."""
        for each in block.chain():
            if each.start is None:
                each.start = last
                if each.sources is not None:
                    last = each.start = tuple(self.sources.all(each.sources, each.outer))
        return last

    def _node(self, step: LayerEntry, layer: KerasObject, last: tuple[TensorRef, ...]) -> Node:
        spec = step.spec
        if spec.sources is None:
            sources = self.sources.chained(layer, last)
        else:
            sources = self.sources.wired(layer, spec, spec.sources, step.block)
        states: tuple[TensorRef, ...] = ()
        if not isinstance(spec, IncludeSpec) and spec.initial_state is not None:
            states = self.sources.started(layer, spec.initial_state, step.block)
            if states:
                places = {**layer.places, "initial_state": spec.initial_state[0].place}
                layer = replace(layer, places=places)
        block = step.block.chain()[0] if step.block else None
        repeat = (block.line, block.number) if block else None
        return Node(layer, sources, states, self.shared.get(layer.name), repeat)

    def _check_used(self, nodes: Sequence[Node], outputs: Sequence[TensorRef]) -> None:
        """Tells of layers and inputs that no output depends on."""
        if self.problems or not nodes:
            return
        needed = {each.node for each in outputs}
        for node in reversed(nodes):
            if node.layer.name in needed:
                needed |= {each.node for each in node.reads}
        places = {each.name: each.place for each in self.spec.inputs}
        places |= {node.layer.name: node.layer.place for node in nodes}
        for name, place in places.items():
            if name not in needed:
                words = f"read it with from: {name}, name it in outputs, or leave it out"
                fix = Fix(words, self._as_output(name, place, outputs), safe=False)
                message = f"no output depends on {name}"
                told = problem("unused", message, fix, place=place, severity="warning")
                self.problems.append(told)

    def _as_output(self, name: str, place: Place, outputs: Sequence[TensorRef]) -> Edits:
        """The edits that name a layer among the outputs: to take it away would rename others."""
        from rnncli.config.restructuring import add_at_top, at_top, set_value

        if name in self.wires.inputs:
            return ()
        names = [*(each.display_name for each in outputs), name]
        key = at_top(place, "outputs")
        if key is None:
            return add_at_top(place, "outputs", names)
        by_name = any(each.role for each in self.spec.outputs or ())
        return () if by_name else set_value(key, names)

    def _add(self, code: str, message: str, fix: str | Fix, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


_NO_ARGUMENTS = Signature("", {})


def _named(layer: KerasObject, name: str) -> KerasObject:
    """The layer under this name, which only another pass through a block changes."""
    return layer if layer.name == name else replace(layer, name=name)

"""ModelSpec → Model: every reference followed, every name made sure of, without Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from rnncli.config.spec import IncludeSpec, LayerSpec, ModelSpec, Reference, UseSpec
from rnncli.layers.decoding import bind_decode
from rnncli.layers.inputs import bind_inputs
from rnncli.layers.lengths import misnamed_lengths
from rnncli.layers.model import MODEL, KerasObject, Model, Node, TensorRef
from rnncli.layers.naming import Namer
from rnncli.layers.objects import ObjectBinder
from rnncli.layers.settings import Setting, apply_settings, settings_of
from rnncli.layers.signatures import Signature
from rnncli.layers.tensor_names import is_model, output_names, state_names
from rnncli.layers.unfolding import LAYER_LIMIT, Pass, Step, size, unfold
from rnncli.layers.wiring import Wires, own_name
from rnncli.layers.words import ROLES, TAKES_SEVERAL
from rnncli.problems import Place, Problem, did_you_mean, problem


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
        self.steps = list(unfold(spec.layers))
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
        self.wires = Wires(inputs, frozenset(self.names), self.problems)
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
            nodes.append(self._node(step, layer, last))
            self.wires.layers[name] = layer
            last = tuple([TensorRef(name, each) for each in output_names(layer)])
            # A model in the model hands on its main output alone.
            last = last[:1] if is_model(layer) else last
        outputs = last if nodes else ()
        if self.spec.outputs is not None:
            outputs = tuple(self._all(self.spec.outputs, None))
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
        )

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
            return KerasObject("models", MODEL, _NO_ARGUMENTS, spec.place, name, faulty=True)
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
            self._add(
                "duplicate-name",
                f"two layers or inputs are named {name}: on line {first.line} and on line "
                f"{spec.place.line}",
                "rename one of them",
                spec.name_place or spec.place,
            )

    def _used(self, step: Step, name: str) -> KerasObject:
        """The layer that is called again; a faulty one where there is none, which is told."""
        assert isinstance(step.spec, UseSpec)
        used = own_name(step.spec.used, step.block)
        layer = self.wires.layers.get(used)
        if layer is not None:
            self.shared[name] = self.shared.get(used, used)
            return replace(layer, name=name, place=step.spec.place)
        near = did_you_mean(used, self.wires.layers)
        fix = f"did you mean {near}?" if near else "name a layer that stands before it"
        if used in self.names:
            message, fix = f"{used} comes later: it must be there to be used again", "move it up"
        elif used in self.wires.inputs:
            message = f"{used} is an input: a layer is what is used again"
        else:
            message = f"no layer before this is named {used}"
        self._add("bad-reference", message, fix, step.spec.place)
        return KerasObject("layers", "Layer", _NO_ARGUMENTS, step.spec.place, name, faulty=True)

    # Wires

    def _enter(self, block: Pass, last: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """Tells blocks that begin here what enters them; gives what their first layer reads."""
        for each in block.chain():
            if each.start is None:
                each.start = last
                if each.sources is not None:
                    last = each.start = tuple(self._all(each.sources, each.outer))
        return last

    def _node(self, step: Step, layer: KerasObject, last: tuple[TensorRef, ...]) -> Node:
        spec = step.spec
        if spec.sources is None:
            sources = self._chained(layer, last)
        else:
            sources = self._wired(layer, spec, spec.sources, step.block)
        states: tuple[TensorRef, ...] = ()
        if not isinstance(spec, IncludeSpec) and spec.initial_state is not None:
            states = self._started(layer, spec.initial_state, step.block)
            if states:
                places = {**layer.places, "initial_state": spec.initial_state[0].place}
                layer = replace(layer, places=places)
        return Node(layer, sources, states, self.shared.get(layer.name))

    def _all(self, references: Sequence[Reference], block: Pass | None) -> Iterator[TensorRef]:
        for each in references:
            # What names nothing is told so once: its shape is unknown, and it counts as one.
            nothing = (TensorRef(each.node, each.tensor or "output"),)
            yield from self.wires.follow(each, block) or nothing

    def _chained(self, layer: KerasObject, given: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """What a layer reads of what comes before it: only some take several tensors."""
        takes = _input_count(layer)
        if takes is None or takes == len(given):
            return given
        if len({each.node for each in given}) > 1:
            names = " or ".join(each.node for each in given)
            self._add(
                "which-input",
                f"{layer.label} follows several inputs and does not say which one it reads",
                f"put from: {given[0].node} beside it ({names})",
                layer.place,
            )
        elif len(given) > 1:
            node, (first, second) = given[0].node, (each.tensor for each in given[:2])
            self._add(
                "two-outputs",
                f"{layer.label} takes one tensor, and {node} gives two: {first} and {second}",
                f"name one with from: {node}.{first}, put Concatenate after {node}, or leave "
                "merge_mode: null out of it",
                layer.place,
            )
        elif takes > 1:
            self._wrong_count(layer, takes, len(given), layer.place)
        return given[:1]

    def _wired(
        self,
        layer: KerasObject,
        spec: LayerSpec | UseSpec | IncludeSpec,
        sources: Sequence[Reference],
        block: Pass | None,
    ) -> tuple[TensorRef, ...]:
        """What ``from`` names, in the order in which the layer takes it."""
        known = ROLES.get(layer.cls, ())
        if is_model(layer) and not layer.faulty:
            known = tuple(each.name for each in layer["model"].inputs)
        ordered = self._by_role(layer, sources, known, spec.place)
        found = list(self._all(ordered, block))
        takes = _input_count(layer)
        if takes is None or takes == len(found) or layer.faulty or not found:
            return tuple(found)
        if takes > 1:
            self._wrong_count(layer, takes, len(found), sources[0].place)
        elif len({each.node for each in found}) == 1:
            self._add(
                "states-passed-on",
                f"{layer.label} takes one tensor, and from names {len(found)}",
                f"from: {found[0].node} is its output alone, without the states",
                sources[-1].place,
            )
        else:
            self._add(
                "takes-one",
                f"{layer.label} takes one tensor, and from names {len(found)}",
                "name one, or merge them before it with Concatenate or Add",
                sources[-1].place,
            )
        return tuple(found[:1])

    def _by_role(
        self, layer: KerasObject, sources: Sequence[Reference], known: Sequence[str], place: Place
    ) -> Sequence[Reference]:
        """The references in the order of what they are to the layer, where they say so."""
        roles = [each.role for each in sources if each.role is not None]
        named = layer.name if is_model(layer) else layer.cls
        wrong = [each for each in sources if each.role is not None and each.role not in known]
        for each in wrong:
            near = did_you_mean(each.role or "", known)
            fix = f"they are {', '.join(known)}" if known else "name them in a list: [a, b]"
            fix = f"did you mean {near}?" if near else fix
            self._add("bad-reference", f"{named} reads no {each.role}", fix, each.place)
        if not roles or not known:
            return sources
        if wrong:
            return ()
        missing = [role for role in known[: _required(layer, known)] if role not in roles]
        if missing:
            fix = f"write from: {{{', '.join(f'{role}: …' for role in known)}}}"
            message = f"{layer.label} reads a {missing[0]}, and from names none"
            self._add("bad-reference", message, fix, place)
            return ()
        return sorted(
            (each for each in sources if each.role in known),
            key=lambda each: known.index(each.role or ""),
        )

    def _started(
        self, layer: KerasObject, references: Sequence[Reference], block: Pass | None
    ) -> tuple[TensorRef, ...]:
        """What ``initial_state`` names, in the order of the layer's states."""
        names = state_names(layer)
        if names or layer.faulty:
            by_role = any(each.role for each in references)
            place = references[0].place if references else layer.place
            ordered = self._by_role(layer, references, names, place) if by_role else references
            return tuple(self._all(ordered, block))
        if references:
            self._add(
                "keeps-no-state",
                f"{layer.label} keeps no state that could start from anything",
                "put initial_state on a recurrent layer",
                references[0].place,
            )
        return ()

    def _wrong_count(self, layer: KerasObject, takes: int, given: int, place: Place) -> None:
        names = ", ".join(each.name for each in layer["model"].inputs)
        self._add(
            "wrong-input-count",
            f"{layer.name} reads {takes} tensors ({names}), and {given} reach{'es' * (given == 1)} "
            "it",
            f"write from: [{names}], with the names of what each one reads",
            place,
        )

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
                self.problems.append(
                    problem(
                        "unused",
                        f"no output depends on {name}",
                        f"read it with from: {name}, name it in outputs, or leave it out",
                        place=place,
                        severity="warning",
                    )
                )

    def _add(self, code: str, message: str, fix: str, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


_NO_ARGUMENTS = Signature("", {})


def _named(layer: KerasObject, name: str) -> KerasObject:
    """The layer under this name, which only another pass through a block changes."""
    return layer if layer.name == name else replace(layer, name=name)


def _input_count(layer: KerasObject) -> int | None:
    """How many tensors a layer reads; None where any number will do."""
    if is_model(layer):
        return None if layer.faulty else len(layer["model"].inputs)
    return None if layer.cls in TAKES_SEVERAL else 1


def _required(layer: KerasObject, roles: Sequence[str]) -> int:
    """How many of the roles must be filled: attention takes the value for the key."""
    return 2 if layer.cls in ROLES else len(roles)

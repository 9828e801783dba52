"""ModelSpec → Model: every reference followed, every name made sure of, without Keras."""

from __future__ import annotations

from collections.abc import Sequence

from rnncli.config.spec import InputSpec, LayerSpec, ModelSpec, Reference
from rnncli.layers.model import Input, KerasObject, Model, Node, TensorRef
from rnncli.layers.naming import Namer
from rnncli.layers.objects import ObjectBinder
from rnncli.layers.settings import apply_settings
from rnncli.layers.tensor_names import output_names, returns_states, state_names
from rnncli.layers.words import IDS, ROLES, TAKES_SEVERAL
from rnncli.problems import Place, Problem, did_you_mean, problem
from rnncli.report import ITEM_BYTES


def bind(spec: ModelSpec) -> Model:
    """The model with all its words resolved; what is wrong is in its ``problems``."""
    if spec.settings:
        # A setting names a layer by its name, which only binding gives to a nameless one.
        names = [node.layer.name for node in _Binder(spec).model().nodes]
        spec = apply_settings(spec, names)
    return _Binder(spec).model()


class _Binder:
    """Wires one model: what may be referred to grows layer by layer, so no wire leads forward."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.problems: list[Problem] = list(spec.problems)
        given = [each.name for each in spec.layers if each.name is not None]
        namer = Namer({*given, *(each.name for each in spec.inputs)})
        self.objects = ObjectBinder(namer, self.problems)
        self.layers: dict[str, KerasObject] = {}
        self.places: dict[str, Place] = {each.name: each.place for each in spec.inputs}

    def model(self) -> Model:
        # Every layer has its name before any wire is followed: one that leads forward is told so.
        made = [(each, self.objects.layer(each)) for each in self.spec.layers]
        self.later = {layer.name for _, layer in made}
        nodes: list[Node] = []
        last = tuple(TensorRef(each.name) for each in self.spec.inputs)
        for spec, layer in made:
            self._check_unique(layer, spec)
            if spec.sources is None:
                sources = self._chained(layer, last)
            else:
                sources = self._wired(layer, spec, spec.sources)
            nodes.append(Node(layer, sources))
            self.layers[layer.name] = layer
            last = tuple(TensorRef(layer.name, tensor) for tensor in output_names(layer))
        outputs = last if nodes else ()
        if self.spec.outputs is not None:
            found = [self._resolve(each) for each in self.spec.outputs]
            outputs = tuple(each for each in found if each)
        self._check_used(nodes, outputs)
        return Model(
            name=self.spec.name,
            source=self.spec.source.name,
            inputs=tuple(self._input(each, nodes) for each in self.spec.inputs),
            nodes=tuple(nodes),
            outputs=outputs,
            problems=tuple(self.problems),
        )

    # Wires

    def _chained(self, layer: KerasObject, given: tuple[TensorRef, ...]) -> tuple[TensorRef, ...]:
        """What a layer reads of what comes before it: only some take several tensors."""
        if layer.cls in TAKES_SEVERAL:
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
        return given[:1]

    def _wired(
        self, layer: KerasObject, spec: LayerSpec, sources: Sequence[Reference]
    ) -> tuple[TensorRef, ...]:
        """What ``from`` names, in the order in which the layer takes it."""
        roles = [each.role for each in sources if each.role is not None]
        known = ROLES.get(layer.cls, ())
        for each in sources:
            if each.role is not None and each.role not in known:
                fix = f"they are {', '.join(known)}" if known else "name them in a list: [a, b]"
                self._add("bad-reference", f"{layer.cls} reads no {each.role}", fix, each.place)
        if roles and known:
            sources = sorted(
                (each for each in sources if each.role in known),
                key=lambda each: known.index(each.role or ""),
            )
        found = [self._resolve(each) for each in sources]
        if len(found) > 1 and layer.cls not in TAKES_SEVERAL and not layer.faulty:
            of_one = len({each.node for each in sources}) == 1
            self._add(
                "states-passed-on" if of_one else "takes-one",
                f"{layer.label} takes one tensor, and from names {len(found)}",
                f"from: {sources[0].node} is its output alone, without the states"
                if of_one
                else "name one, or merge them before it with Concatenate or Add",
                sources[1].place,
            )
            found = found[:1]
        return tuple(each for each in found if each)

    def _resolve(self, reference: Reference) -> TensorRef | None:
        """The tensor that a reference names; None where there is none, which is then told."""
        name, tensor = reference.node, reference.tensor
        if name in self.layers:
            return self._tensor(self.layers[name], tensor, reference)
        if any(each.name == name for each in self.spec.inputs):
            if tensor in (None, "output"):
                return TensorRef(name)
            self._add("bad-reference", f"{name} is an input: it has no {tensor}",
                      f"write {name}", reference.place)  # fmt: skip
            return None
        if name in self.later:
            self._add(
                "bad-reference",
                f"{name} comes later: a layer reads only what stands before it",
                f"move {name} up",
                reference.place,
            )
            return None
        names = [*(each.name for each in self.spec.inputs), *self.layers]
        near = did_you_mean(name, names)
        fix = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
        self._add("bad-reference", f"nothing before this is named {name}", fix, reference.place)
        return None

    def _tensor(
        self, layer: KerasObject, tensor: str | None, reference: Reference
    ) -> TensorRef | None:
        outputs, states = output_names(layer), state_names(layer)
        if tensor is None and len(outputs) == 1:
            return TensorRef(layer.name)
        if tensor is None:
            self._add(
                "two-outputs",
                f"{layer.name} has no single output: it gives {' and '.join(outputs)}",
                f"write {layer.name}.{outputs[0]}, or name both",
                reference.place,
            )
            return TensorRef(layer.name, outputs[0])
        if tensor in states and not returns_states(layer):
            self._add(
                "state-not-returned",
                f"{layer.name} keeps its state {tensor} to itself",
                f"set return_state: true on {layer.name} (line {layer.place.line})",
                reference.place,
            )
            return None
        if tensor in (*outputs, *states) or layer.faulty:
            return TensorRef(layer.name, tensor)
        near = did_you_mean(tensor, (*outputs, *states))
        fix = f"did you mean {near}?" if near else f"it gives {', '.join((*outputs, *states))}"
        self._add("bad-reference", f"{layer.name} gives no {tensor}", fix, reference.place)
        return None

    def _check_used(self, nodes: Sequence[Node], outputs: Sequence[TensorRef]) -> None:
        """Tells of layers and inputs that no output depends on."""
        if self.problems or not nodes:
            return
        needed = {each.node for each in outputs}
        for node in reversed(nodes):
            if node.layer.name in needed:
                needed |= {each.node for each in node.sources}
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

    # Names and inputs

    def _check_unique(self, layer: KerasObject, spec: LayerSpec) -> None:
        first = self.places.setdefault(layer.name, spec.place)
        if first is not spec.place:
            self._add(
                "duplicate-name",
                f"two layers or inputs are named {layer.name}: on line {first.line} and on line "
                f"{spec.place.line}",
                "rename one of them",
                spec.name_place or spec.place,
            )

    def _input(self, spec: InputSpec, nodes: Sequence[Node]) -> Input:
        """Integer where the config says so, or where an Embedding or its like reads it."""
        readers = (_reads_ids(each.layer) for each in nodes if TensorRef(spec.name) in each.sources)
        reader = next((each for each in readers if each), None)
        dtype = spec.dtype or ("int32" if reader or spec.below else "float32")
        known = (*ITEM_BYTES, "string")
        if dtype not in known:
            near = did_you_mean(dtype, known)
            fix = f"did you mean {near}?" if near else "such as float32 or int32"
            self._add("bad-input", f"there is no dtype {dtype}", fix, spec.place)
            dtype = "float32"
        below = spec.below
        if below is None and reader and not reader.faulty:
            below = reader[IDS[reader.cls]]
        return Input(spec.name, spec.shape, dtype, below, spec.place)

    def _add(self, code: str, message: str, fix: str | None, place: Place) -> None:
        self.problems.append(problem(code, message, fix, place=place))


def _reads_ids(layer: KerasObject) -> KerasObject | None:
    """The layer, or the one that it wraps, if it is one that reads ids."""
    if layer.cls in IDS:
        return layer
    held = layer.arguments.get("layer")
    return _reads_ids(held) if isinstance(held, KerasObject) else None

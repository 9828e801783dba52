"""One case of a seed and a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras

from tests.judge.as_keras import Builder
from tests.judge.case import (
    Case,
    In,
    Make,
    Node,
    any_within,
    maker,
    outputs_of_op,
    owner,
    references,
    states_of,
)
from tests.judge.drawing import (
    calls,
    idioms,
    models,
    operations,
    recurrent,  # noqa: F401 its recipes
    several,
    spatial,  # noqa: F401 its recipes
)
from tests.judge.drawing.chance import Chance
from tests.judge.drawing.inputs import inputs_of
from tests.judge.drawing.unary import RECIPES, Recipe

#: How often a move that Keras refuses stays in the case, as its last; the rest are drawn anew.
KEPT = 0.12


class Drawing:
    """A case as it grows, on a live model."""

    def __init__(self, chance: Chance, depth: int = 0) -> None:
        self.chance = chance
        self.depth = depth
        self.inputs: list[In] = []
        self.nodes: list[Node] = []
        self.batch = 2 if chance.happens(0.1) and depth == 0 else None
        self.builder = Builder(self.batch)
        self.broken = False
        #: How often operations are drawn, and calls with arguments; in about half of all cases.
        self.operates = chance.pick([0.0, 0.0, 0.0, 8.0, 20.0, 40.0]) if depth == 0 else 2.0
        self.calls = chance.pick([0.0, 0.0, 0.0, 0.3, 0.6, 0.9])

    # The tensors that there are.

    def whole(self, reference: str) -> tuple[int | None, ...]:
        """A shape with its first axis, mostly that of the batch."""
        return tuple(self.builder.tensors[reference].shape)

    def shape(self, reference: str) -> tuple[int | None, ...]:
        return self.whole(reference)[1:]

    def kind(self, reference: str) -> str:
        dtype = str(self.builder.tensors[reference].dtype)
        if dtype in ("bool", "string"):
            return dtype[0]
        return "i" if "int" in dtype else "f"

    def all(self) -> list[str]:
        return list(self.builder.tensors)

    def one(self) -> str:
        """A tensor, rather a late one, or one that nothing reads yet."""
        names = self.all()
        if self.chance.happens(0.5):
            read = {one for node in self.nodes for one in references(node)}
            names = [one for one in names if one not in read] or names
        return self.chance.pick(names[-4:] if self.chance.happens(0.6) else names)

    # Moves: each gives a node without a name, or None where nothing suits.

    def unary(self) -> Node | None:
        source = self.one()
        shape, kind = self.shape(source), self.kind(source)
        wild = self.chance.happens(0.05)
        suited = [
            (recipe.weight, recipe)
            for recipe in RECIPES
            if wild or (len(shape) in recipe.ranks and self._kind_fits(kind, recipe))
        ]
        if not suited or not shape:
            return None
        make = self.chance.weighted(suited).make(self.chance, shape)
        return self._with_states(Node("", source, make))

    def _kind_fits(self, kind: str, recipe: Recipe) -> bool:
        return kind in recipe.kinds or (
            kind in "ib" and "f" in recipe.kinds and self.chance.happens(0.1)
        )

    def _with_states(self, node: Node) -> Node:
        """A recurrent layer that starts from states that are there, now and then."""
        make = maker(Case((), tuple(self.nodes)), node)
        names = states_of(make) if make is not None else []
        if not names or make is None or make.cls.endswith("Cell") or not self.chance.happens(0.25):
            return node
        states = [one for one in self.all() if "." in one and owner(one) != node.name]
        vectors = [one for one in self.all() if len(self.shape(one)) == 1 and self.kind(one) == "f"]
        groups: dict[str, list[str]] = {}
        for one in states:
            groups.setdefault(owner(one), []).append(one)
        given = self.chance.pick(list(groups.values())) if groups else []
        if vectors and (not given or self.chance.happens(0.3)):
            given = [self.chance.pick(vectors) for _ in names]
        if not given:
            return node
        width = self.shape(given[0])[-1]
        if "units" in make.args and node.make is not None and width and self.chance.happens(0.85):
            node = replace(node, make=node.make.with_args(units=width))
        elif make.cls == "Bidirectional" and node.make is not None and width:
            inner = make.args["layer"]
            if "units" in inner.args:
                node = replace(node, make=make.with_args(layer=inner.with_args(units=width)))
        count = len(names) if self.chance.happens(0.85) else len(given)
        return replace(node, initial_state=tuple((given * len(names))[:count]))

    def merge(self) -> Node | None:
        first = self.one()
        shape = self.shape(first)
        chance = self.chance
        same = [n for n in self.all() if self.shape(n) == shape]
        near = [n for n in self.all() if len(self.shape(n)) == len(shape)]
        pool = same if chance.happens(0.6) else near if chance.happens(0.8) else self.all()
        count = chance.pick([2, 2, 2, 3, 4])
        names = [first] + [chance.pick(pool or same) for _ in range(count - 1)]
        if chance.happens(0.15) and len(shape) > 0:
            others = [n for n in self.all() if n != first and self.shape(n)]
            if not others:
                return None
            names = [first, chance.pick(others)]
            return Node("", tuple(names), several.dot(chance, [self.shape(n) for n in names]))
        return Node("", tuple(names), several.merge(chance, [self.shape(n) for n in names]))

    def attention(self) -> Node | None:
        chance = self.chance
        ranks = [2] if chance.happens(0.85) else [1, 2, 3, 4]
        sequences = [n for n in self.all() if len(self.shape(n)) in ranks and self.kind(n) == "f"]
        if not sequences:
            return None
        query, value = chance.pick(sequences), chance.pick(sequences)
        heads = chance.happens(0.6)
        make = several.heads(chance) if heads else several.attention(chance)
        if not heads:
            same = [n for n in sequences if self.shape(n)[-1] == self.shape(query)[-1]]
            value = chance.pick(same) if chance.happens(0.8) else value
        key = chance.pick(sequences) if chance.happens(0.25) else None
        if chance.happens(0.3):
            named = {"query": query, "value": value}
            return Node("", named | ({"key": key} if key else {}), make)
        return Node("", (query, value, key) if key else (query, value), make)

    def use(self) -> Node | None:
        """A layer again, mostly on something else."""
        layers = [node for node in self.nodes if node.op is None]
        if not layers:
            return None
        node = self.chance.pick(layers)
        name = node.use or node.name
        sources = read_before(node)
        if isinstance(sources, str):
            shape = self.shape(sources)
            alike = [n for n in self.all() if len(self.shape(n)) == len(shape)]
            close = [n for n in alike if self.shape(n)[-1:] == shape[-1:]]
            pool = (
                close
                if self.chance.happens(0.7)
                else alike
                if self.chance.happens(0.5)
                else self.all()
            )
            again = Node("", self.chance.pick(pool), use=name)
            return self._with_states(again) if self.chance.happens(0.5) else again
        made = next((one for one in self.nodes if one.name == name), node)
        heads = made.make is not None and made.make.cls in (
            "MultiHeadAttention",
            "GroupQueryAttention",
        )
        count = len(sources)
        old = list(sources.values()) if isinstance(sources, dict) else list(sources)
        change = [
            self.chance.pick([n for n in self.all() if len(self.shape(n)) == len(self.shape(o))])
            if self.chance.happens(0.6) else o
            for o in old
        ]  # fmt: skip
        if self.chance.happens(0.2):
            fewer = self.chance.happens(0.5) or (heads and count == 3)
            change = change[: max(2, count - 1)] if fewer else [*change, change[-1]]
        if isinstance(sources, dict) and len(change) == count:
            return Node("", dict(zip(sources, change, strict=True)), use=name)
        return Node("", tuple(change), use=name)

    # The whole.

    def add_input(self, spec: In) -> None:
        self.inputs.append(spec)
        self.builder.add_input(spec)

    def step(self) -> None:
        moves: list[tuple[float, Any]] = [
            (9.0, self.unary),
            (3.0, self.merge),
            (1.6 + 6.0 * self.calls, self.attention),
            (1.6, self.use),
            (1.0, lambda: models.inside(self)),
            (self.operates, lambda: operations.draw(self)),
            (self.operates / 4 + self.calls, lambda: idioms.draw(self)),
        ]
        node = self.chance.weighted(moves)()
        if node is not None and self.chance.happens(self.calls):
            node = calls.with_arguments(self, node)
        if node is not None:
            self.emit(node)

    def emit(self, node: Node) -> str | None:
        """Adds a call; what it gives first, or None where Keras refuses."""
        if self.broken:
            return None
        node = replace(node, name=self._name(node))
        try:
            self.builder.add(node)
        except Exception:  # noqa: BLE001 Keras refuses with whatever it likes
            if self.depth or not self.chance.happens(KEPT):
                return None
            self.broken = True
        self.nodes.append(node)
        return None if self.broken else _main(Case((), tuple(self.nodes)), node)

    def _name(self, node: Node) -> str:
        word = node.make.cls.lower() if node.make else ("again" if node.use else "inner")
        if node.op is not None:
            word = node.op.function
        return (
            f"{word[:9]}_{len(self.nodes):02d}"  # no name that Keras would give
            if not self.depth
            else f"{word[:6]}_in_{len(self.nodes)}"
        )

    def finish(self, moves: int) -> Case:
        for _ in range(moves * 3):
            if len(self.nodes) >= moves or self.broken:
                break
            self.step()
        return closed(Case(tuple(self.inputs), tuple(self.nodes), (), self.batch))


def read_before(node: Node) -> str | tuple[str, ...] | dict[str, str]:
    """What a call reads, without its masks."""
    sources = node.sources
    if not isinstance(sources, dict):
        return sources
    if "query" not in sources:
        return next(iter(sources.values()))
    return {key: one for key, one in sources.items() if key in ("query", "value", "key")}


def closed(case: Case) -> Case:
    """With every end as an output, and without inputs that nothing reads."""
    read = {owner(one) for node in case.nodes for one in references(node)}
    ends = [node.name for node in case.nodes if node.name not in read]
    outputs = []
    for node in case.nodes:
        if node.name in ends:
            outputs.append(_main(case, node))
    inputs = tuple(spec for spec in case.inputs if spec.name in read)
    return replace(case, inputs=inputs, outputs=tuple(outputs))


def _main(case: Case, node: Node) -> str:
    """A reference to what a node gives first."""
    if node.op is not None:
        first_output = outputs_of_op(node.op)[0]
        return node.name if first_output == "output" else f"{node.name}.{first_output}"
    first: Node = node
    while first.use is not None:
        first = next(one for one in case.nodes if one.name == first.use)
    if first.model is not None and len(first.model.outputs) > 1:
        return f"{node.name}.{first.model.outputs[0].rpartition('.')[2]}"
    make: Make | None = first.make
    if make is not None and make.cls == "Bidirectional" and make.args.get("merge_mode", "") is None:
        return f"{node.name}.forward"
    return node.name


def case_of(seed: int, number: int) -> tuple[Case, Builder | None]:
    """The case, and its live model where Keras took every move."""
    keras.backend.clear_session(free_memory=False)
    keras.utils.set_random_seed(1)
    chance = Chance(seed, number)
    drawing = Drawing(chance)
    for spec in inputs_of(chance):
        drawing.add_input(spec)
    case = drawing.finish(chance.pick([2, 3, 4, 5, 6, 7, 8]))
    kept = {spec.name for spec in case.inputs}
    for name in list(drawing.builder.inputs):
        if name not in kept:
            del drawing.builder.inputs[name]
    return case, None if drawing.broken else drawing.builder


def stateful(case: Case) -> bool:
    def test(make: Make) -> Any:
        return make.args.get("stateful", False)

    return any_within(case, test)

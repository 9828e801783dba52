"""What a case is: one description, from which its config and its Python are both made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Make:
    """A Keras object and its arguments; tuples are Python's, and a list in YAML."""

    cls: str
    args: dict[str, Any] = field(default_factory=dict)

    def with_args(self, **more: Any) -> Make:
        return replace(self, args={**self.args, **more})


@dataclass(frozen=True)
class Op:
    """An operation of ``keras.ops`` and its parameters that are no tensors.

    Python writes it with an operator or brackets where ``spelled``; YAML writes its first
    argument without a name where ``bare``.
    """

    function: str
    args: dict[str, Any] = field(default_factory=dict)
    spelled: bool = False
    bare: bool = False


@dataclass(frozen=True)
class In:
    """An input, its shape without the batch axis; ``size`` stands for its None in a run."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    below: int | None = None
    size: int = 5
    padded: bool = False


@dataclass(frozen=True)
class Node:
    """A call of a layer: a new one (``make``), one made before (``use``), or a model (``model``);
    or an operation (``op``).

    ``sources`` is one reference, a list of them, or a mapping of argument to reference; ``call``
    has the arguments of the call that are no tensors.
    """

    name: str
    sources: str | tuple[str, ...] | dict[str, str]
    make: Make | None = None
    use: str | None = None
    model: Case | None = None
    initial_state: tuple[str, ...] = ()
    op: Op | None = None
    call: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A model: its inputs, its calls in order, what it gives.

    One inside another stands in a ``file`` of its own, or in its place.
    """

    inputs: tuple[In, ...]
    nodes: tuple[Node, ...] = ()
    outputs: tuple[str, ...] = ()
    batch: int | None = None
    file: str | None = None


def references(node: Node) -> list[str]:
    """All that a node reads."""
    sources = node.sources
    if isinstance(sources, str):
        read = [sources]
    elif isinstance(sources, dict):
        read = list(sources.values())
    else:
        read = list(sources)
    return read + list(node.initial_state)


def owner(reference: str) -> str:
    return reference.partition(".")[0]


CELL_STATES = {
    "SimpleRNN": ["h"], "GRU": ["h"], "LSTM": ["h", "c"],
    "SimpleRNNCell": ["h"], "GRUCell": ["h"], "LSTMCell": ["h", "c"],
    "ConvLSTM1D": ["h", "c"], "ConvLSTM2D": ["h", "c"], "ConvLSTM3D": ["h", "c"],
}  # fmt: skip


def states_of(make: Make) -> list[str]:
    """The names of a layer's states, as the manual gives them."""
    if make.cls in CELL_STATES:
        return CELL_STATES[make.cls]
    if make.cls == "Bidirectional":
        inner = states_of(make.args["layer"])
        backward = make.args.get("backward_layer")
        back = states_of(backward) if isinstance(backward, Make) else inner
        return [f"forward_{name}" for name in inner] + [f"backward_{name}" for name in back]
    if make.cls == "RNN":
        cell = make.args["cell"]
        if isinstance(cell, Make) and cell.cls == "StackedRNNCells":
            cell = cell.args["cells"]
        if isinstance(cell, Make):
            return states_of(cell)
        if isinstance(cell, list):
            return [f"{s}_{i}" for i, one in enumerate(cell) for s in states_of(one)]
    return []


def outputs_of(make: Make) -> list[str]:
    """The names of what a layer gives beside its states."""
    if make.cls == "Bidirectional" and make.args.get("merge_mode", "concat") is None:
        return ["forward", "backward"]
    return ["output"]


#: The operations that give several tensors of names of their own.
NAMED_OUTPUTS = {"top_k": ["values", "indices"]}
#: Those that give as many as an argument says, or one more than it has places.
PARTS = {"split": "indices_or_sections", "unstack": "num"}


def outputs_of_op(op: Op) -> list[str]:
    """The names of what an operation gives."""
    if op.function in PARTS:
        parts = op.args.get(PARTS[op.function], 1)
        count = parts if isinstance(parts, int) else len(parts) + 1
        return [f"output_{i}" for i in range(count)]
    return NAMED_OUTPUTS.get(op.function, ["output"])


def outputs_of_call(make: Make, call: dict[str, Any]) -> list[str]:
    """The names of what a call of a layer gives beside states."""
    scores = ["scores"] if call.get("return_attention_scores") else []
    return outputs_of(make) + scores


def returns_state(make: Make) -> bool:
    inner = make.args.get("layer") if make.cls == "Bidirectional" else make
    return isinstance(inner, Make) and bool(inner.args.get("return_state", False))


def is_recurrent(make: Make | None) -> bool:
    return make is not None and bool(states_of(make)) and not make.cls.endswith("Cell")


def maker(case: Case, node: Node) -> Make | None:
    """The layer that a node calls, through ``use``."""
    while node.use is not None:
        node = next(one for one in case.nodes if one.name == node.use)
    return node.make


def any_make(make: Make, test: Any) -> bool:
    """Whether a test holds of a layer or of one within it."""
    if test(make):
        return True
    for value in make.args.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Make) and any_make(one, test):
                return True
            if isinstance(one, Case) and any_within(one, test):
                return True
    return False


def any_within(case: Case, test: Any) -> bool:
    """Whether a test holds of a layer of a model, however deep."""
    return any(
        (node.make is not None and any_make(node.make, test))
        or (node.model is not None and any_within(node.model, test))
        for node in case.nodes
    )


def models_in(case: Case) -> list[Case]:
    """The models that stand in a model, those in wrappers as well."""
    return [node.model for node in case.nodes if node.model is not None] + [
        value
        for node in case.nodes
        if node.make is not None
        for value in node.make.args.values()
        if isinstance(value, Case)
    ]

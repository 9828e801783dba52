"""Graphs of up to twelve layers: branches, merges, states handed on, attention, operations,
arguments of calls, models inside, several ends."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

from hypothesis import strategies as st

from rnncli.config import parse
from rnncli.keras_api.call_arguments import plain_arguments, read_names, tensor_arguments
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import ALIASES, OPERATIONS
from rnncli.keras_api.traits import TRAITS
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from tests.conformance.attention import ATTENTION, MERGES
from tests.conformance.drawing import Strategy, booleans
from tests.conformance.judge import LENGTH
from tests.conformance.nested import inputs_of, models, with_inputs
from tests.conformance.operations import operation
from tests.conformance.recurrent import layer
from tests.conformance.stacks import deadly

IDS = [cls for cls, row in TRAITS.items() if row.ids_below]

_INPUTS: list[dict[str, Any]] = [
    {"source": [5, 4], "target": [3, 4]},
    {"source": [None, 4], "target": [None, 4]},
    {"source": [None, 3], "features": [4], "other": [4]},
    {"source": [2, 3, 4], "target": [2, None, 4]},
    {
        "ids": {"shape": [None], "dtype": "int32", "below": 9},
        "words": {"shape": [6], "dtype": "int32", "below": 9},
    },
    {"source": {"shape": [5, 4], "dtype": "int32"}, "target": [5, 4]},
]
_WIDE = {"units": st.just(4)}
_WIDENING = st.sampled_from([{"Masking": {}}, {"Dense": {"units": 4}}, {"RepeatVector": {"n": 5}}])
_FITTING = [
    st.just({"MultiHeadAttention": {"num_heads": 2, "key_dim": 3}}),
    st.just(
        {"GroupQueryAttention": {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}}
    ),
    st.just({"Concatenate": {"axis": 1}}),
    st.just({"Dot": {"axes": -1}}),
]
# With integers, whether these run depends on the numbers.
_BY_CHANCE = ("floor_divide", "mod", "power", "take", "take_along_axis")
_FUNCTIONS = [name for name in OPERATIONS if name.partition(".")[2] not in _BY_CHANCE]
_GUESSES: list[list[int | None]] = [[2, 5, 4], [2, 5, 4], [2, None, 4], [2, 4], [2, 2, 3, 4]]
_OPERATIONS = (
    st.tuples(st.sampled_from(_FUNCTIONS), st.sampled_from(_GUESSES))
    .flatmap(lambda drawn: operation(*drawn))
    .map(lambda drawn: {**drawn[0], "from": drawn[1]})
)
_TRIES = 20
_LARGEST = 12


def graphs(cases: dict[str, Strategy]) -> Strategy:
    """Graphs of the layers that the cases draw; most of their wires fit, one in ten may not."""
    # Numbers that a layer gives are no ids: whether they fit is up to chance.
    fit = [each for cls, each in cases.items() if cls not in IDS]
    single = st.one_of([each.map(_last_layer) for each in fit]).filter(_reads_no_ids)
    returning = {"return_state": st.just(True), "return_sequences": booleans}
    recurrent = st.sampled_from(["SimpleRNN", "GRU", "LSTM"]).flatmap(
        lambda cls: layer(cls, **_WIDE, **returning)
    )
    several = st.sampled_from([*ATTENTION.values(), *MERGES.values(), *_FITTING])
    unary = _OPERATIONS.filter(_reads_one).map(_unwired)
    inner = st.sampled_from([single, recurrent, unary, _WIDENING]).flatmap(_itself)
    kinds = [single, single, recurrent, several.flatmap(_itself), _WIDENING]
    kinds += [_OPERATIONS, _OPERATIONS, models(inner), models(inner)]
    chosen = st.sampled_from(kinds).flatmap(_itself)
    carried = st.sampled_from(["none", "none", "some", "any"])
    again = st.sampled_from([False, False, False, True])
    step = st.tuples(
        chosen, st.integers(0, 99), st.integers(1, 3), booleans, carried, again, booleans
    )
    return st.builds(
        _grow,
        st.sampled_from(_INPUTS),
        st.lists(step, min_size=10, max_size=16),
        st.integers(0, 9),
        st.lists(st.integers(0, 99), max_size=3),
    )


def _reads_no_ids(entry: dict[str, Any]) -> bool:
    return not any(f'"{cls}"' in json.dumps(entry) for cls in IDS)


def _reads_one(entry: dict[str, Any]) -> bool:
    return len(entry["from"]) == 1


def _unwired(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "from"}


def _itself(strategy: Strategy) -> Strategy:
    return strategy


def _last_layer(case: dict[str, Any]) -> dict[str, Any]:
    entry = case["layers"][-1]
    if isinstance(entry, str):
        return {entry: {}}
    return {key: value for key, value in entry.items() if key[0].isupper()}


def _grow(inputs: dict[str, Any], steps: list[Any], misfit: int, ends: list[int]) -> dict[str, Any]:
    """Every layer reads tensors that are there already, the first of some that fit it."""
    graph: dict[str, Any] = {"inputs": inputs, "layers": []}
    for number, name in enumerate(["ids", "words"]):
        if name in inputs:
            embed = {"Embedding": {"input_dim": 9, "output_dim": 4, "mask_zero": not number}}
            graph["layers"].append({**embed, "name": f"embed_{name}", "from": name})
    for number, (drawn, start, several, by_role, carried, again, called) in enumerate(steps):
        if len(graph["layers"]) == _LARGEST:
            break
        # Numbers that a layer gives are no ids, again.
        owners = [each["name"] for each in graph["layers"] if not {"use", *IDS} & each.keys()]
        entry = {"use": owners[start % len(owners)]} if again and owners else drawn
        there = _tensors(graph)
        cls = _class(graph, entry)
        takes_list = cls in OPERATIONS and OPERATIONS[cls].several
        takes_some = cls in ATTENTION or cls in MERGES or takes_list
        count = several if takes_some else _count(graph, entry)
        # The newest first: graphs grow deep as well as wide.
        turned = there[::-1][start % 3 :] + there[::-1][: start % 3]
        shuffled = turned[start % len(turned) :] + turned[: start % len(turned)]
        wired = [
            _with(graph, entry, f"l{number}", list(wires), by_role)
            for wires in list(product(turned[:2], *[shuffled] * (count - 1)))[:_TRIES]
        ]
        fitting = (each for each in wired if not errors(_planned(each).problems))
        may_misfit = number == misfit == len(steps) - 1 and not deadly(graph["layers"] + [entry])
        anyway = wired[0] if may_misfit else graph
        graph = next(fitting, anyway)
        if carried != "none" and graph["layers"] and graph["layers"][-1]["name"] == f"l{number}":
            graph = _started(graph, cls, start, carried == "any" and not deadly(graph["layers"]))
        if called and graph["layers"] and graph["layers"][-1]["name"] == f"l{number}":
            graph = _called(graph, cls, start)
    if not graph["layers"]:
        graph = _with(graph, {"Flatten": {}}, "l", [next(iter(inputs))], False)
    there = _tensors(graph)
    outputs = list(dict.fromkeys(there[end % len(there)] for end in ends))
    return {**graph, "outputs": outputs} if outputs else graph


def _owner(graph: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The entry of a layer, or of the one that is called again."""
    if "use" not in entry:
        return entry
    return next(each for each in graph["layers"] if each["name"] == entry["use"])


def _class(graph: dict[str, Any], entry: dict[str, Any]) -> str:
    """The class of a layer, or the operation."""
    own = ("name", "from", "call", "initial_state")
    return next(key for key in _owner(graph, entry) if key not in own)


def _count(graph: dict[str, Any], entry: dict[str, Any]) -> int:
    """How many tensors an operation or a model reads."""
    owner = _owner(graph, entry)
    is_operation = _class(graph, entry) in {**OPERATIONS, **ALIASES}
    return len(owner["from"]) if is_operation else inputs_of(owner)


def _started(graph: dict[str, Any], cls: str, start: int, any_will_do: bool) -> dict[str, Any]:
    """The graph with an initial state for its last layer: states that fit it, or any tensors."""
    if cls not in ("SimpleRNN", "GRU", "LSTM", "Bidirectional"):
        return graph
    before = {**graph, "layers": graph["layers"][:-1]}
    there = _tensors(before)
    turned = there[start % len(there) :] + there[: start % len(there)]
    started = [
        {**before, "layers": [*before["layers"], {**graph["layers"][-1], "initial_state": [*some]}]}
        for count in (1, 2, 4)
        for some in list(product(turned, repeat=count))[:_TRIES]
    ]
    if any_will_do:
        return started[start % len(started)]
    return next((each for each in started if not errors(_planned(each).problems)), graph)


def _called(graph: dict[str, Any], cls: str, start: int) -> dict[str, Any]:
    """The graph with one more argument in the call of its last layer: the first that fits."""
    *before, entry = graph["layers"]
    wires, names = entry["from"], read_names(cls) if cls in calls().layers else ()
    if not names or "use" in entry:
        return graph
    reads = wires if isinstance(wires, dict) else dict(zip(names, wires, strict=False))
    there = _tensors({**graph, "layers": before})
    plain = [{"call": {name: True}} for name in plain_arguments(cls)]
    masked = [
        {"from": {**reads, name: tensor}} for name in tensor_arguments(cls) for tensor in there
    ]
    turned = [*masked[start % 7 :], *plain] if start % 2 else [*plain[start % 3 :], *masked]
    called = [{**graph, "layers": [*before, {**entry, **way}]} for way in turned[:_TRIES]]
    return next((each for each in called if not errors(_planned(each).problems)), graph)


def _with(
    graph: dict[str, Any], entry: dict[str, Any], name: str, wires: list[str], by_role: bool
) -> dict[str, Any]:
    cls = _class(graph, entry)
    given: Any = wires
    if by_role and cls in ATTENTION and len(wires) > 1:
        given = dict(zip(("query", "value", "key"), wires, strict=False))
    elif cls in OPERATIONS and not OPERATIONS[cls].several and "use" not in entry:
        given = dict(zip(entry["from"], wires, strict=True)) if by_role else wires
    holds_model = "model" in json.dumps(entry)
    filled = with_inputs(entry, [_facts(graph, wire) for wire in wires] if holds_model else [])
    return {**graph, "layers": [*graph["layers"], {**filled, "name": name, "from": given}]}


def _facts(graph: dict[str, Any], wire: str) -> tuple[list[int | None], str]:
    """The shape without the batch, and the dtype, of a tensor."""
    if wire in graph["inputs"]:
        given = graph["inputs"][wire]
        fields = given if isinstance(given, dict) else {"shape": given}
        return fields["shape"], fields.get("dtype", "float32")
    name, _, part = wire.partition(".")
    layer = next(each for each in _planned(graph).layers if each.name == name)
    tensors = [*layer.outputs, *layer.states]
    tensor = next(each for each in tensors if part in ("", each.name))
    return [*(tensor.shape or [None, 1])][1:], getattr(tensor, "dtype", "float32")


def _tensors(graph: dict[str, Any]) -> list[str]:
    """What a layer may read: inputs, outputs, and states that are returned."""
    found = list(graph["inputs"])
    for each in _planned(graph).layers if graph["layers"] else ():
        outputs = [out.name for out in each.outputs]
        found += [each.name] if len(outputs) == 1 else [f"{each.name}.{out}" for out in outputs]
        found += [f"{each.name}.{state.name}" for state in each.states if state.returned]
    return found


def _planned(graph: dict[str, Any]) -> Any:
    return plan(parse(Source("graph.yaml", json.dumps(graph))), 2, LENGTH)

"""The Keras that one would write by hand for a config: nothing of rnncli in it.

Where rnncli refuses a config, this says whether Keras really would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.conformance.naive_operations import in_a_graph, is_operation, operated, output_names

ON_A_LIST = (
    *("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"),
    *("Attention", "AdditiveAttention", "HashedCrossing"),
)
ON_SEVERAL = (*ON_A_LIST, "MultiHeadAttention", "GroupQueryAttention", "model")
ROLES = ("query", "value", "key")
KEYWORDS = ("mask", "attention_mask", "query_mask", "value_mask", "key_mask", "count_weights")

# A tensor: its symbol, and its value where the model is run.
Sides = tuple[Any, ...]


def keras_refuses(config: Mapping[str, Any], batch: int, length: int) -> bool:
    """Whether Keras fails to make the layers, to call them symbolically, or to run them."""
    try:
        inputs = {name: _input(each, batch, length) for name, each in _inputs(config).items()}
        _followed(config, inputs, 2)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return True
    return False


def _inputs(config: Mapping[str, Any]) -> Mapping[str, Any]:
    return config.get("inputs") or {"input": config["input"]}


def _followed(
    config: Mapping[str, Any], inputs: Mapping[str, Sides], sides: int
) -> tuple[dict[str, Sides], list[Sides]]:
    """All tensors of a model by name, and those that its last layer gives."""
    tensors, last = dict(inputs), list(inputs.values())
    made: dict[str, Any] = {}
    for entry in config["layers"]:
        given = entry if isinstance(entry, Mapping) else {entry: None}
        layer, cls = _layer(given, made)
        wires, more = _wires(given.get("from", {}))
        reads = [tensors[name] for name in wires.values()]
        reads = reads or (last if cls in ON_SEVERAL else last[:1])
        starts = [tensors[name] for name in _starts(given)]
        roles = [str(role) for role in wires] if isinstance(given.get("from"), Mapping) else []
        outputs = []
        for side in range(sides):
            keywords = {name: tensors[wire][side] for name, wire in more.items()}
            call = _call(layer, cls, roles, {**keywords, **given.get("call", {})})
            values = [[pair[side] for pair in each] for each in (reads, starts)]
            outputs.append(_flat(call(values)))
            if side and (is_operation(cls) or cls == "model"):
                in_a_graph(call, values)
        # Symbolic inference may find another number of tensors than the run.
        count = max(map(len, outputs))
        padded = ([*each, *[None] * (count - len(each))] for each in outputs)
        last = list(zip(*padded, strict=True))
        names = _outputs(layer, cls, given.get("call", {}), count)
        if "name" in given:
            tensors |= _named(given["name"], [*names, *_states(layer)], len(names), last)
        last = last[: len(names)]
    return tensors, last


def _input(given: Any, batch: int, length: int) -> tuple[Any, Any]:
    """A symbol and a value for an input."""
    import keras
    import numpy as np

    fields = given if isinstance(given, Mapping) else {"shape": given}
    dtype = fields.get("dtype", "float32")
    shape = (batch, *fields["shape"])
    sizes = tuple(length if axis is None else axis for axis in shape)
    generator = np.random.default_rng(0)
    numbers: Any = generator.standard_normal(sizes)
    if "int" in dtype:
        numbers = generator.integers(0, fields.get("below", 2), sizes)
    elif dtype == "string":
        numbers = generator.choice(["on", "the mat"], sizes)
    symbol = keras.KerasTensor(shape, dtype=dtype)
    return symbol, keras.ops.convert_to_tensor(numbers, dtype=dtype)


def _layer(entry: Mapping[str, Any], made: dict[str, Any]) -> tuple[Any, str]:
    """A new layer, or one that is called again; and its class."""
    if "use" in entry:
        layer, cls = made[entry["use"]]
    else:
        cls = _class(entry)
        is_layer = not is_operation(cls) and cls != "custom"
        layer = _made({cls: entry[cls]}, "layers") if is_layer else entry
    if "name" in entry:
        made[entry["name"]] = (layer, cls)
    return layer, cls


def _wires(given: Any) -> tuple[dict[Any, str], dict[str, str]]:
    """The tensors that a layer reads, by role or in order; and those that are arguments."""
    if not isinstance(given, Mapping):
        return dict(enumerate([given] if isinstance(given, str) else given)), {}
    reads = {role: wire for role, wire in given.items() if role not in KEYWORDS}
    if reads.keys() <= {*ROLES}:
        reads = {role: reads[role] for role in ROLES if role in reads}
    return reads, {role: wire for role, wire in given.items() if role in KEYWORDS}


def _starts(given: Mapping[str, Any]) -> list[str]:
    states = given.get("initial_state", [])
    return [states] if isinstance(states, str) else states


def _call(layer: Any, cls: str, roles: list[str], keywords: dict[str, Any]) -> Callable[..., Any]:
    """The call of a layer or an operation, as a function of what it reads and starts from."""
    if is_operation(cls):
        places = {role: place for place, role in enumerate(roles)}
        return lambda values: operated(cls, layer[cls], places, values[0])
    if cls == "custom":
        return lambda values: _described(layer[cls], values[0][0])
    as_list = cls in ON_A_LIST or cls == "model"
    if as_list and {"query_mask", "value_mask"} & keywords.keys():
        masks = [keywords.pop(name, None) for name in ("query_mask", "value_mask")]
        keywords["mask"] = masks

    def call(values: Sequence[list[Any]]) -> Any:
        reads, starts = values
        state = {"initial_state": starts} if starts else {}
        if cls == "model" and roles:
            reads = [reads[roles.index(name)] for name in layer.input_names]
        arguments = [reads] if as_list and len(reads) > 1 else reads
        return layer(*arguments, **keywords, **state)

    return call


def _flat(tensors: Any) -> list[Any]:
    import keras

    flat: list[Any] = keras.tree.flatten(tensors)
    return flat


def _named(name: str, words: list[str], outputs: int, given: list[Sides]) -> dict[str, Sides]:
    """The tensors as ``from`` writes them: ``lstm``, ``lstm.output``, ``lstm.h``."""
    found = {f"{name}.{word}": each for word, each in zip(words, given, strict=False)}
    return found if outputs > 1 else found | {name: given[0]}


def _outputs(layer: Any, cls: str, call: Mapping[str, Any], count: int) -> list[str]:
    if is_operation(cls):
        return output_names(cls, count)
    if cls == "custom":
        return list(layer[cls].get("outputs", ["output"]))
    if cls == "model":
        return layer.returned if count > 1 else ["output"]  # type: ignore[no-any-return]
    if call.get("return_attention_scores"):
        return ["output", "scores"]
    parted = hasattr(layer, "backward_layer") and layer.merge_mode is None
    return ["forward", "backward"] if parted else ["output"]


def _states(layer: Any) -> list[str]:
    if hasattr(layer, "backward_layer"):
        forward, backward = _states(layer.forward_layer), _states(layer.backward_layer)
        return [f"forward_{each}" for each in forward] + [f"backward_{each}" for each in backward]
    cells = getattr(getattr(layer, "cell", None), "cells", [getattr(layer, "cell", None)])
    states = [
        "hc"[: len(each.state_size) if "LSTM" in type(each).__name__ else 1]
        for each in cells
        if each
    ]
    if len(states) == 1:
        return list(states[0])
    return [f"{letter}_{number}" for number, each in enumerate(states) for letter in each]


def _class(entry: Mapping[str, Any]) -> str:
    """The key that names what an entry makes."""
    own = ("name", "from", "call", "initial_state")
    return next(key for key in entry if key not in own)


def _model(config: Mapping[str, Any]) -> Any:
    """A model inside a model, which calls its layers on symbols."""
    import keras

    inputs = {}
    for name, given in _inputs(config).items():
        fields = given if isinstance(given, Mapping) else {"shape": given}
        dtype = fields.get("dtype", "float32")
        inputs[name] = (keras.Input(tuple(fields["shape"]), dtype=dtype, name=name),)
    tensors, last = _followed(config, inputs, 1)
    outputs = config.get("outputs", {})
    ends = [tensors[name] for name in outputs.values()] or last[:1]
    model = keras.Model([symbol for (symbol,) in inputs.values()], [symbol for (symbol,) in ends])
    model.returned = list(outputs)
    return model


def _described(given: Mapping[str, Any], first: Any) -> list[Any]:
    """What a custom layer is said to return, for what it reads first."""
    import keras

    shapes = given["outputs"].values() if "outputs" in given else [given["output"]]
    if isinstance(first, keras.KerasTensor):
        return [keras.KerasTensor((first.shape[0], *shape)) for shape in shapes]
    sizes = ([size or first.shape[1] for size in shape] for shape in shapes)
    return [keras.ops.zeros((first.shape[0], *shape)) for shape in sizes]


def _made(entry: Any, family: str) -> Any:
    import keras

    if isinstance(entry, str):
        return getattr(getattr(keras, family), entry)()
    ((cls, arguments),) = entry.items()
    if cls == "model":
        return _model(arguments)
    if not isinstance(arguments, Mapping):
        first = [] if arguments is None else [arguments]
        return getattr(getattr(keras, family), cls)(*first)
    made = {name: _value(name, value) for name, value in arguments.items()}
    return getattr(getattr(keras, family), cls)(**made)


def _value(name: str, value: Any) -> Any:
    if name in ("layer", "backward_layer", "cell", "cells"):
        return (
            [_made(e, "layers") for e in value]
            if isinstance(value, list)
            else _made(value, "layers")
        )
    if not isinstance(value, Mapping):
        return value
    for ending in ("initializer", "regularizer", "constraint"):
        if name.endswith(ending):
            return _made(value, f"{ending}s")
    return _made(value, "layers")

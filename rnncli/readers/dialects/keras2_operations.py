"""TensorFlow's operations in a model of Keras 2 → the operations of ``keras.ops``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnncli.readers.checked import as_list, as_mapping, as_text
from rnncli.readers.dialects.changes import Changes
from rnncli.readers.dialects.keras2_nodes import Nodes
from rnncli.readers.dialects.tensorflow_functions import FUNCTIONS, Rewritten, is_plain
from rnncli.readers.dialects.tensorflow_nodes import graph_node, graph_operation

# Layers that hold an operation of TensorFlow.
OPERATION_LAYERS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")

# What Keras 3 takes in a call of an operation; the rest makes the operation.
_OF_THE_CALL = frozenset({"x", "x1", "x2", "xs", "condition", "key", "indices", "constant_values"})


def operation(entry: Mapping[str, Any], nodes: Nodes, changes: Changes) -> dict[str, Any]:
    """The operation as Keras 3 writes it; a custom layer where Keras 3 has none for it."""
    config = as_mapping(entry.get("config"), "the config of an operation")
    name = as_text(entry.get("name") or config.get("name"), "the name of an operation")
    changes.note("tensorflow-operations", name)
    calls: list[dict[str, Any]] = []
    classes: set[str | None] = set()
    arguments: dict[str, Any] = {}
    for node in as_list(entry.get("inbound_nodes") or [], "the calls of an operation"):
        first, keywords = nodes.arguments(node)
        if entry.get("class_name") == "TensorFlowOpLayer":
            rewritten = graph_operation(config, first)
        else:
            rewritten = _function(str(config.get("function")), node, nodes)
        if rewritten is None:
            classes.add(None)
            calls.append({"args": first, "kwargs": keywords})
            continue
        plain = {key: value for key, value in rewritten[1].items() if key not in _OF_THE_CALL}
        tensors = {
            key: value if key in ("xs", "key") else _constant(value)
            for key, value in rewritten[1].items()
            if key in _OF_THE_CALL
        }
        # One operation of Keras 3 has the same arguments in all its calls.
        classes |= {rewritten[0]} if plain == arguments or not calls else {None}
        arguments = plain
        calls.append({"args": [], "kwargs": tensors})
    cls = classes.pop() if len(classes) == 1 else None
    if cls is None:
        function = config.get("function") or graph_node(config).get("op") or "operation"
        described = {"class_name": f"tf.{function}", "module": "tensorflow"}
    else:
        described = {"class_name": cls, "module": "keras.src.ops"}
    return {
        **described,
        "registered_name": described["class_name"],
        "name": name,
        "config": {"name": name, **arguments},
        "inbound_nodes": calls,
    }


def _function(function: str, node: Any, nodes: Nodes) -> Rewritten:
    """A call of a function such as ``math.add`` or ``compat.v1.transpose``."""
    first, keywords = nodes.first_and_keywords(node)
    rewrite = FUNCTIONS.get(function.rpartition(".")[2])
    if rewrite is None:
        return None
    others = {key: value for key, value in keywords.items() if key != "name"}
    return rewrite(first, others)


def _constant(value: Any) -> Any:
    """A list of numbers in the place of a tensor, as Keras 3 writes it."""
    if not isinstance(value, list) or not is_plain(value):
        return value
    dtype = "float32" if _has_float(value) else "int32"
    return {"class_name": "__tensor__", "config": {"value": value, "dtype": dtype}}


def _has_float(value: Any) -> bool:
    return any(map(_has_float, value)) if isinstance(value, list) else isinstance(value, float)

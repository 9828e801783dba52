"""Architectures that are no architectures: a problem that says so, and no other exception."""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from rnncli.readers.checked import Malformed
from rnncli.readers.dialects import keras1, keras2, keras3
from tests.readers.dialects.test_keras1 import OLDEST

NONSENSE = [None, True, -1, 2**70, 1.5, "", "x", [], [[]], {}, {"class_name": "LSTM"}, ["x", 0, 0],
            {"class_name": [], "config": 3}, [["a", 0, 0, {}]], {"config": {"layers": 3}}]  # fmt: skip
TENSOR = ["x", 0, 0, {}]
LSTM = {"name": "lstm", "units": 3, "recurrent_activation": "hard_sigmoid", "time_major": False,
        "kernel_initializer": {"class_name": "Zeros", "config": {"dtype": "float32"}}}  # fmt: skip
FUNCTIONAL = {
    "class_name": "Model",
    "config": {
        "name": "model",
        "layers": [
            {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
             "config": {"name": "x", "batch_input_shape": [None, 5, 8], "dtype": "float32"}},
            {"class_name": "Bidirectional", "name": "both", "inbound_nodes": [[TENSOR]],
             "config": {"name": "both", "layer": {"class_name": "LSTM", "config": LSTM}}},
            {"class_name": "CuDNNGRU", "name": "gru", "config": {"name": "gru", "units": 3},
             "inbound_nodes": [[["both", 0, 0, {}], ["both", 0, 1, {}]]]},
            {"class_name": "TFOpLambda", "name": "add",
             "config": {"name": "add", "function": "math.add"},
             "inbound_nodes": [["gru", 0, 0, {"y": ["both", 0, 0]}]]},
            {"class_name": "TFOpLambda", "name": "split",
             "config": {"name": "split", "function": "split"},
             "inbound_nodes": [["gru", 0, 0, {"num_or_size_splits": [1, 2], "axis": 1}]]},
            {"class_name": "SlicingOpLambda", "name": "item",
             "config": {"name": "item", "function": "__operators__.getitem"},
             "inbound_nodes": [["add", 0, 0, {"slice_spec": [
                 {"start": None, "stop": 1, "step": None}, {"class_name": "__ellipsis__"}]}]]},
            {"class_name": "TensorFlowOpLayer", "name": "mean",
             "config": {"name": "mean", "node_def": {"op": "Mean", "attr": {"keep_dims": {}}},
                        "constants": {"1": 1}},
             "inbound_nodes": [[["gru", 0, 0, {}]]]},
            {"class_name": "Sequential", "name": "stack", "inbound_nodes": [[["item", 0, 0, {}]]],
             "config": {"name": "stack", "layers": [
                 {"class_name": "Dense", "config": {"name": "d", "units": 2, "axis": [1],
                                                    "batch_input_shape": [None, 3]}}]}},
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["stack", 1, 0]],
    },
}  # fmt: skip
MERGED = {
    "class_name": "Sequential",
    "config": [
        {"class_name": "Merge", "config": {
            "name": "m", "mode": "dot", "dot_axes": [[1], [1]], "layers": [
                {"class_name": "Sequential", "config": [
                    {"class_name": "Dropout",
                     "config": {"name": "d", "p": 0.5, "batch_input_shape": [None, 8]}}]},
                {"class_name": "ZeroPadding1D",
                 "config": {"name": "z", "padding": {"left_pad": 1}, "input_dim": 3}}]}},
        {"class_name": "TimeDistributedDense",
         "config": {"name": "t", "output_dim": 3, "W_regularizer": {"name": "L1L2Regularizer"}}},
    ],
}  # fmt: skip
GRAPH = {
    "name": "Graph", "input_config": [{"name": "a", "input_shape": [5, 8]}],
    "node_config": [{"name": "n", "inputs": ["a", "a"], "merge_mode": "dot", "dot_axes": [[1]]}],
    "nodes": {"n": {"name": "GRU", "custom_name": "n", "output_dim": 3}},
    "output_config": [{"name": "o", "input": "n"}],
}  # fmt: skip
DOCUMENTS = {
    "Keras 2": (FUNCTIONAL, keras2),
    "Keras 1": (MERGED, keras1),
    "a stack of Keras 0.3": (OLDEST, keras1),
    "a graph of Keras 0.3": (GRAPH, keras1),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values inside a document."""
    keys: Any = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place; ``...`` takes the place out."""
    document = copy.deepcopy(document)
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = copy.deepcopy(value)
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_are_read(name):
    document, dialect = DOCUMENTS[name]
    assert dialect.open_model(document, "model.h5").layers


@pytest.mark.parametrize("name", DOCUMENTS)
def test_any_value_in_any_place_is_read_or_refused(name):
    document, dialect = DOCUMENTS[name]
    refused = 0
    for path in places(document):
        for value in [..., *NONSENSE]:
            broken = changed(document, path, value)
            for other in (keras1, keras2, keras3):
                assert other.match(broken, None) in (True, False)
            try:
                dialect.open_model(broken, "model.h5")
            except Malformed:
                refused += 1
    assert refused


def test_several_changes_at_once_are_read_or_refused():
    rng = random.Random(3)
    for _ in range(2000):
        document, dialect = DOCUMENTS[rng.choice([*DOCUMENTS])]
        for _ in range(rng.randrange(1, 5)):
            path = rng.choice([*places(document)])
            document = changed(document, path, rng.choice(NONSENSE))
            if not document:
                break
        with contextlib.suppress(Malformed):
            dialect.open_model(document, "model.h5")

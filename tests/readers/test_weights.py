"""Each layer gets its stored arrays in Keras's order: every weight is given a number of its own,
saved by live Keras, and looked for in the file."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnncli.analysis.file_agreement import agree_with_file
from rnncli.config import parse
from rnncli.engine.whole_model import whole_model
from rnncli.layers.catalogue import RULES
from rnncli.model.binding import bind
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.readers.containers.opening import open_container
from rnncli.readers.dialects.keras3 import open_model
from rnncli.readers.reading import read_spec
from rnncli.readers.weights import snake_case, weights_by_layer
from rnncli.reference.examples import example
from rnncli.report.model_file import StoredWeight
from tests.readers.dialects.keras2_layers import ONE_LAYER
from tests.readers.dialects.keras2_models import GRAPHS

pytestmark = pytest.mark.usefixtures("keras")

# What an example of one layer does not show.
MODELS = {
    "bidirectional": """
input: [5, 8]
layers:
  - Bidirectional: {GRU: {units: 3, return_sequences: true, dropout: 0.2}}
  - Bidirectional: {layer: {LSTM: {units: 3, return_sequences: true}},
                    backward_layer: {LSTM: {units: 3, return_sequences: true, go_backwards: true}}}
""",
    "cells": """
input: [5, 8]
layers:
  - RNN: {cell: [{LSTMCell: 3}, {GRUCell: 4}, {LSTMCell: 3}, {SimpleRNNCell: 2}], return_sequences: true}
  - RNN: {cell: {GRUCell: {units: 3, reset_after: false}}}
""",
    "many of a class": "input: [8]\nlayers: ["
    + ", ".join(f"{{Dense: {units}}}" for units in range(2, 14))
    + "]",
    "named otherwise": """
inputs: {a: [8], b: [8]}
layers:
  - Dense: 3
    name: z
    from: [a]
  - Dense: 3
    name: y
    from: [b]
  - Add:
    from: [y, z]
  - Dense: 3
    name: dense
""",
    "shared": """
inputs: {a: [8], b: [8]}
layers:
  - Dense: 3
    name: z
    from: [a]
  - use: z
    from: [b]
  - Concatenate:
    from: [z, z_1]
  - Dense: 2
""",
    "inside": """
input: [5, 8]
layers:
  - LSTM: {units: 3, return_sequences: true}
  - model:
      input: [5, 3]
      layers:
        - BatchNormalization
        - Dense: 3
        - model: {input: [5, 3], layers: [{SimpleRNN: {units: 2, return_sequences: true}}, LayerNormalization]}
          name: innermost
        - Dense: 3
    name: inner
  - BatchNormalization
  - model: {input: [5, 3], layers: [{Dense: 2}]}
    name: another
""",
    "wrapped model": """
input: [5, 4, 8]
layers:
  - TimeDistributed:
      model:
        input: [4, 8]
        layers: [{Dense: 3}, BatchNormalization, {LSTM: 2}, {Dense: 4}]
  - TimeDistributed: {Dense: 3}
""",
    "spectral": "input: [5, 8]\nlayers: [SpectralNormalization: {Conv1D: {filters: 3, kernel_size: 2}}]",
    "frozen": "input: [8]\nlayers: [{Dense: {units: 3, trainable: false}}, BatchNormalization, Dense: 2]",
    "lora": "input: [5]\nlayers: [{Embedding: {input_dim: 9, output_dim: 4, lora_rank: 2}}, {Dense: {units: 3, lora_rank: 2}}]",
    "bfloat16": "input: [8]\nlayers: [{Dense: {units: 3, dtype: bfloat16}}]",
    "int8": "input: [8]\nlayers: [{Dense: {units: 4, dtype: int8_from_float32}}, {Dense: {units: 4, use_bias: false, dtype: int8_from_float32}}]",
    "int4": "input: [8]\nlayers: [{Dense: {units: 4, dtype: int4_from_float32}}]",
    "float8": "input: [8]\nlayers: [{Dense: {units: 4, dtype: float8_from_float32}}]",
    "einsum": "input: [5, 8]\nlayers: [{EinsumDense: {equation: 'abc,cd->abd', output_shape: [5, 4], bias_axes: d, dtype: int8_from_float32}}]",
    "attention": """
input: [5, 8]
layers:
  - MultiHeadAttention: {num_heads: 2, key_dim: 3, value_dim: 4, dropout: 0.1}
    from: {query: input, value: input}
  - GroupQueryAttention: {head_dim: 4, num_query_heads: 4, num_key_value_heads: 2, use_gate: true}
    from: {query: multi_head_attention, value: input}
""",
}  # fmt: skip


# Layers whose examples have weights, and that Keras saves in both kinds of file.
CLASSES = sorted(
    cls
    for cls in RULES
    if "." not in cls and (shown := example(cls)) and (shown.report.totals.params or 0) > 0
)


@pytest.fixture(scope="module")
def saved(keras, tmp_path_factory) -> Any:
    """A live model whose every weight is filled with a number of its own, and its files."""
    folder = tmp_path_factory.mktemp("weights")

    def save(config: str, suffix: str) -> tuple[Any, Path]:
        model = whole_model(bind(parse(Source("model", config))))
        for number, weight in enumerate(model.weights):
            # What LoRA adds to a kernel is added before it is stored.
            number = 0 if "lora" in weight.name else number + 1  # noqa: PLW2901
            weight.assign(keras.ops.full(weight.shape, number, weight.dtype))
        path = folder / f"model{suffix}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(path)
        return model, path

    return save


def layers_in(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All layers by their paths, those of models inside instead of these."""
    for layer in model.layers:
        if hasattr(layer, "layers") and hasattr(layer, "inputs"):
            yield from layers_in(layer, f"{prefix}{layer.name}/")
        else:
            yield f"{prefix}{layer.name}", layer


def numbers(weights: Any) -> list[float]:
    return [float(np.ravel(np.asarray(weight, dtype="float32"))[0]) for weight in weights]


def stored_numbers(path: Path, stored: Sequence[StoredWeight]) -> list[float]:
    """The numbers in the arrays of a file that the reader names."""
    if path.suffix == ".keras":
        file = h5py.File(io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5")))
    else:
        file = h5py.File(path)["model_weights"]
    values = []
    for weight in stored:
        value = file[weight.path][()]
        assert value.shape == weight.shape
        if weight.dtype == "bfloat16":
            value = value.view("uint16").astype("uint32") << 16
            value = value.view("float32")
        else:
            assert value.dtype == weight.dtype
        values.append(value)
    return numbers(values)


def read(path: Path) -> tuple[Any, Any]:
    container = open_container(str(path))
    return weights_by_layer(container, open_model(container.architecture, str(path)))


def check(model: Any, path: Path) -> None:
    by_layer, unclaimed = read(path)
    assert unclaimed == ()
    layers = dict(layers_in(model))
    assert by_layer.keys() <= layers.keys()
    for name, layer in layers.items():
        weights = layer.weights
        if path.suffix == ".keras":
            weights = [weight for weight in weights if "lora" not in weight.name]
        else:
            weights = [*layer.trainable_weights, *layer.non_trainable_weights]
        stored = by_layer.get(name, ())
        assert [weight.shape for weight in stored] == [tuple(weight.shape) for weight in weights]
        assert [weight.dtype for weight in stored] == [weight.dtype for weight in weights]
        assert stored_numbers(path, stored) == numbers(
            weight.numpy() if weight.dtype != "bfloat16" else weight.numpy().astype("float32")
            for weight in weights
        )
    spec = read_spec(str(path))
    agreement = agree_with_file(plan(spec), spec.file)
    assert agreement.agrees, agreement.differences
    assert agreement.compared.weights > 0


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_as_keras_3_saves_it(saved, name, suffix):
    check(*saved(MODELS[name], suffix))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_layer_that_has_weights(saved, cls):
    check(*saved(example(cls).config, ".keras"))


def test_groups_are_named_as_keras_names_them(keras):
    from keras.src.utils.naming import to_snake_case

    for cls in (*RULES, "MyLayer2D", "HTTPPool", "my_layer", "A", "Conv1DLSTM", "Ünder"):
        assert snake_case(cls) == to_snake_case(cls)


# One model a class, and whole graphs. The frequencies of words are weights in Keras 2 alone.
KERAS_2 = {
    **{case.cls: case.model for case in ONE_LAYER if case.cls != "TextVectorization"},
    "StackedRNNCells": next(case.model for case in ONE_LAYER if "StackedRNNCells" in str(case)),
    **GRAPHS,
}


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("name", KERAS_2)
def test_a_model_as_keras_2_saves_it(name, suffix, tmp_path):
    keras2 = pytest.importorskip("tf_keras")
    model = KERAS_2[name](keras2)
    if not model.weights:
        return
    path = tmp_path / f"model{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    spec = read_spec(str(path))
    planned = plan(spec)
    agreement = agree_with_file(planned, spec.file)
    assert agreement.agrees, agreement.differences
    assert spec.file.unclaimed == ()
    stored = [weight for weights in spec.file.weights.values() for weight in weights]
    custom = sum(len(layer.weights) for layer in planned.layers if layer.custom is True)
    assert len(stored) == agreement.compared.weights + custom
    assert len(stored) == len(model.weights)

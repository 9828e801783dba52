"""Keras code: it runs, it makes the model of the plan, and ruff leaves it as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnncli.config import ModelSpec
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.whole_model import whole_model
from rnncli.model.binding import bind
from rnncli.model.lengths import lengths_of
from rnncli.planning.plan import plan
from rnncli.problems import errors
from rnncli.report.layer import Layer
from rnncli.report.report import Report
from rnncli.writers import CannotWrite
from tests.writers.cases import CLASSES, CONFIGS, example_of, spec_in, spec_of, written

# A model with a custom layer has no code.
WRITABLE = [config for config in CONFIGS if "custom_layer" not in config]
TEXTS = {
    "numbers": "input: [5, 8]\nlayers: [ops.subtract: {x1: 1.0}, ops.subtract: 1.0, "
    "ops.multiply: 2, ops.getitem: ':, 1:-1, None', ops.mean: {axis: 1, keepdims: true}]",
    "parts": "input: [5, 8]\nlayers:\n- ops.unstack: {num: 5, axis: 1}\n"
    "- {Add: , from: [unstack.output_0, unstack.output_3]}\n- ops.split: {indices_or_sections: 1}\n"
    "- {Dense: 3, from: split.output_0}",
    "positions": "input: [null, 3]\nlayers: [ops.arange: {axis: 1}, Embedding: {input_dim: 90, "
    "output_dim: 3}, {ops.add: , from: [embedding, input]}, {Add: , from: [add, input]}]",
    "random": "input: [5, 8]\nlayers:\n- random.normal: {stddev: 0.1}\n- {Add: , from: "
    "[normal, input], name: sum}\n- {use: normal, from: sum, name: again}\n- random.uniform",
    "calls": "inputs: {x: [null, 4], m: {shape: [null], dtype: bool}}\nlayers:\n"
    "- {LSTM: {units: 3, return_sequences: true}, from: {sequences: x, mask: m}}\n"
    "- {MultiHeadAttention: {num_heads: 2, key_dim: 4}, call: {use_causal_mask: true, "
    "return_attention_scores: true, training: true}, from: {query: lstm, value: x}}\n"
    "- {Attention: {score_mode: dot}, from: {query: lstm, value: lstm, value_mask: m}}\n"
    "outputs: {attended: multi_head_attention, scores: multi_head_attention.scores, a: attention}",
    "states": "inputs: {a: [null, 4], b: [null, 4]}\nlayers:\n"
    "- {Bidirectional: {LSTM: {units: 3, return_state: true}}, from: a, name: encoder}\n"
    "- {LSTM: 3, from: b, initial_state: [encoder.backward_h, encoder.forward_c], name: next}\n"
    "- {Bidirectional: {LSTM: 3}, from: b, initial_state: encoder.states}\n"
    "outputs: [next, bidirectional, encoder.forward_h]",
    "cells": "inputs: {a: [null, 4], b: [null, 4]}\nlayers:\n"
    "- {RNN: {cell: [{LSTMCell: 3}, {GRUCell: 4}], return_state: true}, from: a, name: first}\n"
    "- {RNN: [{LSTMCell: 3}, {GRUCell: 4}], from: b, initial_state: first.states}\n"
    "outputs: [first.h_1, rnn]",
    "apart": "input: [5, 8]\nlayers:\n- Bidirectional: {LSTM: {units: 3, return_sequences: true}, "
    "merge_mode: null}\n- {Add: , from: [bidirectional.forward, bidirectional.backward]}",
    "inside": "inputs: {a: [null, 4], b: [3]}\nlayers:\n- model:\n    name: cell\n"
    "    inputs: {x: [null, 4], y: [3]}\n"
    "    layers:\n    - {LSTM: {units: 3, return_state: true}, from: x, name: inner}\n"
    "    - {Add: , from: [inner, y]}\n    outputs: {sum: add, memory: inner.states}\n"
    "  name: encoder\n  from: [a, b]\n- {use: encoder, name: again, from: [a, encoder.sum]}\n"
    "- {Dense: 3, from: again.sum}\n"
    "- {LSTM: 3, from: a, initial_state: again.memory}\noutputs: [dense, lstm]",
    "stack inside": "input: [5, 8]\nlayers:\n- model: {name: block, input: [5, 8], layers: "
    "[Dense: 8, Dense: 4]}\n- TimeDistributed: {model: {name: step, input: [4], layers: [Dense: 2]}}"
    "\n- LSTM: 3",
    "objects": "input: [5, 8]\nbatch: 2\nlayers:\n- GRU: {units: 4, kernel_regularizer: {L2: 0.01}, "
    "recurrent_initializer: {RandomNormal: {stddev: 0.02}}, bias_constraint: max_norm, "
    "return_sequences: true, stateful: true}\n- Dense: {units: 3, trainable: false, "
    "dtype: mixed_float16}\n- Conv1D: {filters: 3, kernel_size: [2]}",
    "names": "inputs: {class: [3], my input: [3], x: [3]}\nlayers:\n- {Dense: 3, from: class, name: "
    "lambda}\n- {Dense: 3, from: my input, name: 1 dense}\n- {Dense: 3, name: dense_1}\n"
    "- {Add: , from: [x, lambda, dense_1], name: print}\n- {Dense: 3, from: print}\n- Dense: 4",
    "long names": "input: [5, 8]\nlayers:\n- {Bidirectional: {LSTM: {units: 3, return_sequences: "
    f"true, return_state: true}}}}, name: {'a_very_long_name_' * 3}}}\n"
    f"outputs: [{'a_very_long_name_' * 3}, {'a_very_long_name_' * 3}.states]",
    "words": "input: {shape: [1], dtype: string}\nlayers: [StringLookup: {vocabulary: ['it''s', "
    f"'\"', 'both \" and ''', 'tab\\t', é, {', '.join(f'word_{number}' for number in range(20))}]}}]",
}  # fmt: skip


# What returns another shape there than where the model is called.
RUN_BY_PREDICT = ("RandomCrop",)


def specs() -> Iterator[tuple[str, ModelSpec]]:
    yield from ((config, spec_in(config)) for config in WRITABLE)
    yield from ((cls, example_of(cls)) for cls in CLASSES)
    yield from ((name, spec_of(text)) for name, text in TEXTS.items())


def test_ruff_finds_nothing_and_formats_nothing(tmp_path):
    pytest.importorskip("ruff", reason="needs ruff")
    for name, spec in specs():
        (tmp_path / f"{re.sub(r'[^0-9A-Za-z]+', '_', name)}.py").write_text(written(spec, "py"))
    options = ["--isolated", "--line-length", "100", "--no-cache"]
    for arguments in (
        ["format", "--diff"],
        ["check", "--select", "E,F,W,I,B,UP,C4,SIM,RUF,PL,A", "--ignore", "PLR,E501"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, *options, str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout[-6000:]


def made(keras, spec: ModelSpec) -> Any:
    """The model that the code makes, in a Keras that has made no other."""
    keras.utils.clear_session()
    text = written(spec, "py")
    scope: dict[str, Any] = {"__name__": "written"}
    try:
        exec(compile(text, "written.py", "exec"), scope)
    except Exception as error:
        error.add_note(text)
        raise
    assert isinstance(scope["model"], keras.Model)
    return scope["model"]


def weights_of(layer: Layer) -> list[tuple[int, ...]]:
    """The shapes of the weights of a layer and of all layers inside."""
    inner = [shape for one in layer.layers for shape in weights_of(one)]
    return sorted([*(weight.shape for weight in layer.weights or ()), *inner])


def check(keras, name: str, spec: ModelSpec) -> None:
    report = plan(spec)
    assert errors(report.problems) == [], name
    model = made(keras, spec)
    assert model.name == report.name
    tensors = {
        f"{layer.name}.{one.name}": one
        for layer in report.layers
        for one in (*layer.outputs, *layer.states)
    }
    planned = [tensors[key] for key in report.outputs]
    ran = run(keras, name, model, report)
    assert [keras.backend.standardize_dtype(one.dtype) for one in ran] == [
        one.dtype for one in planned
    ], name
    shapes = [(tuple(one.shape), two.actual) for one, two in zip(ran, planned, strict=True)]
    for ran_shape, planned_shape in shapes:
        assert len(ran_shape) == len(planned_shape), name
        for one, two in zip(ran_shape, planned_shape, strict=True):
            assert two in (one, None), name
    compare_layers(model, report, name)


def run(keras, name: str, model: Any, report: Report) -> list[Any]:
    """The outputs of the model on tensors of zeros, in the order of the plan."""
    inputs = [
        np.full(tensor.actual, "a", object) if tensor.dtype == "string"
        else np.zeros(tensor.actual, tensor.dtype)
        for tensor in report.inputs
    ]  # fmt: skip
    read = [keras.ops.convert_to_tensor(one) for one in inputs]
    call = model.predict_on_batch if name in RUN_BY_PREDICT else model
    returned = call(read[0] if len(read) == 1 else read)
    if report.output_names:
        return [returned[key] for key in report.output_names]
    return keras.tree.flatten(returned)


def compare_layers(model: Any, report: Report, name: str) -> None:
    layers = {
        layer.name: layer
        for layer in report.layers
        if layer.shared_with is None and not layer.cls.startswith("ops.")
    }
    unused = {each.layer for each in report.problems if each.code == "unused"}
    found = {layer.name: layer for layer in model.layers}
    # Keras names operations itself, and a layer that the plan calls like one has another name.
    taken = {one.name for one in getattr(model, "operations", ())} - found.keys()
    missing = layers.keys() - found.keys() - unused - taken
    assert not missing, (name, [*found])
    for key in layers.keys() & found.keys():
        shapes = sorted(tuple(one.shape) for one in found[key].weights)
        assert shapes == weights_of(layers[key]), (name, key)
    if not unused:
        assert model.count_params() == report.totals.params, name


@pytest.mark.parametrize("config", WRITABLE)
def test_the_code_of_a_config_makes_its_model(keras, config):
    check(keras, config, spec_in(config))


@pytest.mark.parametrize("name", TEXTS)
def test_the_code_makes_the_model(keras, name):
    check(keras, name, spec_of(TEXTS[name]))


def values(keras, model: Any, inputs: dict[str, Any]) -> list[Any]:
    """All outputs of a model, as numbers."""
    read = [*inputs.values()]
    returned = model(read[0] if len(read) == 1 else read)
    return [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(returned)]


def check_values(keras, spec: ModelSpec) -> None:
    """Compares the model of the code with the same model that the engine makes."""
    report, model = plan(spec), bind(spec)
    coded = made(keras, spec)
    whole = whole_model(model)
    assert [tuple(one.shape) for one in coded.weights] == [
        tuple(one.shape) for one in whole.weights
    ]
    generator = np.random.default_rng(0)
    for one, two in zip(coded.weights, whole.weights, strict=True):
        # Zeros would hide what reads a bias, and what a mask cuts out of attention.
        weights = generator.normal(size=one.shape, scale=0.5).astype(one.dtype)
        one.assign(weights)
        two.assign(weights)
    inputs = random_tensors(model, report.batch, lengths_of(report), 0)
    pairs = zip(values(keras, coded, inputs), values(keras, whole, inputs), strict=True)
    for one, two in pairs:
        if one.dtype.kind in "SUO":
            assert one.tolist() == two.tolist()
        else:
            np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


DRAWN = ("vae", "sketch_rnn", "random")


@pytest.mark.slow
@pytest.mark.parametrize("config", [one for one in WRITABLE if not one.endswith(
    tuple(f"{name}.yaml" for name in DRAWN))])  # fmt: skip
def test_the_code_of_a_config_computes_the_same(keras, config):
    check_values(keras, spec_in(config))


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in DRAWN])
def test_the_code_computes_the_same(keras, name):
    check_values(keras, spec_of(TEXTS[name]))


@pytest.mark.slow
@pytest.mark.parametrize("cls", CLASSES)
def test_the_code_of_an_example_makes_its_model(keras, cls):
    check(keras, cls, example_of(cls))


def test_a_stack_is_a_sequential():
    assert written(spec_of("name: small\ninput: [5, 8]\nlayers: [LSTM: 3, Dense: 10]"), "py") == (
        "import keras\nfrom keras import layers\n\nmodel = keras.Sequential(\n    [\n"
        "        keras.Input((5, 8)),\n        layers.LSTM(3),\n        layers.Dense(10),\n    ],\n"
        '    name="small",\n)\n'
    )


def test_a_custom_layer_has_no_code():
    with pytest.raises(CannotWrite) as caught:
        written(spec_in("configs/custom_layer.yaml"), "py")
    (problem,) = caught.value.problems
    assert (problem.code, problem.layer) == ("cannot-convert", "attention")
    assert problem.line
    assert Path(problem.file or "").name == "custom_layer.yaml"

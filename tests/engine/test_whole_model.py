"""A whole model in Keras: its predict is held against rnncli's run, layer by layer."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse, read
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import random_tensors, symbols
from rnncli.engine.running import seed_all
from rnncli.engine.settings import as_planned
from rnncli.engine.tensors import numbers_of
from rnncli.engine.tracing import predicted
from rnncli.engine.whole_model import layers_of, whole_model
from rnncli.model.binding import bind
from rnncli.model.lengths import lengths_of
from rnncli.model.runnable import runnable
from rnncli.planning.plan import plan
from rnncli.problems import Source
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("keras")
# A custom layer is not run.
CONFIGS = sorted({*(ROOT / "configs").rglob("*.yaml")} - {ROOT / "configs/custom_layer.yaml"})
# Slow on a processor, and nothing that the others have not.
SLOW = {"deepspeech2", "conv_lstm", "video_classification", "luong_translator", "char_seq2seq"}


def held_against_run(keras, spec, batch=2):
    """The outputs of predict, which must be those of the run with weights drawn alike."""
    planned = plan(spec)
    model = runnable(bind(spec))
    batch = model.batch or batch
    with as_planned(keras):
        seed_all(1)
        whole = whole_model(model)
        entering = random_tensors(model, batch, lengths_of(planned), 1)
        tensors = [*entering.values()]
        returned = whole(tensors if len(tensors) > 1 else tensors[0])
        seed_all(1)
        built = BuiltModel()
        ran = predicted(model, built, entering, through(model, built, symbols(model, batch)))
    if model.output_names:
        assert list(returned) == list(model.output_names)
        returned = [returned[name] for name in model.output_names]
    flat = keras.tree.flatten(returned)
    assert len(flat) == len(model.outputs)
    for ref, tensor in zip(model.outputs, flat, strict=True):
        np.testing.assert_allclose(numbers_of(tensor), numbers_of(ran[ref]), atol=2e-5, rtol=1e-4)
    return whole, model


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem in SLOW else []) for path in CONFIGS],
    ids=lambda path: path.stem,
)
def test_predict_equals_the_run(keras, path):
    whole, model = held_against_run(keras, parse(read(str(path))))
    made = layers_of(whole)
    for node in model.nodes:
        name = node.shared_with or node.layer.name
        assert node.layer.is_operation or made[name].name == name


def test_outputs_are_named_and_states_returned_as_the_config_says(keras):
    text = """
input: [5, 4]
layers:
  - LSTM: {units: 3, return_sequences: true}
    name: quiet
  - LSTM: {units: 3, return_state: true}
    name: told
  - ops.multiply: 2.0
    name: get_item
  - ops.arange: {axis: 1}
    from: quiet
outputs: {b: get_item, a: told.c, n: arange}
"""
    whole, _ = held_against_run(keras, parse(Source("a.yaml", text)))
    assert not whole.get_layer("quiet").return_state
    assert whole.get_layer("told").return_state
    assert {"get_item", "arange", "arange_part_1"} <= {each.name for each in whole.operations}


def test_a_stateful_layer_has_the_batch_of_the_config(keras):
    text = "batch: 3\ninput: [5, 4]\nlayers: [LSTM: {units: 3, stateful: true}]"
    whole, _ = held_against_run(keras, parse(Source("a.yaml", text)))
    assert whole.input_shape == (3, 5, 4)


def test_the_operations_of_a_mask_leave_the_names_to_the_layers(keras):
    text = """
input: {shape: [5], dtype: int32, below: 9}
layers:
  - Embedding: {input_dim: 9, output_dim: 3, mask_zero: true}
    name: not_equal
  - Dense: 3
    name: any
  - Concatenate:
    from: [not_equal, any]
  - LSTM: 4
    name: logical_or
"""
    whole, _ = held_against_run(keras, parse(Source("a.yaml", text)))
    names = [each.name for each in whole.operations]
    assert len({*names}) == len(names)
    assert whole.get_layer("concatenate").axis == -1

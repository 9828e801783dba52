"""Axes of size 0: what Keras runs over them is planned as it runs, and what it cannot is refused."""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest
import yaml

from rnncli.analysis.agreement import compare
from rnncli.config import parse
from rnncli.engine.errors import KerasFailed
from rnncli.engine.running import run
from rnncli.keras_api.traits import MODULES, TRAITS
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.reference.config_schema import config_schema
from rnncli.reference.examples import example
from tests.planning.test_predict import FAILS, FAILS_IN_PREDICT, RUNS, ran, said

SCHEMA = jsonschema.Draft202012Validator(config_schema())
BATCH = 2
PAIR = "inputs: {{a: {}, b: {}}}"


def config(inputs: str, *entries: str) -> str:
    top = inputs if inputs.startswith("inputs") else f"input: {inputs}"
    return f"{top}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries)


RUN = [
    config("[0, 4]", "Dense: 3"),
    config("[4, 0]", "Dense: 3"),
    config("[0]", "Dense: {units: 3, use_bias: false}"),
    config("[0]", "Embedding: {input_dim: 5, output_dim: 3, mask_zero: true}", "Dense: 2"),
    config("[5, 0]", "LSTM: 3"),
    config("[5, 0]", "Bidirectional: {LSTM: {units: 3, return_sequences: true}}"),
    config("[5, 0]", "GRU: {units: 3, use_bias: false}"),
    config("[5, 0, 3]", "TimeDistributed: {Dense: 3}"),
    config("[0, 4]", "Masking", "GlobalAveragePooling1D"),
    config("[0, 4]", "GlobalAveragePooling1D: {keepdims: true}"),
    config("[0, 4]", "MaxPooling1D: {pool_size: 2, padding: same}"),
    config("[0, 4]", "Conv1DTranspose: {filters: 3, kernel_size: 2}", "LSTM: 3"),
    config("[0, 4]", "Flatten", "Dense: {units: 3, use_bias: false}"),
    config("[0, 4]", "Reshape: [2, 0]", "Permute: [2, 1]"),
    config("[0, 4]", "ZeroPadding1D: 2", "LSTM: 3"),
    config("[0, 4]", "LayerNormalization", "BatchNormalization", "UnitNormalization"),
    config("[0, 4]", "GroupNormalization: -1", "Activation: softmax", "Dropout: 0.2"),
    config(PAIR.format("[3, 4]", "[0, 4]"), "{Attention: {}, from: [a, b]}"),
    config(PAIR.format("[0, 0, 4]", "[0, 0]"), "{Dot: {axes: [1, 2]}, from: [a, b]}"),
    config(PAIR.format("[0, 4]", "[3, 4]"), "{Concatenate: {axis: 1}, from: [a, b]}"),
    config(PAIR.format("[0, 4]", "[1, 4]"), "{Add: {}, from: [a, b]}"),
    config(
        PAIR.format("[3, 4]", "[0, 4]"),
        "{MultiHeadAttention: {num_heads: 2, key_dim: 3}, from: [a, b]}",
    ),
]


@pytest.mark.parametrize("text", RUN)
def test_what_runs_is_planned_as_it_runs(keras, text):
    spec = parse(Source("a.yaml", text))
    planned = plan(spec, BATCH)
    assert not errors(planned.problems)
    assert compare(planned, run(spec, BATCH, None, 0, with_values=False)).agrees
    jsonschema.validate(yaml.safe_load(text), config_schema())


FAIL = [
    config("[0, 4]", "LSTM: 3"),
    config("[0, 4]", "GRU: {units: 3, unroll: true, return_sequences: true}"),
    config("[0, 4]", "SimpleRNN: 3"),
    config("[0, 4]", "RNN: [{LSTMCell: 3}, {GRUCell: 2}]"),
    config("[0, 4]", "Bidirectional: {LSTM: 3}"),
    config("[0, 4]", "Masking", "LSTM: 3"),
    config("[0, 4]", "TimeDistributed: {Dense: 3}"),
    config("[5, 0, 4]", "TimeDistributed: {LSTM: 3}"),
    config("[0, 4, 3]", "ConvLSTM1D: {filters: 2, kernel_size: 2}"),
    config("[0, 4]", "Conv1D: {filters: 3, kernel_size: 2, padding: causal}"),
    config("[5, 0]", "Conv1D: {filters: 3, kernel_size: 2}"),
    config("[4, 4, 0]", "DepthwiseConv2D: 2"),
    config("[0, 4]", "AdaptiveAveragePooling1D: 2"),
    config("[0, 4, 3]", "UpSampling2D: {size: 2, interpolation: bilinear}"),
    config("[0, 4, 3]", "Resizing: {height: 2, width: 2}"),
    config("[4, 0]", "GroupNormalization: -1"),
    config("[0, 0, 4]", "Dot: {axes: 1}\n    from: [input, input]"),
]


@pytest.mark.parametrize("text", FAIL)
def test_what_fails_is_refused(keras, text):
    spec = parse(Source("a.yaml", text))
    assert [problem.code for problem in errors(plan(spec, BATCH).problems)] == ["empty-axis"]
    with pytest.raises(KerasFailed):
        run(spec, BATCH, None, 0, with_values=False)


@pytest.mark.parametrize("cls", [cls for cls, row in TRAITS.items() if "space" in row.needs])
def test_every_layer_that_needs_space_fails_without_it(keras, cls):
    """As its traits say, and Keras with it: an image, or a sequence, of 0 pixels or steps."""
    entry = example(cls).config.partition("  - ")[2].strip()
    shape = {"1": "[0, 4]", "3": "[0, 4, 4, 3]"}.get(cls[-2], "[0, 4, 3]")
    text = config(shape, entry)
    spec = parse(Source("a.yaml", text))
    assert [problem.code for problem in errors(plan(spec, BATCH).problems)] == ["empty-axis"]
    with pytest.raises(KerasFailed):
        run(spec, BATCH, None, 0, with_values=False)


HANDED_ON = [
    cls
    for cls, module in MODULES.items()
    if module == "preprocessing.images" and not TRAITS[cls].needs
]


@pytest.mark.parametrize("cls", HANDED_ON)
def test_images_that_predict_hands_on_may_be_empty(keras, cls):
    """What an augmentation needs in training, a model that predicts does not."""
    entry = example(cls).config.partition("  - ")[2].strip()
    planned = plan(parse(Source("a.yaml", config("[0, 4, 3]", entry))), BATCH)
    arguments = yaml.safe_load(entry)
    arguments = (arguments[cls] if isinstance(arguments, dict) else None) or {}
    x = keras.Input([0, 4, 3])
    model = keras.Model(x, getattr(keras.layers, cls)(**arguments)(x))
    given = model.predict_on_batch(np.ones((BATCH, 0, 4, 3), "float32"))
    assert not errors(planned.problems)
    assert planned.layers[0].outputs[0].shape == given.shape


# TensorFlow's kernel for a product and a bias ends the whole process over these.
@pytest.mark.parametrize(
    "text",
    [
        config("[0]", "Dense: 3"),
        config("[4, 0]", "Flatten", "Dense: 3"),
        config("[5, 0]", "GRU: 3"),
        config("[5, 0]", "RNN: {SimpleRNNCell: 3}"),
        config("[5, 0]", "Bidirectional: {GRU: 3}"),
        config("[5, 0]", "TimeDistributed: {Dense: 3}"),
    ],
)
def test_a_bias_on_no_features_is_refused(problems_of, text):
    assert [problem.code for problem in problems_of(text)] == ["empty-axis"]


@pytest.mark.parametrize("size", ["0", "[0]"])
def test_an_equation_makes_no_kernel_of_nothing(problems_of, size):
    text = config("[4]", f"EinsumDense: {{equation: 'ab,bc->ac', output_shape: {size}}}")
    assert [problem.code for problem in problems_of(text)] == ["wrong-value"]


@pytest.mark.parametrize(
    ("shape", "entry", "layer", "how"),
    [
        ([5, 0], "MaxPooling1D: 2", lambda k: k.MaxPooling1D(2), FAILS_IN_PREDICT),
        (
            [4, 4, 0],
            "AdaptiveMaxPooling2D: 2",
            lambda k: k.AdaptiveMaxPooling2D(2),
            FAILS_IN_PREDICT,
        ),
        ([4, 4, 4, 0], "MaxPooling3D: 2", lambda k: k.MaxPooling3D(2), RUNS),
        ([0, 4], "GlobalMaxPooling1D", lambda k: k.GlobalMaxPooling1D(), FAILS),
    ],
)
def test_a_plan_says_how_a_layer_runs(keras, planned, shape, entry, layer, how):
    assert said(planned(config(str(shape), entry), batch=BATCH)) == how
    assert ran(keras, [shape], layer(keras.layers))[0] == how


@pytest.mark.parametrize("target", ["[0, -1]", "[-1, 0]"])
def test_what_is_left_beside_nothing_has_no_size(problems_of, target):
    (problem,) = problems_of(config("[0, 4]", f"Reshape: {target}"))
    assert problem.code == "wrong-value"


@pytest.mark.parametrize(
    "clipping", ["{rmax: 3, rmin: 0.3, dmax: 5}", "{rmax: null}", "{}", "null"]
)
def test_a_mapping_is_an_argument(keras, clipping):
    text = config("[5, 4]", f"BatchNormalization: {{renorm: true, renorm_clipping: {clipping}}}")
    spec = parse(Source("a.yaml", text))
    planned = plan(spec, BATCH)
    assert not planned.problems
    assert compare(planned, run(spec, BATCH, None, 0, with_values=False)).agrees
    SCHEMA.validate(yaml.safe_load(text))


@pytest.mark.parametrize("clipping", ["{rmx: 3}", "{rmax: a}", "{rmax: [1]}", "[3]", "{dmax: -1}"])
def test_the_schema_refuses_other_mappings(clipping):
    text = config("[5, 4]", f"BatchNormalization: {{renorm: true, renorm_clipping: {clipping}}}")
    assert errors(plan(parse(Source("a.yaml", text))).problems)
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(yaml.safe_load(text))

"""What Keras 3 writes that few models have, read from files of live models."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rnncli
from rnncli.problems import ConfigError, errors
from rnncli.readers.reading import saved_model

pytestmark = pytest.mark.usefixtures("keras")


def planned(model, folder, suffix="keras"):
    path = folder / f"model.{suffix}"
    model.save(path)
    spec = rnncli.load(path)
    report = rnncli.plan(spec)
    assert not errors(report.problems), report.problems
    return spec, report


def largest_difference(keras, spec, model, *inputs):
    """Between a model and its file, written again."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.keras"
        path.write_bytes(rnncli.convert(spec, "keras").files[".keras"])
        new = keras.models.load_model(path)
        outputs = [
            keras.tree.flatten(each(inputs if len(inputs) > 1 else inputs[0]))
            for each in (model, new)
        ]
    pairs = zip(*outputs, strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


def test_outputs_in_lists_and_mappings(keras, tmp_path):
    layers = keras.layers
    x = keras.Input((6, 4))
    cells = layers.RNN([layers.LSTMCell(3), layers.GRUCell(5)], return_state=True)(x)
    model = keras.Model(x, {"z": cells, "a": layers.Dense(2)(x)})
    spec, report = planned(model, tmp_path)
    assert report.agreement.agrees
    assert report.totals.params == model.count_params()
    assert largest_difference(keras, spec, model, np.ones((2, 6, 4), "float32")) < 1e-6


def test_a_custom_layer_of_several_outputs_at_the_end(keras, tmp_path):
    class Ends(keras.layers.Layer):
        def call(self, x):
            return x, x[:, 0], x[:, -1]

        def compute_output_shape(self, shape):
            return [shape, (shape[0], shape[2]), (shape[0], shape[2])]

    x = keras.Input((6, 4))
    everything, _, last = Ends(name="ends")(x)
    _, report = planned(
        keras.Model(x, [keras.layers.LSTM(2, name="lstm")(everything), last]), tmp_path
    )
    assert report.outputs == ("lstm.output", "ends.output_2")
    assert report.agreement.agrees


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_unstack_without_a_number(keras, tmp_path, suffix):
    x = keras.Input((3, 4))
    model = keras.Model(x, keras.ops.unstack(x, axis=1) + keras.ops.unstack(x, axis=-1))
    _, report = planned(model, tmp_path, suffix)
    assert [len(layer.outputs) for layer in report.layers] == [3, 4]


def test_a_layer_whose_class_has_another_name_inside_keras(keras, tmp_path):
    x = keras.Input((6, 8))
    model = keras.Model(x, keras.layers.GroupQueryAttention(4, 4, 2)(x, x))
    _, report = planned(model, tmp_path, "h5")
    assert not report.layers[0].custom
    assert report.totals.params == model.count_params()


CONSTANTS = {
    "states": lambda k, x: k.layers.GRU(3)(x, initial_state=k.ops.ones((2, 3))),
    "a merge": lambda k, x: k.layers.Multiply()([x, k.ops.ones((2, 6, 4))]),
    "a value": lambda k, x: k.layers.MultiHeadAttention(2, 3)(x, k.ops.ones((2, 6, 4))),
    "a mask": lambda k, x: k.layers.LSTM(3)(x, mask=k.ops.ones((2, 6), "bool")),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_that_a_layer_reads(keras, tmp_path, name):
    """A config has no word for it: the layer is a box, and no other model is planned."""
    x = keras.Input((6, 4), batch_size=2)
    _, report = planned(keras.Model(x, CONSTANTS[name](keras, x)), tmp_path)
    assert report.layers[-1].custom
    assert "opaque-layer" in {problem.code for problem in report.problems}


def test_a_mask_beside_an_initial_state_is_kept(keras, tmp_path):
    """Keras does not hand it by itself, so that it is more than a repetition."""
    layers = keras.layers
    ids, state = keras.Input((5,), dtype="int32"), keras.Input((3,))
    embedding = layers.Embedding(6, 4, mask_zero=True)
    mask = keras.ops.not_equal(ids, 0)
    encoded = layers.GRU(3)(embedding(ids), initial_state=state, mask=mask)
    model = keras.Model([ids, state], encoded)
    spec, report = planned(model, tmp_path)
    assert "mask-ignored" not in {problem.code for problem in report.problems}
    batch = np.array([[1, 2, 0, 0, 0], [0, 3, 0, 4, 1]], "int32")
    assert largest_difference(keras, spec, model, batch, np.ones((2, 3), "float32")) < 1e-6


def test_a_model_without_inputs_is_refused(keras, tmp_path):
    x = keras.Input((6, 4))
    document = json.loads(keras.Model(x, keras.layers.LSTM(3)(x)).to_json())
    del document["config"]["input_layers"]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ConfigError) as caught:
        rnncli.load(path)
    assert [problem.code for problem in caught.value.problems] == ["model-malformed"]


def test_more_layers_than_any_model_has():
    """They are counted before anything is made of them."""
    layer = {"class_name": "Dense", "config": {"units": 2}, "registered_name": None}
    document = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer] * 40_000}}
    with pytest.raises(ConfigError) as caught:
        saved_model(document, None, "model.json")
    assert [problem.code for problem in caught.value.problems] == ["model-limit"]

"""The notebook that rnncli grew out of, every cell of it, on Keras itself."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse, read
from rnncli.engine.errors import KerasFailed, plain
from rnncli.engine.running import run
from rnncli.problems import Source
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("keras")


def run_text(layers: str, shape: str = "[5, 8]", seed: int = 0, length: int = 10):
    spec = parse(Source("a.yaml", f"input: {shape}\nlayers: {layers}"))
    return run(spec, 1, length, seed, with_values=True)


def arrays(layers: str, shape: str = "[5, 8]") -> dict[str, np.ndarray]:
    (layer,) = run_text(layers, shape).layers
    return {each.name: np.asarray(each.values) for each in (*layer.outputs, *layer.states)}


LSTM = "[LSTM: {units: 3, return_sequences: %s}]"
BOTH = "[Bidirectional: {layer: {%s: {units: 3, return_sequences: %s}}, merge_mode: %s}]"


def test_lstm():
    found = arrays(LSTM % "false")
    assert found["output"].shape == (1, 3)
    np.testing.assert_array_equal(found["h"], found["output"])


def test_lstm_with_sequences_and_state():
    found = arrays(LSTM % "true")
    assert {name: each.shape for name, each in found.items()} == {
        "output": (1, 5, 3), "h": (1, 3), "c": (1, 3),
    }  # fmt: skip
    np.testing.assert_array_equal(found["h"], found["output"][:, -1, :])
    assert not np.allclose(found["c"], found["output"][:, -1, :])


def test_gru():
    assert arrays("[GRU: 3]")["output"].shape == (1, 3)
    found = arrays("[GRU: {units: 3, return_sequences: true}]")
    assert found["output"].shape == (1, 5, 3)
    np.testing.assert_array_equal(found["h"], found["output"][:, -1, :])
    assert "c" not in found


@pytest.mark.parametrize(("merge", "width"), [("concat", 6), ("sum", 3), ("mul", 3), ("ave", 3)])
@pytest.mark.parametrize("every_step", [True, False])
def test_bidirectional(merge, width, every_step):
    found = arrays(BOTH % ("LSTM", str(every_step).lower(), merge))
    output = found.pop("output")
    assert output.shape == ((1, 5, width) if every_step else (1, width))
    assert list(found) == ["forward_h", "forward_c", "backward_h", "backward_c"]
    assert {each.shape for each in found.values()} == {(1, 3)}


def test_the_states_of_a_bidirectional_stand_at_both_ends():
    found = arrays(BOTH % ("LSTM", "true", "concat"))
    np.testing.assert_array_equal(found["forward_h"], found["output"][:, -1, :3])
    np.testing.assert_array_equal(found["backward_h"], found["output"][:, 0, 3:])


def test_bidirectional_without_a_merge_gives_two_outputs():
    found = arrays(BOTH % ("GRU", "true", "null"))
    assert list(found) == ["forward", "backward", "forward_h", "backward_h"]
    np.testing.assert_array_equal(found["backward_h"], found["backward"][:, 0, :])


def test_the_equalities_found_are_those_measured():
    """Against the table of facts, for each kind of layer."""
    for cell in ("SimpleRNN", "GRU", "LSTM"):
        for every_step, forward, backward in [
            ("true", "output[:, -1, :3]", "output[:, 0, 3:]"),
            ("false", "output[:, :3]", "output[:, 3:]"),
        ]:
            (layer,) = run_text(BOTH % (cell, every_step, "concat")).layers
            equal = {each.name: each.equals for each in layer.states}
            assert equal["forward_h"] == forward
            assert equal["backward_h"] == backward
            assert equal.get("forward_c") is None


@pytest.mark.parametrize(
    ("config", "params", "shape"),
    [
        ("many_to_one", [144, 40], (1, 10)),
        ("stacked", [70_144, 394_240, 1_574_912, 5_130], (1, 10)),
        ("many_to_many", [760, 220], (1, 500, 20)),
    ],
)
def test_the_shipped_configs(config, params, shape):
    report = run(parse(read(str(ROOT / f"configs/{config}.yaml"))), 1, 10, 0, with_values=False)
    assert [each.params.total for each in report.layers] == params
    assert report.layers[-1].outputs[0].shape == shape


def test_the_same_seed_gives_the_same_numbers():
    first, again, other = (run_text(LSTM % "true", seed=seed) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_an_embedding_reads_ids_below_its_rows():
    report = run_text("[Embedding: {input_dim: 4, output_dim: 2}, LSTM: 3]", "[null]", length=50)
    ids = np.asarray(report.inputs[0].values)
    assert ids.shape == (1, 50)
    assert set(ids.ravel()) == {0, 1, 2, 3}


def test_states_are_named_by_their_cell():
    (layer,) = run_text("[RNN: [{LSTMCell: 2}, {GRUCell: 3}]]").layers
    assert [each.name for each in layer.states] == ["h_0", "c_0", "h_1"]
    assert [each.name for each in layer.layers] == ["lstm_cell", "gru_cell"]


def test_a_layer_that_keras_refuses_is_named():
    with pytest.raises(KerasFailed) as caught:
        run_text("[LSTM: 3, GroupNormalization: 2]")
    assert "group_normalization" in caught.value.layer


def test_messages_of_keras_are_made_plain():
    text = "Exception encountered when calling Dense.call().\n\n\x1b[1mBad\x1b[0m shape\n\nArguments received by Dense: x"
    assert plain(text) == "Bad shape"


def test_what_a_layer_needs_is_named_as_it_is_installed():
    found = KerasFailed(
        "look (StringLookup)", ImportError("It requires TensorFlow. `pip install tensorflow`.")
    )
    assert found.missing == "tensorflow"
    assert KerasFailed("look", ValueError("`pip install tensorflow`")).missing is None

"""The numbers come from a graph, as those of ``model.predict`` do."""

from __future__ import annotations

import numpy as np
import pytest

from rnncli.config import parse, read
from rnncli.engine.errors import KerasFailed
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import random_tensors, symbols
from rnncli.engine.running import run
from rnncli.engine.tensors import mask_of
from rnncli.engine.tracing import predicted
from rnncli.model.binding import bind
from rnncli.problems import Source

pytestmark = pytest.mark.usefixtures("keras")


def spec(text: str):
    return parse(Source("a.yaml", text))


def counted(monkeypatch, cls) -> list[int]:
    """Counts the calls of a Keras class from Python."""
    calls: list[int] = []
    call = cls.call

    def counting(self, *arguments, **named):
        calls.append(1)
        return call(self, *arguments, **named)

    monkeypatch.setattr(cls, "call", counting)
    return calls


def test_a_cell_is_not_called_for_each_step(monkeypatch, keras):
    calls = counted(monkeypatch, keras.layers.LSTMCell)
    run(spec("input: [300, 4]\nlayers: [LSTM: 3]"), 1, 10, 0, with_values=False)
    assert len(calls) < 10


@pytest.mark.parametrize(
    "inner", ["Dense: 3", "Bidirectional: {LSTM: 3}", "TimeDistributed: {Dense: 3}"]
)
def test_what_is_distributed_is_traced_once_for_all_steps(monkeypatch, keras, inner):
    cls = keras.layers.Dense if "Dense" in inner else keras.layers.LSTM
    calls = counted(monkeypatch, cls)
    text = f"input: [60, 5, 4]\nlayers: [TimeDistributed: {{{inner}}}]"
    report = run(spec(text), 1, 10, 0, with_values=False)
    assert report.layers[0].outputs[0].shape[:2] == (1, 60)
    assert len(calls) < 20


def test_a_long_loop_is_traced(monkeypatch, keras):
    calls = counted(monkeypatch, keras.layers.LSTMCell)
    text = (
        "input: [null, 4]\nlayers:\n"
        "  - LSTM: {units: 4, return_sequences: true, return_state: true}\n"
        "decode: {input: input, steps: 80, first: 0.5}"
    )
    decoded = run(spec(text), 2, 10, 0, with_values=False).decoded
    assert decoded.equal
    assert len(decoded.steps) == 80
    assert len(calls) < 20


MASKED = """\
inputs: {ids: [6], words: {shape: [3], dtype: string}}
layers:
  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}
    name: embed
    from: ids
  - {LSTM: {units: 3, return_sequences: true}, name: lstm}
  - {include: inner.yaml, name: inner, from: lstm}
  - {Add: {}, from: [inner, lstm], name: add}
  - {StringLookup: {vocabulary: [a, b, on]}, from: words, name: look}
outputs: [add, look]
"""
INNER = """\
input: [6, 3]
layers:
  - {GRU: {units: 3, return_sequences: true, return_state: true}, name: gru}
"""


def test_a_graph_gives_what_eager_calls_give_masks_included(keras, tmp_path):
    (tmp_path / "inner.yaml").write_text(INNER)
    (tmp_path / "outer.yaml").write_text(MASKED)
    model = bind(parse(read(str(tmp_path / "outer.yaml"))))
    assert not model.problems
    built = BuiltModel()
    inferred = through(model, built, symbols(model, 2))
    entering = random_tensors(model, 2, 10, 1)
    graph = predicted(model, built, entering, inferred)
    eager = through(model, built, entering, inferred)
    assert len(graph.flat()) == len(eager.flat()) > 8
    for one, other in zip(graph.flat(), eager.flat(), strict=True):
        assert one.dtype == other.dtype
        if one.dtype == "string":
            assert one.numpy().tolist() == other.numpy().tolist()
            continue
        np.testing.assert_allclose(one, other, atol=1e-6)
        assert (mask_of(one) is None) == (mask_of(other) is None)
        if mask_of(one) is not None:
            np.testing.assert_array_equal(mask_of(one), mask_of(other))
    assert mask_of(graph.tensors["add"]["output"]) is not None
    assert mask_of(graph.tensors["embed"]["output"]) is not None


def test_states_are_kept_from_run_to_run_of_a_stateful_layer(keras):
    text = "input: [5, 4]\nbatch: 2\nlayers: [Bidirectional: {GRU: {units: 3, stateful: true}}]"
    (layer,) = run(spec(text), 2, 10, 0, with_values=True).layers
    assert [each.name for each in layer.states] == ["forward_h", "backward_h"]
    assert np.any(layer.states[0].values)


def test_what_fails_in_a_graph_alone_says_so_and_names_the_layer(keras):
    cells = "[{LSTMCell: {units: 3, dtype: float64}}, {LSTMCell: 4}]"
    text = f"input: [5, 8]\nlayers: [Dense: 4, {{RNN: {cells}, name: mixed}}]"
    with pytest.raises(KerasFailed) as caught:
        run(spec(text), 2, 10, 0, with_values=False)
    assert caught.value.layer == "mixed (RNN)"
    assert caught.value.eager_runs
    assert caught.value.message.startswith("runs eagerly, and fails in model.predict: Loop var")


def test_what_fails_eagerly_as_well_says_no_more_than_that(keras, monkeypatch):
    def call(self, inputs):
        if isinstance(inputs, keras.KerasTensor):
            return inputs
        raise RuntimeError("out of luck")

    monkeypatch.setattr(keras.layers.Dense, "call", call)
    with pytest.raises(KerasFailed) as caught:
        run(spec("input: [5]\nlayers: [{Dense: 5, name: poor}]"), 1, 10, 0, with_values=False)
    assert (caught.value.layer, caught.value.message) == ("poor (Dense)", "out of luck")
    assert not caught.value.eager_runs


def test_what_fails_while_a_graph_runs_names_the_layer(keras, monkeypatch):
    """Ids beyond an Embedding fail on the numbers, not in the trace."""
    monkeypatch.setattr(
        "rnncli.engine.input_tensors.random_tensors",
        lambda *_: {"input": keras.ops.convert_to_tensor([[1, 2, 70]], dtype="int32")},
    )
    text = "input: [3]\nlayers: [{Embedding: [9, 4], name: embed}, Dense: 2]"
    text = text.replace("[9, 4]", "{input_dim: 9, output_dim: 4}")
    with pytest.raises(KerasFailed) as caught:
        run(spec(text), 1, 10, 0, with_values=False)
    assert caught.value.layer == "embed (Embedding)"


def test_what_tensorflow_was_told_of_graphs_is_as_before(keras):
    import tensorflow as tf

    before = {"disable_meta_optimizer": False, **tf.config.optimizer.get_experimental_options()}
    run(spec("input: [3]\nlayers: [Dense: 2]"), 1, 10, 0, with_values=False)
    assert tf.config.optimizer.get_experimental_options() == before

"""Gradients along time, judged by finite differences, closed forms and tapes of live Keras."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

import rnncli
from rnncli.engine import step_gradients
from rnncli.engine.double_precision import double_precision
from rnncli.engine.errors import NoGradient, NotFinite
from rnncli.experiments import gradients as experiment

# Numbers of a user, in the float32 of the inputs.
DATA = np.random.default_rng(7).standard_normal((2, 9, 3)).astype("float32").tolist()

STACK = [
    {"GRU": {"units": 4, "return_sequences": True}},
    {"Conv1D": {"filters": 3, "kernel_size": 2}},
    {"Bidirectional": {"layer": {"LSTM": {"units": 2, "return_sequences": True}}}},
    {"Dense": 2},
]
# A model in a TimeDistributed, with a loop that reads another, and what goes around both.
WORDS = {"input": [3, 3], "layers": [
    {"Dense": 3, "name": "entry"},
    {"LSTM": {"units": 3, "return_sequences": True, "return_state": True}, "name": "lower"},
    {"LSTM": {"units": 3, "return_sequences": True}, "name": "upper",
     "initial_state": "lower.states"},
    {"Add": None, "from": ["entry", "upper"]},
    {"GRU": 2, "name": "end"},
]}  # fmt: skip
INSIDE = [{"Reshape": [3, 3, 3]}, {"TimeDistributed": {"model": WORDS}, "name": "words"},
          {"SimpleRNN": {"units": 2, "return_sequences": True}}]  # fmt: skip


def measured(config, **options):
    return rnncli.gradients(rnncli.load(config), **options)


def stack(*layers, shape=(None, 3), **more):
    return {"input": list(shape), "layers": list(layers), **more}


def linear(factor):
    """A SimpleRNN whose state is multiplied by a number from step to step."""
    identity = {"Identity": {"gain": factor}}
    return {"SimpleRNN": {"units": 3, "activation": "linear", "recurrent_initializer": identity}}


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(("factor", "steps"), [(0.5, 8), (0.9, 40), (1.0, 20), (1.5, 60),
                                               (0.1, 700)])  # fmt: skip
def test_a_linear_layer_has_the_ratio_of_its_factor(factor, steps):
    layer = measured(stack(linear(factor)), length=steps)["simple_rnn"]
    # The factor is a float32 first.
    expected = (steps - 1) * math.log10(float(np.float32(factor)))
    assert layer.log10_ratio == pytest.approx(expected, abs=1e-9)
    ratios = np.diff(layer.log10_norms["h"])
    np.testing.assert_allclose(ratios, -math.log10(float(np.float32(factor))), atol=1e-12)


@pytest.mark.usefixtures("keras")
def test_a_gradient_below_float64_is_a_power_of_ten():
    layer = measured(stack(linear(0.1)), length=700)["simple_rnn"]
    assert layer.log10_norms["h"][0] < -650
    assert layer.norms["h"][0] is None
    assert layer.norms["h"][-1] == pytest.approx(10 ** layer.log10_norms["h"][-1])
    assert layer.verdict == "vanishes"


@pytest.mark.usefixtures("keras")
def test_it_passes_through_stacks_below_float64():
    """The gradient at the lower layer comes from the upper one's steps, at all their scales."""
    lower = {"SimpleRNN": {**linear(0.1)["SimpleRNN"], "return_sequences": True}}
    gradients = measured(stack(lower, linear(0.1)), length=600)
    # The chains of both layers end at one step, and there is one more for each step between.
    first, last = (
        gradients["simple_rnn"].log10_norms["h"][0],
        gradients["simple_rnn_1"].log10_norms["h"][-1],
    )
    assert first < -590
    assert math.isfinite(last)
    norms = np.array(gradients["simple_rnn"].log10_norms["h"])
    expected = np.log10(np.arange(600, 0, -1)) + np.arange(599, -1, -1) * np.log10(
        float(np.float32(0.1))
    )
    np.testing.assert_allclose(norms - norms[-1], expected, atol=1e-9)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    ("steps", "factor", "verdict", "half_life"),
    [(20, 1.0, "holds", None), (20, 0.9, "fades", math.log(2) / -math.log(0.9)),
     (40, 0.5, "vanishes", 1.0), (60, 1.5, "explodes", None), (1, 0.5, "one-step", None)],
)  # fmt: skip
def test_half_life_and_verdict(steps, factor, verdict, half_life):
    layer = measured(stack(linear(factor)), length=steps)["simple_rnn"]
    assert layer.verdict == verdict
    assert layer.half_life == (half_life and pytest.approx(half_life, rel=1e-6))


@pytest.mark.usefixtures("keras")
def test_a_gradient_of_exactly_0_is_no_ratio():
    dead = {
        "SimpleRNN": {"units": 3, "activation": "relu", "bias_initializer": {"Constant": -99.0}}
    }
    layer = measured(stack(dead), length=5)["simple_rnn"]
    assert (layer.verdict, layer.log10_ratio) == ("zero", None)
    assert layer.norms["h"][0] == 0.0
    assert layer.log10_norms["h"][0] is None


# Whole models against a tape over the cells of the same Keras layers.

KINDS = {
    "simple": {"SimpleRNN": 4},
    "gru": {"GRU": 4},
    "gru before": {"GRU": {"units": 4, "reset_after": False}},
    "lstm": {"LSTM": 4},
    "backwards": {"LSTM": {"units": 4, "go_backwards": True}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_alone_against_a_tape_over_its_cell(keras, kind):
    import tensorflow as tf

    steps = 6
    spec = rnncli.load(stack(KINDS[kind], {"Dense": 2}, batch=2))
    (layer,) = rnncli.gradients(spec, length=steps).layers
    live, dense, entering, weights = rebuilt(keras, spec, steps)
    taken = entering[:, ::-1] if "backwards" in kind else entering
    with double_precision(keras):
        states = live.get_initial_state(2)
        kept: dict[str, list] = {name: [] for name in ("h", "c")[: len(states)]}
        with tf.GradientTape() as tape:
            for step in range(steps):
                _, states = live.cell(taken[:, step], states)
                states = [tf.identity(state) for state in states]
                tape.watch(states)
                for name, state in zip(kept, states, strict=True):
                    kept[name].append(state)
            loss = tf.reduce_sum(dense(states[0]) * weights)
        found = tape.gradient(loss, kept)
    for name, gradients in found.items():
        for step, gradient in enumerate(gradients):
            if gradient is None:
                assert (name, step, layer.norms[name][step]) == ("c", steps - 1, None)
            else:
                assert layer.norms[name][step] == pytest.approx(np.linalg.norm(gradient), rel=1e-9)


def rebuilt(keras, spec, steps):
    """The layers of a model, its input and its loss, made again by hand in float64."""
    from rnncli.engine.experiments import gradients as experiment
    from rnncli.engine.settings import as_planned
    from rnncli.planning.variants import variants

    (variant,), _ = variants(spec, rnncli.plan(spec, length=steps), [], compare=False)
    run = experiment.Run(variant, "last", 0)
    with as_planned(keras):
        original = experiment._built(run)
        with double_precision(keras):
            nothing = experiment._Steps(steps, lambda done, total: None)
            built, taped, _ = experiment._backward(run, original, nothing)
    last, first = variant.model.nodes[-1].layer.name, variant.model.nodes[0].layer.name
    weights = np.random.default_rng([0, 0]).standard_normal(
        taped.passed.tensors[last]["output"].shape
    )
    name = variant.model.inputs[0].name
    entering = taped.passed.tensors[name]["output"].numpy()
    return built.layers[first], built.layers[last], entering, weights


@pytest.mark.parametrize("kind", ["simple", "gru", "lstm"])
def test_finite_differences(keras, kind):
    """The loss, computed by Keras from a state that is moved by hand, differs as the norm says."""
    steps, step, size = 7, 3, 1e-5
    spec = rnncli.load(stack(KINDS[kind], {"Dense": 2}))
    (layer,) = rnncli.gradients(spec, length=steps).layers
    live, dense, entering, weights = rebuilt(keras, spec, steps)
    with double_precision(keras):
        _, *states = live(entering[:, :step])

        def loss(number, unit, shift):
            moved = [np.array(state) for state in states]
            moved[number][0, unit] += shift
            output, *_ = live(
                entering[:, step:], initial_state=[keras.ops.array(each) for each in moved]
            )
            return float(np.sum(np.array(dense(output)) * weights))

        for number, name in enumerate(layer.norms):
            gradient = [(loss(number, unit, size) - loss(number, unit, -size)) / (2 * size)
                        for unit in range(4)]  # fmt: skip
            assert layer.norms[name][step - 1] == pytest.approx(np.linalg.norm(gradient), rel=1e-7)


@pytest.mark.parametrize(
    ("layers", "loss", "data"),
    [(STACK, "last", None), (STACK, "all", None), (STACK, "last", DATA), (INSIDE, "all", DATA)],
    ids=["last", "all", "data", "inside"],
)
def test_weights_against_one_tape_over_the_keras_model(keras, layers, loss, data):
    import tensorflow as tf

    from rnncli.engine.double_precision import in_float64
    from rnncli.engine.settings import as_planned
    from rnncli.engine.whole_model import whole_model
    from rnncli.model.binding import bind

    spec = rnncli.load(stack(*layers, shape=(9, 3), batch=2))
    gradients = rnncli.gradients(spec, loss=loss, data=data and {"input": np.array(data)})
    with as_planned(keras):
        from rnncli.engine.experiments import gradients as experiment
        from rnncli.planning.variants import variants

        (variant,), _ = variants(spec, rnncli.plan(spec), [], compare=False)
        original = experiment._built(experiment.Run(variant, loss, 0))
        with double_precision(keras):
            model = whole_model(in_float64(bind(spec)))
            for layer in model.layers[1:]:
                layer.set_weights(original.layers[layer.name].get_weights())
            entering = np.array(data or np.random.default_rng(0).standard_normal((2, 9, 3)))
            random = np.random.default_rng([0, 0]).standard_normal((2, 2))
            with tf.GradientTape() as tape:
                output = model(entering)
                output = output[:, -1] if loss == "last" else tf.reduce_sum(output, axis=1)
                total = tf.reduce_sum(output * random)
            found = tape.gradient(total, [weight.value for weight in model.trainable_weights])
    expected = [float(np.linalg.norm(tf.convert_to_tensor(gradient))) for gradient in found]
    np.testing.assert_allclose([weight.norm for weight in gradients.weights], expected, rtol=1e-9)


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize(
    "layers",
    [
        [{"Masking": 0.0}, {"LSTM": {"units": 3, "return_sequences": True}}, {"GRU": 2}],
        [{"Masking": 0.0}, {"Bidirectional": {"layer": {"LSTM": 3}, "merge_mode": "mul"}}],
        [{"Masking": 0.0}, {"RNN": {"cell": [{"GRUCell": 3}, {"LSTMCell": 2}],
                                    "return_sequences": True, "zero_output_for_mask": True}}],
        [{"model": {"input": [None, 3], "layers": [
            {"LSTM": {"units": 3, "stateful": True, "return_sequences": True}}, {"Dense": 2}]}},
         {"SimpleRNN": {"units": 3, "unroll": True}}],
        [{"Bidirectional": {"layer": {"GRU": {"units": 3, "return_sequences": True}},
                            "merge_mode": None}}],
        [{"Reshape": [2, 4, 3]},
         {"TimeDistributed": {"layer": {"LSTM": {"units": 3, "return_sequences": True}}}},
         {"TimeDistributed": {"model": {"input": [4, 3], "layers": [
             {"Masking": None}, {"Bidirectional": {"layer": {"GRU": 2}}}]}}}, {"SimpleRNN": 2}],
        [{"random.normal": None, "name": "noise"}, {"Add": None, "from": ["noise", "input"]},
         {"LSTM": {"units": 2, "dropout": 0.5}}],
    ],
    ids=["masked stack", "masked product", "cells", "inside a model", "two outputs",
         "time distributed", "random numbers"],
)  # fmt: skip
@pytest.mark.parametrize("loss", ["last", "all"])
def test_two_methods_agree(layers, loss):
    config = stack(*layers, batch=3, shape=(8 if "TimeDistributed" in str(layers) else None, 3))
    if "merge_mode" in str(layers) and "None" in str(layers):
        config["outputs"] = ["bidirectional.forward", "bidirectional.backward"]
    gradients = measured(config, length=8, loss=loss)
    assert gradients.check.agrees
    assert gradients.check.compared > 8
    assert gradients.check.largest_difference < 1e-12


@pytest.mark.usefixtures("keras")
def test_what_is_wrong_is_seen(monkeypatch):
    """The second method disagrees with a first one that takes a step too few back."""
    right = step_gradients._step_backward

    def wrong(loop):
        backward = right(loop)
        return lambda *arguments: [
            each if each is None else each * 1.001 for each in backward(*arguments)
        ]

    monkeypatch.setattr(step_gradients, "_step_backward", wrong)
    gradients = measured(stack({"LSTM": 3}), length=6)
    assert not gradients.check.agrees
    assert [problem.code for problem in gradients.problems] == ["gradients-differ"]


@pytest.mark.usefixtures("keras")
def test_padding_does_not_count():
    """The state stands still at the padded end, and the gradient with it."""
    gradients = measured(stack({"Masking": 0.0}, {"LSTM": 3}), length=12)
    layer = gradients["lstm"]
    assert layer.padded > 0
    norms = layer.log10_norms["h"]
    assert len({round(norm, 12) for norm in norms[12 - layer.padded - 1 :]}) == 1
    real = 12 - layer.padded
    assert layer.half_life == pytest.approx(math.log10(2) * (real - 1) / -layer.log10_ratio)


@pytest.mark.usefixtures("keras")
def test_the_last_c_is_not_connected():
    layer = measured(stack({"LSTM": 3}), length=5)["lstm"]
    assert layer.norms["c"][-1] is None
    assert layer.log10_norms["c"][-1] is None
    assert None not in layer.log10_norms["c"][:-1]


@pytest.mark.usefixtures("keras")
def test_a_direction_that_the_loss_does_not_read():
    """The last step of the output is the first that the backward layer takes."""
    config = stack({"Bidirectional": {"layer": {"GRU": {"units": 2, "return_sequences": True}}}})
    last, every = measured(config, length=5), measured(config, length=5, loss="all")
    backward = last["bidirectional.backward"]
    assert (backward.verdict, backward.norms["h"][1:]) == ("not-connected", (None,) * 4)
    assert backward.norms["h"][0] > 0
    assert last["bidirectional.forward"].log10_ratio < 0
    assert every["bidirectional.backward"].log10_ratio is not None


@pytest.mark.usefixtures("keras")
def test_the_last_step_is_the_same_whether_the_sequence_is_returned():
    one = measured(stack({"GRU": 3}), length=7)["gru"]
    other = measured(stack({"GRU": {"units": 3, "return_sequences": True}}), length=7)["gru"]
    np.testing.assert_allclose(one.norms["h"], other.norms["h"], rtol=1e-12)


@pytest.mark.usefixtures("keras")
def test_a_softmax_does_not_cancel_the_loss():
    gradients = measured(
        stack({"LSTM": 3}, {"Dense": {"units": 4, "activation": "softmax"}}), length=4
    )
    assert gradients["lstm"].norms["h"][-1] > 1e-3


# Lengths, seeds, classes, weights of a file.


@pytest.mark.usefixtures("keras")
def test_lengths_replace_the_time_axis_of_every_sequence():
    spec = rnncli.load("configs/seq2seq_gru.yaml")
    gradients = rnncli.gradients(spec, lengths=[3, 9])
    assert {(layer.length, layer.steps) for layer in gradients.layers} == {(3, 3), (9, 9)}
    fixed = measured(stack({"LSTM": 2}, shape=(50, 3)), lengths=[4])
    assert fixed["lstm"].steps == 4


@pytest.mark.usefixtures("keras")
def test_a_length_that_does_not_fit_is_a_problem_and_the_others_are_measured():
    config = stack({"LSTM": {"units": 2, "return_sequences": True}}, {"Reshape": [6]}, shape=(3, 3))
    gradients = measured(config, lengths=[3, 5])
    assert [layer.length for layer in gradients.layers] == [3]
    (problem,) = gradients.problems
    assert (problem.code, problem.severity) == ("wrong-value", "error")
    assert problem.message.startswith("at 5 steps: ")


@pytest.mark.usefixtures("keras")
def test_seeds_differ_and_each_is_what_it_is_alone():
    config = stack({"LSTM": 3})
    both = measured(config, length=5, seed=4, seeds=2)
    assert both.seeds == (4, 5)
    first, second = both.layers
    assert first.log10_ratio != second.log10_ratio
    assert measured(config, length=5, seed=5)["lstm"] == second


@pytest.mark.usefixtures("keras")
def test_classes_are_compared_as_configs_of_them_would_be():
    gradients = measured(stack({"GRU": 3}, {"Dense": 2}), length=6, compare=True)
    found = {layer.compared_as: layer.log10_ratio for layer in gradients.layers}
    assert [*found] == ["SimpleRNN", "GRU", "LSTM"]
    for cls, ratio in found.items():
        (alone,) = measured(stack({cls: 3}, {"Dense": 2}), length=6).layers
        assert ratio == alone.log10_ratio


@pytest.mark.usefixtures("keras")
@pytest.mark.parametrize("path", ["seq2seq", "seq2seq_gru", "seq2seq_bidirectional"])
def test_states_are_wired_anew_where_classes_are_compared(path):
    gradients = rnncli.gradients(rnncli.load(f"configs/{path}.yaml"), lengths=[4], compare=True)
    assert {layer.compared_as for layer in gradients.layers} == {"SimpleRNN", "GRU", "LSTM"}
    assert gradients.check.agrees
    assert all(layer.norms["h"][-1] for layer in gradients.layers)


def test_weights_of_a_file(keras, tmp_path):
    model = keras.Sequential([keras.Input((6, 3)), keras.layers.LSTM(3), keras.layers.Dense(1)])
    model.layers[0].cell.recurrent_kernel.assign(model.layers[0].cell.recurrent_kernel * 0)
    model.save(tmp_path / "model.keras")
    spec = rnncli.load(tmp_path / "model.keras")
    gradients = rnncli.gradients(spec)
    assert gradients.weights_from == str(tmp_path / "model.keras")
    # Without a recurrent kernel, h_1 reaches the loss by no way at all, and c_1 does.
    (layer,) = gradients.layers
    assert layer.norms["h"][0] == 0.0
    assert layer.norms["c"][0] > 0.0
    assert layer.verdict == "zero"


# What cannot be measured.


@pytest.mark.usefixtures("keras")
def test_what_has_no_gradient():
    with pytest.raises(NoGradient):
        measured(stack({"LSTM": 3}, {"ops.argmax": -1}), length=4)
    with pytest.raises(NotFinite):
        measured(stack(linear(3.0)), length=2000)
    with pytest.raises(ValueError, match="positive"):
        measured(stack({"LSTM": 3}), lengths=[0])
    (problem,) = measured(stack({"Dense": 3})).problems
    assert problem.code == "no-recurrent-layer"
    assert measured(stack({"LSTM": -3})).layers == ()
    with pytest.raises(ValueError, match="its own"):
        measured(stack({"LSTM": 3}), lengths=[3], data={"input": np.zeros((1, 4, 3))})


@pytest.mark.usefixtures("keras")
def test_a_frozen_layer_passes_the_gradient_and_has_none_itself():
    gradients = measured(
        stack(
            {"LSTM": {"units": 3, "return_sequences": True}},
            {"GRU": {"units": 3, "trainable": False}},
        ),
        length=4,
    )
    assert {weight.layer for weight in gradients.weights} == {"lstm"}
    assert gradients["lstm"].norms["h"][0] > 0


@pytest.mark.usefixtures("keras")
def test_progress_counts_every_step_once():
    spec = rnncli.load(stack({"LSTM": {"units": 2, "return_sequences": True}}, {"GRU": 2}))
    told = []
    planned = rnncli.plan(spec, length=4)
    experiment.gradients_in_keras(
        spec, planned, loss="last", lengths=[3, 5], progress=lambda *counts: told.append(counts)
    )
    assert told[-1] == (8, 8)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.usefixtures("keras")
def test_a_record_shows_itself_and_survives_json():
    gradients = measured(stack({"LSTM": 3}), length=4)
    assert "Two methods agree" in repr(gradients)
    again = msgspec.json.decode(msgspec.json.encode(gradients), type=experiment.GradientsReport)
    assert again == gradients
    with pytest.raises(KeyError, match="lstm"):
        gradients["gru"]


@pytest.mark.usefixtures("keras")
def test_a_layer_in_a_time_distributed_has_the_norm_of_all_its_calls():
    """Three calls on one sequence have the gradient of a call on it, the square root of 3 times."""
    sequence = np.array(DATA[0][:5])
    wrapped = stack({"TimeDistributed": {"layer": {"LSTM": 2}}, "name": "lstm"}, shape=(3, 5, 3))
    inside = measured(wrapped, loss="all", data={"input": np.array([[sequence] * 3])})
    alone = measured(stack({"LSTM": 2}), data={"input": sequence[None]})["lstm"]
    assert (inside["lstm"].calls, inside["lstm"].steps, alone.calls) == (3, 5, 1)
    expected = np.sqrt(3) * np.array(alone.norms["h"])
    np.testing.assert_allclose(inside["lstm"].norms["h"], expected, rtol=1e-9)
    assert "of all calls together" in repr(inside)

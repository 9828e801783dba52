"""Small models as a config and as Python: planned as model.predict runs them, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from rnncli.config import parse, read
from rnncli.library import build
from rnncli.planning.plan import plan
from rnncli.problems import Source
from tests.judge.macs import counting

IDS = "input: {shape: [5], dtype: int32, below: 8}\n"
EMBED = "  - Embedding: {input_dim: 8, output_dim: 4, mask_zero: true}\n    name: embed\n"


def masked_steps(k, inner):
    def build(x):
        return k.TimeDistributed(inner())(k.Masking()(x))

    return build


def frames_again(k):
    layer = k.ConvLSTM1D(2, 1)
    return lambda a, b: [layer(a), layer(b)]


def widest(k):
    def build(x):
        backward = k.LSTM(2, return_state=True, go_backwards=True)
        both = k.Bidirectional(k.LSTM(3, return_state=True), backward_layer=backward)
        _, _, _, h, c = both(x)
        return k.Dense(3)(k.Maximum()([h, c]))

    return build


def after_attention(k):
    def build(x):
        embed = k.Embedding(8, 4, mask_zero=True)(x)
        return k.Add()([embed, k.MultiHeadAttention(2, 3)(embed, embed)])

    return build


def masked_merge(name):
    def build(k):
        def merge(x):
            steps = k.TimeDistributed(k.Reshape([3]))(k.Embedding(8, 1, mask_zero=True)(x))
            return getattr(k, name)()([steps, steps])

        return merge

    return build


def scaled_again(k):
    layer = k.RMSNormalization()
    return lambda x: [layer(k.Dense(3)(x)), layer(x)]


UNEVEN = (
    "  - Bidirectional:\n      layer: {LSTM: {units: 3, return_state: true}}\n"
    "      backward_layer: {LSTM: {units: 2, return_state: true, go_backwards: true}}\n"
    "    name: both\n"
    "  - Maximum:\n    from: [both.backward_h, both.backward_c]\n  - Dense: 3\n"
)
# A config, its inputs as shape and dtype, and the same in Python.
CASES = {
    "the mask of each step does not fit": (
        "input: [5, 3]\nlayers:\n  - Masking\n  - TimeDistributed: {Softmax: {axis: -1}}\n",
        [([5, 3], "float32")],
        lambda k: masked_steps(k, k.Softmax),
    ),
    "the mask of each step fits": (
        "input: [5, 2]\nlayers:\n  - Masking\n  - TimeDistributed: {Softmax: {axis: -1}}\n",
        [([5, 2], "float32")],
        lambda k: masked_steps(k, k.Softmax),
    ),
    "frames of another size": (
        "inputs: {a: [3, 4, 1], b: [3, 5, 1]}\nlayers:\n"
        "  - ConvLSTM1D: {filters: 2, kernel_size: 1}\n    name: once\n    from: a\n"
        "  - use: once\n    from: b\n    name: again\noutputs: [once, again]\n",
        [([3, 4, 1], "float32"), ([3, 5, 1], "float32")],
        frames_again,
    ),
    "states of the narrower direction": (
        f"input: [4, 3]\nlayers:\n{UNEVEN}",
        [([4, 3], "float32")],
        widest,
    ),
    "states of integers": (
        "inputs: {x: [4, 3], h: {shape: [2], dtype: int32}}\nlayers:\n"
        "  - GRU: 2\n    from: x\n    initial_state: [h]\n",
        [([4, 3], "float32"), ([2], "int32")],
        lambda k: lambda x, h: k.GRU(2)(x, initial_state=[h]),
    ),
    **{
        f"{entry} of words": (
            f"input: {{shape: [3, 2], dtype: string}}\nlayers:\n  - {entry}\n",
            [([3, 2], "string")],
            layer,
        )
        for entry, layer in {
            "Flatten": lambda k: k.Flatten(),
            "Permute: [2, 1]": lambda k: k.Permute([2, 1]),
            "Cropping1D: 1": lambda k: k.Cropping1D(1),
            "ReLU": lambda k: k.ReLU(),
        }.items()
    },
    **{
        f"{entry} of words and {dtype}": (
            f"inputs: {{a: {{shape: [3, 2], dtype: string}}, b: {{shape: [3, 2], dtype: {dtype}}}}}\n"
            f"layers:\n  - {entry}:\n    from: [a, b]\n",
            [([3, 2], "string"), ([3, 2], dtype)],
            merge,
        )
        for dtype in ("string", "int32")
        for entry, merge in {
            "Concatenate": lambda k: lambda a, b: k.Concatenate()([a, b]),
            "Multiply": lambda k: lambda a, b: k.Multiply()([a, b]),
        }.items()
    },
    **{
        f"ReLU of integers, {arguments}": (
            f"input: {{shape: [3], dtype: {dtype}}}\nlayers:\n  - ReLU: {{{arguments}}}\n",
            [([3], dtype)],
            layer,
        )
        for dtype in ("int32", "uint8")
        for arguments, layer in {
            "negative_slope: 0.5, threshold: 1": lambda k: k.ReLU(None, 0.5, 1),
            "negative_slope: 1, threshold: 1": lambda k: k.ReLU(None, 1, 1),
            "max_value: 2": lambda k: k.ReLU(2),
        }.items()
    },
    **{
        f"TimeDistributed {entry}": (
            f"input: [2, 4, 3]\nlayers:\n  - TimeDistributed: {{{entry}}}\n",
            [([2, 4, 3], "float32")],
            layer,
        )
        for entry, layer in {
            "GroupNormalization: {groups: 1, dtype: mixed_float16}": (
                lambda k: k.TimeDistributed(k.GroupNormalization(1, dtype="mixed_float16"))
            ),
            "Rescaling: {scale: 2.0, dtype: float64}": (
                lambda k: k.TimeDistributed(k.Rescaling(2.0, dtype="float64"))
            ),
            "RMSNormalization: {axis: -1, dtype: float64}": (
                lambda k: k.TimeDistributed(k.RMSNormalization(dtype="float64"))
            ),
            "PReLU: {dtype: float64}": lambda k: k.TimeDistributed(k.PReLU(dtype="float64")),
        }.items()
    },
    "TimeDistributed in mixed precision over integers": (
        "input: {shape: [5, 2], dtype: int32}\nlayers:\n"
        "  - TimeDistributed: {layer: {Dense: 3}, dtype: mixed_bfloat16}\n",
        [([5, 2], "int32")],
        lambda k: k.TimeDistributed(k.Dense(3), dtype="mixed_bfloat16"),
    ),
    "TimeDistributed penalty of booleans": (
        "input: {shape: [5, 2], dtype: bool}\nlayers:\n"
        "  - TimeDistributed: {ActivityRegularization: {l2: 0.1}}\n",
        [([5, 2], "bool")],
        lambda k: k.TimeDistributed(k.ActivityRegularization(l2=0.1)),
    ),
    "frames of a TimeDistributed that keeps the mask of its steps": (
        "input: {shape: [5, 2], dtype: int32, below: 4}\nlayers:\n"
        "  - Embedding: {input_dim: 4, output_dim: 4, mask_zero: true}\n"
        "  - TimeDistributed: {Embedding: {input_dim: 4, output_dim: 2}}\n"
        "  - ConvLSTM2D: {filters: 3, kernel_size: 1}\n",
        [([5, 2], "int32")],
        lambda k: (
            lambda x: k.ConvLSTM2D(3, 1)(
                k.TimeDistributed(k.Embedding(4, 2))(k.Embedding(4, 4, mask_zero=True)(x))
            )
        ),
    ),
    "steps of a shape that Keras infers wrongly": (
        "input: {shape: [4, 3], dtype: int32, below: 5}\nlayers:\n"
        "  - CategoryEncoding: 9\n  - TimeDistributed: {Reshape: {target_shape: [9, 1]}}\n",
        [([4, 3], "int32")],
        lambda k: lambda x: k.TimeDistributed(k.Reshape([9, 1]))(k.CategoryEncoding(9)(x)),
    ),
    "an equation over what Keras infers wrongly": (
        "input: {shape: [4, 2], dtype: int32, below: 5}\nlayers:\n  - CategoryEncoding: 9\n"
        "  - EinsumDense: {equation: 'abc,cy->aby', output_shape: [4, 3]}\n",
        [([4, 2], "int32")],
        lambda k: lambda x: k.EinsumDense("abc,cy->aby", [4, 3])(k.CategoryEncoding(9)(x)),
    ),
    "an equation whose axes in front Keras turns around": (
        "input: [5, 3, 2]\nlayers:\n"
        "  - EinsumDense: {equation: '...d,dy->...y', output_shape: 4}\n",
        [([5, 3, 2], "float32")],
        lambda k: k.EinsumDense("...d,dy->...y", 4),
    ),
    "an equation over an axis of no elements": (
        "input: [0, 2]\nlayers:\n"
        "  - EinsumDense: {equation: 'abc,cd->abd', output_shape: [0, 3]}\n",
        [([0, 2], "float32")],
        lambda k: k.EinsumDense("abc,cd->abd", [0, 3]),
    ),
    "a crop that predict leaves out": (
        "input: [5, 4, 3]\nlayers:\n  - RandomCrop: {height: 2, width: 2}\n",
        [([5, 4, 3], "float32")],
        lambda k: k.RandomCrop(2, 2),
    ),
    "a crop that predict leaves out, and a kernel made for it": (
        "input: [5, 4, 3]\nlayers:\n  - RandomCrop: {height: 2, width: 2}\n  - Flatten\n"
        "  - Dense: 2\n",
        [([5, 4, 3], "float32")],
        lambda k: lambda x: k.Dense(2)(k.Flatten()(k.RandomCrop(2, 2)(x))),
    ),
    "bicubic of booleans": (
        "input: {shape: [3, 3, 1], dtype: bool}\nlayers:\n"
        "  - UpSampling2D: {interpolation: bicubic}\n",
        [([3, 3, 1], "bool")],
        lambda k: k.UpSampling2D(interpolation="bicubic"),
    ),
    "a scale over tensors of width 1": (
        "input: [1]\nlayers:\n  - Dense: 3\n    name: wide\n"
        "  - RMSNormalization:\n    name: once\n  - use: once\n    from: input\n    name: again\n"
        "outputs: [once, again]\n",
        [([1], "float32")],
        scaled_again,
    ),
    **{
        f"{merge} of masked steps, each with axes of its own": (
            "input: {shape: [5, 3], dtype: int32, below: 8}\nlayers:\n"
            "  - Embedding: {input_dim: 8, output_dim: 1, mask_zero: true}\n"
            "  - TimeDistributed: {Reshape: {target_shape: [3]}}\n    name: steps\n"
            f"  - {merge}:\n    from: [steps, steps]\n",
            [([5, 3], "int32")],
            masked_merge(merge),
        )
        for merge in ("Multiply", "Maximum", "Add")
    },
    **{
        f"counts of {dtype}": (
            f"input: {{shape: [4], dtype: {dtype}}}\nlayers:\n  - CategoryEncoding: 9\n",
            [([4], dtype)],
            lambda k: k.CategoryEncoding(9),
        )
        for dtype in ("float32", "float16", "bool", "int64")
    },
}


def predicted(keras, inputs, build):
    """What model.predict gives last; None where Keras cannot build or run the model."""
    tensors = [keras.Input(shape, dtype=dtype) for shape, dtype in inputs]
    fill = {"string": "a", "int32": 1, "uint8": 1}
    numbers = [
        keras.ops.convert_to_tensor(np.full((2, *shape), fill.get(dtype, 1.0)), dtype=dtype)
        for shape, dtype in inputs
    ]
    try:
        output = keras.Model(tensors, build(*tensors)).predict_on_batch(numbers)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        return None
    return output[-1] if isinstance(output, list) else output


@pytest.mark.parametrize("name", CASES)
def test_a_model_is_planned_as_it_is_predicted(keras, planned, name):
    config, inputs, build = CASES[name]
    report = planned(config, batch=2)
    output = predicted(keras, inputs, build(keras.layers))
    refused = [problem.code for problem in report.problems if problem.severity == "error"]
    assert bool(refused) == (output is None), refused
    if output is not None:
        last = report.layers[-1].outputs[0]
        dtype = "string" if output.dtype == object else str(output.dtype)
        assert (last.actual, last.dtype) == (output.shape, dtype)


def test_attention_takes_the_mask_off_what_a_later_layer_reads(keras, planned):
    report = planned(
        f"{IDS}layers:\n{EMBED}"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 3}\n    name: attention\n"
        "    from: [embed, embed]\n  - Add:\n    name: sum\n    from: [embed, attention]\n"
        "  - GlobalAveragePooling1D\n"
    )
    ids = keras.Input([5], dtype="int32")
    model = keras.Model(ids, after_attention(keras.layers)(ids))
    ran = model(keras.ops.convert_to_tensor([[1, 2, 0, 0, 0]]))
    assert getattr(ran, "_keras_mask", None) is None
    # The last layer was given the mask of the sum when the model was built, and so has it.
    assert [layer.mask for layer in report.layers] == ["makes", "uses", "drops", "uses"]
    (taken,) = [problem for problem in report.problems if problem.severity == "warning"]
    assert (taken.code, taken.layer) == ("mask-taken", "sum")


BRANCHES = f"""\
{IDS}layers:
{EMBED}
  - MultiHeadAttention: {{num_heads: 2, key_dim: 3}}
    name: attention
    from: [embed, embed]
  - Dense: 4
    name: attended
  - LSTM: 3
    name: given_its_mask
    from: embed
  - Dense: 4
    name: late
    from: embed
  - Dropout: 0.5
    name: early
    from: embed
  - Dense: 4
    name: behind_the_same_tensor
    from: early
outputs: [attended, given_its_mask, late, behind_the_same_tensor]
"""


def test_masks_are_planned_in_the_order_in_which_keras_runs_a_model(keras, planned):
    k = keras.layers
    seen: dict[str, bool] = {}

    class Seen(k.Dense):
        def call(self, inputs, training=None):
            seen[self.name] = keras.src.backend.get_keras_mask(inputs) is not None
            return super().call(inputs)

    class Given(k.LSTM):
        def call(self, sequences, initial_state=None, mask=None, training=False):
            seen[self.name] = mask is not None
            return super().call(sequences, initial_state, mask, training)

    ids = keras.Input([5], dtype="int32")
    embed = k.Embedding(8, 4, mask_zero=True)(ids)
    attention = k.MultiHeadAttention(2, 3)(embed, embed)
    outputs = [
        k.Dense(4)(attention),
        Given(3, name="given_its_mask")(embed),
        Seen(4, name="late")(embed),
    ]
    outputs.append(Seen(4, name="behind_the_same_tensor")(k.Dropout(0.5)(embed)))
    keras.Model(ids, outputs)(keras.ops.convert_to_tensor([[1, 2, 0, 0, 0]]))
    masks = {layer.name: layer.mask for layer in planned(BRANCHES).layers}
    for name, has_mask in seen.items():
        assert (masks[name] is not None) == has_mask, name
    assert set(seen.values()) == {True, False}


def test_a_backward_layer_takes_over_whether_cudnn_is_used(keras, planned):
    backward = keras.layers.GRU(1, use_cudnn=False, go_backwards=True)
    both = keras.layers.Bidirectional(keras.layers.GRU(1), backward_layer=backward)
    assert both.backward_layer.use_cudnn == "auto"
    (layer,) = planned(
        "input: [4, 3]\nlayers:\n  - Bidirectional:\n      layer: {GRU: 1}\n"
        "      backward_layer: {GRU: {units: 1, use_cudnn: false, go_backwards: true}}\n"
    ).layers
    assert [half.cudnn.eligible for half in layer.layers] == [True, True]


def test_a_model_inside_says_what_it_does_with_masks_from_outside(tmp_path):
    inner = "input: [6, 3]\nlayers:\n  - {}\n"
    for entry, word in {"Dropout: 0.5": "passes", "LSTM: 2": "uses", "Flatten": "drops"}.items():
        (tmp_path / "inner.yaml").write_text(inner.format(entry))
        (tmp_path / "outer.yaml").write_text(
            "input: [6, 3]\nlayers:\n  - Masking\n  - {include: inner.yaml, name: inside}\n"
        )
        report = plan(parse(read(str(tmp_path / "outer.yaml"))))
        assert report.layers[-1].mask == word


def test_a_layer_that_starts_from_a_state_is_handed_no_mask(keras, planned):
    k = keras.layers
    ids, h = keras.Input([5], dtype="int32"), keras.Input([3])
    embed = k.Embedding(9, 4, mask_zero=True)(ids)
    layer = k.GRU(3, return_sequences=True)
    model = keras.Model([ids, h], layer(embed, initial_state=h))
    padded = np.array([[1, 2, 0, 0, 0]])
    output = model.predict_on_batch([padded, np.ones((1, 3))])
    # A step that were skipped would repeat the one before it.
    assert np.abs(np.diff(output[:, 2:], axis=1)).min() > 0
    report = planned(
        "inputs: {ids: {shape: [5], dtype: int32, below: 9}, h: [3]}\nlayers:\n"
        "  - Embedding: {input_dim: 9, output_dim: 4, mask_zero: true}\n    from: ids\n"
        "  - GRU: {units: 3, return_sequences: true}\n    initial_state: h\n"
    )
    gru = report.layers[-1]
    assert (gru.mask, gru.states[0].equals) == ("passes", "output[:, -1, :]")
    assert [problem.code for problem in report.problems] == ["mask-ignored"]


def test_the_masked_mean_of_integers_is_divided_as_tensorflow_divides(keras, planned):
    """It reads the mask that it was built with, though attention takes it away before the run."""
    x = keras.Input([6, 3], dtype="int32")
    masked = keras.layers.Masking()(x)
    mean = keras.layers.GlobalAveragePooling1D()(masked)
    attended = keras.layers.MultiHeadAttention(3, 1)(masked, masked)
    given = keras.Model(x, [mean, attended]).predict_on_batch(np.ones((1, 6, 3), "int32"))[0]
    report = planned(
        "inputs: {x: {shape: [6, 3], dtype: int32, below: 9}}\nlayers:\n"
        "  - {Masking: , name: masked}\n  - {GlobalAveragePooling1D: , name: mean, from: masked}\n"
        "  - {MultiHeadAttention: {num_heads: 3, key_dim: 1}, from: [masked, masked]}\n"
        "outputs: [mean, multi_head_attention]\n"
    )
    layer = report.layers[1]
    assert (layer.mask, layer.outputs[0].dtype) == ("uses", str(given.dtype))


@pytest.mark.parametrize("call", ["", "{training: false}"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("read", ["int32", "float32"])
def test_a_mask_is_handed_on_to_a_layer_that_casts_nothing_of_its_call(
    keras, planned, read, dtype, call
):
    """Attention takes the mask away before the run; Keras infers float32 for masked integers."""
    k, x = keras.layers, keras.Input([6, 2], dtype=read)
    masked = k.Masking()(x)
    attended = k.MultiHeadAttention(2, 2)(masked, masked)
    again = k.Dense(2)(attended)
    arguments = {"training": False} if call else {}
    gru = k.GRU(3, return_sequences=True, dtype=dtype)(masked, **arguments)
    zeros = np.zeros((1, 6, 2), read)
    zeros[:, 0] = 1
    output = keras.Model(x, [again, gru]).predict_on_batch(zeros)[1]
    report = planned(
        f"input: {{shape: [6, 2], dtype: {read}}}\nlayers:\n  - {{Masking: , name: masked}}\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 2}\n    from: [masked, masked]\n"
        "  - Dense: 2\n    name: attended\n"
        f"  - GRU: {{units: 3, return_sequences: true, dtype: {dtype}}}\n    name: gru\n"
        f"    from: masked\n{f'    call: {call}' if call else ''}\noutputs: [attended, gru]\n"
    )
    # A step that is skipped repeats the one before it.
    is_masked = bool((output[:, 1:] == output[:, :1]).all())
    assert is_masked == (not call and dtype == "float32")
    assert (report.layers[-1].mask is not None) == is_masked


def test_cells_read_steps_of_counts_that_keras_infers_too_many_of(keras, planned):
    x = keras.Input([5, 2], dtype="int32")
    counts = keras.layers.IntegerLookup(vocabulary=[1, 2], output_mode="count")(x)
    output = keras.layers.RNN(keras.layers.GRUCell(4))(counts)
    assert keras.Model(x, output).predict_on_batch(np.ones((1, 5, 2), "int32")).shape == (1, 4)
    report = planned(
        "inputs: {x: {shape: [5, 2], dtype: int32, below: 3}}\nlayers:\n"
        "  - IntegerLookup: {vocabulary: [1, 2], output_mode: count}\n  - RNN: {cell: {GRUCell: 4}}\n"
    )
    assert report.layers[-1].outputs[0].shape == (1, 4)


def test_keras_hands_out_twice_the_states_of_the_forward_layer(keras, planned):
    returning = {"return_sequences": True, "return_state": True}
    backward = keras.layers.LSTM(2, go_backwards=True, **returning)
    both = keras.layers.Bidirectional(
        keras.layers.SimpleRNN(2, **returning), backward_layer=backward
    )
    assert len(both(keras.Input([6, 3]))) == 1 + 2
    text = (
        "input: [6, 3]\nlayers:\n  - Bidirectional:\n"
        "      layer: {SimpleRNN: {units: 2, return_sequences: true, return_state: true}}\n"
        "      backward_layer: {LSTM: {units: 2, return_sequences: true, return_state: true,\n"
        "                              go_backwards: true}}\n    name: both\n"
        "  - {Dense: 2, from: both.backward_STATE}\n"
    )
    assert planned(text.replace("STATE", "h")).problems == ()
    (told,) = planned(text.replace("STATE", "c")).problems
    assert (told.code, told.message) == ("bad-reference", "both does not return backward_c")


def test_a_product_of_int8_is_summed_in_int32(keras, planned):
    x = keras.Input([5], dtype="int8")
    model = keras.Model(x, keras.layers.Dot(-1)([x, x]))
    given = model.predict_on_batch(np.full((1, 5), 100, "int8"))
    assert (given.dtype, given.tolist()) == ("int32", [[50_000]])
    report = planned(
        "inputs: {x: {shape: [5], dtype: int8}}\nlayers:\n  - {Dot: {axes: -1}, from: [x, x]}\n"
    )
    assert report.layers[-1].outputs[0].dtype == "int32"


def test_batch_normalization_takes_a_mask_of_one_axis_less(keras, planned):
    x = keras.Input([5, 3])
    frames = keras.layers.TimeDistributed(keras.layers.Reshape([3, 1]))(keras.layers.Masking()(x))
    model = keras.Model(x, keras.layers.BatchNormalization()(frames))
    with pytest.raises(ValueError, match="one dimension less"):
        model.predict_on_batch(np.ones((1, 5, 3)))
    report = planned(
        "input: [5, 3]\nlayers:\n  - Masking\n  - TimeDistributed: {layer: {Reshape: [3, 1]}}\n"
        "  - BatchNormalization\n"
    )
    (told,) = report.problems
    assert (told.code, told.layer) == ("mask-misfit", "batch_normalization")


def test_concatenate_lays_each_mask_over_its_tensor(keras, planned):
    x = keras.Input([6, 2])
    frames = keras.layers.TimeDistributed(keras.layers.Reshape([1, 2]))(keras.layers.Masking()(x))
    model = keras.Model(x, keras.layers.Concatenate()([frames, frames]))
    with pytest.raises(Exception, match="hape"):
        model.predict_on_batch(np.ones((2, 6, 2)))
    report = planned(
        "input: [6, 2]\nlayers:\n  - Masking\n"
        "  - {TimeDistributed: {layer: {Reshape: [1, 2]}}, name: frames}\n"
        "  - {Concatenate: , from: [frames, frames]}\n",
        batch=2,
    )
    assert [problem.code for problem in report.problems] == ["shape-mismatch"]


def test_an_unknown_axis_is_normalised_without_weights(keras, planned):
    x = keras.Input([None])
    model = keras.Model(x, keras.layers.LayerNormalization(scale=False, center=False)(x))
    assert model.predict_on_batch(np.ones((1, 7))).shape == (1, 7)
    with pytest.raises((TypeError, ValueError)):
        keras.layers.LayerNormalization(scale=False)(x)
    text = "input: [null]\nlayers:\n  - LayerNormalization: {scale: false, center: SET}\n"
    assert planned(text.replace("SET", "false")).problems == ()
    assert [problem.code for problem in planned(text.replace("SET", "true")).problems] == [
        "unknown-axis"
    ]


def test_additive_attention_used_again_stretches_a_query_of_one_feature(keras, planned):
    x, narrow = keras.Input([5, 4]), keras.Input([5, 1])
    attention = keras.layers.AdditiveAttention()
    outputs = [attention([x, x]), attention([narrow, x])]
    given = keras.Model([x, narrow], outputs).predict_on_batch(
        [np.ones((1, 5, 4)), np.ones((1, 5, 1))]
    )
    text = (
        "inputs: {x: [5, 4], narrow: [5, N]}\nlayers:\n"
        "  - {AdditiveAttention: , name: attention, from: {query: x, value: x}}\n"
        "  - {use: attention, name: again, from: {query: narrow, value: x}}\n"
        "outputs: [attention, again]\n"
    )
    report = planned(text.replace("N]", "1]"))
    assert report.layers[-1].outputs[0].shape == given[1].shape
    assert [problem.code for problem in planned(text.replace("N]", "2]")).problems] == [
        "shape-mismatch"
    ]


def test_what_a_step_is_inferred_as_has_its_time(keras, planned):
    """Keras infers the axes of this EinsumDense in another order than they come."""
    x = keras.Input([5, 2, 3, 3])
    einsum = keras.layers.EinsumDense("...d,dy->...y", output_shape=4)
    output = keras.layers.Cropping3D(0)(keras.layers.TimeDistributed(einsum)(x))
    given = keras.Model(x, output).predict_on_batch(np.ones((1, 5, 2, 3, 3)))
    report = planned(
        "input: [5, 2, 3, 3]\nlayers:\n  - TimeDistributed:\n      layer:\n"
        "        EinsumDense: {equation: '...d,dy->...y', output_shape: 4}\n"
        "  - Cropping3D: {cropping: 0}\n"
    )
    assert report.layers[-1].outputs[0].shape == given.shape


def test_the_mask_of_what_is_inferred_too_long_is_as_long(keras, planned):
    x, words = keras.Input([5, 6]), keras.Input([6, 4], dtype="int32")
    counts = keras.layers.IntegerLookup(vocabulary=[1, 2], output_mode="count")(words)
    output = keras.layers.MultiHeadAttention(1, 2)(x, keras.layers.Masking()(counts))
    given = keras.Model([x, words], output).predict_on_batch(
        [np.ones((1, 5, 6)), np.ones((1, 6, 4), "int32")]
    )
    report = planned(
        "inputs: {x: [5, 6], words: {shape: [6, 4], dtype: int32, below: 3}}\nlayers:\n"
        "  - {IntegerLookup: {vocabulary: [1, 2], output_mode: count}, from: words}\n"
        "  - {Masking: , name: counts}\n"
        "  - {MultiHeadAttention: {num_heads: 1, key_dim: 2}, from: [x, counts]}\n"
    )
    assert report.layers[-1].outputs[0].shape == given.shape


STRINGS = {
    "UpSampling1D": [3, 2], "UpSampling2D": [3, 2, 2], "UpSampling3D": [3, 2, 2, 2],
    "Cropping1D: 1": [4, 2], "Cropping2D: 1": [4, 3, 2], "Cropping3D: 1": [4, 3, 3, 2],
    "ZeroPadding1D": [3, 2], "ZeroPadding2D": [3, 2, 2], "ZeroPadding3D": [3, 2, 2, 2],
    "Dropout: 0.5": [4], "SpatialDropout1D: 0.5": [4, 2], "GaussianNoise: 0.5": [4],
    "GaussianDropout: 0.5": [4], "AlphaDropout: 0.5": [4], "Activation: linear": [4],
    "TimeDistributed: {Reshape: [2, 1]}": [4, 2],
}  # fmt: skip


@pytest.mark.parametrize("entry", STRINGS)
def test_what_only_moves_strings_reads_them(entry, keras):
    text = f"input: {{shape: {STRINGS[entry]}, dtype: string}}\nlayers:\n  - {entry}\n"
    report = build(parse(Source("model.yaml", text)))
    assert (report.agreement.agrees, report.problems) == (True, ())
    assert report.layers[0].outputs[0].dtype == "string"


@pytest.mark.parametrize(
    "entry", ["Activation: relu", "UpSampling2D: {interpolation: bilinear}", "Masking", "ReLU"]
)
def test_what_computes_does_not_read_strings(entry, planned):
    text = f"input: {{shape: [3, 2, 2], dtype: string}}\nlayers:\n  - {entry}\n"
    assert [problem.code for problem in planned(text).problems] == ["wrong-dtype"]


def test_a_state_of_the_backward_layer_is_inferred_by_its_place(keras, planned):
    """Keras infers a state of 3 where the LSTM's h of 1 comes."""
    k, returning = keras.layers, {"return_sequences": True, "return_state": True}
    both = k.Bidirectional(
        k.RNN([k.GRUCell(4), k.GRUCell(3)], **returning),
        backward_layer=k.LSTM(1, go_backwards=True, **returning),
    )
    x = keras.Input([5, 4])
    model = keras.Model(x, k.Dense(2)(both(x)[4]))
    with pytest.raises(ValueError, match="expected axis -1"):
        model.predict_on_batch(np.ones((1, 5, 4)))
    problems = planned(
        "input: [5, 4]\nlayers:\n  - Bidirectional:\n"
        "      layer: {RNN: {cell: [GRUCell: 4, GRUCell: 3], return_sequences: true,\n"
        "                    return_state: true}}\n"
        "      backward_layer: {LSTM: {units: 1, return_sequences: true, return_state: true,\n"
        "                              go_backwards: true}}\n    name: both\n"
        "  - {Dense: 2, from: both.backward_c}\n"
    ).problems
    assert [p.layer for p in problems if p.code == "misinferred"] == ["dense"]


def frames_of_other_sizes(k):
    einsum = k.EinsumDense("...d,dy->...y", output_shape=4)
    return lambda x: k.ConvLSTM1D(1, 2)(einsum(x))


def moments_of_more_features(k):
    counts = k.Hashing(2, output_mode="count")
    return lambda x: k.Normalization(mean=0.5, variance=2.0)(k.Flatten()(counts(x)))


HELD_TO_SIZES = {
    "input: [5, 2, 2]\nlayers:\n  - EinsumDense: {equation: '...d,dy->...y', output_shape: 4}\n"
    "  - ConvLSTM1D: {filters: 1, kernel_size: 2}\n": (frames_of_other_sizes, (5, 2, 2), "float32"),
    "input: {shape: [5, 4], dtype: int32, below: 6}\nlayers:\n"
    "  - Hashing: {num_bins: 2, output_mode: count}\n  - Flatten\n"
    "  - Normalization: {mean: 0.5, variance: 2.0}\n": (
        moments_of_more_features, (5, 4), "int32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", HELD_TO_SIZES, ids=["ConvLSTM1D", "Normalization"])
def test_sizes_that_no_weight_shows_are_as_inferred(text, keras, planned):
    """Keras builds the model, and its run fails."""
    made_of, shape, dtype = HELD_TO_SIZES[text]
    x = keras.Input(shape, dtype=dtype)
    model = keras.Model(x, made_of(keras.layers)(x))
    with pytest.raises(Exception, match="hape"):
        model.predict_on_batch(np.ones((2, *shape), dtype))
    (told,) = planned(text, batch=2).problems
    assert told.code == "misinferred"


def test_what_is_inferred_of_an_unknown_length_is_unknown(keras, planned):
    """Keras infers (3, unknown), and compares nothing with 5 where 3 comes."""
    x = keras.Input([None, 3, 4])
    moved = keras.layers.EinsumDense("...d,dy->...y", output_shape=4)(x)
    model = keras.Model(x, keras.layers.Average()([moved, x]))
    text = (
        "input: [null, 3, 4]\nlayers:\n"
        "  - EinsumDense: {equation: '...d,dy->...y', output_shape: 4}\n"
        "  - {Average: , from: [einsum_dense, input]}\n"
    )
    for length in (1, 3, 5):
        given = model.predict_on_batch(np.ones((2, length, 3, 4)))
        report = planned(f"{text}length: {length}\n", batch=2)
        assert report.problems == ()
        assert report.layers[-1].outputs[0].filled == given.shape


def test_masks_that_a_model_inside_gives_are_known_in_a_run_alone(keras, tmp_path):
    (tmp_path / "inner.yaml").write_text(
        "input: [5, 4]\nlayers:\n  - Masking\n  - Dense: 4\noutputs: [masking, dense]\n"
    )
    outer = tmp_path / "outer.yaml"
    outer.write_text(
        "input: [5, 4]\nlayers:\n  - {include: inner.yaml, name: inner}\n"
        "  - {TimeDistributed: {Reshape: [-1, 2]}, name: frames, from: inner.masking}\n"
        "  - {Add: , name: query, from: [inner.dense, inner.masking]}\n"
        "  - {MultiHeadAttention: {num_heads: 1, key_dim: 2}, from: [query, inner.masking]}\n"
        "outputs: [frames, multi_head_attention]\n"
    )
    report = build(parse(read(str(outer))))
    assert report.agreement.agrees
    frames = next(layer for layer in report.layers if layer.name == "frames")
    assert frames.mask is None


# To each layer inside: the shape of what it is handed, and the ranks of masks whose steps it takes.
STEP_MASKS = {
    "GlobalAveragePooling1D": (lambda k: k.GlobalAveragePooling1D(), [5, 3, 2], {3}),
    "BatchNormalization": (lambda k: k.BatchNormalization(), [5, 3, 2], {3}),
    "TimeDistributed: {Dense: 2}": (lambda k: k.TimeDistributed(k.Dense(2)), [5, 3, 2], {3}),
    "LSTM: 2": (lambda k: k.LSTM(2), [5, 3, 2], {3}),
    "Bidirectional: {LSTM: 2}": (lambda k: k.Bidirectional(k.LSTM(2)), [5, 3, 2], {3}),
    "ConvLSTM1D: {filters: 2, kernel_size: 1}": (lambda k: k.ConvLSTM1D(2, 1), [5, 3, 4, 2], {3}),
    "Dense: 2": (lambda k: k.Dense(2), [5, 3, 2], {2, 3}),
}


@pytest.mark.parametrize("rank", [2, 3])
@pytest.mark.parametrize("entry", STEP_MASKS)
def test_each_step_takes_its_part_of_the_mask(entry, rank, keras, planned):
    made, shape, ranks = STEP_MASKS[entry]
    k = keras.layers
    # Masking makes a mask of all axes but the last, which the steps then share out.
    flat = [*shape[: rank - 1], int(np.prod(shape[rank - 1 :]))]
    x = keras.Input(flat)
    steps = k.TimeDistributed(k.Reshape(shape[1:]))(k.Masking()(x))
    model = keras.Model(x, k.TimeDistributed(made(k))(steps))
    inner = entry if ":" in entry else f"{entry}: "
    codes = [
        problem.code
        for problem in planned(
            f"input: {flat}\nlayers:\n  - Masking\n  - TimeDistributed: {{Reshape: {shape[1:]}}}\n"
            f"  - TimeDistributed: {{layer: {{{inner}}}}}\n"
        ).problems
        if problem.severity == "error"
    ]
    if rank in ranks:
        model.predict_on_batch(np.ones((1, *flat)))
        assert codes == []
    else:
        with pytest.raises((ValueError, IndexError)):
            model.predict_on_batch(np.ones((1, *flat)))
        assert codes == ["mask-misfit"]


def test_a_model_inside_takes_masks_off_what_it_reads(keras, tmp_path):
    """Its attention reads the very tensor that the model outside reads afterwards."""
    k = keras.layers
    p = keras.Input([5, 3])
    inner = keras.Model(p, k.MultiHeadAttention(1, 2)(p, p))
    x = keras.Input([5, 3])
    masked = k.Masking()(x)
    attended = k.Dense(3)(inner(masked))
    seen, both = [], k.Add()
    model = keras.Model(x, k.Add()([attended, both([masked, masked])]))
    call = both.call
    both.call = lambda inputs: seen.append(inputs[0]._keras_mask) or call(inputs)
    model(np.ones((1, 5, 3), "float32"))
    assert seen == [None]
    (tmp_path / "inner.yaml").write_text(
        "input: [5, 3]\nlayers:\n"
        "  - {MultiHeadAttention: {num_heads: 1, key_dim: 2}, from: [input, input]}\n"
    )
    outer = tmp_path / "outer.yaml"
    outer.write_text(
        "input: [5, 3]\nlayers:\n  - {Masking: , name: masked}\n  - {include: inner.yaml, name: inner}\n"
        "  - {Dense: 3, name: dense}\n  - {Add: , name: both, from: [masked, masked]}\n"
        "  - {Add: , from: [dense, both]}\n"
    )
    report = build(parse(read(str(outer))))
    assert report.agreement.agrees
    assert [layer.mask for layer in report.layers if layer.name == "both"] == [None]
    assert "mask-taken" in [problem.code for problem in report.problems]


def test_a_model_inside_puts_back_the_masks_that_it_is_handed(keras, tmp_path):
    """Attention takes a mask off; a model inside was given it when the model outside was built."""
    k = keras.layers
    p = keras.Input([5, 3])
    inner = keras.Model(p, k.Average()([p, p]))
    x = keras.Input([5, 3])
    masked = k.Masking()(x)
    attended = k.MultiHeadAttention(1, 2)(masked, masked)
    summed = k.Add()([attended, inner(masked)])
    seen, both = [], k.Add()
    model = keras.Model(
        x, k.Add()([k.Dense(3)(k.Dense(3)(summed)), k.Dense(3)(both([masked, masked]))])
    )
    call = both.call
    both.call = lambda inputs: seen.append(inputs[0]._keras_mask) or call(inputs)
    model(np.ones((1, 5, 3), "float32"))
    assert seen[0] is not None
    (tmp_path / "inner.yaml").write_text(
        "input: [5, 3]\nlayers:\n  - {Average: , from: [input, input]}\n"
    )
    outer = tmp_path / "outer.yaml"
    outer.write_text(
        "input: [5, 3]\nlayers:\n  - {Masking: , name: masked}\n"
        "  - {MultiHeadAttention: {num_heads: 1, key_dim: 2}, name: attended, from: [masked, masked]}\n"
        "  - {include: inner.yaml, name: inner, from: masked}\n"
        "  - {Add: , name: summed, from: [attended, inner]}\n"
        "  - Dense: 3\n  - {Dense: 3, name: dense}\n"
        "  - {Add: , name: both, from: [masked, masked]}\n  - {Dense: 3, name: second}\n"
        "  - {Add: , from: [dense, second]}\n"
    )
    report = build(parse(read(str(outer))))
    assert report.agreement.agrees
    assert [layer.mask for layer in report.layers if layer.name == "both"] == ["passes"]


# What a model inside declares, what it holds, and what it is given.
INSIDE = {
    "a last axis of 1 is taken off": ([3], "Dense: 2", [3, 1]),
    "a last axis of 1 is put on": ([None, 1], "LSTM: 2", [4]),
    "a last axis of 1 for both directions": ([None, 1], "Bidirectional: {LSTM: 2}", [4]),
    "features it was not built for": ([2, 3], "Dense: 2", [2, 1]),
    "any features": ([2, 1], "Activation: relu", [2, 3]),
    "two axes more": ([1], "Activation: relu", [2, 1, 1]),
    "a rank that it cannot infer from": ([2, 1], "Conv1D: {filters: 2, kernel_size: 1}", [2]),
    "features that it does not declare": ([None], "Dense: 2", [3]),
}


@pytest.mark.parametrize("case", INSIDE)
def test_a_model_inside_is_built_for_what_it_declares(case, keras, tmp_path):
    declared, entry, given = INSIDE[case]
    made = {
        "Dense: 2": lambda k: k.Dense(2),
        "LSTM: 2": lambda k: k.LSTM(2),
        "Bidirectional: {LSTM: 2}": lambda k: k.Bidirectional(k.LSTM(2)),
        "Activation: relu": lambda k: k.Activation("relu"),
        "Conv1D: {filters: 2, kernel_size: 1}": lambda k: k.Conv1D(2, 1),
    }
    try:
        p, x = keras.Input(declared), keras.Input(given)
        layer = made[entry](keras.layers)
        model = keras.Model(x, keras.Model(p, layer(p))(x))
        shape = model.predict_on_batch(np.ones((2, *given))).shape
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        shape = None
    written = str(declared).replace("None", "null")
    (tmp_path / "inner.yaml").write_text(f"input: {written}\nlayers:\n  - {entry}\n")
    outer = tmp_path / "outer.yaml"
    outer.write_text(f"input: {given}\nlayers:\n  - include: inner.yaml\n")
    report = plan(parse(read(str(outer))), batch=2)
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert (None if errors else report.layers[-1].outputs[0].shape) == shape


def test_a_wrapped_layer_that_is_called_again_is_built(keras, planned):
    """Its features need not be known a second time."""
    wrapped = keras.layers.SpectralNormalization(keras.layers.Dense(3))
    a, b = keras.Input([5]), keras.Input([None])
    model = keras.Model([a, b], [wrapped(a), wrapped(b)])
    _, given = model.predict_on_batch([np.ones((2, 5)), np.ones((2, 5))])
    report = planned(
        "inputs: {a: [5], b: [null]}\nlayers:\n  - {SpectralNormalization: {Dense: 3}, from: a}\n"
        "  - {use: spectral_normalization, from: b, name: again}\nlength: 5\n"
        "outputs: [spectral_normalization, again]\n",
        batch=2,
    )
    assert report.problems == ()
    assert report.layers[-1].outputs[0].shape == given.shape


@pytest.mark.parametrize("unroll", [False, True])
def test_a_cell_state_of_one_unit_is_stretched_where_no_loop_holds_it(unroll, keras, planned):
    x, h, c = keras.Input([5, 4]), keras.Input([2]), keras.Input([1])
    output = keras.layers.LSTM(2, unroll=unroll)(x, initial_state=[h, c])
    model = keras.Model([x, h, c], output)
    report = planned(
        "inputs: {x: [5, 4], h: [2], c: [1]}\nlayers:\n"
        f"  - {{LSTM: {{units: 2, unroll: {str(unroll).lower()}}}, from: x, "
        "initial_state: [h, c]}\n"
    )
    (problem,) = [problem for problem in report.problems if problem.code == "state-width"]
    if unroll:
        model.predict_on_batch([np.ones((1, 5, 4)), np.ones((1, 2)), np.ones((1, 1))])
    else:
        with pytest.raises(ValueError, match="enters the loop"):
            model.predict_on_batch([np.ones((1, 5, 4)), np.ones((1, 2)), np.ones((1, 1))])
    assert problem.severity == ("warning" if unroll else "error")


@pytest.mark.parametrize("cls", ["Embedding", "ReversibleEmbedding"])
def test_a_mask_that_is_set_in_a_run_alone_is_handed_to_no_layer(cls, keras):
    """Attention takes the mask off before the recurrent layer runs, which was handed none."""
    text = (
        f"{IDS}layers:\n"
        f"  - {cls}: {{input_dim: 8, output_dim: 4, mask_zero: true}}\n    name: embed\n"
        "  - {SimpleRNN: 2, name: last, from: embed}\n"
        "  - {MultiHeadAttention: {num_heads: 1, key_dim: 2}, name: attended, from: [embed, embed]}\n"
        "  - {Dense: 2, name: dense}\n  - Dense: 2\n    name: second\n"
        "outputs: [last, second]\n"
    )
    k, x = keras.layers, keras.Input([5], dtype="int32")
    embed = getattr(k, cls)(8, 4, mask_zero=True)(x)
    last, seen = k.SimpleRNN(2), []
    outputs = [last(embed), k.Dense(2)(k.Dense(2)(k.MultiHeadAttention(1, 2)(embed, embed)))]
    model, call = keras.Model(x, outputs), last.call

    def watched(sequences, initial_state=None, mask=None, training=False):
        seen.append(mask is not None)
        return call(sequences, initial_state=initial_state, mask=mask, training=training)

    last.call = watched
    model(np.array([[1, 2, 3, 0, 0]]))
    report = plan(parse(Source("model.yaml", text)))
    mask = next(layer.mask for layer in report.layers if layer.name == "last")
    assert (mask == "uses") == seen[-1] == (cls == "Embedding")


def test_a_layer_behind_a_wrong_inference_is_built_for_it(keras, planned):
    """Keras infers (2, 3) of words in one row; the scale has 3 elements, though axis 1 has 6."""
    report = planned(
        "input: [6]\nbatch: 2\nlayers:\n"
        "  - Hashing: {num_bins: 3, output_mode: one_hot}\n  - RMSNormalization: {axis: 1}\n"
    )
    x = keras.Input([6], batch_size=2)
    hashed = keras.layers.Hashing(3, output_mode="one_hot")(x)
    model = keras.Model(x, keras.layers.RMSNormalization(axis=1)(hashed))
    numbers = model.predict(np.zeros((2, 6), "float32"), verbose=0)
    layer = report.layers[-1]
    assert not [problem for problem in report.problems if problem.severity == "error"]
    assert (layer.outputs[0].actual, layer.params.total) == (numbers.shape, model.count_params())


GIVES_ITSELF = [
    "ops.cast: float32", "ops.swapaxes: {axis1: 1, axis2: 1}", "ops.diff: {n: 0}",
    "ops.moveaxis: {source: 2, destination: -1}",
]  # fmt: skip


@pytest.mark.parametrize("entry", GIVES_ITSELF)
def test_an_operation_with_nothing_to_do_keeps_the_mask_in_a_run(entry, keras, planned):
    report = planned(f"input: [5, 3]\nlayers:\n  - Masking\n  - {entry}\n  - LSTM: 2\n", batch=2)
    assert [layer.mask for layer in report.layers] == ["makes", "passes", "uses"]
    assert report.problems == ()
    config = f"input: [5, 3]\nlayers:\n  - Masking\n  - {entry}\n  - LSTM: 2\n"
    assert build(parse(Source("model.yaml", config))).agreement.agrees
    function, arguments = next(iter(yaml.safe_load(f"{{{entry}}}").items()))
    arguments = arguments if isinstance(arguments, dict) else {"dtype": arguments}
    x, layer = keras.Input([5, 3]), keras.layers.LSTM(2)
    operate = getattr(keras.ops, function.partition(".")[2])
    model = keras.Model(x, layer(operate(keras.layers.Masking()(x), **arguments)))
    padded = np.concatenate([np.ones((1, 2, 3)), np.zeros((1, 3, 3))], axis=1).astype("float32")
    assert np.allclose(model.predict(padded, verbose=0), layer(padded[:, :2]), atol=1e-6)


BATCHES = {
    "Dot": ("Dot: 1", False),
    "Attention": ("Attention:", False),
    "MultiHeadAttention": ("MultiHeadAttention: {num_heads: 1, key_dim: 2}", False),
    "Multiply": ("Multiply:", False),
    "Multiply, one sample": ("Multiply:", True),
    "Concatenate, one sample": ("Concatenate:", True),
}


@pytest.mark.parametrize("case", BATCHES)
def test_tensors_of_several_batches(case, keras, planned):
    """A mean over the batch is one sample: what multiplies element by element reads it again."""
    entry, keepdims = BATCHES[case]
    joined = "ops.mean: {axis: 0, keepdims: true}" if keepdims else "ops.concatenate: {axis: 0}"
    reads = "input" if keepdims else "[input, input]"
    report = planned(
        f"input: [5, 3]\nlayers:\n  - {joined}\n    name: other\n    from: {reads}\n"
        f"  - {entry}\n    from: [input, other]\n",
        batch=2,
    )
    cls, arguments = next(iter(yaml.safe_load(f"{{{entry}}}").items()))
    layer = getattr(keras.layers, cls)(**(arguments if isinstance(arguments, dict) else {})) if (
        not isinstance(arguments, int)) else keras.layers.Dot(arguments)  # fmt: skip
    x = keras.Input([5, 3], batch_size=2)
    other = keras.ops.mean(x, 0, keepdims=True) if keepdims else keras.ops.concatenate([x, x], 0)
    try:
        reads = (x, other) if cls == "MultiHeadAttention" else ([x, other],)
        model = keras.Model(x, layer(*reads))
        shape = model.predict_on_batch(np.ones((2, 5, 3), "float32")).shape
        model(np.ones((2, 5, 3), "float32"))
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        shape = None
    errors = [problem for problem in report.problems if problem.severity == "error"]
    assert (None if errors else report.layers[-1].outputs[0].actual) == shape


SCALARS = ["Flatten", "Add", "Average", "Maximum", "Subtract", "AdditiveAttention"]


@pytest.mark.parametrize("cls", SCALARS)
def test_a_scalar_has_no_batch(cls, keras, planned):
    entry = "Flatten" if cls == "Flatten" else f"{{{cls}: null, from: [max, input]}}"
    report = planned(f"input: [5, 3]\nlayers:\n  - ops.max\n  - {entry}\n")
    assert [problem.code for problem in report.problems if problem.layer != "max"] == ["wrong-rank"]
    x = keras.Input([5, 3])
    scalar, layer = keras.ops.max(x), getattr(keras.layers, cls)()
    with pytest.raises(Exception):  # noqa: B017, PT011 - Keras runs into an IndexError of its own
        layer(scalar if cls == "Flatten" else [scalar, x])


def test_a_scale_along_another_axis_is_inferred_wrongly(keras, planned):
    """RMSNormalization lays the scale of axis 1 along the last axis, which has one element."""
    report = planned("input: [5, 1]\nlayers:\n  - RMSNormalization: {axis: 1}\n  - Dense: 4\n")
    assert [problem.code for problem in report.problems] == ["misinferred"]
    x = keras.Input([5, 1])
    normalised = keras.layers.RMSNormalization(axis=1)(x)
    assert normalised.shape[1:] == (5, 1)
    assert keras.Model(x, normalised)(np.ones((2, 5, 1))).shape == (2, 5, 5)
    with pytest.raises(ValueError, match="expected axis -1"):
        keras.Model(x, keras.layers.Dense(4)(normalised))(np.ones((2, 5, 1)))


def test_a_mask_that_is_inferred_wrongly_fits_what_is_inferred_wrongly(keras, planned):
    """Hashing that counts is inferred with the axis that it counts over, and so is its mask."""
    report = planned(
        "input: {shape: [5, 4], dtype: int32, below: 8}\nbatch: 2\nlayers:\n"
        "  - {Hashing: {num_bins: 4, output_mode: count}, name: counts}\n"
        "  - ops.arange: {axis: 1}\n  - {ops.get_item: ':, :, None', name: mask}\n"
        "  - MultiHeadAttention: {num_heads: 3, key_dim: 1}\n"
        "    from: {query: counts, value: counts, attention_mask: mask}\n"
    )
    x = keras.Input([5, 4], batch_size=2, dtype="int32")
    counts = keras.layers.Hashing(4, output_mode="count")(x)
    ones = keras.ops.ones_like(counts[..., 0], dtype="int32")
    mask = (keras.ops.cumsum(ones, axis=1) - 1)[:, :, None]
    attend = keras.layers.MultiHeadAttention(3, 1)
    model = keras.Model(x, attend(counts, counts, attention_mask=mask))
    shape = model.predict_on_batch(np.ones((2, 5, 4), "int32")).shape
    assert not [problem for problem in report.problems if problem.severity == "error"]
    assert report.layers[-1].outputs[0].actual == shape


def test_a_layer_is_built_for_what_keras_knows_of_a_wrong_shape(keras, planned):
    """Keras infers one unknown length for all three, and runs them with one that is known."""
    report = planned(
        "input: {shape: [null, 3], dtype: int32}\nlayers:\n"
        "  - Hashing: {num_bins: 3, output_mode: multi_hot}\n    name: hashes\n"
        "  - AdditiveAttention:\n    from: [hashes, hashes]\n    name: attended\n"
        "  - MultiHeadAttention: {num_heads: 2, key_dim: 2}\n"
        "    from: {query: hashes, value: hashes, key: attended}\n",
        batch=2,
    )
    k, x = keras.layers, keras.Input([None, 3], dtype="int32")
    hashes = k.Hashing(3, output_mode="multi_hot")(x)
    attended = k.AdditiveAttention()([hashes, hashes])
    model = keras.Model(x, k.MultiHeadAttention(2, 2)(hashes, hashes, attended))
    output = model.predict_on_batch(np.ones((2, report.length, 3), "int32"))
    assert report.problems == ()
    assert report.layers[-1].outputs[0].actual == output.shape


def test_a_layer_inside_that_no_output_needs_computes_nothing(keras, planned):
    report = planned(
        "input: [4]\nlayers:\n  - name: inner\n    model:\n      input: [4]\n      layers:\n"
        "        - {Dense: 5, name: left_out}\n"
        "        - {Dense: 3, name: kept, from: input}\n      outputs: [kept]\n"
    )
    read = keras.Input([4])
    keras.layers.Dense(5)(read)
    inner = keras.Model(read, keras.layers.Dense(3)(read))
    x = keras.Input([4])
    model = keras.Model(x, inner(x))
    with counting() as tally:
        model(np.ones((1, 4), "float32"))
    assert report.totals.macs == report.layers[0].macs == tally.macs
    assert [layer.macs for layer in report.layers[0].layers] == [0, tally.macs]
    assert [problem.code for problem in report.problems] == ["unused"]


def test_a_mean_over_time_refuses_a_mask_that_would_mix_samples(keras, planned):
    """Keras runs it where there are as many samples as steps: one sample masks another."""
    x, mask = keras.Input([2, 3]), keras.Input([2, 3], dtype="bool")
    model = keras.Model([x, mask], keras.layers.GlobalAveragePooling1D()(x, mask=mask))
    numbers, masks = np.arange(12.0).reshape(2, 2, 3), np.ones((2, 2, 3), bool)
    before = model.predict_on_batch([numbers, masks])
    numbers[0] += 1
    after = model.predict_on_batch([numbers, masks])
    assert before.shape == (2, 2, 3)
    # The second sample, of which nothing changed, depends on the first.
    assert (after[1] != before[1]).all()
    report = planned(
        "inputs: {x: [2, 3], mask: {shape: [2, 3], dtype: bool}}\nlayers:\n"
        "  - GlobalAveragePooling1D:\n    from: {inputs: x, mask: mask}\n",
        batch=2,
    )
    assert [problem.code for problem in report.problems] == ["mask-misfit"]


@pytest.mark.parametrize("entry", ["Add: {}", "Dense: 2"])
def test_a_run_of_steps_compares_no_sizes_with_those_of_a_model(keras, planned, entry):
    """Keras infers the steps too narrow, so that it builds the model for others than it runs."""
    k = keras.layers
    step = keras.Input([6])
    inner = keras.Model(step, k.Dense(2)(step) if "Dense" in entry else k.Add()([step, step]))
    backward = k.SimpleRNN(4, return_sequences=True, go_backwards=True)
    x = keras.Input([5, 2])
    both = k.Bidirectional(k.LSTM(3, return_sequences=True), backward_layer=backward)(x)
    model = keras.Model(x, k.TimeDistributed(inner)(both))
    reads = "[step, step]" if "Add" in entry else "step"
    report = planned(
        "input: [5, 2]\nlayers:\n  - Bidirectional:\n"
        "      layer: {LSTM: {units: 3, return_sequences: true}}\n      backward_layer:\n"
        "        SimpleRNN: {units: 4, return_sequences: true, go_backwards: true}\n"
        "  - TimeDistributed:\n      layer:\n        model:\n          inputs: {step: [6]}\n"
        f"          layers: [{{{entry}, from: {reads}}}]\n"
    )
    refused = [problem.code for problem in report.problems if problem.severity == "error"]
    if "Dense" in entry:
        with pytest.raises(Exception, match=r"[Dd]imension|incompatible|size"):
            model.predict_on_batch(np.ones((1, 5, 2)))
        assert refused
    else:
        assert not refused
        shape = model.predict_on_batch(np.ones((1, 5, 2))).shape
        assert report.layers[-1].outputs[0].shape == shape


@pytest.mark.parametrize("cls", ["Attention", "AdditiveAttention"])
def test_a_mask_of_unknown_length_hides_no_length_of_the_query(keras, planned, cls):
    query, mask = keras.Input([5, 4]), keras.Input([None], dtype="bool")
    output = getattr(keras.layers, cls)()([query, query], mask=[mask, None])
    report = planned(
        "inputs: {query: [5, 4], mask: {shape: [null], dtype: bool}}\nlayers:\n"
        f"  - {cls}:\n    from: {{query: query, value: query, query_mask: mask}}\n",
        batch=2,
    )
    assert report.problems == ()
    assert report.layers[0].outputs[0].shape[1:] == output.shape[1:]
    assert report.length == 5


@pytest.mark.parametrize("sections", [[1], [2], 2])
def test_a_merge_compares_the_batches_that_keras_knows(keras, planned, sections):
    """What is left of all steps of all samples is a batch of unknown size."""
    x = keras.Input([None, 4])
    first, rest = keras.ops.split(keras.ops.reshape(x, [-1]), sections)
    model = keras.Model(x, keras.layers.Subtract()([rest, first]))
    report = planned(
        "input: [null, 4]\nlayers:\n  - ops.reshape: {newshape: [-1]}\n"
        f"  - ops.split: {{indices_or_sections: {sections}}}\n    name: parts\n"
        "  - Subtract:\n    from: [parts.output_1, parts.output_0]\n",
        batch=2,
        length=5,
    )
    try:
        shape = model.predict_on_batch(np.ones((2, 5, 4))).shape
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        shape = None
    refused = [problem for problem in report.problems if problem.severity == "error"]
    assert bool(refused) == (shape is None)
    if shape is not None:
        assert report.layers[-1].outputs[0].actual == shape


def test_a_layer_inside_that_is_built_for_a_wrong_shape_reads_the_real_one(keras, planned):
    """EinsumDense compares its output_shape with what it is built for, and with nothing later."""
    x = keras.Input((5, 2))
    rows = keras.layers.EinsumDense("...d,dy->...y", output_shape=4)(keras.ops.stack([x, x], -1))
    inner = keras.layers.EinsumDense("abc,cy->aby", output_shape=(5, 3))
    model = keras.Model(x, keras.layers.TimeDistributed(inner)(rows))
    report = planned(
        "input: [5, 2]\nlayers:\n"
        "  - {ops.stack: {axis: -1}, from: [input, input]}\n"
        "  - EinsumDense: {equation: '...d,dy->...y', output_shape: 4}\n"
        "  - TimeDistributed:\n"
        "      layer: {EinsumDense: {equation: 'abc,cy->aby', output_shape: [5, 3]}}\n",
        batch=2,
    )
    assert report.problems == ()
    assert report.layers[-1].outputs[0].shape == model.predict_on_batch(np.ones((2, 5, 2))).shape


@pytest.mark.parametrize("cls", ["Attention", "AdditiveAttention"])
def test_attention_reads_one_sample_for_all(cls, keras, planned):
    """Products of matrices stretch a batch of 1."""
    x = keras.Input((4, 2))
    first, _ = keras.ops.split(x, [1], axis=0)
    model = keras.Model(x, getattr(keras.layers, cls)()([x, first]))
    report = planned(
        "input: [4, 2]\nlayers:\n"
        "  - {ops.split: {indices_or_sections: [1]}, name: first}\n"
        f"  - {{{cls}: , from: [input, first.output_0]}}\n",
        batch=2,
    )
    assert not [problem for problem in report.problems if problem.severity == "error"]
    assert report.layers[-1].outputs[0].shape == model.predict_on_batch(np.ones((2, 4, 2))).shape


def test_a_layer_inside_that_reads_neither_shape_is_refused(problems_of):
    """RandomCrop infers a shape that predict does not give; no layer of volumes reads either."""
    text = (
        "input: [null, 4]\nlayers:\n  - RandomCrop: {height: 1, width: 4}\n"
        "  - TimeDistributed: {layer: {UpSampling3D: {}}}\n"
    )
    codes = [problem.code for problem in problems_of(text) if problem.severity == "error"]
    assert "wrong-rank" in codes

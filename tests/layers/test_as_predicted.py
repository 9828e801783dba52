"""Small models as a config and as Python: planned as model.predict runs them, or refused."""

from __future__ import annotations

import numpy as np
import pytest

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
    assert [layer.mask for layer in report.layers] == ["makes", "uses", "drops", None]
    (taken,) = [problem for problem in report.problems if problem.severity == "warning"]
    assert (taken.code, taken.layer) == ("mask-taken", "sum")

"""Quantized weights and LoRA: the weights that Keras makes, and the layers that it cannot run."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from msgspec.structs import replace

from rnncli.keras_api.policies import read_policy
from rnncli.keras_api.traits import MODULES, traits
from rnncli.model.binding import bind
from rnncli.problems import errors
from rnncli.reference.examples import example

MODES = ("int8", "int4", "int4/3", "int4/-1", "float8")
DENSE = "Dense: {{units: 5, dtype: {dtype}{more}}}"
QUERY = ("EinsumDense: {{equation: 'abc,cde->abde', output_shape: [null, 2, 3], bias_axes: de, "
         "dtype: {dtype}{more}}}")  # fmt: skip
TABLE = "Embedding: {{input_dim: 7, output_dim: 5, dtype: {dtype}{more}}}"
TWO_TABLES = ("ReversibleEmbedding: {{input_dim: 7, output_dim: 5, tie_weights: false, "
              "dtype: {dtype}{more}}}")  # fmt: skip
INPUT = {DENSE: "[4, 8]", QUERY: "[4, 8]"}
IDS = "{shape: [4], dtype: int32, below: 7}"


def config(entry, shape):
    return f"input: {shape}\nlayers:\n  - {entry}\n"


def known(weights):
    return [(w.name, w.shape, w.dtype, w.trainable) for w in weights]


def called(layer, *inputs):
    """What a layer returns in a run; None where it fails."""
    try:
        return layer(*inputs)
    except Exception:  # noqa: BLE001 - whatever Keras raises, the layer fails
        return None


# The weights


@pytest.mark.parametrize("lora", [False, True], ids=["plain", "lora"])
@pytest.mark.parametrize("source", ["float32", "mixed_bfloat16", "float64"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layer", [DENSE, QUERY, TABLE, TWO_TABLES], ids=lambda e: e.split(":")[0])
def test_a_quantized_layer_has_the_weights_of_keras(
    layer, mode, source, lora, keras, planned, made
):
    entry = layer.format(dtype=f"{mode}_from_{source}", more=", lora_rank: 2" if lora else "")
    report = planned(config(entry, INPUT.get(layer, IDS)), batch=2)
    x = keras.Input([4, 8]) if layer in INPUT else keras.Input([4], dtype="int32")
    try:
        real = made(entry)
        model = keras.Model(x, real(x))
        given = np.ones((2, *x.shape[1:]), str(x.dtype))
        dtype = keras.backend.standardize_dtype(model.predict_on_batch(given).dtype)
    except Exception:  # noqa: BLE001 - whatever Keras raises, it refuses
        assert errors(report.problems)
        return
    (found,) = report.layers
    assert known(found.weights) == [
        (w.path.partition("/")[2], tuple(w.shape), str(w.dtype), w.trainable) for w in real.weights
    ]
    assert found.params.total == model.count_params()
    assert found.outputs[0].dtype == dtype


@pytest.mark.parametrize(
    ("dtype", "params", "formula"),
    [
        ("float32", 36, "units·(features + 1) = 4·(8 + 1)"),
        ("int8_from_float32", 40, "features·units + 2·units = 8·4 + 2·4"),
        ("int4_from_float32", 24, "features·⌈units/2⌉ + 2·units = 8·2 + 2·4"),
        ("int4/3_from_float32", 52, "features·⌈units/2⌉ + 2·⌈features/3⌉·units + features + units "
         "= 8·2 + 2·3·4 + 8 + 4"),
        ("float8_from_float32", 3111, "features·units + 3 + 3·1024 + units "
         "= 8·4 + 3 + 3·1024 + 4"),
    ],
)  # fmt: skip
def test_a_count_is_the_sum_of_the_weights(dtype, params, formula, planned):
    report = planned(config(f"Dense: {{units: 4, dtype: {dtype}}}", "[8]"))
    assert report.layers[0].params.total == params
    assert report.layers[0].params.formula == formula


def test_lora_freezes_the_kernel_and_trains_two_narrow_ones(planned):
    report = planned(config("Dense: {units: 4, lora_rank: 2, dtype: bfloat16}", "[8]"))
    (layer,) = report.layers
    assert known(layer.weights) == [
        ("kernel", (8, 4), "bfloat16", False),
        ("bias", (4,), "bfloat16", True),
        ("lora_kernel_a", (8, 2), "float32", True),
        ("lora_kernel_b", (2, 4), "float32", True),
    ]
    assert layer.params.formula == (
        "features·units + units + features·lora_rank + lora_rank·units = 8·4 + 4 + 8·2 + 2·4"
    )
    assert layer.macs == 8 * 4 + 8 * 2 * 4


def test_the_table_of_weights_names_integers(rnncli, tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(config("Dense: {units: 4, dtype: int8_from_float32}", "[8]"))
    shown = rnncli("plan", str(path), "--show", "weights").out
    assert "features × units (int8, not trainable)" in shown


# What Keras cannot run


# A cell is no layer of its own: it runs inside an RNN.
@pytest.mark.parametrize("cls", [cls for cls in sorted(MODULES) if "Cell" not in cls])
def test_keras_runs_the_layers_whose_rows_say_so_under_a_quantized_policy(cls, keras):
    from rnncli.engine.objects import instantiate
    from tests.conformance.naively import ON_A_LIST, _input

    found = example(cls)
    assert found is not None
    model = bind(found.spec)
    node = model.nodes[-1]
    assert node.layer.cls == cls
    arguments = {**node.layer.arguments, "dtype": "int8_from_float32"}
    inputs = [
        _input({"shape": each.shape, "dtype": each.dtype, "below": each.below or 2}, 2, 4)[1]
        for each in model.inputs
    ]
    plain = instantiate(node.layer, with_states=False)
    assert called(plain, *_read(cls, inputs, ON_A_LIST)) is not None
    try:
        layer = instantiate(replace(node.layer, arguments=arguments), with_states=False)
        output = called(layer, *_read(cls, inputs, ON_A_LIST))
    except ValueError:
        output = None
    row = traits(cls)
    assert (output is not None) == ("int8" in row.quantizations or row.ignores_dtype)


def _read(cls, inputs, on_a_list):
    return [inputs] if cls in on_a_list else inputs


@pytest.mark.parametrize("inner", ["Conv1D: {filters: 2, kernel_size: 1", "LayerNormalization: {",
                                   "Dense: {units: 2", "LSTM: {units: 2"])  # fmt: skip
def test_a_time_distributed_bypasses_the_quantized_call_of_its_layer(inner, keras, planned):
    cls, _, arguments = inner.partition(": {")
    written = f"{arguments}{', ' if arguments else ''}dtype: int8_from_float32"
    report = planned(config(f"TimeDistributed: {{{cls}: {{{written}}}}}", "[3, 4, 5]"))
    values = {"units": 2} if "units" in arguments else {}
    values |= {"filters": 2, "kernel_size": 1} if "filters" in arguments else {}
    layer = keras.layers.TimeDistributed(
        getattr(keras.layers, cls)(**values, dtype="int8_from_float32")
    )
    output = called(layer, np.ones((2, 3, 4, 5), "float32"))
    assert bool(errors(report.problems)) == (output is None)


@pytest.mark.parametrize("axes", [[0, 8], [3, 0], [3, 8]], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_int8_needs_an_element_of_what_an_equation_reads(mode, axes, keras, planned):
    dtype = f"{mode}_from_float32"
    written = f"equation: 'abc,cd->abd', output_shape: [null, 2], dtype: {dtype}"
    report = planned(config(f"EinsumDense: {{{written}}}", axes))
    layer = keras.layers.EinsumDense("abc,cd->abd", (None, 2), dtype=dtype)
    output = called(layer, np.ones((2, *axes), "float32"))
    assert bool(errors(report.problems)) == (output is None)


@pytest.mark.parametrize("mode", MODES)
def test_int8_takes_no_equation_with_fewer_letters_than_axes(mode, keras, planned):
    dtype = f"{mode}_from_float32"
    written = f"equation: 'ab,bc->ac', output_shape: 5, dtype: {dtype}"
    report = planned(config(f"EinsumDense: {{{written}}}", "[8, 8]"))
    layer = keras.layers.EinsumDense("ab,bc->ac", 5, dtype=dtype)
    output = called(layer, np.ones((2, 8, 8), "float32"))
    assert bool(errors(report.problems)) == (output is None)


def test_a_time_distributed_uses_integers_without_their_scales(keras, planned):
    layer = keras.layers.Dense(2, dtype="int8_from_float32")
    layer.build((None, 3))
    layer.kernel.assign(np.full((3, 2), 50, "int8"))
    layer.kernel_scale.assign([100.0, 100.0])
    x = np.ones((1, 2, 3), "float32")
    np.testing.assert_allclose(layer(x), np.full((1, 2, 2), 1.5), rtol=1e-5)
    np.testing.assert_allclose(keras.layers.TimeDistributed(layer)(x), np.full((1, 2, 2), 150.0))
    entry = "TimeDistributed: {Dense: {units: 2, dtype: int8_from_float32}}"
    (problem,) = planned(config(entry, "[2, 3]")).problems
    assert (problem.code, problem.severity) == ("wrong-dtype", "warning")


@pytest.mark.parametrize("axes", [[0], [0, 8], [3, 0], [3, 8]], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_int8_needs_an_element_of_what_it_reads(mode, axes, keras, planned):
    dtype = f"{mode}_from_float32"
    report = planned(config(f"Dense: {{units: 2, dtype: {dtype}}}", axes))
    output = called(keras.layers.Dense(2, dtype=dtype), np.ones((2, *axes), "float32"))
    assert bool(errors(report.problems)) == (output is None)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(
    ("equation", "shape"),
    [("ab,b->a", []), ("abc,bc->a", []), ("abc,c->ab", [3]), ("abc,bcd->ad", [5])],
)
def test_a_scale_without_a_place_in_the_output_fails_unless_its_size_is_1(
    equation, shape, batch, keras, planned
):
    axes = [3, 4][-equation.index(",") + 1 :]
    written = f"equation: '{equation}', output_shape: {shape}, dtype: int8_from_float32"
    report = planned(config(f"EinsumDense: {{{written}}}", axes), batch=batch)
    layer = keras.layers.EinsumDense(equation, shape, dtype="int8_from_float32")
    output = called(layer, np.ones((batch, *axes), "float32"))
    assert bool(errors(report.problems)) == (output is None)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
@pytest.mark.parametrize("mode", MODES)
def test_int8_cannot_scale_booleans(mode, dtype, keras, planned):
    policy = f"{mode}_from_float32"
    shape = f"{{shape: [8], dtype: {dtype}}}"
    report = planned(config(f"Dense: {{units: 2, dtype: {policy}}}", shape))
    output = called(keras.layers.Dense(2, dtype=policy), np.ones((2, 8), dtype))
    assert bool(errors(report.problems)) == (output is None)


def test_a_quantized_second_table_makes_no_mask(keras, planned):
    written = "input_dim: 7, output_dim: 4, mask_zero: true, dtype: int8_from_float32"
    report = planned(config(f"ReversibleEmbedding: {{{written}}}", IDS))
    assert [problem.code for problem in report.problems] == ["mask-lost"]
    layer = keras.layers.ReversibleEmbedding(7, 4, mask_zero=True, dtype="int8_from_float32")
    output = layer(np.ones((2, 4), "int32"))
    assert getattr(output, "_keras_mask", None) is None
    assert report.layers[0].mask is None


# Names of policies

NAMES = (
    "float32", "mixed_float16", "int8", "int4", "float8", "float8_e4m3fn", "int8_from_float32",
    "int8_from_float16", "int8_from_mixed_float16", "int4_from_float16", "int4/128_from_float32",
    "int4/-1_from_float32", "int4/0_from_float32", "int4/-2_from_float32", "int4/x_from_float32",
    "int8/4_from_float32", "int8_from_int8_from_float32", "int5_from_float32", "from_float32",
    "float32_from_float32", "gptq/4/128_from_float32", "gptq/5/128_from_float32",
    "gptq_from_float32", "awq/4/-1_from_bfloat16", "awq/8/128_from_float32", "int8_from_float8",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_has_the_dtypes_that_keras_gives_it(name, keras):
    found = read_policy(name)
    try:
        policy = keras.dtype_policies.get(name)
    except ValueError:
        assert found is None
        return
    assert found is not None
    assert (found.compute, found.variable) == (policy.compute_dtype, policy.variable_dtype)
    assert found.quantization == (policy.quantization_mode or "")
    block_size = getattr(policy, "block_size", -1)
    assert found.block_size == (None if block_size == -1 else block_size)


REVERSED = [
    "dtype: int8_from_float32", "dtype: int4/2_from_float32, tie_weights: false", "lora_rank: 2",
    "lora_rank: 2, dtype: mixed_bfloat16", "lora_rank: 2, dtype: int8_from_float32",
    "dtype: int8_from_mixed_bfloat16, reverse_dtype: float16",
    "lora_rank: 2, reverse_dtype: float16",
]  # fmt: skip


@pytest.mark.parametrize("arguments", REVERSED)
def test_vectors_are_turned_back_by_a_quantized_table(arguments, keras, planned):
    from tests.judge.macs import counting

    report = planned(
        "input: [5, 4]\nlayers:\n"
        f"  - ReversibleEmbedding: {{input_dim: 7, output_dim: 4, {arguments}}}\n"
        "    call: {reverse: true}\n",
        batch=2,
    )
    written = yaml.safe_load(f"{{{arguments}}}")
    layer = keras.layers.ReversibleEmbedding(7, 4, **written)
    x = keras.Input([5, 4], batch_size=2)
    model = keras.Model(x, layer(x, reverse=True))
    numbers = model.predict(np.ones((2, 5, 4), "float32"), verbose=0)
    with counting() as tally:
        model(keras.ops.ones((2, 5, 4)))
    planned_layer = report.layers[0]
    assert (planned_layer.outputs[0].shape, planned_layer.outputs[0].dtype) == (
        numbers.shape,
        str(numbers.dtype),
    )
    assert planned_layer.params.total == model.count_params()
    assert planned_layer.macs == tally.macs

"""The plan against what a file records: whatever is changed in either is found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from rnncli.analysis.as_stored import as_stored
from rnncli.analysis.file_agreement import agree_with_file
from rnncli.config import parse
from rnncli.formats import RenderOptions, load
from rnncli.planning.plan import plan
from rnncli.problems import Source
from rnncli.report.model_file import ModelFile, StoredWeight
from rnncli.report.report import Report

TEXT = """
input: [null, 8]
layers:
  - LSTM: {units: 3, return_sequences: true, return_state: true}
  - model:
      input: [null, 3]
      layers: [BatchNormalization, {Dense: 2}]
    name: inner
  - Bidirectional: {GRU: 4}
  - Dense: 2
"""


def planned(text: str = TEXT) -> Report:
    return plan(parse(Source("model.yaml", text)))


def stored(prefix: str, *shapes: tuple[int, ...]) -> tuple[StoredWeight, ...]:
    return tuple(
        StoredWeight(f"layers/{prefix}/vars/{number}", shape, "float32")
        for number, shape in enumerate(shapes)
    )


FILE = ModelFile(
    path="model.keras",
    format="keras-zip",
    weights={
        "lstm": stored("lstm/cell", (8, 12), (3, 12), (12,)),
        "inner/batch_normalization": stored("inner/layers/bn", (3,), (3,), (3,), (3,)),
        "inner/dense": stored("inner/layers/dense", (3, 2), (2,)),
        "bidirectional": stored("b", (2, 12), (4, 12), (2, 12)) * 2,
        "dense": stored("dense", (8, 2), (2,)),
    },
    shapes={
        "lstm": {"output": (None, None, 3), "h": (None, 3), "c": (None, 3)},
        "inner": {"output": (None, None, 2)},
        "dense": {"output": (None, 2)},
    },
)


def line_of(agreement) -> str:
    page = load("table").render_outcome(replace(planned(), agreement=agreement), RenderOptions())
    return page.splitlines()[0]


def test_a_file_that_agrees():
    agreement = agree_with_file(planned(), FILE)
    assert agreement.differences == ()
    assert (agreement.agrees, agreement.witness) == (True, "file")
    assert (agreement.compared.weights, agreement.compared.outputs) == (17, 3)
    assert agreement.compared.states == 2
    assert line_of(agreement) == "The file agrees with the plan: 17 weights and 5 shapes compared."


def test_a_file_without_weights_or_shapes():
    agreement = agree_with_file(planned(), replace(FILE, weights=None))
    assert line_of(agreement) == (
        "The file agrees with the plan: 5 shapes compared; it holds no weights."
    )
    agreement = agree_with_file(planned(), replace(FILE, shapes={}))
    assert line_of(agreement) == (
        "The file agrees with the plan: 17 weights compared; it records no shapes."
    )
    agreement = agree_with_file(planned(), replace(FILE, weights=None, shapes={}))
    assert line_of(agreement) == (
        "The file records neither weights nor shapes to compare the plan with."
    )


@pytest.mark.parametrize("path", FILE.weights)
@pytest.mark.parametrize("fields", [{"shape": (99,)}, {"dtype": "float16"}])
def test_a_changed_weight_is_found(path, fields):
    first, *rest = FILE.weights[path]
    wrong = {**FILE.weights, path: (replace(first, **fields), *rest)}
    (difference,) = agree_with_file(planned(), replace(FILE, weights=wrong)).differences
    assert (difference.layer, difference.what) == (path, "weight")
    assert difference.ran.startswith(first.path)
    assert difference.planned is not None


def test_a_missing_and_a_surplus_weight_are_found():
    for weights in (FILE.weights["dense"][:-1], FILE.weights["dense"] * 2):
        wrong = replace(FILE, weights={**FILE.weights, "dense": weights})
        assert {
            difference.layer for difference in agree_with_file(planned(), wrong).differences
        } == {"dense"}


def test_a_layer_that_one_of_both_lacks():
    without = {path: weights for path, weights in FILE.weights.items() if path != "dense"}
    differences = agree_with_file(planned(), replace(FILE, weights=without)).differences
    assert [difference.planned for difference in differences] == [
        "kernel (8, 2) float32", "bias (2,) float32",
    ]  # fmt: skip
    assert {difference.ran for difference in differences} == {None}
    more = {**FILE.weights, "other": stored("other", (3,))}
    (difference,) = agree_with_file(planned(), replace(FILE, weights=more)).differences
    assert (difference.layer, difference.planned) == ("other", None)
    (difference,) = agree_with_file(
        planned(), replace(FILE, unclaimed=stored("other", (3,)))
    ).differences
    assert difference.layer == "layers/other/vars/0"


@pytest.mark.parametrize(
    ("entry", "tensor", "shape"),
    [
        ("lstm", "output", (None, None, 4)),
        ("lstm", "output", (None, 3)),
        ("lstm", "output", (None, 7, 3)),
        ("lstm", "c", (None, 4)),
        ("lstm", "other", (None, 3)),
        ("inner", "output", (None, None, 3)),
        ("nothing", "output", (None, 3)),
    ],
)
def test_a_changed_shape_is_found(entry, tensor, shape):
    shapes = {**FILE.shapes, entry: {**FILE.shapes.get(entry, {}), tensor: shape}}
    (difference,) = agree_with_file(planned(), replace(FILE, shapes=shapes)).differences
    assert (difference.layer, difference.what) == (entry, tensor)


def test_the_batch_and_what_an_older_keras_did_not_know_are_not_compared():
    shapes = {"dense": {"output": (32, None)}}
    assert agree_with_file(planned(), replace(FILE, shapes=shapes)).agrees


def test_older_files_have_what_is_trained_first():
    text = "input: [8]\nlayers:\n  - model: {input: [8], layers: [BatchNormalization, {Dense: 8}]}\n    name: m\n"
    names = ["b/gamma:0", "b/beta:0", "d/kernel:0", "d/bias:0", "b/moving_mean:0", "b/moving_variance:0"]  # fmt: skip
    shapes = [(8,), (8,), (8, 8), (8,), (8,), (8,)]
    weights = tuple(
        StoredWeight(f"m/{name}", shape, "float32")
        for name, shape in zip(names, shapes, strict=True)
    )
    file = replace(FILE, format="keras-h5", weights={"m": weights}, shapes={})
    assert agree_with_file(planned(text), file).agrees


def test_two_weights_of_one_shape_are_told_by_their_names():
    text = "input: [3]\nlayers: [{BatchNormalization: {}}]"
    names = ["beta:0", "gamma_1:0", "moving_mean:0", "moving_variance:0"]
    weights = tuple(StoredWeight(f"bn/bn/{name}", (3,), "float32") for name in names)
    file = replace(FILE, weights={"batch_normalization": weights}, shapes={})
    assert len(agree_with_file(planned(text), file).differences) == 2
    # Names that no other weight of the layer has say nothing: Keras 1 had others.
    others = tuple(replace(weight, path=f"{weight.path}_x") for weight in weights)
    file = replace(FILE, weights={"batch_normalization": others}, shapes={})
    assert agree_with_file(planned(text), file).agrees


@pytest.mark.parametrize(("cls", "gates"), [("LSTM", "icfo"), ("GRU", "zrh")])
def test_gates_of_keras_1_are_side_by_side(cls, gates):
    layer = f"{cls}: {{units: 3" + (", reset_after: false}" if cls == "GRU" else "}")
    shapes = {"W": (8, 3), "U": (3, 3), "b": (3,)}
    weights = tuple(
        StoredWeight(f"a/a_{letter}_{gate}:0", shape, "float32")
        for gate in gates
        for letter, shape in shapes.items()
    )
    file = replace(FILE, weights={cls.lower(): weights}, shapes={})
    report = planned(f"input: [5, 8]\nlayers: [{layer}]")
    assert agree_with_file(report, file).agrees
    file = replace(FILE, weights={cls.lower(): weights[:-1]}, shapes={})
    assert not agree_with_file(report, file).agrees


def test_differences_are_a_table_of_plan_and_file():
    wrong = replace(FILE, shapes={"dense": {"output": (None, 9)}})
    report = planned()
    report = replace(report, agreement=agree_with_file(report, wrong))
    for name in ("table", "markdown"):
        page = load(name).render_outcome(report, RenderOptions())
        assert (
            "The file does not agree with the plan: 1 difference, 17 weights and 1 shape compared."
        ) in page
        assert "Plan" in page
        assert "File" in page
        assert "(1, 9)" in page
        assert "Keras infers" not in page


# Layers of cuDNN.


def cudnn(text: str, path: str, *shapes: tuple[int, ...], written_as: str | None = None):
    weights = tuple(StoredWeight(f"{path}/{number}", shape, "float32") for number, shape in enumerate(shapes))  # fmt: skip
    file = ModelFile(
        path="model.h5",
        format="keras-h5",
        weights={path: weights} if weights else None,
        written_as={path: written_as} if written_as else {},
    )
    return as_stored(planned(text), file), file


def test_an_lstm_of_cudnn_has_two_biases():
    text = "input: [5, 8]\nlayers: [LSTM: 3]"
    report, file = cudnn(text, "lstm", (8, 12), (3, 12), (24,), written_as="CuDNNLSTM")
    (layer,) = report.layers
    assert layer.params.total == layer.params.trainable == report.totals.params == 144 + 12
    assert layer.params.formula == (
        "4·(units·(features + units) + units) + 4·units for cuDNN's second bias"
        " = 4·(3·(8 + 3) + 3) + 4·3"
    )
    assert layer.weights[2].shape == (24,)
    assert report.totals.weight_bytes == 4 * 156
    assert report.totals.macs == planned(text).totals.macs
    assert agree_with_file(report, file).agrees
    assert not agree_with_file(planned(text), file).agrees


def test_the_class_alone_says_so_where_a_file_has_no_weights():
    report, _ = cudnn("input: [5, 8]\nlayers: [LSTM: 3]", "lstm", written_as="CuDNNLSTM")
    assert report.totals.params == 156


def test_a_gru_of_cudnn_has_its_two_biases_in_a_row():
    text = "input: [5, 8]\nlayers: [GRU: 3]"
    report, file = cudnn(text, "gru", (8, 9), (3, 9), (18,), written_as="CuDNNGRU")
    assert report.totals == planned(text).totals
    assert report.layers[0].params == planned(text).layers[0].params
    assert report.layers[0].weights[2].shape == (18,)
    assert agree_with_file(report, file).agrees


def test_layers_of_cudnn_inside_others():
    text = "input: [5, 8]\nlayers: [Bidirectional: {LSTM: 3}]"
    shapes = ((8, 12), (3, 12), (24,))
    report, file = cudnn(text, "bidirectional", *shapes, *shapes)
    (layer,) = report.layers
    assert layer.params.total == report.totals.params == 2 * 156
    assert layer.params.formula == "forward_lstm + backward_lstm = 156 + 156"
    assert agree_with_file(report, file).agrees
    text = "input: [5, 8]\nlayers:\n  - model: {input: [5, 8], layers: [LSTM: 3]}\n    name: m\n"
    report, file = cudnn(text, "m/lstm", *shapes, written_as="CuDNNLSTM")
    assert report.totals.params == report.layers[0].params.total == 156
    assert report.layers[0].params.formula == "lstm = 156"


def test_other_layers_are_as_planned():
    report = planned()
    assert as_stored(report, FILE) is report

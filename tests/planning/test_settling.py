"""A length that fits is chosen where none is given, and every axis is written as what it is."""

from __future__ import annotations

import json
import re

import pytest

import rnncli as library
from rnncli.config import parse
from rnncli.formats.text import ascii_only
from rnncli.planning import steps
from rnncli.planning.plan import plan
from rnncli.problems import Source

FRAMES = {"STFTSpectrogram": {"frame_length": 64, "frame_step": 16, "fft_length": 64}}
MEL = {"MelSpectrogram": {"fft_length": 64, "sequence_stride": 16, "num_mel_bins": 8}}


def spec(inputs, layers, **top):
    inputs = inputs if isinstance(inputs, dict) else {"x": inputs}
    return parse(Source("a.yaml", json.dumps({"inputs": inputs, "layers": layers, **top})))


def conv(kernel, **more):
    return {"Conv1D": {"filters": 4, "kernel_size": kernel, **more}}


def named(layer, name, *sources):
    return {**layer, "name": name, **({"from": [*sources]} if sources else {})}


def u_net(depth):
    """Halved ``depth`` times, and doubled as often, each time beside what it was before."""
    names = ["x", *(f"down{number}" for number in range(depth))]
    down = [named({"MaxPooling1D": 2}, name) for name in names[1:]]
    up = [
        layer
        for name in reversed(names[:-1])
        for layer in (
            named({"UpSampling1D": 2}, f"up_{name}"),
            named({"Concatenate": {}}, f"with_{name}", f"up_{name}", name),
        )
    ]
    return [*down, *up]


CHOSEN = {
    "the usual": ([None, 4], [conv(3)], 10),
    "a window": ([None, 4], [conv(61)], 61),
    "windows one after the other": ([None, 4], [conv(3)] * 31, 63),
    "a window after strides": ([None, 4], [conv(4, strides=4), conv(5)], 20),
    "dilation": ([None, 4], [conv(3, dilation_rate=16)], 33),
    "pooling": ([None, 4], [{"MaxPooling1D": 25}], 25),
    "pooling with padding": ([None, 4], [{"MaxPooling1D": {"pool_size": 25, "padding": "same"}}], 10),
    "cropping": ([None, 4], [{"Cropping1D": [7, 5]}], 13),
    "frames of sound": ([None, 1], [FRAMES], 64),
    "bands of sound": ([None], [MEL], 33),
    "a U-Net of 2": ([None, 4], u_net(2), 4),
    "a U-Net of 3": ([None, 4], u_net(3), 8),
    "a U-Net of 5": ([None, 4], u_net(5), 32),
    "a U-Net of 13": ([None, 4], u_net(13), 8192),
    "a U-Net and a window": ([None, 4], [*u_net(3), conv(19)], 24),
    "as long as another": ({"x": [None, 4], "y": [7, 4]},
                           [named({"Add": {}}, "sum", "x", "y")], 7),
    "much longer": ({"x": [None, 4], "y": [300_000, 4]},
                    [named({"Add": {}}, "sum", "x", "y")], 300_000),
    "a reshape": ([None, 8], [{"Reshape": [5, 8]}], 5),
    "a reshape into pairs": ([None, 3], [{"Reshape": [-1, 4]}], 4),
    "two images": ({"x": [None, None, 3]}, [{"Conv2D": {"filters": 2, "kernel_size": 20}}], 20),
}  # fmt: skip


@pytest.mark.parametrize(("inputs", "layers", "length"), CHOSEN.values(), ids=CHOSEN)
def test_a_length_that_fits_is_chosen_and_no_error(inputs, layers, length):
    report = plan(spec(inputs, layers))
    assert not [each for each in report.problems if each.severity == "error"]
    assert {each.size for each in report.lengths} == {length}
    assert all(each.chosen for each in report.lengths)
    assert report.totals.activation_bytes is not None


@pytest.mark.parametrize(
    "name", ["a window after strides", "a U-Net of 3", "a U-Net and a window", "much longer",
             "frames of sound", "bands of sound", "a reshape into pairs"],
)  # fmt: skip
def test_keras_runs_at_the_length_that_was_chosen(name, keras):
    inputs, layers, length = CHOSEN[name]
    if name == "much longer":
        inputs, length = {"x": [None, 4], "y": [300, 4]}, 300
    report = library.build(spec(inputs, layers))
    assert report.agreement.agrees
    assert report.inputs[0].filled[1] == length


def test_keras_runs_where_one_length_follows_from_another(keras):
    inputs = {"a": [None, 4], "b": [None, 4], "c": [None, 4]}
    layers = [
        named({"Cropping1D": [0, 3]}, "cut", "a"),
        named({"Concatenate": {"axis": 1}}, "both", "cut", "b"),
        named({"Add": {}}, "sum", "both", "c"),
    ]
    report = library.build(spec(inputs, layers))
    assert report.agreement.agrees
    assert [each.filled[1] for each in report.inputs] == [10, 10, 17]
    assert [each.letters for each in report.inputs] == [("A",), ("B",), ("A+B−3",)]


AXES = {
    "T−2": [conv(3)],
    "T": [conv(3, padding="same")],
    "⌈T/2⌉": [conv(3, padding="same", strides=2)],
    "⌈T/2⌉−1": [conv(3, strides=2)],
    "⌊(T−2)/3⌋": [conv(5, strides=3)],
    "⌈T/4⌉": [conv(3, padding="same", strides=2)] * 2,
    "⌊T/2⌋": [{"MaxPooling1D": 2}],
    "2·⌊T/2⌋": [{"MaxPooling1D": 2}, {"UpSampling1D": 2}],
    "T−4": [conv(3, dilation_rate=2)],
    "2·T+1": [{"Conv1DTranspose": {"filters": 2, "kernel_size": 3, "strides": 2}}],
    "2·T": [{"Conv1DTranspose": {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}}],
    "T−3": [{"Cropping1D": [1, 2]}],
    "T+5": [{"ZeroPadding1D": [2, 3]}],
    "3·T": [{"UpSampling1D": 3}],
    "4·T": [{"Flatten": None}],
}  # fmt: skip


@pytest.mark.parametrize("written", AXES)
def test_an_axis_is_written_as_what_it_is_of_the_length(written):
    model = spec([None, 4], AXES[written])
    report = plan(model)
    (letter,) = report.layers[-1].outputs[0].letters or ("T",)
    assert letter == written
    for length in (20, 31):
        axis = report.layers[-1].outputs[0].shape.index(None)
        size = plan(model, length=length).layers[-1].outputs[0].filled[axis]
        form = re.sub(r"⌈(.+)/(\d)⌉", r"(-(-(\1)//\2))", written)
        form = re.sub(r"⌊(.+)/(\d)⌋", r"((\1)//\2)", form)
        assert size == eval(form.replace("−", "-").replace("·", "*"), {"T": length})


def test_axes_of_two_lengths():
    inputs = {"source": [None, 4], "target": [None, 4]}
    layers = [
        named(conv(3, strides=2), "halved", "source"),
        named({"Concatenate": {"axis": 1}}, "both", "halved", "target"),
        named({"Dot": {"axes": 2}}, "scores", "both", "target"),
    ]
    report = plan(spec(inputs, layers))
    assert [each.outputs[0].letters for each in report.layers] == [
        ("⌈S/2⌉−1",), ("T+⌈S/2⌉−1",), ("T+⌈S/2⌉−1", "T"),
    ]  # fmt: skip


@pytest.mark.parametrize(("kernel", "strides", "axis"), [(12, 2, "⌊T/2⌋−5"), (10, 1, "T−9")])
def test_a_length_that_is_1_by_chance_is_tied_all_the_same(kernel, strides, axis):
    inputs = {"a": [None, 4], "b": [None, 4]}
    layers = [
        named(conv(kernel, strides=strides), "c", "a"),
        named({"Add": {}}, "sum", "c", "b"),
    ]
    report = plan(spec(inputs, layers))
    assert [(each.letter, each.inputs) for each in report.lengths] == [("T", ("a",))]
    assert report.inputs[1].letters == report.layers[1].outputs[0].letters == (axis,)
    assert report.inputs[1].filled == (1, 1, 4)
    given = plan(spec(inputs, layers), length={"b": 9})
    assert given.layers[1].outputs[0].filled == (1, 9, 4)
    assert given.inputs[0].filled == (1, 18 if strides == 1 else 28, 4)


def test_what_data_alone_decide_is_no_length():
    words = ["[UNK]", "a", "b"]
    layers = [{"TextVectorization": {"vocabulary": words}}, {"Embedding": [4, 8]}]
    layers[1] = {"Embedding": {"input_dim": 4, "output_dim": 8}}
    report = plan(spec({"x": {"shape": [1], "dtype": "string"}}, layers))
    assert [each.outputs[0].letters for each in report.layers] == [("?",), ("?",)]


NEVER = {
    "T and T−2": ([None, 4], [named(conv(3), "c"), named({"Add": {}}, "sum", "c", "x")],
                  "(1, T−2, 4) and (1, T, 4)"),
    "S and S+T": ({"source": [None, 4], "target": [None, 4]},
                  [named({"Concatenate": {"axis": 1}}, "both", "source", "target"),
                   named({"Concatenate": {}}, "beside", "both", "source")],
                  "(1, S+T, 4) and (1, S, 4)"),
    "a window of 9 and 7 steps": ({"x": [None, 4], "y": [7, 4]},
                                  [named({"Add": {}}, "sum", "x", "y"), named(conv(9), "c")],
                                  None),
    "T and half of it": ([None, 4], [named({"MaxPooling1D": 2}, "c"),
                                     named({"Add": {}}, "sum", "c", "x")],
                         "(1, ⌊T/2⌋, 4) and (1, T, 4)"),
}  # fmt: skip


@pytest.mark.parametrize(("inputs", "layers", "shapes"), NEVER.values(), ids=NEVER)
def test_a_model_that_no_length_fits_is_in_error_in_its_own_letters(inputs, layers, shapes):
    (told,) = [each for each in plan(spec(inputs, layers)).problems if each.severity == "error"]
    assert told.code == ("shape-mismatch" if shapes else "bad-length")
    assert (shapes or "no length fits the whole model") in told.message
    assert "10" not in told.message or not shapes


def test_a_mistake_in_the_width_is_told_in_letters_as_well():
    layers = [
        named(conv(3), "c"),
        named({"Dense": 5}, "d", "x"),
        named({"Add": {}}, "sum", "c", "d"),
    ]
    (told,) = plan(spec([None, 4], layers)).problems
    assert "(1, T−2, 4) and (1, T, 5)" in told.message


def test_a_chain_of_windows_is_planned_a_few_times(monkeypatch):
    """The length that fits is not come upon step by step."""
    passes = []
    follow = steps.follow
    monkeypatch.setattr(steps, "follow", lambda *given: passes.append(1) or follow(*given))
    report = plan(spec([None, 4], [conv(3)] * 300))
    assert [each.size for each in report.lengths] == [601]
    assert len(passes) < 15


def test_a_length_that_does_not_fit_is_told_where_it_was_given_with_one_that_does():
    model = spec([None, 4], u_net(3))
    (told,) = plan(model, length=100).problems
    assert (told.code, told.file) == ("bad-length", "--length")
    assert "at length 100, " in told.message
    assert told.fix == "--length 104 fits"
    assert not plan(model, length=104).problems
    (told,) = plan(model, length=2**62).problems
    assert told.code in ("bad-length", "beyond-64-bits")


def test_a_length_is_chosen_beside_one_that_was_given():
    inputs = {"a": [None, 4], "b": [None, 4], "c": [20, 4]}
    layers = [
        named({"Concatenate": {"axis": 1}}, "both", "a", "b"),
        named({"Add": {}}, "sum", "both", "c"),
    ]
    report = plan(spec(inputs, layers), length={"a": 13})
    assert [(each.size, each.chosen) for each in report.lengths] == [(13, False)]
    assert [each.letters for each in report.inputs] == [(), ("20−T",), ()]
    assert report.inputs[1].filled == (1, 7, 4)
    assert not report.problems


def test_a_table_says_which_length_was_chosen_and_how(rnncli, tmp_path):
    path = tmp_path / "long.yaml"
    window = "{Conv1D: {filters: 3, kernel_size: 61, strides: 2}}"
    path.write_text(f"input: [null, 4]\nlayers: [{window}]\n")
    shown = rnncli("plan", str(path)).out
    assert "the run and the MACs take 61, the smallest that fits." in shown
    assert "(1, ⌊(T−59)/2⌋, 3)" in shown or "(1, ⌈T/2⌉−30, 3)" in shown
    assert "the run and the MACs take 80." in rnncli("plan", str(path), "--length", "80").out
    assert rnncli("check", str(path)).code == 0
    refused = rnncli("check", str(path), "--length", "60")
    assert refused.code == 1
    assert "--length:1:1: error[too-short]: at length 60, " in refused.out
    assert "fix: --length 61 fits" in refused.out


def test_an_axis_is_written_in_ascii_where_there_is_no_unicode():
    assert ascii_only("(1, ⌈T/2⌉−1, 3)") == "(1, ceil(T/2)-1, 3)"
    assert ascii_only("(1, 2·⌊T/2⌋, 3)") == "(1, 2*floor(T/2), 3)"


def test_json_has_null_and_what_a_table_writes(rnncli, tmp_path):
    path = tmp_path / "half.yaml"
    path.write_text("input: [null, 4]\nlayers: [MaxPooling1D: 2, LSTM: 3]\n")
    (record,) = json.loads(f"[{rnncli('plan', '--json', str(path)).out}]")
    (output,) = record["layers"][0]["outputs"]
    assert (output["shape"], output["letters"]) == ([1, None, 4], ["⌊T/2⌋"])
    assert "letters" not in record["inputs"][0]
    assert record["lengths"] == [{"letter": "T", "inputs": ["input"], "size": 10, "chosen": True}]

"""The picture in time says what the plan says, and says it where it is true."""

from __future__ import annotations

from collections import Counter

import pytest

import rnncli
from rnncli.pictures.canvas import Box, Canvas, Circle, Wire
from rnncli.pictures.picture import CannotDraw, PictureOptions, canvas_of
from tests.conftest import ROOT
from tests.pictures.cases import model, recurrent

BOTH = {"return_sequences": True, "return_state": True}


def drawn(config, **options) -> Canvas:
    report = rnncli.plan(rnncli.load(config))
    return canvas_of(report, PictureOptions(kind="unrolled", **options))


def texts(canvas: Canvas) -> Counter[str]:
    return Counter("".join(label.parts) for label in canvas.labels)


def label(canvas: Canvas, text: str):
    (found,) = [label for label in canvas.labels if "".join(label.parts) == text]
    return found


def belts(canvas: Canvas) -> list[Wire]:
    return [wire for wire in canvas.elements if isinstance(wire, Wire) and wire.role == "belt"]


def circles(canvas: Canvas, role: str) -> list[Circle]:
    # A legend has one of its own, of radius 9.
    return [
        circle for circle in canvas.elements
        if isinstance(circle, Circle) and circle.role == role and circle.radius > 9
    ]  # fmt: skip


def test_a_bidirectional_lstm():
    canvas = drawn(model({"Bidirectional": recurrent("LSTM", **BOTH)}))
    shown = texts(canvas)
    # Weights are counted once for each direction.
    assert shown["144 parameters,"] == shown["the same at every step"] == 2
    assert shown["LSTM"] == 10
    for name in ("forward_h", "forward_c", "backward_h", "backward_c"):
        assert shown[f"{name} (1, 3)"] == 1
    # Forward states end right of all steps, backward states left of them.
    xs = {text: label(canvas, text).x for text in shown if shown[text] == 1}
    assert xs["backward_c (1, 3)"] < xs["x1"] < xs["x5"] < xs["forward_c (1, 3)"]
    assert shown["forward_h = output[:, -1, :3]"] == shown["backward_h = output[:, 0, 3:]"] == 1
    assert shown["forward_c equals no part of the output"] == 1
    # Time runs right, data runs up: x below the forward row, which is below the backward row.
    ys = {text: label(canvas, text).y for text in shown if shown[text] == 1}
    assert ys["x1"] > ys["forward_c (1, 3)"] > ys["backward_c (1, 3)"] > ys["y1"]


@pytest.mark.parametrize("cls", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("every_step", [False, True])
def test_outputs_are_those_of_the_plan(cls, every_step):
    canvas = drawn(model(recurrent(cls, return_sequences=every_step)))
    ys = [label for label in canvas.labels if label.parts[0] == "y"]
    assert len(ys) == (5 if every_step else 1)
    assert ys[-1].x == label(canvas, "x5").x
    assert len(belts(canvas)) == (2 if cls == "LSTM" else 0)  # one is in the legend


def test_frames_that_keep_their_time_axis_are_drawn_at_every_step():
    shown = texts(drawn(ROOT / "configs/gallery/conv_lstm.yaml"))
    assert shown["y1"] == shown["yT"] == 1
    pooled = {"GlobalAveragePooling3D": None}
    frames = model(
        {"ConvLSTM2D": {"filters": 2, "kernel_size": 1, "return_sequences": True}}, pooled
    )
    assert texts(drawn({**frames, "input": [5, 4, 4, 1]}))["y"] == 1


def test_what_reads_the_last_step_first():
    canvas = drawn(model(recurrent("LSTM", go_backwards=True, return_state=True)))
    assert label(canvas, "y").x == label(canvas, "x1").x
    assert label(canvas, "c (1, 3)").x < label(canvas, "x1").x
    canvas = drawn(model(recurrent("LSTM", go_backwards=True, return_sequences=True)))
    # Keras returns the outputs in the order in which they were computed.
    assert label(canvas, "y1").x == label(canvas, "x5").x
    two = drawn(model(*2 * [recurrent("GRU", go_backwards=True, return_sequences=True)]))
    assert label(two, "y1").x == label(two, "x1").x


@pytest.mark.parametrize(
    ("merge", "symbol", "count"), [("sum", "+", 5), ("mul", "×", 5), ("ave", "ave", 5)]
)
def test_directions_that_are_merged_element_by_element(merge, symbol, count):
    both = {
        "Bidirectional": {"layer": recurrent("GRU", return_sequences=True), "merge_mode": merge}
    }
    canvas = drawn(model(both))
    assert texts(canvas)[symbol] == len(circles(canvas, "pointwise")) == count
    assert "concatenated" not in texts(canvas)


def test_directions_that_are_kept_apart():
    both = {"Bidirectional": {"layer": recurrent("GRU", return_sequences=True), "merge_mode": None}}
    shown = texts(drawn(model(both)))
    assert shown["f1"] == shown["b5"] == 1
    assert shown["f = forward (1, 5, 3)"] == shown["b = backward (1, 5, 3)"] == 1


def test_a_state_that_is_not_returned_is_dashed():
    for returned in (False, True):
        canvas = drawn(model(recurrent("LSTM", return_state=returned)))
        dashed = [box for box in canvas.elements if isinstance(box, Box) and box.dashed]
        assert len(dashed) == (0 if returned else 3)  # one is in the legend


@pytest.mark.parametrize(
    ("length", "steps", "shown"),
    [(6, None, "123456"), (7, None, "127"), (None, None, "12T"), (1, None, "1"), (5, 3, "125"),
     (9, 5, "12349"), (9, 2, "19"), (5, 9, "12345"), (None, 4, "123T")],
)  # fmt: skip
def test_steps(length, steps, shown):
    canvas = drawn(model(recurrent("LSTM"), shape=(length, 8)), steps=steps)
    xs = [label for label in canvas.labels if label.parts[0] == "x" and len(label.parts) == 2]
    assert "".join(label.parts[1] for label in xs) == shown
    skips = length is None or len(shown) < length
    assert texts(canvas)["…"] == (3 if skips else 0)


def test_states_that_are_handed_over_are_one_straight_line():
    canvas = drawn("configs/seq2seq.yaml", steps=9)
    shown = texts(canvas)
    # The states of the encoder are drawn once, between the two.
    assert shown["c (1, 64)"] == 2
    heights = {point[1] for belt in belts(canvas)[:-1] for point in belt.points}
    assert len(heights) == 1
    assert "encoder.h" not in shown


def test_what_a_state_starts_from_is_named():
    shown = texts(drawn("configs/seq2seq_bidirectional.yaml"))
    assert shown["h"] >= 1
    shown = texts(drawn("configs/seq2seq.yaml", layer="decoder"))
    assert shown["encoder.h"] == shown["encoder.c"] == 1
    assert shown["0"] == 0


def test_decode_feeds_its_output_back():
    canvas = drawn("configs/seq2seq.yaml", steps=7)
    back = [w for w in canvas.elements if isinstance(w, Wire) and w.role == "feedback"]
    assert len(back) == 6 + 1  # one is in the legend
    for wire in back[:-1]:
        (x, y), *_, (end_x, end_y) = wire.points
        assert x < end_x
        assert y < end_y
    assert {"its argmax is the next target", "the first is 1"} <= {*texts(canvas)}


def test_cells_above_each_other():
    cells = [{"LSTMCell": 4}, {"GRUCell": 3}]
    shown = texts(drawn(model({"RNN": {"cell": cells, "return_state": True}})))
    assert shown["LSTM"] == shown["GRU"] == 5
    assert shown["h_0 (1, 4)"] == shown["c_0 (1, 4)"] == shown["h_1 (1, 3)"] == 1


def test_a_layer_that_reads_more_names_it():
    shown = texts(drawn("configs/residual_stack.yaml"))
    assert shown["add_1"] == 2  # as a name, and as what the next one reads


def test_one_layer_and_its_directions():
    config = model({"Bidirectional": recurrent("LSTM")}, {"Dense": 2})
    assert "Dense" not in texts(drawn(config, layer="bidirectional"))
    shown = texts(drawn(config, layer="backward_lstm"))
    assert shown["backward_lstm · LSTM"] == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [({"layer": "dense"}, "dense (Dense) has no states"), ({"layer": "nobody"}, "no layer nobody")],
)
def test_what_cannot_be_drawn(options, words):
    with pytest.raises(CannotDraw, match=words.replace("(", r"\(").replace(")", r"\)")) as error:
        drawn(model(recurrent("LSTM"), {"Dense": 2}), **options)
    assert "lstm" in error.value.names
    with pytest.raises(CannotDraw, match="no recurrent layer"):
        drawn(model({"Dense": 2}))

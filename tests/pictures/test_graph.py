"""The graph: boxes below what they read, wires with their names, repeats folded."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import pytest

import rnncli
from rnncli.drawing import picture_of
from rnncli.pictures.canvas import Box, Canvas, Wire
from rnncli.pictures.layering import Edge, Node, layered, ranks
from rnncli.pictures.picture import PictureOptions, canvas_of
from tests.pictures.cases import SHIPPED, model

NAMES = [path.stem for path in SHIPPED]


def drawn(config, **options) -> Canvas:
    report = rnncli.plan(rnncli.load(config))
    return canvas_of(report, PictureOptions(kind="graph", **options))


def texts(canvas: Canvas) -> Counter[str]:
    return Counter("".join(label.parts) for label in canvas.labels)


def boxes(canvas: Canvas) -> list[Box]:
    # Those of the legend are the smallest.
    return [box for box in canvas.elements if isinstance(box, Box) and box.height > 16]


def wires(canvas: Canvas) -> list[Wire]:
    return [wire for wire in canvas.elements if isinstance(wire, Wire)]


def around(canvas: Canvas, text: str) -> Box:
    """The smallest box that a text is in."""
    label = next(label for label in canvas.labels if "".join(label.parts) == text)
    holding = [
        box for box in boxes(canvas)
        if box.x <= label.x <= box.x + box.width and box.y <= label.y <= box.y + box.height
    ]  # fmt: skip
    return min(holding, key=lambda box: box.width * box.height)


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_every_layer_has_a_box_with_what_the_plan_says(path):
    report = rnncli.plan(rnncli.load(path))
    shown = texts(drawn(path))
    folded = {layer.name for layer in report.layers if layer.repeat}
    for layer in report.layers:
        if layer.name not in folded:
            assert shown[layer.name] >= 1
        if layer.params and layer.params.total and not layer.shared_with and not layer.repeat:
            assert any(text.startswith(f"{layer.params.total:,} param") for text in shown)


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_wires_run_down_and_boxes_do_not_overlap(path):
    canvas = drawn(path)
    for wire in wires(canvas):
        assert all(here[1] <= there[1] for here, there in pairwise(wire.points))
    for index, one in enumerate(boxes(canvas)):
        for other in boxes(canvas)[index + 1 :]:
            apart = (
                one.x + one.width <= other.x or other.x + other.width <= one.x
                or one.y + one.height <= other.y or other.y + other.height <= one.y
            )  # fmt: skip
            inside = any(
                outer.role == "frame" and outer.x <= inner.x and outer.y <= inner.y
                for outer, inner in ((one, other), (other, one))
            )
            assert apart or inside


def test_wires_are_named_by_what_they_carry():
    shown = texts(drawn("configs/seq2seq.yaml"))
    assert shown["h, c"] == 1
    shown = texts(drawn("configs/seq2seq_attention.yaml"))
    assert {"query", "value", "h, c", "with mask"} <= {*shown}
    shown = texts(drawn("configs/gallery/transformer_translator.yaml"))
    assert shown["value_mask"] == 2


def test_a_layer_that_is_called_again_has_one_hue():
    canvas = drawn("configs/siamese.yaml")
    assert around(canvas, "encode").role == around(canvas, "encode_second").role
    assert around(canvas, "embed").role == around(canvas, "embed_second").role
    assert around(canvas, "encode").role != around(canvas, "embed").role
    assert texts(canvas)["shared with embed"] == 1


def test_equal_iterations_are_one_frame():
    canvas = drawn("configs/residual_stack.yaml")
    shown = texts(canvas)
    assert shown["× 4"] == 1
    assert shown["33,536 parameters · 327,680 MACs"] == 1
    assert shown["lstm"] == 1
    assert shown["lstm_1"] == 0
    assert shown["start"] == 1
    frame, pooling = around(canvas, "× 4"), around(canvas, "global_average_pooling1d")
    assert frame.role == "frame"
    assert frame.y + frame.height < pooling.y
    # From above into the frame, and from the frame to what reads the last iteration.
    ends = {wire.points[0][1] for wire in wires(canvas)}
    assert frame.y + frame.height in ends


def test_a_model_inside_is_a_frame():
    canvas = drawn("configs/gallery/hierarchical_attention.yaml")
    assert around(canvas, "sentence").role == "frame"
    assert texts(canvas)["encoded"] == 2
    one = drawn("configs/gallery/hierarchical_attention.yaml", layer="sentence")
    assert texts(one)["sentence · TimeDistributed(words)"] == 1


def test_outputs_have_a_thick_border():
    canvas = drawn("configs/two_inputs_two_outputs.yaml")
    assert around(canvas, "priority").heavy
    assert around(canvas, "department").heavy
    assert not around(canvas, "ticket").heavy


def test_a_long_wire_is_a_name():
    layers = [{"Dense": 8} for _ in range(20)]
    config = model(*layers, {"Add": None, "name": "sum", "from": ["dense", "dense_19"]})
    canvas = drawn(config)
    assert texts(canvas)["dense"] == 2
    dashed = [box for box in boxes(canvas) if box.dashed]
    assert len(dashed) == 1
    assert dashed[0].y < around(canvas, "sum").y < dashed[0].y + 200


def test_the_layers_of_boxes():
    edges = [Edge(0, 2), Edge(1, 2), Edge(2, 3), Edge(0, 3)]
    assert ranks(4, edges) == [0, 0, 1, 2]
    # An input that is read late comes late.
    assert ranks(4, [Edge(0, 1), Edge(1, 3), Edge(2, 3)]) == [0, 1, 1, 2]
    layout = layered([Node(100, 40)] * 4, edges)
    assert layout.boxes[0][1] == layout.boxes[1][1] < layout.boxes[2][1] < layout.boxes[3][1]
    assert abs(layout.boxes[0][0] - layout.boxes[1][0]) >= 100
    # The wire that passes the third box keeps clear of it.
    (x, _), (second, _) = layout.wires[3][2:4]
    assert x == second
    assert abs(x - layout.boxes[2][0]) > 50


def test_a_chain_is_straight():
    layout = layered([Node(100, 40), Node(60, 40), Node(80, 40)], [Edge(0, 1), Edge(1, 2)])
    assert len({x for x, _ in layout.boxes}) == 1


def test_crossings_that_need_not_be_are_not():
    # Two pairs that are listed crosswise.
    edges = [Edge(0, 3), Edge(1, 2)]
    boxes = layered([Node(50, 20)] * 4, edges).boxes
    assert (boxes[0][0] < boxes[1][0]) == (boxes[3][0] < boxes[2][0])


@pytest.mark.parametrize(
    ("count", "seconds"), [(100, 1.0), pytest.param(1000, 10.0, marks=pytest.mark.slow)]
)
def test_large_models_are_drawn_in_time(count, seconds):
    layers = [{"Dense": 8}]
    for number in range(1, count):
        entry = (
            {"Dense": 8}
            if number % 5
            else {"Add": None, "from": [f"l{number - 1}", f"l{max(number - 4, 0)}"]}
        )
        layers.append({**entry, "name": f"l{number}"})
    layers[0]["name"] = "l0"
    report = rnncli.plan(rnncli.load(model(*layers)))
    assert len(report.layers) == count
    start = time.process_time()
    picture_of(report, PictureOptions(kind="graph"))
    assert time.process_time() - start < seconds

"""Whole models of Keras 2: wiring, models inside, operations of TensorFlow."""

from __future__ import annotations

from typing import Any

import pytest

from rnncli.config import parse, text_of
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.readers.saved import SavedModel
from rnncli.readers.translation.graph import translate
from rnncli.report.report import Report
from tests.readers.dialects.keras2_models import GRAPHS
from tests.readers.dialects.test_keras2 import drawn, keras2, read

__all__ = ["drawn", "keras2"]


def planned(saved: SavedModel) -> Report:
    translated = translate(saved, "model.h5")
    assert not errors(translated.problems), translated.problems
    report = plan(parse(Source("model.h5", text_of("model.h5", translated.data))))
    assert not errors(report.problems), (report.problems, translated.data)
    return report


def shapes(report: Report) -> list[tuple[int | None, ...]]:
    tensors = {
        f"{layer.name}.{tensor.name}": tensor
        for layer in report.layers
        for tensor in (*layer.outputs, *layer.states)
    }
    return [tuple(tensors[name].shape) for name in report.outputs]


class _Graph:
    """A builder in the shape that the fixture ``drawn`` takes."""

    def __init__(self, build: Any) -> None:
        self.model = build


@pytest.mark.parametrize("name", GRAPHS)
def test_the_plan_of_a_model_is_what_keras_2_makes(name, keras2, drawn):
    model, path, _, expected = drawn(_Graph(GRAPHS[name]), name.replace(" ", "_"))
    report = planned(read(path))
    assert report.totals.params == model.count_params()
    print(report.outputs, [x.shape for x in expected])

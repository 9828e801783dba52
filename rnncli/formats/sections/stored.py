"""The weights of a file that holds nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnncli.formats.phrases import number, shape
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.model_file import StoredWeight
from rnncli.report.shapes import product


def stored_weights(weights: Mapping[str, Sequence[StoredWeight]]) -> Section:
    """Returns a row for each weight; the layer is named in the first of its rows."""
    rows: list[tuple[str, ...]] = []
    total = 0
    for layer, stored in weights.items():
        for index, weight in enumerate(stored):
            count = product(weight.shape) or 0
            total += count
            name = weight.path.rpartition("/")[2]
            layer_name = "" if index else layer
            rows.append((layer_name, name, shape(weight.shape), weight.dtype, number(count)))
    headings = (
        Heading("Layer"),
        Heading("Weight"),
        Heading("Shape"),
        Heading("Dtype"),
        Heading("Count", right=True),
    )
    return Section("Weights", headings, tuple(rows), ("total", "", "", "", number(total)))

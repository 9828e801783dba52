"""Layers behind a ragged tensor, whose rows differ in length.

What they return is not planned. Keras builds them for a dense tensor all the same, and refuses
those that cannot read it; in a run it compares the number of axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject
from rnncli.problems import errors, problem
from rnncli.report.shapes import shown
from rnncli.rules.apply import apply
from rnncli.rules.rule import Evaluation, LayerPlan, source, unknown
from rnncli.rules.tensors import Tensor

# The problems of a tensor of another rank, or of other sizes, than a layer was built for.
_MISFITS = ("wrong-rank", "include-misfit", "needs-sequence", "shared-misfit")


def behind_ragged(
    layer: KerasObject,
    inputs: tuple[Tensor, ...],
    evaluation: Evaluation,
    first: tuple[Tensor, ...],
    keywords: Mapping[str, Any] | None,
) -> LayerPlan:
    """The plan of a layer of which only what Keras infers is known, and the first problem."""
    guess = tuple([_dense(x, x.inferred) for x in inputs])
    building = replace(evaluation.without_problems(), concrete=False)
    facts = apply(layer, guess, building, first=first, keywords=keywords)
    if misfits := errors(building.problems):
        evaluation.problems.append(misfits[0])
        return unknown(layer)
    running = building.without_problems()
    real = tuple([_dense(x, x.ragged or x.inferred) for x in inputs])
    apply(layer, real, running, first=guess, keywords=keywords)
    # A layer with weights may require the rank that it was built for.
    needs_rank = facts.weights and not traits(layer.cls).any_rank
    if any(misfit.code in _MISFITS for misfit in errors(running.problems)) or (
        needs_rank and guess[0].rank != real[0].rank
    ):
        x = next(tensor for tensor in inputs if tensor.shape is None)
        evaluation.problems.append(
            problem(
                "misinferred",
                f"{layer.label} is built for {shown(x.inferred)}, which Keras infers wrongly: "
                f"{source(x)} rows of different lengths, {shown(x.ragged)}",
                f"give {x.producer.name if x.producer else layer.name} one text a row",
                place=layer.place,
                layer=layer.name,
            )
        )
        return unknown(layer)
    outputs = [replace(x, shape=None, inferred=x.inferred or x.shape) for x in facts.outputs]
    return replace(unknown(layer), outputs=tuple(outputs))


def _dense(x: Tensor, shape: Any) -> Tensor:
    return replace(x, shape=shape, inferred=None, ragged=None) if x.shape is None else x

"""A pass over numbers as Keras's own ``predict`` makes it: traced into one graph, then run.

Called layer by layer, each step of a recurrence is a call from Python; in a graph all are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from rnncli.engine.errors import KerasFailed, ran_out_of_memory
from rnncli.engine.graphs import graph, has_graphs, steps_traced_once
from rnncli.engine.passing import BuiltModel, Pass, through
from rnncli.engine.tensors import mask_of, put_mask
from rnncli.model.graph import Model

Forward = Callable[[Mapping[str, Any]], Pass]


def predicted(model: Model, built: BuiltModel, entering: Mapping[str, Any], symbols: Pass) -> Pass:
    """A pass of the model over numbers, through layers that were built in a pass on symbols.

    Raises:
        KerasFailed: Keras raised an error on one of the layers, perhaps in a graph alone.
    """

    def forward(tensors: Mapping[str, Any]) -> Pass:
        return through(model, built, tensors, symbols)

    try:
        with steps_traced_once(built):
            return traced(forward, built, entering)
    except Exception as error:
        if not has_graphs() or ran_out_of_memory(error):
            raise
        # Whoever fails layer by layer as well, says it there, where the layer is known.
        forward(entering)
        raise KerasFailed(_where(error, model), _cause(error), eager_runs=True) from error


def traced(forward: Forward, built: BuiltModel, entering: Mapping[str, Any]) -> Pass:
    """What ``forward`` gives for these tensors, computed in a graph; the masks stay on."""
    traces: list[Pass] = []

    def flat(tensors: Mapping[str, Any]) -> list[list[Any]]:
        passed = forward(tensors)
        traces.append(passed)
        flat_tensors = passed.flat()
        return [flat_tensors, [mask_of(tensor) for tensor in flat_tensors]]

    tensors, masks = graph(flat, built)(dict(entering))
    for tensor, mask in zip(tensors, masks, strict=True):
        put_mask(tensor, mask)
    return traces[-1].filled(iter(tensors))


def _where(error: BaseException, model: Model) -> str:
    """The layer that a graph failed on: the one that the error names first, or the model."""
    if isinstance(error, KerasFailed):
        return error.layer
    words = re.findall(r"\w+", str(error))
    labels = {node.layer.name: node.layer.label for node in model.nodes}
    return next((labels[word] for word in words if word in labels), model.name)


def _cause(error: BaseException) -> BaseException:
    """What Keras or its engine raised."""
    return error.error if isinstance(error, KerasFailed) else error

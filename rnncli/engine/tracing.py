"""A pass on concrete tensors as Keras's ``predict`` does it: traced into one graph, then run.

Layer by layer, every time step of a recurrent layer is called from Python; a graph is one call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rnncli.engine.errors import KerasFailed, ran_out_of_memory
from rnncli.engine.graphs import graph, has_graphs, steps_traced_once
from rnncli.engine.passing import BuiltModel, Pass, through
from rnncli.engine.tensors import mask_of, put_mask
from rnncli.model.graph import Model

Forward = Callable[[Mapping[str, Any]], Pass]


def predicted(model: Model, built: BuiltModel, entering: Mapping[str, Any], symbols: Pass) -> Pass:
    """Runs the model on concrete tensors, with the layers that a pass on symbolic ones built.

    Raises:
        KerasFailed: Keras raised an error on one of the layers, perhaps only in a graph.
    """

    def forward(tensors: Mapping[str, Any]) -> Pass:
        return through(model, built, tensors, symbols)

    with graph_errors(model, lambda: forward(entering)), steps_traced_once(built):
        return traced(forward, built, entering)


@contextmanager
def graph_errors(model: Model, eagerly: Callable[[], object]) -> Iterator[None]:
    """Turns an error of a graph into one of the layer that it is about.

    ``eagerly`` runs the same model without a graph.

    Raises:
        KerasFailed: Keras raised an error on one of the layers, perhaps only in a graph.
    """
    try:
        yield
    except Exception as error:
        if not has_graphs() or ran_out_of_memory(error):
            raise
        # A model that also fails layer by layer raises its error here, where the layer is known.
        eagerly()
        raise KerasFailed(_where(error, model), _cause(error), eager_runs=True) from error


def traced(forward: Forward, built: BuiltModel, entering: Mapping[str, Any]) -> Pass:
    """Returns what ``forward`` returns for these tensors, masks included, run in a graph."""
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
    """Returns the layer that a graph failed on: the first that the error names, or the model."""
    if isinstance(error, KerasFailed):
        return error.layer
    words = re.findall(r"\w+", str(error))
    labels = {node.layer.name: node.layer.label for node in model.nodes}
    return next((labels[word] for word in words if word in labels), model.name)


def _cause(error: BaseException) -> BaseException:
    """Returns the error that Keras or its engine raised."""
    return error.error if isinstance(error, KerasFailed) else error

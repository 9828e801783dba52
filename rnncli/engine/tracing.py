"""A pass over numbers as Keras's own ``predict`` makes it: traced into one graph, then run.

Called layer by layer, each step of a recurrence is a call from Python; in a graph all are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rnncli.engine.errors import KerasFailed
from rnncli.engine.masks import mask_of, put_mask
from rnncli.engine.passing import Made, Pass, through
from rnncli.layers.model import Model

Forward = Callable[[Mapping[str, Any]], Pass]


def predicted(model: Model, made: Made, entering: Mapping[str, Any]) -> Pass:
    """A pass of the model over numbers, through layers that are made.

    Raises:
        KerasFailed: Keras raised an error on one of the layers, perhaps in a graph alone.
    """

    def forward(tensors: Mapping[str, Any]) -> Pass:
        return through(model, made, tensors)

    try:
        with _steps_traced_once(made):
            return traced(forward, entering)
    except Exception as error:
        if _is_memory(error):
            raise
        # Whoever fails layer by layer as well, says it there, where the layer is known.
        forward(entering)
        raise KerasFailed(_where(error, model), _cause(error), eager_runs=True) from error


def traced(forward: Forward, entering: Mapping[str, Any]) -> Pass:
    """What ``forward`` gives for these tensors, computed in a graph; the masks stay on."""
    traces: list[Pass] = []

    def flat(tensors: Mapping[str, Any]) -> list[list[Any]]:
        passed = forward(tensors)
        traces.append(passed)
        given = passed.flat()
        return [given, [mask_of(tensor) for tensor in given]]

    tensors, masks = graph(flat)(dict(entering))
    for tensor, mask in zip(tensors, masks, strict=True):
        put_mask(tensor, mask)
    return traces[-1].filled(iter(tensors))


def graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors that runs as a graph; it is traced once for all tensors of a shape."""
    import tensorflow as tf

    traced = tf.function(function, autograph=False)

    def run(*arguments: Any) -> Any:
        with _unimproved():
            return traced(*arguments)

    return run


@contextmanager
def _steps_traced_once(made: Made) -> Iterator[None]:
    """TimeDistributed calls its layer for each step: meanwhile every call is one of one graph."""
    import tensorflow as tf

    steps = {id(layer): layer for layer in _called_for_each_step(made)}.values()
    for layer in steps:
        vars(layer)["call"] = tf.function(
            layer.call, autograph=False, experimental_attributes={"_noinline": True}
        )
    try:
        yield
    finally:
        for layer in steps:
            vars(layer).pop("call", None)


def _called_for_each_step(made: Made) -> Iterator[Any]:
    """The layers that a TimeDistributed holds, wherever it stands."""
    import keras

    for layer in made.values():
        if isinstance(layer, dict):
            yield from _called_for_each_step(layer)
            continue
        outer = layer
        while isinstance(outer, keras.layers.Wrapper):
            if isinstance(outer, keras.layers.TimeDistributed):
                yield outer.layer
            outer = outer.layer


@contextmanager
def _unimproved() -> Iterator[None]:
    """Graphs run as they were traced: to improve one takes longer than to run it once."""
    import tensorflow as tf

    options = tf.config.optimizer
    before = options.get_experimental_options()
    options.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        options.set_experimental_options({"disable_meta_optimizer": False, **before})


def _where(error: BaseException, model: Model) -> str:
    """The layer that a graph failed on: the one that the error names first, or the model."""
    if isinstance(error, KerasFailed):
        return error.layer
    words = re.findall(r"\w+", str(error))
    labels = {node.layer.name: node.layer.label for node in model.nodes}
    return next((labels[word] for word in words if word in labels), model.name)


def _cause(error: BaseException) -> BaseException:
    """What Keras or TensorFlow raised."""
    return error.error if isinstance(error, KerasFailed) else error


def _is_memory(error: BaseException) -> bool:
    import tensorflow as tf

    return isinstance(_cause(error), MemoryError | tf.errors.ResourceExhaustedError)

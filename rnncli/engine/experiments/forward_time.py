"""How long the forward pass of a whole model takes, traced as ``predict`` traces it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from rnncli.config import ModelSpec
from rnncli.engine.errors import KerasFailed, ran_out_of_memory
from rnncli.engine.importing import import_keras
from rnncli.engine.input_tensors import input_tensors
from rnncli.engine.running import seed_all
from rnncli.engine.settings import as_planned
from rnncli.engine.whole_model import whole_model
from rnncli.model.binding import bind
from rnncli.model.lengths import Lengths
from rnncli.model.runnable import runnable

# The first call traces, and the second may still wait for memory.
_WARM_UP = 2


def forward_seconds(
    spec: ModelSpec, batch: int, length: Lengths | None, seed: int, runs: int
) -> list[float]:
    """Returns the seconds of each of the runs on one batch, until the outputs are in memory.

    What traces the graph, and warms it up, does not count. Custom layers are left out; a model of
    nothing else has no time.

    Raises:
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
    """
    keras = import_keras("tensorflow")
    import tensorflow as tf

    with as_planned(keras):
        seed_all(seed)
        model = runnable(bind(spec))
        if not model.outputs:
            return []
        tensors = [*input_tensors(spec.data, model, batch, length, seed).values()]
        try:
            whole = whole_model(model)
            traced = tf.function(lambda inputs: whole(inputs, training=False), autograph=False)
            return [*_seconds(traced, tensors[0] if len(tensors) == 1 else tensors, runs)]
        except Exception as error:
            if ran_out_of_memory(error):
                raise
            raise KerasFailed(model.name, error) from error


def _seconds(traced: Any, entering: Any, runs: int) -> Iterator[float]:
    import tensorflow as tf

    for number in range(-_WARM_UP, runs):
        start = time.perf_counter()
        for output in tf.nest.flatten(traced(entering)):
            output.numpy()
        if number >= 0:
            yield time.perf_counter() - start

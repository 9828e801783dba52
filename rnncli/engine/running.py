"""ModelSpec → Report: builds the model in Keras, layer by layer, and runs one random batch.

The model is passed through twice: on symbolic tensors, which is how Keras infers shapes and makes
the weights, and then on numbers. The second is one forward pass, and all values come from it.
"""

from __future__ import annotations

import platform

from rnncli import __version__
from rnncli.config import ModelSpec
from rnncli.engine import recording
from rnncli.engine.decoding import decode
from rnncli.engine.drawing import random_tensors, symbols
from rnncli.engine.loading import load
from rnncli.engine.passing import Made, through
from rnncli.engine.tracing import predicted
from rnncli.layers.binding import bind
from rnncli.layers.lengths import Lengths
from rnncli.records import totals
from rnncli.report import Report, Versions


def run(
    spec: ModelSpec, batch: int | None, length: Lengths | None, seed: int, with_values: bool
) -> Report:
    """What Keras infers of a model without problems, and what a random tensor gives.

    Raises:
        EngineMissing: Keras or TensorFlow cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
    """
    keras = load()
    keras.utils.set_random_seed(seed)
    model = bind(spec)
    batch = batch or model.batch or 1
    entering = random_tensors(model, batch, length, seed)
    made: Made = {}
    inferred = through(model, made, symbols(model, batch))
    numbers = predicted(model, made, entering)
    passes = recording.Passes(inferred, numbers, with_values)
    layers = recording.layers(model, made, passes)
    how = model.decode
    return Report(
        name=model.name,
        source=model.source,
        stage="run",
        versions=_versions(),
        batch=batch,
        seed=seed,
        inputs=recording.inputs(model, passes),
        outputs=tuple(str(each) for each in model.outputs),
        output_names=model.output_names,
        layers=layers,
        totals=totals(layers),
        decoded=None if how is None else decode(model, how, numbers, made, batch),
    )


def _versions() -> Versions:
    import keras
    import tensorflow

    return Versions(
        rnncli=__version__,
        python=platform.python_version(),
        keras=keras.__version__,
        tensorflow=tensorflow.__version__,
    )

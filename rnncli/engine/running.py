"""ModelSpec → Report: builds the model in Keras, layer by layer, and runs one batch.

There are two passes: on symbolic tensors, from which Keras infers shapes and creates the weights,
and then on concrete ones. The second is one forward pass, and all values come from it.
"""

from __future__ import annotations

import platform
import random
from collections.abc import Callable

from msgspec import UNSET

from rnncli import __version__
from rnncli.config import ModelSpec
from rnncli.engine import recording
from rnncli.engine.experiments.decoding import decode
from rnncli.engine.experiments.facts import facts
from rnncli.engine.importing import import_keras, version
from rnncli.engine.input_tensors import input_tensors
from rnncli.engine.passing import BuiltModel, through
from rnncli.engine.random_inputs import symbols
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import built_layers, load_weights
from rnncli.engine.tracing import predicted
from rnncli.engine.weights_file import weights_file
from rnncli.model.binding import bind
from rnncli.model.lengths import Lengths
from rnncli.model.runnable import runnable
from rnncli.report.report import Report, Versions
from rnncli.report.totals import totals


def run(
    spec: ModelSpec,
    batch: int | None,
    length: Lengths | None,
    seed: int,
    with_values: bool,
    engine: str | None = None,
    take_weights: Callable[[bytes], object] | None = None,
) -> Report:
    """Builds a model without problems, runs it and returns the report.

    It reads the data of the spec, or else random numbers.

    Custom layers, and what depends on them, are left out of both, and of the report's layers.
    Without an ``engine``, Keras computes on TensorFlow, or on the engine it was loaded with.

    ``take_weights`` takes the content of a file of the model's weights.

    Raises:
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        WeightsDoNotFit: the model is from a file whose arrays do not fit a layer.
    """
    keras = import_keras(engine)
    with as_planned(keras):
        return _run(spec, batch, length, seed, with_values, take_weights)


def _run(
    spec: ModelSpec,
    batch: int | None,
    length: Lengths | None,
    seed: int,
    with_values: bool,
    take_weights: Callable[[bytes], object] | None,
) -> Report:
    seed_all(seed)
    whole = bind(spec)
    model = runnable(whole)
    batch = batch or model.batch or 1
    entering = input_tensors(spec.data, model, batch, length, seed)
    built = BuiltModel()
    inferred = through(model, built, symbols(model, batch))
    if spec.file is not None:
        load_weights(built_layers(built), spec.file, strict=not spec.settings)
    numbers = predicted(model, built, entering, inferred)
    passes = recording.Passes(inferred, numbers, with_values)
    layers = recording.layers(model, built, passes)
    if take_weights is not None:
        take_weights(weights_file(model, built))
    # Before decode, which calls stateful layers again.
    shown = tuple(facts(model, built, numbers))
    loop = model.decode
    return Report(
        name=model.name,
        source=model.source,
        stage="run",
        versions=versions(),
        batch=batch,
        seed=seed,
        inputs=recording.inputs(model, passes),
        outputs=tuple(str(ref) for ref in whole.outputs),
        output_names=whole.output_names,
        layers=layers,
        totals=totals(layers),
        decoded=None if loop is None else decode(model, loop, numbers, built, batch),
        facts=shown or UNSET,
    )


def seed_all(seed: int) -> None:
    """Seeds all random generators; layers draw their own seeds from Python's."""
    import keras

    if keras.config.backend() == "tensorflow":
        keras.utils.set_random_seed(seed)
        return
    # Keras's set_random_seed would load TensorFlow, if it is installed, to seed it as well.
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
    if keras.config.backend() == "torch":
        import torch

        torch.manual_seed(seed)


def versions() -> Versions:
    """The versions of what a run is made with."""
    import keras

    engine = keras.config.backend()
    return Versions(
        rnncli=__version__,
        python=platform.python_version(),
        keras=keras.__version__,
        engine=engine,
        **{engine: version(engine)},
    )

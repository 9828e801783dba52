"""Live Keras models as specs: one that exists, or one that a function of Python makes."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rnncli.config import ModelSpec


def live_model(model: Any, input_shape: Any = None, *, with_weights: bool = False) -> ModelSpec:
    """The spec of a live Keras model, as ``load`` gives that of a file.

    With ``with_weights``, what is built of it has the numbers of its weights, not only their
    shapes.

    Raises:
        ConfigError: as for ``inspect``.
        TypeError: this is no Keras model.
    """
    from rnncli.engine.live_models import LIVE, describe
    from rnncli.readers import reading

    live = describe(model, input_shape, with_weights=with_weights)
    return reading.live_model(live.architecture, live.keras, LIVE, live.weights, live.saved_as)


def run_python(maker: str, *, verbose: bool = False, with_weights: bool = False) -> ModelSpec:
    """The spec of the model that a function of Python makes: ``package.module:make_model``.

    This runs the module and the function. What they print is shown only with ``verbose``, or where
    they fail. ``with_weights`` is that of ``live_model``.

    Raises:
        ConfigError: there is no such function, it raises an error, or it makes no Keras model that
            can be described.
        EngineMissing: Keras, or the engine below it, cannot be imported.
    """
    from rnncli.engine.importing import import_keras
    from rnncli.engine.live_models import LIVE
    from rnncli.engine.output_capture import captured_output
    from rnncli.engine.python_models import made_by

    # What TensorFlow prints while it loads is not shown where the function fails.
    with captured_output(verbose):
        import_keras()
    # What the function prints is no result.
    with captured_output(verbose), redirect_stdout(sys.stderr):
        spec = live_model(made_by(maker), with_weights=with_weights)
    name = maker.rpartition(":")[2] if spec.name == LIVE else spec.name
    file = msgspec.structs.replace(spec.file, path=maker) if spec.file else None
    return msgspec.structs.replace(spec, name=name, file=file)

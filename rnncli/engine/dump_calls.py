"""Writes what Keras takes when it is called, for the packages that do not import Keras.

Run it after an update of Keras, or when an operation is added::

    python -m rnncli.engine.dump_calls > rnncli/keras_api/calls.json
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

from rnncli.engine.operations import function
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import MODULES

# What every layer reads, by the names that Keras gives to it, and what is wired on its own.
_READ = ("inputs", "data", "x", "sequence", "sequences", "query", "value", "key")
_STATE = "initial_state"
# Which argument has a cell alone, which only a recurrent layer calls.
_OF_A_CELL = "states"


def collect() -> dict[str, Any]:
    """Returns the arguments of every layer's call and of every operation."""
    import keras

    parameters = {
        name: known
        for name in sorted(MODULES)
        for known in [inspect.signature(getattr(keras.layers, name).call).parameters]
        if _OF_A_CELL not in known
    }
    reads = {name: [*filter(_READ.__contains__, known)] for name, known in parameters.items()}
    layers = {
        name: {
            argument: _parameter(parameter)
            for argument, parameter in known.items()
            if argument not in ("self", _STATE, *_READ) and not _is_variadic(parameter)
        }
        for name, known in parameters.items()
    }
    functions = {name: _function(name) for name in OPERATIONS}
    return {
        "keras": keras.__version__,
        "reads": {name: names for name, names in reads.items() if names != ["inputs"]},
        "layers": {name: arguments for name, arguments in layers.items() if arguments},
        "masked": [name for name in parameters if _supports_masking(getattr(keras.layers, name))],
        "functions": functions,
    }


def _supports_masking(cls: Any) -> bool:
    """Whether the layers of a class take a mask, and hand one on.

    It is an attribute that constructors set, or Keras itself for a class with ``compute_mask``.
    """
    own = [base for base in cls.__mro__ if base.__module__.startswith("keras.src.layers.")]
    return any(
        "compute_mask" in vars(base) or "supports_masking = True" in inspect.getsource(base)
        for base in own
        if base.__name__ != "Layer"
    )


def _function(name: str) -> dict[str, Any]:
    parameters = inspect.signature(function(name)).parameters
    arguments = {
        argument: _parameter(parameter)
        for argument, parameter in parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    }
    return {"class": name.partition(".")[2], "arguments": arguments}


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    """``{"default": …}``, or ``{}`` for a required argument."""
    default = parameter.default
    return {} if default is parameter.empty else {"default": default}


def _is_variadic(parameter: inspect.Parameter) -> bool:
    return parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}


if __name__ == "__main__":
    json.dump(collect(), sys.stdout, indent=1, sort_keys=False)
    sys.stdout.write("\n")

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
_READ = {"inputs", "data", "x", "sequence", "sequences", "states", "query", "value", "key"}
_READ |= {"initial_state"}


def collect() -> dict[str, Any]:
    """Returns the arguments of every layer's call and of every operation."""
    import keras

    layers = {
        name: {
            argument: _parameter(parameter)
            for argument, parameter in inspect.signature(
                getattr(keras.layers, name).call
            ).parameters.items()
            if argument not in _READ | {"self"} and not _is_variadic(parameter)
        }
        for name in sorted(MODULES)
    }
    functions = {name: _function(name) for name in OPERATIONS}
    return {
        "keras": keras.__version__,
        "layers": {name: arguments for name, arguments in layers.items() if arguments},
        "functions": functions,
    }


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

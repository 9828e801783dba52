"""Runs somebody's function that makes a Keras model: the only place where rnncli runs such code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from rnncli.engine.importing import import_keras
from rnncli.problems import ConfigError, problem_of_file


def made_by(maker: str) -> Any:
    """Imports a module and returns what its function returns: ``package.module:make_model``.

    The module is looked for in the current folder first. What it names may be a model as well.

    Raises:
        ConfigError: there is no such module or function, or it raises an error, which is the cause.
        EngineMissing: Keras, or the engine below it, cannot be imported.
    """
    module_name, colon, name = maker.partition(":")
    if not colon or not all(part.isidentifier() for part in [*module_name.split("."), name]):
        fix = "write package.module:make_model"
        raise _cannot(maker, f"{maker} names no function in a module", fix)
    keras = import_keras()
    folder = os.getcwd()
    sys.path.insert(0, folder)
    try:
        named = getattr(import_module(module_name), name)
        made = named if isinstance(named, keras.Model) else named()
    except Exception as error:
        message = f"{maker} raises {type(error).__name__}: {error}"
        raise _cannot(maker, message, "--verbose shows where") from error
    finally:
        sys.path.remove(folder)
    if not isinstance(made, keras.Model):
        message = f"{maker} returns no Keras model, but {type(made).__name__}"
        raise _cannot(maker, message, "return the model")
    return made


def _cannot(maker: str, message: str, fix: str) -> ConfigError:
    return ConfigError(problem_of_file(maker, code="python-failed", message=message, fix=fix))

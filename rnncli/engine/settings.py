"""Keras's own settings, which a run does not take from the environment or from keras.json.

A plan assumes float32 and channels_last unless the config says otherwise; so does its run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rnncli.problems import Problem

_FLOATX, _EPSILON, _LAYOUT = "float32", 1e-7, "channels_last"


@contextmanager
def as_planned(keras: Any) -> Iterator[None]:
    """Sets Keras to the settings that a plan assumes; restores the program's own afterwards."""
    config = keras.config
    before = (
        config.floatx(),
        config.epsilon(),
        config.image_data_format(),
        config.dtype_policy(),
    )
    _set(config, _FLOATX, _EPSILON, _LAYOUT, _FLOATX)
    try:
        yield
    finally:
        _set(config, *before)


def _set(config: Any, floatx: str, epsilon: float, layout: str, policy: Any) -> None:
    config.set_floatx(floatx)
    config.set_epsilon(epsilon)
    config.set_image_data_format(layout)
    config.set_dtype_policy(policy)


def config_path() -> str:
    """Returns the path of the file from which Keras reads its settings."""
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    return os.path.join(os.path.expanduser(home), "keras.json")


def overridden(engine: str) -> Problem | None:
    """Returns a note on settings of the environment and keras.json that a run ignores, or None."""
    stored = _stored()
    variable = os.environ.get("KERAS_BACKEND")
    set_here = [f"KERAS_BACKEND={variable}"] if variable not in (None, "", engine) else []
    settings = {"floatx": _FLOATX, "image_data_format": _LAYOUT, "epsilon": _EPSILON}
    if not variable:
        settings["backend"] = engine
    set_here += [
        f"{name} {stored[name]} of {config_path()}"
        for name, value in settings.items()
        if stored.get(name, value) != value
    ]
    if not set_here:
        return None
    return Problem(
        code="keras-settings",
        severity="note",
        message=f"the run is on {engine}, in {_FLOATX} and {_LAYOUT}, whatever "
        f"{' and '.join(set_here)} says",
        fix="choose with --engine; dtype and data_format are arguments of layers",
    )


def _stored() -> dict[str, Any]:
    try:
        with open(config_path(), encoding="utf-8") as file:
            stored = json.load(file)
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}

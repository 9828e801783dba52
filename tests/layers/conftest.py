"""Layers of Keras, made of what stands in a config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml


@pytest.fixture
def made(keras: Any) -> Callable[[str], Any]:
    """An entry such as ``Dense: {units: 3}`` → the layer, without rnncli's own code."""

    def make(entry: str) -> Any:
        written = yaml.safe_load(entry)
        (cls, arguments), *_ = ({written: {}} if isinstance(written, str) else written).items()
        if not isinstance(arguments, dict):
            return getattr(keras.layers, cls)(arguments)
        return getattr(keras.layers, cls)(**arguments)

    return make

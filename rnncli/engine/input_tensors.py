"""The tensors that a model runs on: data, or else random numbers."""

from __future__ import annotations

from typing import Any

from rnncli.config.spec import InputData
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.tensors import made_of
from rnncli.model.graph import Model
from rnncli.model.lengths import Lengths


def input_tensors(
    data: InputData | None, model: Model, batch: int, length: Lengths | None, seed: int
) -> dict[str, Any]:
    """Returns a tensor for each input of a model, by name.

    ``batch``, ``length`` and ``seed`` are those of random tensors; data has its own.
    """
    if data is None:
        return random_tensors(model, batch, length, seed)
    return {
        model_input.name: made_of(data.arrays[model_input.name], model_input.dtype)
        for model_input in model.inputs
    }

"""The tensors that a model runs on: the data of its spec, or else random numbers."""

from __future__ import annotations

from typing import Any

from rnncli.config import ModelSpec
from rnncli.engine.random_inputs import random_tensors
from rnncli.engine.tensors import made_of
from rnncli.model.graph import Model
from rnncli.model.lengths import Lengths


def input_tensors(
    spec: ModelSpec, model: Model, batch: int, length: Lengths | None, seed: int
) -> dict[str, Any]:
    """Returns a tensor for each input of a model, by name.

    ``batch``, ``length`` and ``seed`` are those of random tensors; data has its own.
    """
    if spec.data is None:
        return random_tensors(model, batch, length, seed)
    arrays = spec.data.arrays
    return {
        model_input.name: made_of(arrays[model_input.name], model_input.dtype)
        for model_input in model.inputs
    }

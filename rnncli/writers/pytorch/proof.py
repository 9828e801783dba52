"""Runs a written module with its weights, and compares what it returns with Keras."""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rnncli.engine.errors import ExportFailed, PackageMissing, plain
from rnncli.engine.sameness import Difference, Trial, difference
from rnncli.engine.whole_model import layers_of
from rnncli.model.graph import Model
from rnncli.writers.pytorch.module import Module
from rnncli.writers.pytorch.parts import WeightTree

# The largest difference, relative to the largest number if that is above 1.
TOLERANCE = 1e-5
INSTALL = 'pip install "rnncli[torch]"'


def check_installed() -> None:
    """Checks that PyTorch and safetensors can be imported.

    Raises:
        PackageMissing: one of them is not installed, or does not load.
    """
    for name in ("torch", "safetensors"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise PackageMissing(f"{error.name or name} is not installed", INSTALL) from error


def reserved_names() -> list[str]:
    """The names that nn.Module has itself."""
    from torch import nn

    return dir(nn.Module())


def weights_file(module: Module, keras_model: Any) -> bytes:
    """Returns the weights of a Keras model as those of the module, in a safetensors file."""
    import numpy as np
    from safetensors.numpy import save

    named = _arrays(module.weights, keras_model)
    data: bytes = save({name: np.ascontiguousarray(array) for name, array in named})
    return data


def _arrays(weights: WeightTree, keras_model: Any) -> Iterator[tuple[str, Any]]:
    layers = layers_of(keras_model)
    for attribute, (layer, convert) in weights.items():
        if isinstance(convert, Mapping):
            arrays = _arrays(convert, layers[layer])
        else:
            arrays = iter(convert(layers[layer].get_weights()).items())
        for name, array in arrays:
            # A parameter of the module itself has no further name.
            yield f"{attribute}.{name}".rstrip("."), array


def compared(code: str, weights: bytes, model: Model, trials: Iterable[Trial]) -> list[Difference]:
    """Loads the module from its files, and runs it on the inputs of each trial.

    Raises:
        ExportFailed: the module cannot be loaded or run.
    """
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written.py"
        path.write_text(code, encoding="utf-8")
        path.with_suffix(".safetensors").write_bytes(weights)
        try:
            loaded = _imported(path).load()
            with torch.no_grad():
                return [
                    difference(trial, _outputs(loaded(*_tensors(trial.inputs)), model))
                    for trial in trials
                ]
        except Exception as error:
            raise ExportFailed(f"{type(error).__name__}: {plain(str(error))}") from error


def _imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("rnncli_written", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _tensors(inputs: Sequence[Any]) -> list[Any]:
    import torch

    return [torch.from_numpy(numbers.copy()) for numbers in inputs]


def _outputs(returned: Any, model: Model) -> list[Any]:
    """Returns the outputs in the model's order, as arrays."""
    if isinstance(returned, dict):
        returned = [returned[name] for name in model.output_names or ()]
    elif not isinstance(returned, tuple):
        returned = [returned]
    return [tensor.numpy() for tensor in returned]

"""A Keras model → an ONNX file, by Keras's own exporter, and its run in ONNX Runtime."""

from __future__ import annotations

import importlib
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rnncli.engine.errors import ExportFailed, PackageMissing, plain
from rnncli.engine.output_capture import captured_output
from rnncli.engine.sameness import Difference, Trial, difference
from rnncli.model.graph import Model

INSTALL = 'pip install "rnncli[onnx]"'


def check_installed() -> None:
    """Checks that the packages can be imported.

    Raises:
        PackageMissing: one of them is not installed, or does not load.
    """
    for name in ("onnx", "tf2onnx", "onnxruntime"):
        try:
            with captured_output():
                importlib.import_module(name)
        except ImportError as error:
            raise PackageMissing(f"{error.name or name} is not installed", INSTALL) from error


def exported(keras_model: Any, model: Model) -> bytes:
    """Returns a Keras model that has run as an ONNX file, whose axes have names.

    Raises:
        ExportFailed: the model has a layer that ONNX has no form for.
    """
    import onnx

    with tempfile.TemporaryDirectory() as folder, captured_output(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.onnx"
        try:
            keras_model.export(str(path), format="onnx", verbose=False)
        except Exception as error:
            raise _failed(error) from error
        written = onnx.load(str(path))
        _name_axes(written.graph, model)
        data: bytes = written.SerializeToString()
        return data


def _name_axes(graph: Any, model: Model) -> None:
    """Names the axes of unknown size, in the place of ``unk__12``."""
    shapes = {model_input.name: model_input.shape for model_input in model.inputs}
    for tensor in graph.input:
        unknown = shapes.get(tensor.name, ()).count(None)
        number = 0
        for place, axis in enumerate(tensor.type.tensor_type.shape.dim):
            if place == 0 and not axis.dim_value:
                axis.dim_param = "batch"
            elif not axis.dim_value:
                number += 1
                suffix = f"_{number}" if unknown > 1 else ""
                axis.dim_param = f"{tensor.name}_length{suffix}"
    for tensor in graph.output:
        axes = tensor.type.tensor_type.shape.dim
        if axes and not axes[0].dim_value:
            axes[0].dim_param = "batch"


def compared(data: bytes, names: Sequence[str], trials: Iterable[Trial]) -> list[Difference]:
    """Runs an ONNX file on the inputs of each trial; ``names`` are its outputs in their order.

    Raises:
        ExportFailed: ONNX Runtime does not load the file, or does not run it.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        inputs = [entry.name for entry in session.get_inputs()]
        return [
            difference(trial, session.run(names, dict(zip(inputs, trial.inputs, strict=True))))
            for trial in trials
        ]
    except Exception as error:
        raise _failed(error) from error


def _failed(error: Exception) -> ExportFailed:
    return ExportFailed(f"{type(error).__name__}: {plain(str(error))}")

"""Model → an ONNX file, which is run in ONNX Runtime beside Keras before it is returned."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from rnncli.model.graph import Model
from rnncli.model.runnable import not_run
from rnncli.writers.writer import CannotWrite, Convertible, Written, refusal

NAME = "onnx"
SUFFIX = ".onnx"

# The largest difference, relative to the largest number if that is above 1.
TOLERANCE = 1e-4


def write(source: Convertible) -> Written:
    """Returns a model as an ONNX file, with outputs of the config's names.

    Raises:
        CannotWrite: the model cannot be exported, or the file computes other numbers.
        EngineMissing: onnx, tf2onnx, onnxruntime or Keras is not installed.
    """
    from rnncli.engine.errors import ExportFailed, WeightsDoNotFit
    from rnncli.engine.onnx_export import check_installed, compared, exported
    from rnncli.engine.sameness import as_written, built, largest, origin_of, places, trials

    if left_out := not_run(source.model):
        message = f"ONNX cannot hold {left_out[0]}: a custom layer is known by its shapes alone"
        raise CannotWrite([refusal(source, "onnx-failed", message, "leave the custom layers out")])
    check_installed()
    names = output_names(source.model)
    file = source.spec.file
    model = replace(as_written(source.model, file), output_names=names)
    try:
        keras_model = built(model, source.seed, file)
    except WeightsDoNotFit as error:
        raise CannotWrite([refusal(source, "weights-do-not-fit", str(error), None)]) from error
    # Keras exports no model that was never called: the trials call it.
    runs = [*trials(model, source.report, source.seed, keras_model)]
    try:
        data = exported(keras_model, model)
        differences = compared(data, names, runs)
    except ExportFailed as error:
        message = f"the model cannot be run in ONNX: {error}"
        raise CannotWrite([refusal(source, "onnx-failed", message)]) from error
    worst = largest(differences)
    if worst.relative > TOLERANCE:
        right = [run.where for run in differences if run.relative <= TOLERANCE]
        only = f", and is right {right[0]} alone" if right else ""
        message = f"the ONNX file computes other numbers than Keras {worst.where}{only}: "
        raise CannotWrite([refusal(source, "onnx-differs", message + worst.said)])
    note = (
        f"run in Keras and in ONNX Runtime {origin_of(file)}, {places(differences)}: {worst.said}"
    )
    return Written({SUFFIX: data}, (note,))


def output_names(model: Model) -> tuple[str, ...]:
    """The names of the file's outputs: those of the config, or those of the tensors."""
    if model.output_names is not None:
        return model.output_names
    names = [ref.display_name for ref in model.outputs]
    return tuple(_unique(name, names[:place]) for place, name in enumerate(names))


def _unique(name: str, before: Sequence[str]) -> str:
    return f"{name}_{before.count(name) + 1}" if name in before else name

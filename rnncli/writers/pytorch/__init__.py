"""Model → PyTorch: a module that a person could have written, and its weights.

Nothing is returned before the module has been run beside the model in Keras, with the same weights
and on the same numbers.
"""

from __future__ import annotations

from rnncli.engine.errors import ExportFailed, WeightsDoNotFit
from rnncli.engine.sameness import (
    as_written,
    built,
    largest,
    origin_of,
    places,
    trials,
)
from rnncli.writers.pytorch.module import module_of
from rnncli.writers.pytorch.proof import (
    TOLERANCE,
    check_installed,
    compared,
    reserved_names,
    weights_file,
)
from rnncli.writers.pytorch.source import source_of
from rnncli.writers.writer import CannotWrite, Convertible, Written, refusal

NAME = "torch"
SUFFIX = ".py"


def write(source: Convertible) -> Written:
    """Returns the module's code and its weights.

    Raises:
        CannotWrite: a layer has no equivalent in PyTorch, or the numbers of both differ.
        EngineMissing: PyTorch, safetensors or Keras is not installed.
    """
    check_installed()
    file = source.spec.file
    model = as_written(source.model, file)
    module = module_of(model, source.report.layers, reserved_names())
    code = source_of(module, source.model.name)
    try:
        keras_model = built(model, source.seed, file)
    except WeightsDoNotFit as error:
        raise CannotWrite([refusal(source, "weights-do-not-fit", str(error), None)]) from error
    weights = weights_file(module, keras_model)
    runs = trials(model, source.report, source.seed, keras_model)
    try:
        differences = compared(code, weights, model, runs)
    except ExportFailed as error:
        message = f"the PyTorch module fails: {error}"
        raise CannotWrite([refusal(source, "torch-differs", message)]) from error
    worst = largest(differences)
    if worst.relative > TOLERANCE:
        message = f"the PyTorch module computes other numbers than Keras {worst.where}: "
        raise CannotWrite([refusal(source, "torch-differs", message + worst.said)])
    notes = [f"run in Keras and in PyTorch {origin_of(file)}, {places(differences)}: {worst.said}"]
    if without := [text for part in module.flat() for text in part.without]:
        notes.append(f"left out, as it changes nothing after training: {'; '.join(without)}")
    return Written({SUFFIX: code.encode(), ".safetensors": weights}, tuple(notes))

"""Model → PyTorch: a module that a person could have written, and its weights.

Nothing is returned before the module has been run beside the model in Keras, with the same weights
and on the same numbers.
"""

from __future__ import annotations

from rnncli.engine.sameness import built, largest, places, trials
from rnncli.problems import problem
from rnncli.writers.pytorch.module import module_of
from rnncli.writers.pytorch.proof import (
    TOLERANCE,
    check_installed,
    compared,
    reserved_names,
    weights_file,
)
from rnncli.writers.pytorch.source import source_of
from rnncli.writers.writer import CannotWrite, Convertible, Written

NAME = "torch"
SUFFIX = ".py"


def write(source: Convertible) -> Written:
    """Returns the module's code and its weights.

    Raises:
        CannotWrite: a layer has no equivalent in PyTorch, or the numbers of both differ.
        EngineMissing: PyTorch, safetensors or Keras is not installed.
    """
    check_installed()
    module = module_of(source.model, source.report.layers, reserved_names())
    code = source_of(module, source.model.name)
    keras_model = built(source.model, source.seed)
    weights = weights_file(module, keras_model)
    differences = compared(
        code, weights, source.model, trials(source.model, source.report, source.seed, keras_model)
    )
    worst = largest(differences)
    if worst.relative > TOLERANCE:
        raise CannotWrite(
            [
                problem(
                    "torch-differs",
                    f"the PyTorch module computes other numbers than Keras {worst.where}: "
                    f"{worst.said}",
                    "please report it, with the model",
                )
            ]
        )
    notes = [f"run in Keras and in PyTorch {places(differences)}: {worst.said}"]
    if module.without:
        notes.append(f"left out, as it changes nothing after training: {'; '.join(module.without)}")
    return Written({SUFFIX: code.encode(), ".safetensors": weights}, tuple(notes))

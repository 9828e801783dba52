"""Model → a file of Keras 3 (``.keras``) with its weights, proved before it is written."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.engine.errors import WeightsDoNotFit
from rnncli.keras_api.traits import RECURRENT
from rnncli.model.graph import KerasObject, Model
from rnncli.model.lengths import lengths_of
from rnncli.model.tensor_names import is_model
from rnncli.problems import Problem, problem
from rnncli.suggestions import listed
from rnncli.writers.writer import CannotWrite, Convertible, Written, refusal

NAME = "keras"
SUFFIX = ".keras"

# The largest difference of a number from -1 to 1 with which a file is written.
_LIMIT = 1e-5
_BATCH = 2


def write(source: Convertible) -> Written:
    """Returns the file of a model, after it was loaded again and run.

    Raises:
        CannotWrite: no Keras file can hold the model exactly, or its numbers differ.
        EngineMissing: Keras, or the engine below it, cannot be imported.
    """
    model, file = source.model, source.spec.file
    is_old = file is not None and file.predates_keras_3
    problems = [*not_in_keras(model)]
    if is_old:
        problems += [*_not_exact(model), *_not_handed(source)]
    if problems:
        raise CannotWrite(problems)
    from rnncli.engine.keras_file import keras_file

    try:
        made = keras_file(
            model, file, model.batch or _BATCH, lengths_of(source.report), source.seed
        )
    except WeightsDoNotFit as error:
        raise CannotWrite([refusal(source, "weights-do-not-fit", str(error))]) from error
    if not made.difference <= _LIMIT * max(1.0, made.largest):
        raise CannotWrite(
            [
                refusal(
                    source,
                    "migration-differs",
                    f"the Keras 3 file computes other numbers: on a random batch, the largest "
                    f"difference is {made.difference:.1e}",
                    "please report it, with the file",
                )
            ]
        )
    notes = [*_changes(source)] if is_old else []
    if file is None or not file.has_arrays:
        notes.append(f"the weights are random, of seed {source.seed}: --weights takes a file's")
    notes.append(
        f"loaded again with Keras {made.keras} and run on a random batch of {made.batch}: the "
        f"largest difference to {_compared_with(source)} is {made.difference:.1e}"
    )
    return Written({SUFFIX: made.data}, tuple(notes))


def _changes(source: Convertible) -> Iterator[str]:
    """What is said otherwise in Keras 3, so that it computes the old numbers."""
    from rnncli.engine.keras2_arithmetic import HARD_SIGMOID, is_hard_sigmoid_alone, layers_with

    hard = [
        layer
        for argument in ("activation", "recurrent_activation")
        for layer in layers_with(source.model, argument, HARD_SIGMOID)
    ]
    names = dict.fromkeys(layer.name for layer in hard if not is_hard_sigmoid_alone(layer))
    if names:
        yield (
            f"{listed(names)}: the weights that feed hard_sigmoid are scaled by 1.2, since "
            "clip(0.2·x + 0.5) of earlier versions is clip(x/6 + 0.5) in Keras 3"
        )
    alone = dict.fromkeys(layer.name for layer in hard if is_hard_sigmoid_alone(layer))
    if alone:
        yield f"{listed(alone)}: a Rescaling by 1.2 is put before hard_sigmoid"
    written_as = source.spec.file.written_as if source.spec.file else {}
    for cls in ("CuDNNLSTM", "CuDNNGRU"):
        of_class = [name for name, written in written_as.items() if written == cls]
        if of_class:
            yield f"{listed(of_class)}: {cls} is {cls.removeprefix('CuDNN')}, its weights in order"
    before = dict.fromkeys(layer.name for layer in layers_with(source.model, "reset_after", False))
    if before:
        yield f"{listed(before)}: reset_after stays false"


def _compared_with(source: Convertible) -> str:
    file = source.spec.file
    if file is None:
        return "the model in the engine"
    old = f"the arithmetic of Keras {file.keras}" if file.keras else "the old arithmetic"
    return f"the same weights under {old}"


def not_in_keras(model: Model) -> Iterator[Problem]:
    """The problems of layers that no class of Keras stands for."""
    for node in model.nodes:
        layer = node.layer
        if is_model(layer):
            yield from not_in_keras(layer["model"])
        elif reason := _of_rnncli(layer):
            yield problem(
                "not-in-keras-file",
                f"a Keras file cannot hold {layer.label}: {reason}",
                "convert to .yaml keeps it",
                place=layer.place,
                layer=layer.name,
            )


def _of_rnncli(layer: KerasObject) -> str | None:
    if layer.is_custom:
        return "its class is not Keras's, and the config has its shapes alone"
    if layer.is_operation and layer.cls.startswith("random."):
        return "it draws random numbers, for which Keras has no layer"
    inner = (value for value in layer.arguments.values() if isinstance(value, KerasObject))
    return next((reason for value in inner if (reason := _of_rnncli(value))), None)


def _not_exact(model: Model) -> Iterator[Problem]:
    from rnncli.engine.keras2_arithmetic import not_exact

    for layer, reason in not_exact(model):
        yield problem(
            "hard-sigmoid-not-exact",
            f"{layer.label} cannot compute its old numbers in Keras 3: its hard_sigmoid is "
            f"another function there, and {reason}",
            "plan and build go on; convert to .yaml has the model without its weights",
            place=layer.place,
            layer=layer.name,
        )


def _not_handed(source: Convertible) -> Iterator[Problem]:
    """The layers that Keras 2 handed a mask which no argument of their call can say."""
    for node in source.model.nodes:
        inner = node.layer.arguments.get("layer")
        if isinstance(inner, KerasObject) and node.layer.cls == "TimeDistributed":
            makes_mask = inner.cls == "Masking" or inner.arguments.get("mask_zero") is True
            if makes_mask:
                yield refusal(
                    source,
                    "mask-inside",
                    f"{node.layer.label} loses a mask in Keras 3: Keras 2 hands on the one that "
                    f"{inner.cls} makes inside it",
                    "convert to .py, and name the mask in the calls of the layers behind it",
                )
    classes = {layer.name: layer.cls for layer in source.report.layers}
    for ignored in source.report.problems:
        cls = classes.get(ignored.layer or "", "")
        if ignored.code == "mask-ignored" and (cls in RECURRENT or cls == "Bidirectional"):
            yield refusal(
                source,
                "mask-not-handed",
                f"{ignored.layer} ({cls}) would compute its padded steps in Keras 3: Keras 2 hands "
                "it a mask that comes out of a model, or of several tensors",
                "convert to .py, and name the mask in the call of the layer",
            )

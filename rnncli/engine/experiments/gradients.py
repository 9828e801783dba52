"""How far the gradient of a loss reaches back in time, at each recurrent layer of a model.

The model is built as ``build`` builds it, and then once more in float64 with the same weights. The
loss is the sum of the outputs' numbers, each times a random one: the sum alone of a softmax would
always be 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rnncli.engine.added_zeros import by_zeros, checked, worst
from rnncli.engine.double_precision import double_precision, in_float64
from rnncli.engine.errors import NoGradient, NotFinite
from rnncli.engine.gradient_records import Run, layer_record, weight_records
from rnncli.engine.importing import import_keras
from rnncli.engine.input_tensors import input_tensors
from rnncli.engine.passing import BuiltModel, Pass, through
from rnncli.engine.random_inputs import symbols
from rnncli.engine.running import seed_all, versions
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import built_layers, copy_weights, load_weights
from rnncli.engine.taping import TapedPass
from rnncli.engine.tensors import dtype_of, mask_of
from rnncli.engine.tracing import predicted
from rnncli.model.graph import Model, TensorRef
from rnncli.model.variant import Variant
from rnncli.report.gradients import GradientCheck, LayerGradients, Loss, WeightGradient
from rnncli.report.report import Versions


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of all variants and seeds."""

    versions: Versions
    seeds: tuple[int, ...]
    layers: tuple[LayerGradients, ...]
    weights: tuple[WeightGradient, ...]
    check: GradientCheck


def measure(
    variants: Sequence[Variant],
    loss: Loss,
    seeds: Sequence[int],
    progress: Callable[[int, int], None],
) -> Measured:
    """Returns the gradients of each variant with each seed; there is at least one of both.

    ``progress`` is called with the number of steps that are done, and of all.

    Raises:
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        NoGradient: no output of the model has a gradient.
        NotFinite: an output of the model, or a gradient, is not a finite number.
        WeightsDoNotFit: the model is from a file whose arrays do not fit a layer.
    """
    keras = import_keras("tensorflow")
    runs = [Run(variant, loss, seed) for variant in variants for seed in seeds]
    steps = _Steps(sum(run.variant.length for run in runs), progress)
    layers: list[LayerGradients] = []
    weights: list[WeightGradient] = []
    checks: list[GradientCheck] = []
    for run in runs:
        with as_planned(keras):
            original = _built(run)
            with double_precision(keras):
                built, taped, check = _backward(run, original, steps)
        layers += [layer_record(run, layer) for layer in taped.layers]
        weights += weight_records(run, built, taped)
        checks.append(check)
    return Measured(
        versions=versions(),
        seeds=tuple(seeds),
        layers=tuple(layers),
        weights=tuple(weights),
        check=worst(checks),
    )


class _Steps:
    """Counts steps of time, over all runs; a step of a run is one in each of its layers."""

    def __init__(self, total: int, progress: Callable[[int, int], None]) -> None:
        self._total, self._progress = total, progress
        self._before, self._length, self._share, self._done = 0, 0, 1, 0

    def start(self, length: int, loops: int) -> None:
        """Starts a run of so many steps, with so many loops."""
        self._before, self._length = self._before + self._length, length
        self._share, self._done = max(loops, 1), 0

    def step(self) -> None:
        """Counts one step of one loop."""
        self._done += 1
        done = self._before + min(self._done // self._share, self._length)
        self._progress(done, self._total)


def _built(run: Run) -> BuiltModel:
    """Builds the model as ``build`` does, in float32 unless it says otherwise."""
    variant = run.variant
    seed_all(run.seed)
    built = BuiltModel()
    through(variant.model, built, symbols(variant.model, variant.batch))
    if variant.file is not None:
        load_weights(built_layers(built), variant.file, strict=variant.strict)
    return built


def _backward(run: Run, original: BuiltModel, steps: _Steps) -> tuple[BuiltModel, TapedPass, Any]:
    """Goes backward through a float64 copy of a built model; returns the copy, its pass, and the
    comparison with a second method."""
    variant = run.variant
    model, built = in_float64(variant.model), BuiltModel()
    inferred = through(model, built, symbols(model, variant.batch))
    copy_weights(built_layers(built), built_layers(original))
    entering = input_tensors(variant.data, model, variant.batch, variant.lengths, run.seed)
    seeds = [(seed, seed.numpy()) for seed in _seeds(built)]
    by_keras = predicted(model, built, entering, inferred)
    _start_again(built, seeds)
    taped = TapedPass(model, built, entering, inferred)
    _start_again(built, seeds)
    at_outputs = _at_outputs(model, taped.passed, run.loss, run.seed)
    steps.start(variant.length, len(taped.loops))
    taped.backward({ref: {0: array} for ref, array in at_outputs.items()}, steps.step)
    second = by_zeros(model, built, entering, inferred, at_outputs)
    return built, taped, checked(taped, second, by_keras)


def _seeds(built: BuiltModel) -> list[Any]:
    """The variables of layers that draw random numbers: others in each call."""
    return [
        variable
        for layer in built.flat_layers()
        for variable in layer.variables
        if all(variable is not weight for weight in layer.weights)
    ]


def _start_again(built: BuiltModel, seeds: list[tuple[Any, Any]]) -> None:
    """Sets the states that stateful layers keep back to zeros, and the seeds to what they were."""
    for variable, value in seeds:
        variable.assign(value)
    for layer in built.flat_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def _at_outputs(model: Model, passed: Pass, loss: Loss, seed: int) -> dict[TensorRef, Any]:
    """Returns the gradient of the loss at each output of the model that is a float.

    Only the last step of a sequence counts, or all steps, all with the same numbers; padding
    counts in neither.
    """
    import numpy as np

    weights = {}
    for number, ref in enumerate(dict.fromkeys(model.outputs)):
        output = passed[ref]
        if "float" not in dtype_of(output):
            continue
        if not np.isfinite(output.numpy()).all():
            raise NotFinite(ref.display_name)
        rank = len(output.shape)
        random = np.random.default_rng([seed, number])
        shape = output.shape if rank < 3 else (output.shape[0], *output.shape[2:])
        array = random.standard_normal(shape)
        if rank > 2:
            array = array[:, None] * _counted(output, loss)[(..., *[None] * (rank - 2))]
        weights[ref] = array
    if not weights:
        raise NoGradient
    return weights


def _counted(output: Any, loss: Loss) -> Any:
    """Returns 1 for each step of a sequence that the loss counts, and 0 for the others."""
    import numpy as np

    mask = mask_of(output)
    kept = np.ones(output.shape[:2], bool) if mask is None else mask.numpy().astype(bool)
    if loss == "all":
        return kept.astype("float64")
    last = kept.shape[1] - 1 - np.argmax(kept[:, ::-1], axis=1)
    return (np.arange(kept.shape[1]) == last[:, None]).astype("float64")

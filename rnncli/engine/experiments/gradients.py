"""How far the gradient of a loss reaches back in time, at each recurrent layer of a model.

The model is built as ``build`` builds it, and then once more in float64 with the same weights. The
loss is the sum of the model's outputs, each number weighted by a random one: as any loss on them,
it is linear in them close by, and a softmax does not cancel it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from rnncli.engine.added_zeros import by_zeros, checked
from rnncli.engine.double_precision import double_precision, in_float64
from rnncli.engine.importing import import_keras
from rnncli.engine.inspecting import public_name, state_names
from rnncli.engine.passing import BuiltModel, Pass, through
from rnncli.engine.random_inputs import random_tensors, symbols
from rnncli.engine.running import seed_all
from rnncli.engine.scaling import as_one, log10_norm
from rnncli.engine.settings import as_planned
from rnncli.engine.stored_weights import built_layers, copy_weights, load_weights
from rnncli.engine.taping import Gradients, TapedLayer, TapedPass
from rnncli.engine.tensors import dtype_of, mask_of
from rnncli.engine.tracing import predicted
from rnncli.model.graph import Model, TensorRef
from rnncli.model.lengths import Lengths
from rnncli.report.gradients import (
    EXPLODES,
    VANISHES,
    GradientCheck,
    LayerGradients,
    Loss,
    Verdict,
    WeightGradient,
)
from rnncli.report.model_file import ModelFile

class NotFinite(Exception):
    """An output of the model overflowed: it is infinite, or not a number."""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the models that are measured: its graph, its inputs' lengths, and its seed.

    ``length`` is the number of steps of its inputs, ``compared_as`` the class that its recurrent
    layers have here in place of their own.
    """

    model: Model
    file: ModelFile | None
    strict: bool
    batch: int
    lengths: Lengths | None
    length: int
    seed: int
    compared_as: str | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one variant."""

    layers: tuple[LayerGradients, ...]
    weights: tuple[WeightGradient, ...]
    check: GradientCheck


def measure(variant: Variant, loss: Loss, tick: Callable[[int], None]) -> Measured:
    """Returns the gradients of one model; ``tick`` is told how many steps are left.

    Raises:
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on one of the layers.
        NotFinite: an output of the model is not a finite number.
        WeightsDoNotFit: the model is from a file whose arrays do not fit a layer.
    """
    keras = import_keras("tensorflow")
    with as_planned(keras):
        random_built = _built(variant)
        with double_precision(keras):
            return _measured(variant, random_built, loss, tick)


def _built(variant: Variant) -> BuiltModel:
    """Builds the model as ``build`` does, in float32 unless it says otherwise."""
    seed_all(variant.seed)
    built = BuiltModel()
    through(variant.model, built, symbols(variant.model, variant.batch))
    if variant.file is not None:
        load_weights(built_layers(built), variant.file, strict=variant.strict)
    return built


def _measured(
    variant: Variant, original: BuiltModel, loss: Loss, tick: Callable[[int], None]
) -> Measured:
    model = in_float64(variant.model)
    built = BuiltModel()
    inferred = through(model, built, symbols(model, variant.batch))
    copy_weights(built_layers(built), built_layers(original))
    entering = random_tensors(model, variant.batch, variant.lengths, variant.seed)
    by_keras = predicted(model, built, entering, inferred)
    _reset_states(built)
    taped = TapedPass(model, built, entering, inferred)
    _reset_states(built)
    at_outputs = _loss_weights(model, taped.passed, loss, variant.seed)
    left = sum(loop.loop.steps.shape[0] for loop in taped.loops)

    def step() -> None:
        nonlocal left
        left -= 1
        tick(left)

    tick(left)
    gradients: Gradients = {}
    for ref, array in at_outputs.items():
        gradients[ref] = {0: array}
    taped.backward(gradients, step)
    second = by_zeros(model, built, entering, inferred, at_outputs)
    return Measured(
        layers=tuple([_layer(variant, layer) for layer in taped.layers]),
        weights=tuple(_weights(variant, built, taped)),
        check=checked(taped, second, by_keras),
    )


def _reset_states(built: BuiltModel) -> None:
    """Sets the states that stateful layers keep back to zeros."""
    for layer in built.flat_layers():
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def _loss_weights(
    model: Model, passed: Pass, loss: Loss, seed: int
) -> dict[TensorRef, Any]:
    """Returns the gradient of the loss at each output of the model that has gradients.

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


def _layer(variant: Variant, layer: TapedLayer) -> LayerGradients:
    """Returns the record of a recurrent layer, or of one of its directions."""
    loop = layer.taped.loop
    names = state_names(loop.layer)
    state = names[loop.output_index]
    logs = {name: layer.gradients.log10_norms(number) for number, name in enumerate(names)}
    connected = {
        name: [array is not None for array in layer.gradients.states[number]]
        for number, name in enumerate(names)
    }
    steps = loop.steps.shape[0]
    real = [*range(steps)]
    if loop.mask is not None:
        real = [step for step, row in enumerate(loop.mask.numpy()) if row.any()]
    ends = [real[0], real[-1]] if real else []
    ratio, half_life, verdict = _judged(
        [logs[state][step] for step in ends], all(connected[state][step] for step in ends), len(real)
    )
    return LayerGradients(
        name=layer.path,
        cls=public_name(loop.layer),
        direction=layer.direction or None,
        compared_as=variant.compared_as,
        length=variant.length,
        seed=variant.seed,
        state=state,
        steps=steps,
        padded=steps - len(real),
        log10_ratio=ratio,
        half_life=half_life,
        verdict=verdict,
        norms={
            name: tuple([_norm(log, there) for log, there in zip(logs[name], connected[name], strict=True)])
            for name in names
        },
        log10_norms={name: tuple(logs[name]) for name in names},
    )


def _judged(
    ends: Sequence[float | None], connected: bool, steps: int
) -> tuple[float | None, float | None, Verdict]:
    """Returns the power of ten of the ratio of first to last, the half-life, and the verdict."""
    if not connected or not ends:
        return None, None, "not-connected"
    if steps < 2:
        return None, None, "one-step"
    first, last = ends
    if first is None or last is None:
        return None, None, "zero"
    ratio = first - last
    half_life = math.log10(2) * (steps - 1) / -ratio if ratio < 0 else None
    if ratio > EXPLODES:
        return ratio, half_life, "explodes"
    if ratio < VANISHES:
        return ratio, half_life, "vanishes"
    holds = half_life is None or half_life > steps
    return ratio, half_life, "holds" if holds else "fades"


def _weights(variant: Variant, built: BuiltModel, taped: TapedPass) -> Iterator[WeightGradient]:
    """Yields the norms at all weights that are trained."""
    for path, layer in built_layers(built).items():
        owner = getattr(layer, "cell", layer)
        for weight in layer.trainable_weights:
            bands = taped.weights.get(id(weight))
            log = None if bands is None else log10_norm(*as_one(bands))
            yield WeightGradient(
                layer=path,
                name=weight.path.removeprefix(f"{owner.path}/"),
                shape=tuple(weight.shape),
                compared_as=variant.compared_as,
                length=variant.length,
                seed=variant.seed,
                norm=_norm(log, bands is not None),
                log10_norm=log,
            )


def _norm(log: float | None, connected: bool) -> float | None:
    """Returns the norm with this power of ten; None if it is no float64, or not connected."""
    if log is None:
        return 0.0 if connected else None
    return 10.0**log if -307 < log < 308 else None

"""The records of the gradients that were measured: norms, ratios, verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from rnncli.engine.errors import NotFinite
from rnncli.engine.inspecting import public_name, state_names
from rnncli.engine.passing import BuiltModel
from rnncli.engine.scaling import as_one, log10_norm
from rnncli.engine.stored_weights import built_layers
from rnncli.engine.taping import TapedLayer, TapedPass
from rnncli.model.variant import Variant
from rnncli.report.gradients import (
    EXPLODES,
    VANISHES,
    LayerGradients,
    Loss,
    Verdict,
    WeightGradient,
)


class Run(msgspec.Struct, frozen=True):
    """A variant that is measured with one seed."""

    variant: Variant
    loss: Loss
    seed: int


def layer_record(run: Run, layer: TapedLayer) -> LayerGradients:
    """Returns the record of a recurrent layer, or of one of its directions, over all its calls.

    Raises:
        NotFinite: a gradient is not a finite number.
    """
    loops = [taped.loop for taped, _ in layer.calls]
    loop = loops[0]
    names = state_names(loop.layer)
    state = names[loop.output_index]
    logs = {name: layer.log10_norms(number) for number, name in enumerate(names)}
    if any(log is not None and math.isnan(log) for name in names for log in logs[name]):
        raise NotFinite(f"the gradient at {layer.path}")
    connected = {name: layer.connected(number) for number, name in enumerate(names)}
    steps = loop.steps.shape[0]
    real = [*range(steps)]
    masks = [one.mask.numpy() for one in loops if one.mask is not None]
    if len(masks) == len(loops):
        real = [step for step in real if any(mask[step].any() for mask in masks)]
    ends = [real[0], real[-1]] if real else []
    ratio, half_life, verdict = _judged(
        [logs[state][step] for step in ends],
        all(connected[state][step] for step in ends),
        len(real),
    )
    return LayerGradients(
        name=layer.path,
        cls=public_name(loop.layer),
        direction=layer.direction,
        compared_as=run.variant.compared_as,
        length=run.variant.length,
        seed=run.seed,
        state=state,
        steps=steps,
        padded=steps - len(real),
        calls=len(loops),
        log10_ratio=ratio,
        half_life=half_life,
        verdict=verdict,
        norms={
            name: tuple(
                [_norm(log, there) for log, there in zip(logs[name], connected[name], strict=True)]
            )
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


def weight_records(run: Run, built: BuiltModel, taped: TapedPass) -> Iterator[WeightGradient]:
    """Yields the norms at all weights that are trained.

    Raises:
        NotFinite: a gradient is not a finite number.
    """
    for path, layer in built_layers(built).items():
        owner = getattr(layer, "cell", layer)
        for weight in layer.trainable_weights:
            bands = taped.weights.get(id(weight))
            log = None if bands is None else log10_norm(*as_one(bands))
            if log is not None and math.isnan(log):
                raise NotFinite(f"the gradient at {path}")
            yield WeightGradient(
                layer=path,
                name=weight.path.removeprefix(f"{owner.path}/"),
                shape=tuple(weight.shape),
                compared_as=run.variant.compared_as,
                length=run.variant.length,
                seed=run.seed,
                norm=_norm(log, bands is not None),
                log10_norm=log,
            )


def _norm(log: float | None, connected: bool) -> float | None:
    """Returns the norm with this power of ten; None if it is no float64, or not connected."""
    if log is None:
        return 0.0 if connected else None
    return 10.0**log if -307 < log < 308 else None

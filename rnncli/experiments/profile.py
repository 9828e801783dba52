"""Time and memory of a model, measured beside what is planned. The command calls it.

Everything heavier than the records is imported on the first call that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from rnncli import library
from rnncli.report.layer import Layer
from rnncli.report.profile import How, LayerProfile, PassProfile, Profile
from rnncli.report.report import Report
from rnncli.report.training import Optimizer

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths

# What is told how many steps are done, and of how many.
Progress = Callable[[int, int], None]


class ProfileReport(Profile, frozen=True, kw_only=True):
    """A profile that shows itself as tables."""

    def __repr__(self) -> str:
        from rnncli.formats import RenderOptions
        from rnncli.formats.diagnostics import render
        from rnncli.formats.profile import render as tables

        return tables(self, "table", RenderOptions()) + render(self.problems)

    __str__ = __repr__


def profile(
    spec: ModelSpec,
    *,
    runs: int = 10,
    jit: bool = False,
    optimizer: str = "adam",
    batch: int | None = None,
    length: ChosenLengths | None = None,
    seed: int = 0,
    force: bool = False,
    weights: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | Mapping[str, Any] | None = None,
) -> ProfileReport:
    """The time and the memory of a model in TensorFlow, beside its planned MACs and memory.

    ``profile(spec)["lstm"].time.minimum_seconds`` is the time of one layer alone, on what it reads
    in the model. ``runs`` is how often each is timed, ``jit`` has the whole model compiled by XLA
    as well, and ``optimizer`` is that of the training step. The other arguments are as for
    ``build``.

    The profile of a model with errors has no times, and its problems.

    Raises:
        ConfigError: as for ``build``.
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on a layer.
        ValueError: ``runs`` is not positive, or there is no such optimizer.
        WeightsDoNotFit: the weights of a model file do not fit its layers.
    """
    from rnncli.problems import errors

    if runs < 1:
        raise ValueError("a profile has at least one run")
    spec, planned = library.plan_to_run(
        spec, batch=batch, length=length, force=force, weights=weights, data=data,
        optimizer=optimizer,
    )  # fmt: skip
    if errors(planned.problems):
        return without_profile(planned)
    return profile_in_keras(spec, planned, runs=runs, jit=jit, seed=seed)


def without_profile(planned: Report) -> ProfileReport:
    """The profile of a model with errors: nothing but its problems."""
    return ProfileReport(
        name=planned.name,
        source=planned.source,
        versions=planned.versions,
        batch=planned.batch,
        problems=planned.problems,
    )


def profile_in_keras(
    spec: ModelSpec,
    planned: Report,
    *,
    runs: int,
    jit: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
    verbose: bool = False,
) -> ProfileReport:
    """The profile of a model whose plan has no errors, and the memory of a training step.

    What Keras prints is shown only with ``verbose``. ``progress`` is called after each step.

    Raises:
        EngineMissing, KerasFailed, WeightsDoNotFit: as for ``profile``.
    """
    from rnncli.engine.experiments.profile import measure
    from rnncli.engine.output_capture import captured_output
    from rnncli.model.lengths import lengths_of

    hows: tuple[How, ...] = ("traced", "eager", "jit") if jit else ("traced", "eager")
    layers = dict(_by_path(planned.layers))
    # The model is loaded, and both passes are timed in each way and weighed once.
    total, steps = 1 + len(layers) + 2 * (len(hows) + 1), iter(range(1, 2**31))
    optimizer = planned.training.optimizer if planned.training else Optimizer.adam

    def done(_: str) -> None:
        number = next(steps)
        if progress is not None:
            progress(min(number, total), total)

    with captured_output(verbose):
        measured = measure(
            spec, planned.batch, lengths_of(planned), seed,
            runs=runs, hows=hows, optimizer=optimizer, done=done,
        )  # fmt: skip
    macs = planned.totals.macs
    passes = [_with_rate(one, macs) for one in measured.passes]
    timed = [_with_macs(one, layers.get(one.name)) for one in measured.layers]
    record = ProfileReport(
        name=planned.name,
        source=planned.source,
        versions=measured.versions,
        batch=planned.batch,
        seed=seed,
        device=measured.device,
        macs=macs,
        passes=tuple(passes),
        layers=tuple(timed),
        call_seconds=measured.call.minimum_seconds,
        peaks=measured.peaks,
        training=planned.training or None,
        problems=planned.problems,
    )
    whole = record.pass_of("forward")
    if whole is None or whole.time is None:
        return record
    of_layers = sum(layer.time.minimum_seconds for layer in timed)
    rest = whole.time.minimum_seconds - of_layers
    return msgspec.structs.replace(record, unattributed_seconds=rest)


def _by_path(layers: Iterable[Layer], prefix: str = "") -> Iterator[tuple[str, Layer]]:
    """Yields the layers that a run calls, with those of nested models: ``encoder/lstm``."""
    for layer in layers:
        if layer.is_model and layer.layers:
            yield from _by_path(layer.layers, f"{prefix}{layer.name}/")
        else:
            yield prefix + layer.name, layer


def _rate(macs: int | None, seconds: float) -> float | None:
    """Billions of MACs in a second; None where there are none."""
    return macs / seconds / 1e9 if macs and seconds > 0 else None


def _with_rate(one: PassProfile, macs: int | None) -> PassProfile:
    if one.work != "forward" or one.time is None:
        return one
    return msgspec.structs.replace(one, gmacs_per_second=_rate(macs, one.time.minimum_seconds))


def _with_macs(one: LayerProfile, planned: Layer | None) -> LayerProfile:
    macs = planned.macs if planned else None
    rate = _rate(macs, one.time.minimum_seconds)
    return msgspec.structs.replace(one, macs=macs, gmacs_per_second=rate)

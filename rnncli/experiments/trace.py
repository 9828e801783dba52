"""Traces of a model: gates, states and attention scores, step by step. The command calls it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from rnncli import library
from rnncli.experiments.progress import Progress, no_progress
from rnncli.report.report import Report
from rnncli.report.trace import Trace

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths


class TraceReport(Trace, frozen=True, kw_only=True):
    """A trace that shows itself as tables and maps, and as a page in a notebook."""

    def __repr__(self) -> str:
        from rnncli.formats.diagnostics import render
        from rnncli.formats.render_options import RenderOptions, TraceOptions
        from rnncli.formats.trace_terminal import render as drawn

        return drawn(self, RenderOptions(), TraceOptions()) + render(self.problems)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from rnncli.formats.html_parts import fragment
        from rnncli.formats.render_options import TraceOptions
        from rnncli.formats.trace_html import content

        return fragment(content(self, TraceOptions()))


def trace(
    spec: ModelSpec,
    *,
    layers: str | Sequence[str] | None = None,
    sequence: int = 1,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    seed: int = 0,
    force: bool = False,
    weights: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | Mapping[str, Any] | None = None,
) -> TraceReport:
    """What happens in the recurrent and attention layers of a model, run once on a random tensor
    or, with ``data``, on a file or on arrays by the names of inputs.

    ``trace(spec)["lstm"].gates["f"]`` is an array of shape (steps, units), and so is
    ``trace(spec)["lstm"].states["h"]``. ``layers`` are the names of those to look into; by default
    all. ``sequence`` is that of the batch, counted from 1.

    The trace of a model with errors has no layers, and its problems.

    Raises:
        ConfigError: as for ``build``.
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on a layer.
        ValueError: there is no such layer or sequence, or nothing to look into.
        WeightsDoNotFit: the weights of a model file do not fit its layers.
    """
    from rnncli.problems import errors

    spec, planned = library.plan_to_run(
        spec, batch=batch, length=length, force=force, weights=weights, data=data
    )
    if errors(planned.problems):
        return without_trace(planned)
    chosen = [layers] if isinstance(layers, str) else layers
    names = check_trace(spec, planned, chosen, sequence)
    return trace_in_keras(spec, planned, seed=seed, names=names, sequence=sequence)


def check_trace(
    spec: ModelSpec, planned: Report, layers: Sequence[str] | None, sequence: int
) -> list[str]:
    """The names of the layers to look into.

    Raises:
        ValueError: there is no such layer or sequence, or nothing to look into.
    """
    from rnncli.model.binding import bind
    from rnncli.model.runnable import runnable
    from rnncli.model.traceable import traceable
    from rnncli.suggestions import did_you_mean, listed

    if not 1 <= sequence <= planned.batch:
        raise ValueError(f"there is no sequence {sequence} in a batch of {planned.batch}")
    names = traceable(runnable(bind(spec)))
    if not names:
        raise ValueError(
            f"nothing to trace: {planned.name} has no recurrent layer over vectors and no attention"
        )
    for name in layers or ():
        if name not in names:
            near = did_you_mean(name, names)
            hint = f"did you mean {near}?" if near else f"trace looks into {listed(names)}"
            raise ValueError(f"there is no layer {name} to trace: {hint}")
    return list(layers or names)


def trace_in_keras(
    spec: ModelSpec,
    planned: Report,
    *,
    seed: int,
    names: Sequence[str],
    sequence: int,
    unit: int | None = None,
    progress: Progress | None = None,
    verbose: bool = False,
) -> TraceReport:
    """The trace of a model whose plan has no errors; ``unit`` is that of the arithmetic.

    ``progress`` is called with the number of layers that are traced, and of all.

    Raises:
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on a layer.
    """
    from rnncli.engine.experiments.trace import trace as traced
    from rnncli.engine.output_capture import captured_output
    from rnncli.model.lengths import lengths_of

    with captured_output(verbose):
        made = traced(
            spec, planned.batch, lengths_of(planned), seed,
            names=names, sequence=sequence, unit=unit, progress=progress or no_progress,
        )  # fmt: skip
    made = msgspec.structs.replace(made, problems=(*planned.problems, *made.problems))
    return TraceReport(**msgspec.structs.asdict(made))


def without_trace(report: Report) -> TraceReport:
    """The trace of a model with errors: nothing but its problems."""
    return TraceReport(
        name=report.name,
        source=report.source,
        versions=report.versions,
        batch=report.batch,
        data=report.data,
        seed=None,
        sequence=1,
        problems=report.problems,
    )


def trace_arrays(trace: Trace) -> bytes:
    """The arrays of a trace as a file of numpy, ``.npz``: ``lstm.h``, ``encoder.backward.c``."""
    import io

    import numpy as np

    arrays: dict[str, Any] = {}
    for layer in trace.layers:
        for name, numbers in layer.quantities.items():
            arrays[f"{layer.key}.{name}"] = numbers
    for attention in trace.attention:
        arrays[f"{attention.key}.scores"] = attention.scores
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()

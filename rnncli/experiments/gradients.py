"""How far a gradient reaches back in time. The command calls it.

Everything heavier than the records is imported on the first call that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from rnncli import library
from rnncli.experiments.progress import Progress, no_progress
from rnncli.report.gradients import GradientCheck, Gradients, Loss
from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths
    from rnncli.problems import Problem


class GradientsReport(Gradients, frozen=True, kw_only=True):
    """Gradients that show themselves as tables, and as a page in a notebook."""

    def __repr__(self) -> str:
        from rnncli.formats import RenderOptions
        from rnncli.formats.diagnostics import render
        from rnncli.formats.gradients import render as tables

        return tables(self, "table", RenderOptions()) + render(self.problems)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from rnncli.formats.gradients_html import content
        from rnncli.formats.html_parts import fragment

        return fragment(content(self))


def gradients(
    spec: ModelSpec,
    *,
    loss: Loss = "last",
    lengths: Sequence[int] = (),
    seeds: int = 1,
    compare: bool = False,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    seed: int = 0,
    force: bool = False,
    weights: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | Mapping[str, Any] | None = None,
) -> GradientsReport:
    """How far the gradient of a loss reaches back in time, at each recurrent layer of a model.

    ``gradients(spec)["lstm"].log10_ratio`` is the power of ten of the ratio of the gradient's norm
    at the first h to that at the last one. The ``loss`` is on the last step of the outputs, or on
    all steps. ``lengths`` measures at several lengths, ``seeds`` with several seeds, and
    ``compare`` with the recurrent layers as SimpleRNN, GRU and LSTM, all with random weights.
    ``data`` is what the model reads in place of random numbers: a file, or arrays by the names of
    inputs. It has lengths of its own.

    The gradients of a model with errors have no layers, and its problems.

    Raises:
        ConfigError: as for ``build``.
        EngineMissing: TensorFlow or Keras cannot be imported.
        KerasFailed: Keras raised an error on a layer.
        NoGradient: no output of the model has a gradient.
        NotFinite: an output of the model, or a gradient, overflows.
        ValueError: ``loss``, ``lengths`` or ``seeds`` is not valid, or there are ``lengths`` and
            ``data``.
        WeightsDoNotFit: the weights of a model file do not fit its layers.
    """
    from rnncli.problems import errors

    if loss not in ("last", "all") or seeds < 1 or any(size < 1 for size in lengths):
        raise ValueError(
            "loss is last or all, lengths are positive, and there is at least one seed"
        )
    if data is not None and lengths:
        raise ValueError("lengths are those of random sequences, and the data has its own")
    spec, planned = library.plan_to_run(
        spec, batch=batch, length=length, force=force, weights=weights, data=data
    )
    planned = with_recurrent_layer(spec, planned, compare=compare)
    if errors(planned.problems):
        return without_gradients(planned)
    return gradients_in_keras(
        spec, planned, loss=loss, lengths=lengths, seed=seed, seeds=seeds, compare=compare
    )


def with_recurrent_layer(spec: ModelSpec, planned: Report, *, compare: bool = False) -> Report:
    """The plan, with an error if there is no recurrent layer, or none that can be compared."""
    from rnncli.model.as_class import can_be_compared, is_recurrent
    from rnncli.model.binding import bind
    from rnncli.model.runnable import runnable
    from rnncli.problems import errors, problem_of_file

    problems = planned.problems
    if not errors(problems):
        model = runnable(bind(spec))
        message = None
        if not any(is_recurrent(node.layer) for node in model.nodes):
            message = "there is no recurrent layer, whose states a gradient could reach"
        elif compare and not can_be_compared(model):
            message = "there is no layer that SimpleRNN, GRU and LSTM can replace"
        if message:
            fix = "rnncli plan shows the layers of the model"
            lacking = problem_of_file(planned.source, "no-recurrent-layer", message, fix)
            problems = (*problems, lacking)
    return msgspec.structs.replace(planned, problems=problems)


def without_gradients(planned: Report) -> GradientsReport:
    """The gradients of a model with errors: none."""
    return GradientsReport(
        name=planned.name,
        source=planned.source,
        versions=planned.versions,
        loss="last",
        batch=planned.batch,
        data=planned.data,
        problems=planned.problems,
    )


def gradients_in_keras(
    spec: ModelSpec,
    planned: Report,
    *,
    loss: Loss,
    lengths: Sequence[int] = (),
    seed: int = 0,
    seeds: int = 1,
    compare: bool = False,
    progress: Progress | None = None,
    verbose: bool = False,
) -> GradientsReport:
    """The gradients of a model without errors.

    What Keras prints is shown only with ``verbose``. ``progress`` is called after each step.

    Raises:
        EngineMissing, KerasFailed, NoGradient, NotFinite, WeightsDoNotFit: as for ``gradients``.
    """
    from rnncli.engine.experiments.gradients import measure
    from rnncli.engine.output_capture import captured_output
    from rnncli.planning.variants import variants

    measured_variants, problems = variants(spec, planned, lengths, compare=compare)
    if not measured_variants:
        return msgspec.structs.replace(
            without_gradients(planned), problems=(*planned.problems, *problems)
        )
    with captured_output(verbose):
        measured = measure(
            measured_variants, loss, range(seed, seed + seeds), progress or no_progress
        )
    if not measured.check.agrees:
        problems.append(_methods_differ(planned, measured.check))
    return GradientsReport(
        name=planned.name,
        source=planned.source,
        versions=measured.versions,
        loss=loss,
        batch=planned.batch,
        data=planned.data,
        seeds=measured.seeds,
        weights_from=None if compare or spec.file is None else spec.file.path,
        layers=measured.layers,
        weights=measured.weights,
        check=measured.check,
        problems=(*planned.problems, *problems),
    )


def _methods_differ(planned: Report, check: GradientCheck) -> Problem:
    from rnncli.problems import problem_of_file

    return problem_of_file(
        planned.source,
        "gradients-differ",
        f"two methods give other gradients: the largest relative difference is "
        f"{check.largest_difference:.1e}, and that of the outputs from Keras's is "
        f"{check.replay_difference:.1e}",
        "do not trust these numbers, and report the model",
    )

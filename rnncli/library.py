"""The library: the same few calls as the commands, and a report that shows itself.

Everything heavier than the report's own structs is imported on the first call that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from rnncli.preparing import (
    with_data,
    with_memory_check,
    with_not_run,
    with_not_saved,
    with_training_memory,
    with_weights,
)
from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.model.lengths import ChosenLengths
    from rnncli.report.model_file import ModelFile

__all__ = [
    "ModelReport",
    "build",
    "inspect",
    "load",
    "plan",
    "plan_to_run",
    "run_in_keras",
    "with_data",
    "with_memory_check",
    "with_not_run",
    "with_not_saved",
    "with_training_memory",
    "with_weights",
]


class ModelReport(Report, frozen=True, kw_only=True):
    """A report that shows itself as tables, in a terminal and in a notebook."""

    def __repr__(self) -> str:
        return self._rendered("table")

    __str__ = __repr__

    def _repr_markdown_(self) -> str:
        return self._rendered("markdown")

    def _repr_html_(self) -> str:
        from rnncli.formats.html import fragment

        return fragment(self)

    def _rendered(self, name: str) -> str:
        from rnncli.formats import RenderOptions, load
        from rnncli.formats.diagnostics import render

        form = load(name)
        text = form.render_plan(self, RenderOptions()) + form.render_outcome(self, RenderOptions())
        return text + render(self.problems)


def load(config: str | os.PathLike[str] | Mapping[str, Any]) -> ModelSpec:
    """A config, read and parsed: a file, text, or a dict as YAML or JSON would give it.

    A string is the path of a file, unless it has a line break or starts with ``{``: then it is the
    text of a config. ``include`` in a text or a dict is relative to the current folder. Problems of
    a dict show it as the YAML that it is written as.

    Raises:
        ConfigError: the file is missing, or this is no config. What else is wrong is in the
            report's problems.
        TypeError: this is no path, no string and no dict.
    """
    from rnncli.config import parse, source_of, text_of
    from rnncli.readers.reading import read_model, read_spec

    if isinstance(config, Mapping):
        source = source_of("<dict>", text_of("<dict>", config))
        return parse(source, read_model=read_model)
    if isinstance(config, str) and is_text(config):
        return parse(source_of("<text>", config), read_model=read_model)
    if not isinstance(config, str | os.PathLike):
        kind = type(config).__name__
        raise TypeError(f"load takes a path, the text of a config, or a dict, not {kind}")
    return read_spec(os.fspath(config))


def is_text(config: str) -> bool:
    """Whether a string is a config rather than its path."""
    return "\n" in config or "\r" in config or config.lstrip().startswith("{")


def plan(
    spec: ModelSpec,
    *,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    optimizer: str | None = None,
) -> ModelReport:
    """What Keras will make of a model, from rules and without TensorFlow.

    The plan of a model file is held against what the file records: its weights and its shapes.
    Where a setting changes the model, it is not.

    ``batch`` is the config's, or 1, where none is given. ``length`` stands for unknown lengths
    where a number depends on them: one for all inputs, or a mapping of inputs' names to theirs;
    the config's, or one that fits, where none is given. With an ``optimizer``, such as ``adam``,
    the report has the memory of a training step.

    Raises:
        ConfigError: ``batch`` or a length is not a positive integer, or a length or a setting names
            what does not exist.
        ValueError: there is no such optimizer.
    """
    from rnncli.planning.plan import plan as planned

    report = planned(spec, batch, length)
    if optimizer is not None:
        report = with_training_memory(report, optimizer)
    return _as_model_report(report if spec.file is None else _held_against(report, spec))


def _held_against(report: Report, spec: ModelSpec) -> Report:
    """The report of a model file's plan, with what the file says."""
    from rnncli.analysis.as_stored import as_stored
    from rnncli.analysis.file_agreement import agree_with_file
    from rnncli.problems import errors

    file = spec.file
    assert file is not None
    report = msgspec.structs.replace(report, format=file.format, written_by=_writer(file))
    if spec.settings or errors(report.problems):
        return report
    report = as_stored(report, file)
    return msgspec.structs.replace(report, agreement=agree_with_file(report, file))


def _writer(file: ModelFile) -> str | msgspec.UnsetType:
    """What wrote a file, such as ``Keras 2.2.4``; unset where the file does not say."""
    return f"Keras {file.keras}" if file.keras else msgspec.UNSET


def build(
    spec: ModelSpec,
    *,
    batch: int | None = None,
    length: ChosenLengths | None = None,
    seed: int = 0,
    values: bool = False,
    force: bool = False,
    engine: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    data: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    save_weights: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> ModelReport:
    """The plan, the model built and run in Keras on one batch, and whether they agree.

    ``engine`` is what Keras computes on: tensorflow, jax, torch or numpy. It is TensorFlow, or
    what Keras was loaded with before, which cannot change; Keras's settings are as they were
    when this is done.

    A model with errors is not built: then the report is the plan's. One that memory is not
    enough for has such an error, unless ``force`` says to try.

    ``weights`` is a file of weights for the model; those of a model file are its own. ``data`` is
    what the run reads in place of random numbers: a file, or arrays by the names of inputs. Its
    batch and its lengths are those of the run.

    ``save_weights`` is a ``.weights.h5`` file to write the weights of the built model to, whole or
    not at all; one that exists is replaced only with ``overwrite``.

    Raises:
        ConfigError: as for ``plan``; or ``weights`` is no file of weights, or ``data`` does not fit
            the inputs.
        FileExistsError: there is a file ``save_weights`` already.
        ValueError: ``save_weights`` does not end in ``.weights.h5``.
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on a layer.
        WeightsDoNotFit: the weights of a model file do not fit its layers.
    """
    from rnncli.problems import errors
    from rnncli.writers.weights import checked_target, write_whole

    target = None if save_weights is None else checked_target(save_weights, overwrite)
    spec, planned = plan_to_run(
        spec, batch=batch, length=length, force=force, weights=weights, data=data
    )
    if target is not None:
        planned = with_not_saved(spec, planned)
    if errors(planned.problems):
        return _as_model_report(planned)
    contents: list[bytes] = []
    take = None if target is None else contents.append
    report = run_in_keras(spec, planned, seed=seed, values=values, engine=engine, take_weights=take)
    if target is not None:
        write_whole(target, contents[0])
    return report


def plan_to_run(
    spec: ModelSpec,
    *,
    batch: int | None,
    length: ChosenLengths | None,
    force: bool,
    weights: str | os.PathLike[str] | None,
    data: str | os.PathLike[str] | Mapping[str, Any] | None,
    optimizer: str | None = None,
) -> tuple[ModelSpec, Report]:
    """The model with its weights and its data, and its plan with what keeps it from running.

    Raises:
        ConfigError: as for ``build``.
    """
    if data is not None:
        spec = with_data(spec, data)
    planned: Report = plan(spec, batch=batch, length=length, optimizer=optimizer)
    if weights is not None:
        spec, planned = with_weights(spec, planned, os.fspath(weights))
    if not force:
        planned = with_memory_check(planned)
    return spec, with_not_run(spec, planned)


def inspect(model: Any, input_shape: Any = None) -> ModelReport:
    """The report of a live Keras model: its plan, held against the model's weights and shapes.

    A subclass of ``keras.Model`` is called on symbolic inputs; ``input_shape``, with the batch
    axis, is needed where it was never called on real ones.

    Raises:
        ConfigError: the model cannot be described: a subclass that cannot be called on symbolic
            inputs, or a custom layer without ``get_config``.
        TypeError: this is no Keras model.
    """
    from rnncli.live import live_model

    return plan(live_model(model, input_shape))


def run_in_keras(
    spec: ModelSpec,
    planned: Report,
    *,
    seed: int = 0,
    values: bool = False,
    engine: str | None = None,
    verbose: bool = False,
    take_weights: Callable[[bytes], object] | None = None,
) -> ModelReport:
    """The report of a plan without errors and of the model's run together.

    ``take_weights`` takes the content of a ``.weights.h5`` file with the weights of the model.
    What Keras and its engine print is shown only with ``verbose``, or where they cannot be loaded.

    Raises:
        EngineMissing: Keras, or the engine below it, cannot be imported.
        KerasFailed: Keras raised an error on a layer.
    """
    from rnncli.analysis.agreement import merge_run_into_plan
    from rnncli.engine.output_capture import captured_output
    from rnncli.engine.running import run
    from rnncli.model.lengths import lengths_of

    if spec.file is not None and spec.file.written_as:
        # What an old file stores is counted in its plan, and is not what Keras 3 builds.
        planned = _as_built(spec, planned)
    with captured_output(verbose):
        ran = run(spec, planned.batch, lengths_of(planned), seed, values, engine, take_weights)
    return _as_model_report(merge_run_into_plan(planned, ran))


def _as_built(spec: ModelSpec, planned: Report) -> Report:
    """The plan of what Keras builds of a model file, with all else of its report."""
    from rnncli.planning.plan import plan as planned_again

    lengths = {name: free.size for free in planned.lengths for name in free.inputs}
    rules = planned_again(spec, planned.batch, lengths or None)
    return msgspec.structs.replace(planned, layers=rules.layers, totals=rules.totals)


def _as_model_report(report: Report) -> ModelReport:
    return ModelReport(**msgspec.structs.asdict(report))

"""What is done to a plan before the model runs: weights and data that it reads, and checks.

Everything heavier than the report's own structs is imported on the first call that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from rnncli.report.report import Report

if TYPE_CHECKING:
    from rnncli.config import ModelSpec
    from rnncli.problems import Problem


def with_weights(spec: ModelSpec, planned: Report, path: str) -> tuple[ModelSpec, Report]:
    """The model with the weights of a file, and its plan, with an error if they do not fit it.

    Raises:
        ConfigError: the file cannot be read, or has no weights.
    """
    from rnncli.readers.fitting import with_weights as fitted

    spec, problem = fitted(spec, planned, path)
    problems = (*planned.problems, problem) if problem else planned.problems
    return spec, msgspec.structs.replace(planned, problems=problems)


def with_data(spec: ModelSpec, data: str | os.PathLike[str] | Mapping[str, Any]) -> ModelSpec:
    """The model with what a run reads: a file of data, or arrays by the names of inputs.

    Its plan then has the batch and the lengths of the data. A model with errors has none.

    Raises:
        ConfigError: the file cannot be read, or the data does not fit the inputs.
    """
    from rnncli.model.binding import bind
    from rnncli.problems import errors
    from rnncli.readers.data import checked_data, read_data

    model = bind(spec)
    if errors(model.problems):
        return spec
    if isinstance(data, Mapping):
        return msgspec.structs.replace(spec, data=checked_data(data, model, "<arrays>"))
    return msgspec.structs.replace(spec, data=read_data(os.fspath(data), model))


def with_memory_check(planned: Report) -> Report:
    """The plan, with the problem of a model that memory is not enough for."""
    from rnncli.engine.memory import memory_problem

    too_large = memory_problem(planned)
    problems = (*planned.problems, too_large) if too_large else planned.problems
    return msgspec.structs.replace(planned, problems=problems)


def with_training_memory(planned: Report, optimizer: str) -> Report:
    """The plan, with the memory of a training step.

    Raises:
        ValueError: there is no such optimizer.
    """
    from rnncli.planning.training_memory import with_training_memory as planned_with

    return planned_with(planned, optimizer)


def with_not_run(spec: ModelSpec, planned: Report) -> Report:
    """The plan, with a note that names the layers that a run leaves out: custom layers, and what
    depends on them. A function that is not in a model file is an error here."""
    from rnncli.model.binding import bind
    from rnncli.model.runnable import not_run_note
    from rnncli.problems import errors

    planned = msgspec.structs.replace(
        planned, problems=tuple([needed_to_run(problem) for problem in planned.problems])
    )
    note = None if errors(planned.problems) else not_run_note(bind(spec))
    problems = (*planned.problems, note) if note else planned.problems
    return msgspec.structs.replace(planned, problems=problems)


def with_not_saved(spec: ModelSpec, planned: Report) -> Report:
    """The plan, with an error for each layer that no file of Keras's weights can have."""
    from rnncli.model.binding import bind
    from rnncli.problems import errors
    from rnncli.writers.keras_file import not_in_keras

    problems = planned.problems
    if not errors(problems):
        problems = (*problems, *not_in_keras(bind(spec)))
    return msgspec.structs.replace(planned, problems=problems)


def needed_to_run(problem: Problem) -> Problem:
    """The problem; an error where a model cannot be run without what is missing."""
    if problem.code == "custom-function" and problem.severity == "warning":
        return msgspec.structs.replace(problem, severity="error")
    return problem

"""Gradients → problems: half-lives that are shorter than a model needs."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.problems import Problem, problem_of_file
from rnncli.report.gradients import Gradients, LayerGradients

_NOT_JUDGED = ("not-connected", "one-step")


def short_half_lives(gradients: Gradients, least: float) -> list[Problem]:
    """The problems of the layers whose gradient halves in fewer than ``least`` steps, at any of
    the lengths and seeds; one problem if no layer has a half-life at all."""
    judged = [layer for layer in gradients.layers if layer.verdict not in _NOT_JUDGED]
    if not judged:
        message = "no layer has a half-life: the loss depends on two of its steps in none"
        fix = "measure more steps, --lengths 50, or all of them, --loss all"
        return [_problem(gradients, message, fix)]
    return [*_short(gradients, judged, least)]


def _short(gradients: Gradients, judged: list[LayerGradients], least: float) -> Iterator[Problem]:
    for key in dict.fromkeys(layer.key for layer in judged):
        layers = [layer for layer in judged if layer.key == key]
        zero = next((layer for layer in layers if layer.verdict == "zero"), None)
        halved = [(layer.half_life, layer) for layer in layers if layer.half_life is not None]
        half_life, shortest = min(halved, key=lambda pair: pair[0], default=(least, None))
        message = None
        if zero is not None:
            message = f"no gradient arrives at the first step of {zero.steps:,}: it is exactly 0"
        elif shortest is not None and half_life < least:
            message = (
                f"the gradient halves in {half_life:.3g} steps, fewer than {least:g}, "
                f"at {shortest.steps:,} steps and seed {shortest.seed}"
            )
        if message is not None:
            fix = "--compare shows other cells; attention, or fewer steps, shorten the way"
            yield _problem(gradients, f"{key}: {message}", fix, layers[0].name)


def _problem(gradients: Gradients, message: str, fix: str, layer: str | None = None) -> Problem:
    return problem_of_file(gradients.source, "short-half-life", message, fix, layer=layer)

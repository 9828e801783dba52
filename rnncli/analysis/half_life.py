"""Gradients → problems: half-lives that are shorter than a model needs."""

from __future__ import annotations

from collections.abc import Iterator

from rnncli.problems import Problem, problem_of_file
from rnncli.report.gradients import Gradients, LayerGradients


def short_half_lives(gradients: Gradients, least: float) -> list[Problem]:
    """The problems of the layers whose gradient halves in fewer than ``least`` steps, at any of
    the lengths and seeds; or of no layer that has a half-life at all."""
    judged = [layer for layer in gradients.layers if layer.verdict not in _NOT_JUDGED]
    if not judged:
        message = "no layer has a half-life: the loss depends on two of its steps in none"
        fix = "measure more steps: --lengths 50; or all of them: --loss all"
        return [problem_of_file(gradients.source, _CODE, message, fix)]
    return [*_short(gradients, judged, least)]


_CODE = "short-half-life"
_NOT_JUDGED = ("not-connected", "one-step")
_FIX = "--compare shows other cells; attention, or fewer steps, shorten the way"


def _short(gradients: Gradients, judged: list[LayerGradients], least: float) -> Iterator[Problem]:
    for key in dict.fromkeys(layer.key for layer in judged):
        layers = [layer for layer in judged if layer.key == key]
        zero = next((layer for layer in layers if layer.verdict == "zero"), None)
        shortest = min(
            (layer for layer in layers if layer.half_life is not None),
            key=lambda layer: layer.half_life or 0.0,
            default=None,
        )
        message = None
        if zero is not None:
            message = f"no gradient arrives at the first step of {zero.steps:,}: it is exactly 0"
        elif shortest is not None and (shortest.half_life or 0.0) < least:
            message = (
                f"the gradient halves in {shortest.half_life:.3g} steps, fewer than {least:g}, "
                f"at {shortest.steps:,} steps and seed {shortest.seed}"
            )
        if message:
            yield problem_of_file(
                gradients.source, _CODE, f"{key}: {message}", _FIX, layer=layers[0].name
            )

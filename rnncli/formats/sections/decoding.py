"""A model that runs one step at a time: one step, the loop around it, the steps of the run."""

from __future__ import annotations

from rnncli.formats.phrases import number, shape, tensors
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.decoding import Numbers
from rnncli.report.report import Report


def one_step(report: Report) -> Section:
    """Returns the layers that run at every step, with their shapes in one step."""
    if report.decode is None:
        return Section("", (), ())
    decode = report.decode
    first = (decode.input, "", tensors([decode.step_input]), "")
    rows = [
        (layer.name, layer.cls, tensors(layer.outputs), number(layer.macs))
        for layer in decode.every
    ]
    headings = (
        Heading("Layer"),
        Heading("Class"),
        Heading("Output"),
        Heading("MACs", right=True),
    )
    title = "Decode: the last step" if decode.feeds_prefix else "Decode: one step"
    return Section(title, headings, (first, *rows))


def loop_lines(report: Report) -> list[str]:
    """Describes the loop around the step in sentences."""
    decode = report.decode
    if decode is None:
        return []
    fed = f"the argmax of {decode.output}" if decode.feeds == "argmax" else decode.output
    feeds = f"each feeds {fed} to the next."
    if decode.feeds_prefix:
        feeds = (
            f"each reads all steps so far, keeps the last step of {decode.output}, and appends "
            f"{'its argmax' if decode.feeds == 'argmax' else 'it'}."
        )
    lines = [
        f"{decode.steps} steps from {decode.input} = {decode.first:g}: {feeds} "
        f"{decode.input} {shape(decode.loop_input.shape)} → "
        f"{decode.output} {shape(decode.loop_output.shape)}, {number(decode.macs)} MACs in all.",
    ]
    if decode.feeds_prefix:
        lines.append("The steps so far are the state: no keys and values are kept between steps.")
    if decode.once:
        lines.append(f"Run once, before the loop: {', '.join(decode.once)}.")
    for carried in decode.carried:
        states = ", ".join(f"{state.name} {shape(state.shape)}" for state in carried.states)
        start = ", ".join(carried.starts_from) or "zeros"
        lines.append(f"{carried.layer} carries {states} from step to step; it starts from {start}.")
    return lines


def steps(report: Report) -> Section:
    """Returns every step of the run: its input, the states after it, its output."""
    decoded = report.decoded
    if decoded is None or not decoded.steps:
        return Section("", (), ())
    whole = decoded.steps[0].input.shape == (decoded.steps[0].input.shape[0], 1)
    rows = [
        (
            str(step.step),
            f"{step.input.first[0]:g}" if whole else _first(step.input),
            *(_first(state) for state in step.states),
            _first(step.output) + ("" if step.chosen is None else f" → {step.chosen}"),
        )
        for step in decoded.steps
    ]
    first_step = decoded.steps[0]
    names = [
        first_step.input.name,
        *(state.name for state in first_step.states),
        first_step.output.name,
    ]
    headings = (Heading("Step", right=True), *map(Heading, names))
    return Section("Decode: the steps of the run", headings, tuple(rows))


def fact(report: Report) -> str | None:
    """Reports in one line whether the same inputs, fed at once, lead to the same outputs."""
    decoded = report.decoded
    if decoded is None:
        return None
    largest = (
        "not a number"
        if decoded.largest_difference is None
        else f"{decoded.largest_difference:.1e}".replace("0.0e+00", "0")
    )
    if decoded.equal:
        return (
            f"The same {len(decoded.steps)} inputs fed at once (teacher forcing) give the same "
            f"outputs: the largest difference is {largest}."
        )
    text = (
        f"The same {len(decoded.steps)} inputs fed at once (teacher forcing) give other outputs: "
        f"the largest difference is {largest}."
    )
    return " ".join([text, *_reasons(report)])


def _reasons(report: Report) -> list[str]:
    """Returns the problems of the plan that explain why the outputs differ."""
    return [
        f"Why: {problem.message} ({problem.code})."
        for problem in report.problems
        if problem.code == "decode-ignores-mask"
    ]


def _first(numbers: Numbers) -> str:
    """Formats the first values of a tensor, with an ellipsis if there are more."""
    size = 1
    for axis in numbers.shape[1:]:
        size *= axis
    more = " …" if size > len(numbers.first) else ""
    return " ".join(f"{value:.3g}" for value in numbers.first) + more

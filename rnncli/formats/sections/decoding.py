"""How a model is run a step at a time, as a reader sees it: one step, the loop, what came out."""

from __future__ import annotations

from rnncli.formats.phrases import number, shape, tensors
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.decoding import Numbers
from rnncli.report.report import Report


def one_step(report: Report) -> Section:
    """The layers that run at every step, with their shapes there."""
    if report.decode is None:
        return Section("", (), ())
    found = report.decode
    first = (found.input, "", tensors([found.step_input]), "")
    rows = [(each.name, each.cls, tensors(each.outputs), number(each.macs)) for each in found.every]
    headings = (
        Heading("Layer"),
        Heading("Class"),
        Heading("Output"),
        Heading("MACs", right=True),
    )
    return Section("Decode: one step", headings, (first, *rows))


def loop_lines(report: Report) -> list[str]:
    """The loop around the step, in sentences."""
    found = report.decode
    if found is None:
        return []
    what = f"the argmax of {found.output}" if found.feeds == "argmax" else found.output
    lines = [
        f"{found.steps} steps from {found.input} = {found.first:g}: each feeds {what} to the next. "
        f"{found.input} {shape(found.loop_input.shape)} → {found.output} "
        f"{shape(found.loop_output.shape)}, {number(found.macs)} MACs in all.",
    ]
    if found.once:
        lines.append(f"Run once, before the loop: {', '.join(found.once)}.")
    for each in found.carried:
        states = ", ".join(f"{state.name} {shape(state.shape)}" for state in each.states)
        start = ", ".join(each.starts_from) or "zeros"
        lines.append(f"{each.layer} carries {states} from step to step; it starts from {start}.")
    return lines


def steps(report: Report) -> Section:
    """Every step as it ran: what was fed, the states after it, what came out."""
    found = report.decoded
    if found is None or not found.steps:
        return Section("", (), ())
    whole = found.steps[0].input.shape == (found.steps[0].input.shape[0], 1)
    rows = [
        (
            str(each.step),
            f"{each.input.first[0]:g}" if whole else _first(each.input),
            *(_first(state) for state in each.states),
            _first(each.output) + ("" if each.chosen is None else f" → {each.chosen}"),
        )
        for each in found.steps
    ]
    one = found.steps[0]
    names = [one.input.name, *(each.name for each in one.states), one.output.name]
    headings = (Heading("Step", right=True), *map(Heading, names))
    return Section("Decode: the steps of the run", headings, tuple(rows))


def fact(report: Report) -> str | None:
    """Whether the loop gives what the same inputs give at once, in one line."""
    found = report.decoded
    if found is None:
        return None
    largest = (
        "not a number"
        if found.largest_difference is None
        else f"{found.largest_difference:.1e}".replace("0.0e+00", "0")
    )
    if found.equal:
        return (
            f"The same {len(found.steps)} inputs fed at once (teacher forcing) give the same "
            f"outputs: the largest difference is {largest}."
        )
    text = (
        f"The same {len(found.steps)} inputs fed at once (teacher forcing) give other outputs: the "
        f"largest difference is {largest}."
    )
    return " ".join([text, *_reasons(report)])


def _reasons(report: Report) -> list[str]:
    """What the plan said of numbers that differ."""
    return [
        f"Why: {each.message} ({each.code})."
        for each in report.problems
        if each.code == "decode-ignores-mask"
    ]


def _first(numbers: Numbers) -> str:
    """The first numbers of a tensor; there are more where it says so."""
    size = 1
    for axis in numbers.shape[1:]:
        size *= axis
    more = " …" if size > len(numbers.first) else ""
    return " ".join(f"{each:.3g}" for each in numbers.first) + more

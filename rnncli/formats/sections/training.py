"""The memory of a training step: its parts, and what is kept for backprop, layer by layer."""

from __future__ import annotations

from rnncli.formats.phrases import memory, named
from rnncli.formats.sections.section import Heading, Section
from rnncli.report.report import Report

_HEADINGS = (Heading("Memory", right=True), Heading("Formula, in bytes", wraps=True))


def parts(report: Report, expand: bool = True) -> Section:
    """Returns a row for weights, gradients, slots and activations, and their sum."""
    if not report.training:
        return Section("Training", (), ())
    training = report.training
    rows = [
        (name, memory(part.bytes), part.formula)
        for name, part in (
            ("weights", training.weights),
            ("gradients", training.gradients),
            ("optimizer slots", training.slots),
            ("activations", training.activations),
        )
    ]
    about = f"activations: within {training.tolerance:.0%} of what TensorFlow keeps on a CPU"
    if training.estimated:
        about = f"activations: a guess at {named(training.estimated)}"
    return Section(
        f"A training step with {training.optimizer}",
        (Heading("Part"), *_HEADINGS),
        tuple(rows),
        ("total", memory(training.total), about),
    )


def activations(report: Report, expand: bool = True) -> Section:
    """Returns a row for each layer of which something is kept from the forward pass."""
    kept = report.training.kept if report.training else ()
    return Section(
        "Activations kept for backprop",
        (Heading("Layer"), Heading("Class"), *_HEADINGS),
        tuple([(one.layer, one.cls, memory(one.bytes), one.formula) for one in kept]),
    )

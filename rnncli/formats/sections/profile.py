"""The time and the memory of a model: its passes, its layers, and what is beside the plan."""

from __future__ import annotations

from rnncli.formats.phrases import memory, named, number, seconds
from rnncli.formats.sections.section import Heading, Section
from rnncli.formats.text import one_line
from rnncli.report.profile import PassProfile, Profile, Timing

_WORK = {"forward": "forward pass", "training": "training step"}
_TIMES = (Heading("Minimum", right=True), Heading("Median", right=True))
# The columns of the layers that a narrow table has not: class and median.
_LEAVING = (1, 4)
_RATE = Heading("GMAC/s", right=True)


def passes(profile: Profile) -> Section:
    """Returns a row for each way in which the whole model ran, forward and in training."""
    rows: list[tuple[str, ...]] = []
    for work, name in _WORK.items():
        for place, one in enumerate([one for one in profile.passes if one.work == work]):
            rows.append((name if place == 0 else "", one.how, *_pass_cells(one)))
    headings = (Heading("Pass"), Heading("Runs"), *_TIMES, _RATE)
    return Section("Passes", headings, tuple(rows))


def _pass_cells(one: PassProfile) -> tuple[str, str, str]:
    if one.time is None:
        return "–", "–", ""
    return (*_both(one.time), _rate(one.gmacs_per_second))


def layers(profile: Profile, *, narrow: bool = False) -> Section:
    """Returns a row for each layer, alone on what it reads, and one for the rest of the pass.

    A ``narrow`` table has neither class nor median.
    """
    fused = any(layer.without_cudnn for layer in profile.layers)
    headings = [Heading("Layer"), Heading("Class"), Heading("MACs", right=True), *_TIMES, _RATE]
    rows = [
        [layer.name, layer.cls, number(layer.macs), *_both(layer.time),
         _rate(layer.gmacs_per_second)]
        for layer in profile.layers
    ]  # fmt: skip
    if profile.unattributed_seconds is not None:
        rows.append(["unattributed", "", "", seconds(profile.unattributed_seconds), "", ""])
    whole = profile.pass_of("forward")
    footer = ["forward pass", "", number(profile.macs), "", "", ""]
    if whole is not None and whole.time is not None:
        footer[3:] = [*_both(whole.time), _rate(whole.gmacs_per_second)]
    if fused:
        headings.append(Heading("Without cuDNN", right=True))
        without = [layer.without_cudnn for layer in profile.layers]
        cells = ["" if time is None else seconds(time.minimum_seconds) for time in without]
        for row, cell in zip(rows, [*cells, ""], strict=False):
            row.append(cell)
        footer.append("")
    shown = [place for place in range(len(headings)) if not narrow or place not in _LEAVING]
    return Section(
        "Each layer alone",
        tuple([headings[place] for place in shown]),
        tuple([tuple([row[place] for place in shown]) for row in rows]),
        tuple([footer[place] for place in shown]),
    )


def memory_use(profile: Profile) -> Section:
    """Returns the planned memory of a training step, and the measured growth beside it."""
    training = profile.training
    if training is None:
        return Section("Memory", (), ())
    grown = {peak.work: memory(peak.bytes) for peak in profile.peaks}
    per_step = _sum(training.activations.bytes, training.gradients.bytes)
    rows = (
        ("weights", memory(training.weights.bytes), ""),
        (f"slots of {training.optimizer}", memory(training.slots.bytes), ""),
        ("activations", memory(training.activations.bytes), ""),
        ("gradients", memory(training.gradients.bytes), ""),
        ("training step: activations and gradients", memory(per_step), grown.get("training", "–")),
        ("forward pass", "", grown.get("forward", "–")),
    )
    headings = (Heading("Memory"), Heading("Planned", right=True), Heading("Measured", right=True))
    return Section("Memory beside the plan", headings, rows)


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def sentences(profile: Profile) -> list[str]:
    """Says what was measured, how, and what the numbers leave out."""
    failed: dict[tuple[str, str], list[str]] = {}
    for one in profile.passes:
        if one.why is not None:
            failed.setdefault((_WORK[one.work], one_line(one.why)), []).append(one.how)
    lines = [
        f"The {work} does not run {', '.join(hows)}: {why}." for (work, why), hows in failed.items()
    ]
    runs = next((one.time.runs for one in profile.passes if one.time), None)
    if runs:
        lines.append(
            f"On {profile.device}, batch {profile.batch}; each is timed {_several(runs, 'time')}, "
            "after a first run. GMAC/s are the planned MACs divided by the minimum."
        )
    if profile.call_seconds is not None:
        lines.append(
            f"Each layer's time has the cost of one call, {seconds(profile.call_seconds)} for a "
            "call of nothing. Unattributed is the traced forward pass without the layers: it is "
            "below 0 where calls cost more than what is between the layers."
        )
    trained = profile.pass_of("training")
    if trained is not None and trained.time is not None:
        if profile.training and profile.training.estimated:
            lines.append(f"Activations are a guess at {named(profile.training.estimated)}.")
        lines.append(
            "A training step minimizes the mean of the squared outputs; its time has the backward "
            "pass and the optimizer."
        )
    for witness in dict.fromkeys(peak.witness for peak in profile.peaks):
        lines.append(_WITNESSES[witness])
    return lines


_WITNESSES = {
    "device": "Memory is what TensorFlow's count of the GPU's memory grows by in one run.",
    "process": "Memory is what the process grows by in the second run, by its high-water mark: "
    "some MB of TensorFlow's own are in it, and memory that was freed before is not. The planned "
    "sum is the most there can be: gradients come as activations go.",
    "samples": "Memory is a lower bound: the process is looked at every few ms.",
}


def records(profile: Profile) -> Section:
    """Returns a row for each pass and layer with exact numbers, for a spreadsheet."""
    names = ("what", "how", "class", "macs", "minimum_seconds", "median_seconds", "runs",
             "gmacs_per_second")  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for one in profile.passes:
        times = (*_exactly(one.time), _exact(one.gmacs_per_second))
        rows.append((one.work, one.how, "", _exact(profile.macs), *times))
    for layer in profile.layers:
        times = (*_exactly(layer.time), _exact(layer.gmacs_per_second))
        rows.append((layer.name, "traced", layer.cls, _exact(layer.macs), *times))
    headings = [Heading(name, right=name not in ("what", "how", "class")) for name in names]
    return Section("Profile", tuple(headings), tuple(rows))


def _exactly(time: Timing | None) -> tuple[str, str, str]:
    if time is None:
        return "", "", ""
    return repr(time.minimum_seconds), repr(time.median_seconds), str(time.runs)


def _exact(value: float | None) -> str:
    return "" if value is None else repr(value)


def _both(time: Timing) -> tuple[str, str]:
    return seconds(time.minimum_seconds), seconds(time.median_seconds)


def _rate(rate: float | None) -> str:
    if rate is None:
        return ""
    if rate < 0.001:
        return "< 0.001"
    return f"{rate:.3g}" if rate < 1000 else f"{rate:,.0f}"


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""The reference of layers and operations as sections of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rnncli.formats.phrases import number, shape, tensors
from rnncli.formats.sections.section import Heading, Section

if TYPE_CHECKING:
    from rnncli.report.layer_entry import KnownArgument, LayerReference
    from rnncli.report.report import Report


def listed(family: str, examples: Mapping[str, Report | None]) -> Section:
    """Returns a row for each layer: what its example reads and returns, and its parameters."""
    rows = []
    for name, example in examples.items():
        if example is None:
            rows.append((name, "", "", "", ""))
            continue
        layer = example.layers[0]
        reads = "\n".join(shape(tensor.shape) for tensor in layer.inputs)
        formula = (layer.params.formula or "").partition(" = ")[0] if layer.params else ""
        rows.append((name, reads, tensors(layer.outputs), _count(layer.params), formula))
    headings = (
        Heading("Layer"),
        Heading("Reads"),
        Heading("Gives"),
        Heading("Params", right=True),
        Heading("Formula"),
    )
    return Section(family, headings, tuple(rows))


def listed_operations(family: str, examples: Mapping[str, tuple[str, Report]]) -> Section:
    """Returns a row for each operation: what its example reads, its entry, and what it returns.

    ``examples`` has the config of the example and its plan.
    """
    rows = []
    for name, (config, example) in examples.items():
        layer = example.layers[0]
        reads = "\n".join(shape(tensor.shape) for tensor in layer.inputs)
        rows.append((name, reads, "\n".join(_entry(config)), tensors(layer.outputs)))
    headings = ("Operation", "Reads", "Example", "Gives")
    return Section(family, tuple(map(Heading, headings)), tuple(rows))


def heading(layer: LayerReference) -> str:
    """Returns the names of a layer or an operation, and its family."""
    names = ", ".join((layer.name, *layer.aliases))
    return f"{names if '.' in layer.name else f'keras.layers.{names}'} · {layer.family}"


def example_heading(layer: LayerReference) -> str:
    """Returns the heading of the example; that of an operation has its entry."""
    if "." not in layer.name or layer.config is None:
        return "For example"
    first, *wired = _entry(layer.config)
    return f"For example, {' with '.join([first.removesuffix(':'), *wired])}"


def arguments(layer: LayerReference) -> Section:
    """Returns every argument with the values that it takes and its default."""
    return _arguments("Arguments", layer.arguments)


def call(layer: LayerReference) -> Section:
    """Returns the arguments of the layer's call."""
    return _arguments("Arguments of its call", layer.call)


def _arguments(title: str, known: Iterable[KnownArgument]) -> Section:
    rows = tuple(
        (
            argument.name,
            argument.takes,
            "required" if argument.required else _written(argument.default),
        )
        for argument in known
    )
    return Section(title, tuple(map(Heading, ("Argument", "Takes", "Default"))), rows)


def returned(layer: LayerReference) -> Section:
    """Returns what a recurrent layer returns for each combination of its flags."""
    rows = tuple(
        (_yes(returns.return_sequences), _yes(returns.return_state), tensors(returns.tensors))
        for returns in layer.returns
    )
    headings = ("return_sequences", "return_state", "Returns")
    return Section("Returns", tuple(map(Heading, headings)), rows)


def _entry(config: str) -> list[str]:
    """Returns the lines of the entry in a config of one operation, without its dash."""
    _, _, entry = config.partition("layers:\n  - ")
    return [line.strip() for line in entry.splitlines()]


def _count(params: Any) -> str:
    return number(params.total if params else None)


def _written(value: Any) -> str:
    """Formats a default as a config writes it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"

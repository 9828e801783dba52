"""A small config for every layer, found by planning: the first input that the layer can read."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.signatures import signatures
from rnncli.keras_api.traits import MODULES, traits
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.report.report import Report

_INPUTS = (
    "[5, 8]",
    "[8]",
    "[8, 8, 3]",
    "[4, 8, 8, 3]",
    "[4, 8, 8, 8, 3]",
    "[4000]",
    "[4000, 1]",
    "{shape: [5], dtype: int32, below: 4}",
    "{shape: [5, 8], dtype: int32, below: 4}",
    "{shape: [5], dtype: string}",
    "{shape: [1], dtype: string}",
)

# The most likely input of a layer of images, or whose name ends with its number of dimensions.
_IMAGE = "[8, 8, 3]"
_SPATIAL = {"2D": _IMAGE, "3D": "[4, 8, 8, 8, 3]"}


class Example(msgspec.Struct, frozen=True):
    """A config of one layer, and its plan, which has no errors."""

    config: str
    spec: ModelSpec
    report: Report


def example(cls: str) -> Example | None:
    """An example of a layer of this class; None if no input fits."""
    for config in _candidates(cls):
        spec = parse(Source("example", config))
        report = plan(spec)
        if not errors(report.problems):
            return Example(config, spec, report)
    return None


def _candidates(cls: str) -> Iterator[str]:
    entry = traits(cls).example or _entry(cls)
    if traits(cls).several:
        for shape in ("[5, 8]", "{shape: [1], dtype: int32}"):
            yield f"inputs: {{a: {shape}, b: {shape}}}\nlayers:\n  - {entry}\n    from: [a, b]\n"
    of_images = MODULES.get(cls) == "preprocessing.images"
    likely = _IMAGE if of_images else _SPATIAL.get(cls[-2:])
    for shape in sorted(_INPUTS, key=lambda candidate: candidate != likely):
        yield f"input: {shape}\nlayers:\n  - {entry}\n"


def _entry(cls: str) -> str:
    """The layer with an example value for each required argument."""
    arguments = [
        f"{name}: {kind_of(cls, name, parameter).example}"
        for name, parameter in signatures().layers[cls].arguments.items()
        if parameter.required
    ]
    return f"{cls}: {{{', '.join(arguments)}}}"

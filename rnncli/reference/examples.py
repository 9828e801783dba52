"""A small config for every layer and operation, found by planning: the first input that it can
read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import product

import msgspec

from rnncli.config import ModelSpec, parse
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.calls import calls
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.signatures import Signature, signatures
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

# What an operation reads: first, and beside that. A matrix product needs two that fit.
_FIRST: tuple[str, ...] = ("[5, 8]", "[1, 8]")
_OTHERS: tuple[str, ...] = ("[5, 8]", "[8, 4]")
# The same by parameters that say what it reads.
_IDS = "{shape: [5, 8], dtype: int32, below: 4}"
_CONDITION = "{shape: [5, 8], dtype: bool}"


class Example(msgspec.Struct, frozen=True):
    """A config of one layer or operation, and its plan, which has no errors."""

    config: str
    spec: ModelSpec
    report: Report


def example(cls: str) -> Example | None:
    """An example of a layer of this class, or of an operation; None if no input fits."""
    for config in _of_operation(cls) if "." in cls else _candidates(cls):
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
    return f"{cls}: {{{_required(cls, signatures().layers[cls])}}}"


def _required(cls: str, signature: Signature, but: Collection[str] = ()) -> str:
    """An example value for each required argument, but for those that are left out."""
    return ", ".join(
        f"{name}: {kind_of(cls, name, parameter).example}"
        for name, parameter in signature.arguments.items()
        if parameter.required and name not in but
    )


def _of_operation(function: str) -> Iterator[str]:
    """The operation on one tensor, or on as many as it reads where its example gives no number."""
    row, signature = OPERATIONS[function], calls().functions[function]
    required = _required(function, signature, row.tensors)
    value = row.example or (f"{{{required}}}" if required else "")
    reads = [name for name in row.tensors if not re.search(rf"[{{ ]{name}:", value)]
    count = 2 if row.several else len(reads)
    firsts, others = _FIRST, _OTHERS
    if "num_classes" in signature.arguments:
        firsts = (_IDS,)
    elif reads[0] == "condition":
        firsts = (_CONDITION,)
    elif reads[-1] == "indices":
        others = (_IDS,)
    if count == 1:
        entry = f"{function}: {value}" if value else function
        for shape in firsts:
            yield f"input: {shape}\nlayers:\n  - {entry}\n"
        return
    names = "abc"[:count]
    entry = f"{function}: {value}".rstrip() + f"\n    from: [{', '.join(names)}]"
    for first, other in product(firsts, others):
        shapes = [first, *[other] * (count - 1)]
        inputs = ", ".join(f"{name}: {shape}" for name, shape in zip(names, shapes, strict=True))
        yield f"inputs: {{{inputs}}}\nlayers:\n  - {entry}\n"

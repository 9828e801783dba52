"""Model → another kind of file. A target is a module with the names of :class:`Writer`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

import msgspec

from rnncli.writers.writer import CannotWrite, Convertible, Writer, Written


class Target(msgspec.Struct, frozen=True):
    """A kind of file: its suffix, the module that writes it, and what it is.

    Where two targets have one suffix, the first is what the suffix alone means.
    """

    suffix: str
    module: str
    about: str
    has_weights: bool = False


#: The targets by name. Only the module of the target that is written is imported.
TARGETS: Mapping[str, Target] = {
    "yaml": Target(".yaml", "yaml", "a config that says the same"),
    "py": Target(".py", "python", "Keras code"),
    "keras": Target(".keras", "keras_file", "a file of Keras 3 with the weights", has_weights=True),
    "mmd": Target(".mmd", "mermaid", "a flowchart for Mermaid"),
    "dot": Target(".dot", "dot", "a graph for Graphviz"),
    "onnx": Target(".onnx", "onnx", "an ONNX file", has_weights=True),
    "torch": Target(".py", "pytorch", "a PyTorch module, and its weights", has_weights=True),
}


def of_suffix(suffix: str) -> str | None:
    """The name of the target that a file's suffix means; None if there is none."""
    suffix = {".yml": ".yaml", ".gv": ".dot", ".mermaid": ".mmd"}.get(
        suffix.lower(), suffix.lower()
    )
    return next((name for name, target in TARGETS.items() if target.suffix == suffix), None)


def load(name: str) -> Writer:
    """Imports and returns the writer of the target of this name."""
    return cast(Writer, import_module(f"rnncli.writers.{TARGETS[name].module}"))


__all__ = [
    "TARGETS",
    "CannotWrite",
    "Convertible",
    "Target",
    "Writer",
    "Written",
    "load",
    "of_suffix",
]

"""The errors that the engine raises."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The part of Keras's own messages that names a package that is not installed.
_INSTALL = re.compile(r"pip install ([\w.-]*\w)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class EngineMissing(Exception):
    """Keras, or the engine below it, is not installed or does not load; ``fix`` says what to do."""

    def __init__(self, message: str, fix: str) -> None:
        self.fix = fix
        super().__init__(message)


class PackageMissing(EngineMissing):
    """A package that an export needs is not installed."""


class ExportFailed(Exception):
    """Keras's exporter, or the program that runs what it wrote, raised an error.

    The message is theirs, on one line.
    """


class KerasFailed(Exception):
    """Keras raised an error on a layer; the message is Keras's own, on one line.

    ``missing`` is the module that the layer needs and that is not installed: STFTSpectrogram, for
    instance, takes a named window from scipy, which Keras does not install. ``error`` is the error
    that Keras raised. ``eager_runs`` is true if the layer runs eagerly and fails only in a graph,
    which is how ``predict`` runs it.
    """

    def __init__(self, layer: str, error: BaseException, eager_runs: bool = False) -> None:
        self.layer = layer
        self.error = error
        self.eager_runs = eager_runs
        # Keras raises an error of its own; Python's error before it names the module.
        cause = error.__context__ or error
        self.missing = cause.name if isinstance(cause, ModuleNotFoundError) else None
        if isinstance(error, ImportError) and (install := _INSTALL.search(str(error))):
            self.missing = install[1]
        message = plain(str(error)) or type(error).__name__
        self.message = (
            f"runs eagerly, and fails in model.predict: {message}" if eager_runs else message
        )
        super().__init__(f"{layer}: {self.message}")


class WeightsDoNotFit(Exception):
    """The stored arrays of a layer do not have the shapes of its weights, or cannot be read."""

    @classmethod
    def of_layer(
        cls, layer: str, stored: Sequence[tuple[int, ...]], expected: Sequence[tuple[int, ...]]
    ) -> WeightsDoNotFit:
        """The error of a layer, with the shapes on both sides."""
        return cls(
            f"{layer}: the file stores {_shapes(stored)}, and the layer has {_shapes(expected)}"
        )


class NoGradient(Exception):
    """No output of the model has a gradient: all are integers, or depend on a custom layer."""


class NotFinite(Exception):
    """A tensor of the model overflowed: a number in it is infinite, or not a number."""

    def __init__(self, tensor: str) -> None:
        self.tensor = tensor
        super().__init__(f"{tensor} is not finite")


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    """Shapes as a message lists them: ``(4, 12), (3, 12)``."""
    return ", ".join(f"({', '.join(map(str, shape))})" for shape in shapes) or "no weights"


# What TensorFlow, PyTorch and JAX raise when memory runs out, besides Python's MemoryError.
_OUT_OF_MEMORY = re.compile("ResourceExhaustedError|OutOfMemoryError|RESOURCE_EXHAUSTED")


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Returns whether an error, or one that caused it, says that memory ran out."""
    while error is not None:
        names = " ".join(cls.__name__ for cls in type(error).__mro__)
        if isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(f"{names} {error}"):
            return True
        error = error.__cause__ or error.__context__
    return False


def plain(message: str) -> str:
    """Returns a Keras message on one line, without colours and the list of call arguments."""
    text = _ANSI.sub("", message)
    text = text.split("\n\nArguments received by", 1)[0]
    text = re.sub(r"^Exception encountered when calling \S+\.\s*", "", text.strip())
    return re.sub(r"\s*\n\s*", " ", text.strip())

"""How the engine fails."""

from __future__ import annotations

import re

# How Keras's own messages name what is not installed.
_INSTALL = re.compile(r"pip install ([\w.-]*\w)")
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class EngineMissing(Exception):
    """Keras, or the engine below it, is not installed, or does not load; ``fix`` is the way on."""

    def __init__(self, message: str, fix: str) -> None:
        self.fix = fix
        super().__init__(message)


class KerasFailed(Exception):
    """Keras raised an error on a layer; the message is its own, made plain.

    ``missing`` is the module that the layer needs and that is not installed: STFTSpectrogram
    takes a window that is given by its name from scipy, which Keras does not install.
    ``error`` is what Keras raised. ``eager_runs`` says that the layer fails in a graph alone,
    which is how ``predict`` runs it.
    """

    def __init__(self, layer: str, error: BaseException, eager_runs: bool = False) -> None:
        self.layer = layer
        self.error = error
        self.eager_runs = eager_runs
        # Keras says it in words of its own; what Python said before knows the module.
        cause = error.__context__ or error
        self.missing = cause.name if isinstance(cause, ModuleNotFoundError) else None
        if isinstance(error, ImportError) and (install := _INSTALL.search(str(error))):
            self.missing = install[1]
        message = plain(str(error)) or type(error).__name__
        self.message = (
            f"runs eagerly, and fails in model.predict: {message}" if eager_runs else message
        )
        super().__init__(f"{layer}: {self.message}")


# What TensorFlow, PyTorch and JAX raise where memory runs out, beside Python's own MemoryError.
_OUT_OF_MEMORY = re.compile("ResourceExhaustedError|OutOfMemoryError|RESOURCE_EXHAUSTED")


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, says that memory ran out."""
    while error is not None:
        names = " ".join(cls.__name__ for cls in type(error).__mro__)
        if isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(f"{names} {error}"):
            return True
        error = error.__cause__ or error.__context__
    return False


def plain(message: str) -> str:
    """A message of Keras's on one line, without its colours and its trail of call arguments."""
    text = _ANSI.sub("", message)
    text = text.split("\n\nArguments received by", 1)[0]
    text = re.sub(r"^Exception encountered when calling \S+\.\s*", "", text.strip())
    return re.sub(r"\s*\n\s*", " ", text.strip())

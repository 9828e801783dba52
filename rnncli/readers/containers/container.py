"""What a model file holds, whichever kind of file it is, and the errors of all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from rnncli.problems import ConfigError, Problem
from rnncli.report.model_file import FileFormat, ModelFile, StoredWeight


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a model file, before anything in it is understood.

    ``architecture`` is the JSON that describes the model; None where the file has weights alone.
    ``keras`` and ``backend`` are what wrote the file, where it says so.
    ``arrays`` are the stored arrays by their place in the model, as Keras 3 writes them, and
    ``layer_weights`` those of each layer by its name, as the older HDF5 files have them; both are
    None where a file has no weights of that kind. The optimizer's and the metrics' are left out.
    """

    format: FileFormat
    architecture: Any | None = None
    keras: str | None = None
    backend: str | None = None
    arrays: tuple[StoredWeight, ...] | None = None
    layer_weights: Mapping[str, tuple[StoredWeight, ...]] | None = None

    def file(
        self,
        path: str,
        weights: Mapping[str, tuple[StoredWeight, ...]] | None,
        unclaimed: tuple[StoredWeight, ...],
    ) -> ModelFile:
        """What the file records of itself, with its arrays by layer and those of no layer."""
        return ModelFile(
            path=path,
            format=self.format,
            keras=self.keras,
            backend=self.backend,
            weights=weights,
            unclaimed=unclaimed,
        )


def refuse_file(file: str, code: str, message: str, fix: str | None = None) -> NoReturn:
    """Raises the error of a file that cannot be read as a model.

    Raises:
        ConfigError: always.
    """
    raise ConfigError(Problem(code=code, severity="error", message=message, fix=fix, file=file))


def text_or_none(value: object) -> str | None:
    """A version or a backend, as text; None where the file has something else there."""
    return value if isinstance(value, str) and value.isprintable() and len(value) < 100 else None


def printable(text: str) -> str:
    """A text out of a file, short, and without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in text)[:200]

"""The comment that says which file of Keras a text is from."""

from __future__ import annotations

from rnncli.report.model_file import ModelFile


def origin(file: ModelFile | None, mark: str = "#") -> str:
    """A line such as ``# from model.h5, Keras 2.2.4``; nothing where the model is a config's.

    ``mark`` is what begins a comment.
    """
    if file is None:
        return ""
    version = f", Keras {file.keras}" if file.keras else ""
    path = "".join(character if character.isprintable() else "?" for character in file.path)
    return f"{mark} from {path}{version}\n"

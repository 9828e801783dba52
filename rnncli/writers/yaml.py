"""A model as a config that says the same, with models inside in place and blocks unrolled."""

from __future__ import annotations

from rnncli.report.model_file import ModelFile
from rnncli.writers.block_style import block_text
from rnncli.writers.config_data import config_data
from rnncli.writers.writer import Convertible, Written

NAME = "yaml"
SUFFIX = ".yaml"


def write(source: Convertible) -> Written:
    """Returns the config."""
    text = _header(source.spec.file) + block_text(config_data(source.model))
    return Written({SUFFIX: text.encode("utf-8")})


def _header(file: ModelFile | None) -> str:
    """The comment that says which file of Keras a config is from."""
    if file is None:
        return ""
    version = f", Keras {file.keras}" if file.keras else ""
    path = "".join(character if character.isprintable() else "?" for character in file.path)
    return f"# from {path}{version}\n"

"""A model as a config that says the same, with models inside in place and blocks unrolled."""

from __future__ import annotations

from rnncli.writers.block_style import block_text
from rnncli.writers.config_data import config_data
from rnncli.writers.origin import origin
from rnncli.writers.writer import Convertible, Written

NAME = "yaml"
SUFFIX = ".yaml"


def write(source: Convertible) -> Written:
    """Returns the config."""
    text = origin(source.spec.file) + block_text(config_data(source.model))
    return Written({SUFFIX: text.encode("utf-8")})

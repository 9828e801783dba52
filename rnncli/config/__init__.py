"""YAML text → ModelSpec. Knows files, lines and columns; nothing of Keras."""

from rnncli.config.files import STANDARD_INPUT, name_of, read, source_of
from rnncli.config.grammar import parse, parse_text
from rnncli.config.overrides import override
from rnncli.config.plain_data import text_of
from rnncli.config.spec import ModelSpec

__all__ = [
    "STANDARD_INPUT",
    "ModelSpec",
    "name_of",
    "override",
    "parse",
    "parse_text",
    "read",
    "source_of",
    "text_of",
]

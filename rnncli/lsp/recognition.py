"""Whether a file of YAML or JSON is a config."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

_LAYERS = re.compile(r"""^(?:layers|"layers"|'layers')[ \t]*:""", re.MULTILINE)
_INPUT = re.compile(r"""^(?:inputs?|"inputs?"|'inputs?')[ \t]*:""", re.MULTILINE)
_IN_BRACES = re.compile(r"""\A\s*\{(?=.*"layers"\s*:)(?=.*"inputs?"\s*:)""", re.DOTALL)
# A model that Keras wrote has layers and inputs as well.
_OF_KERAS = re.compile(r'"class_name"\s*:')
_SCHEMA = re.compile(r"""(?:\$schema=|["']?\$schema["']?[ \t]*:[ \t]*).*rnncli""")
# Where a config says what it is.
_HEAD = 20_000


def is_config(text: str, path: str = "", folders: Iterable[str] = ()) -> bool:
    """Whether a text has the keys of a config, or names its schema, or is in such a folder."""
    head = text[:_HEAD]
    if _SCHEMA.search(head):
        return True
    if _LAYERS.search(text) and _INPUT.search(text):
        return True
    if _IN_BRACES.search(head) and not _OF_KERAS.search(head):
        return True
    return any(_is_in(path, folder) for folder in folders)


def _is_in(path: str, folder: str) -> bool:
    try:
        return os.path.commonpath([os.path.abspath(path), os.path.abspath(folder)]) == (
            os.path.abspath(folder)
        )
    except ValueError:
        return False

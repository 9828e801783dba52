"""Names of layers and tensors as Python's identifiers, each of them unique."""

from __future__ import annotations

import keyword
import re

# What the generated file uses itself.
_TAKEN = (
    "F", "Path", "load", "load_file", "main", "math", "nn", "pack_padded_sequence",
    "pad_packed_sequence", "pad_same", "run_masked", "self", "torch", "len", "float", "super",
    "str", "WEIGHTS",
)  # fmt: skip


class Variables:
    """The variables of ``forward``: one for each tensor, made where it is asked for first."""

    def __init__(self) -> None:
        self._variables: dict[tuple[str, str], str] = {}
        self._taken = {*_TAKEN}

    def of(self, name: str, part: str = "") -> str:
        """The variable of a layer's output or of another part, such as ``h``, of what it gives."""
        key = (name, part)
        if key not in self._variables:
            wanted = identifier(f"{name}_{part}" if part else name)
            self._variables[key] = unique(wanted, self._taken)
        return self._variables[key]


def identifier(name: str) -> str:
    """A name as an identifier in snake case."""
    words = re.sub(r"[^0-9a-zA-Z_]+", "_", name).strip("_")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()
    if not words or words[0].isdigit():
        words = f"layer_{words}".rstrip("_")
    return f"{words}_" if keyword.iskeyword(words) else words


def class_name(name: str) -> str:
    """A name as the name of a class."""
    words = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9a-zA-Z]+", name))
    if not words or words[0].isdigit():
        words = f"Model{words}"
    return f"{words}Model" if keyword.iskeyword(words) or words in _TAKEN else words


def unique(wanted: str, taken: set[str]) -> str:
    """A name that is not taken yet, and from now on is."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name

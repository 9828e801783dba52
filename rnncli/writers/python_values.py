"""Values of arguments → Python: plain values, Keras objects, and models in the place of layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from rnncli.model.arguments import first_argument, telling_arguments
from rnncli.model.graph import KerasObject
from rnncli.model.tensor_names import is_model
from rnncli.writers.python_layout import Code, call, keyword, listing, mapping

# Arguments whose lists are sizes of axes, which people write as tuples.
_SIZES = frozenset(
    {"kernel_size", "strides", "pool_size", "dilation_rate", "target_shape", "dims", "size",
     "output_size", "output_padding", "cropping"}
)  # fmt: skip


class Values:
    """Writes objects; ``needs_name`` has the ids of those whose names must be written, and
    ``make_model`` writes the call that makes a model inside."""

    def __init__(
        self, needs_name: Collection[int], make_model: Callable[[KerasObject], Code]
    ) -> None:
        self._needs_name = needs_name
        self._make_model = make_model

    def object(self, keras_object: KerasObject) -> Code:
        """The code that makes a Keras object, or a model."""
        if is_model(keras_object):
            return self._make_model(keras_object)
        family = "layers" if keras_object.family == "layers" else f"keras.{keras_object.family}"
        return self.named(f"{family}.{keras_object.cls}", keras_object)

    def named(self, cls: str, keras_object: KerasObject) -> Code:
        """The code that makes an object of a class, with the arguments of another one."""
        return call(cls, self._arguments(keras_object))

    def _arguments(self, keras_object: KerasObject) -> list[Code]:
        """The arguments that say something; the only one that is required needs no name."""
        written = telling_arguments(keras_object)
        first = first_argument(keras_object)
        if len(keras_object.signature.required) > 1 and not _holds_layer(written.get(first or "")):
            first = None
        arguments: list[Code] = []
        if first in written:
            arguments.append(self.argument(first, written.pop(first)))
        arguments += [keyword(name, self.argument(name, value)) for name, value in written.items()]
        if id(keras_object) in self._needs_name:
            arguments.append(keyword("name", (string(keras_object.name),)))
        return arguments

    def argument(self, name: str, value: Any) -> Code:
        """The value of an argument."""
        if name in _SIZES and isinstance(value, list) and all(map(_is_size, value)):
            comma = "," if len(value) == 1 else ""
            return (f"({', '.join(map(str, value))}{comma})",)
        return self.value(value)

    def value(self, value: Any) -> Code:
        """Any value."""
        if isinstance(value, KerasObject):
            return self.object(value)
        if isinstance(value, list):
            return listing(map(self.value, value))
        if isinstance(value, Mapping):
            return mapping((string(str(key)), self.value(item)) for key, item in value.items())
        return (literal(value),)


def literal(value: Any) -> str:
    """A scalar."""
    if isinstance(value, str):
        return string(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def string(text: str) -> str:
    """A string in the quotes that need fewer escapes, double ones if in doubt."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    escaped = (f"\\{quote}" if part == quote else _escaped(part) for part in text)
    inside = "".join(escaped)
    return f"{quote}{inside}{quote}"


def _escaped(character: str) -> str:
    return character if character in "\"'" else repr(character)[1:-1]


def shape(sizes: Collection[int | None]) -> str:
    """A shape as a tuple."""
    return f"({', '.join(map(str, sizes))}{',' * (len(sizes) == 1)})"


def _holds_layer(value: Any) -> bool:
    return isinstance(value, KerasObject) and value.family in ("layers", "models")


def _is_size(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))

"""An entry of a config as the call of keras.ops that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml


def called(keras: Any, entry: str) -> Callable[..., Any]:
    """The operation of an entry whose arguments have names, as a function of its tensors."""
    ((name, arguments),) = yaml.safe_load(entry if ":" in entry else f"{entry}: {{}}").items()
    function = getattr(keras.ops, name.removeprefix("ops."))
    return lambda *inputs: function(*inputs, **arguments)


def called_on_list(keras: Any, entry: str) -> Callable[..., Any]:
    """The same for an operation that takes a list of tensors."""
    operate = called(keras, entry)
    return lambda *inputs: operate([*inputs])

"""Writes the signatures of Keras's public classes, for the packages that do not import Keras.

Run it after an update of Keras::

    python -m rnncli.engine.dump_signatures > rnncli/keras_api/signatures.json
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from types import ModuleType
from typing import Any

# Arguments of the Layer class that a layer accepts even if its __init__ passes them by name.
_COMMON = ("name", "trainable", "dtype", "autocast", "activity_regularizer")
# Arguments that a class reads from its **kwargs, which no signature shows.
_HIDDEN = {"LayerNormalization": {"rms_scaling": False}}
_FAMILIES = ("layers", "initializers", "regularizers", "constraints")
_IDENTIFIERS = ("activations", "initializers", "regularizers", "constraints")


def collect() -> dict[str, Any]:
    """Returns the signatures of every public layer, initializer, regularizer and constraint."""
    import keras

    signatures: dict[str, Any] = {"keras": keras.__version__}
    aliases: dict[str, str] = {}
    for family in _FAMILIES:
        classes = _public_classes(getattr(keras, family))
        canonical = {cls: _canonical(cls, names) for cls, names in classes.items()}
        aliases |= {n: canonical[cls] for cls, ns in classes.items() for n in (*ns, cls.__name__)}
        signatures[family] = {
            canonical[cls]: {"class": cls.__name__, "arguments": _arguments(cls)}
            for cls in sorted(classes, key=lambda cls: canonical[cls])
        }
    signatures["aliases"] = {k: v for k, v in sorted(aliases.items()) if k != v}
    signatures["identifiers"] = {family: _identifiers(family) for family in _IDENTIFIERS}
    return signatures


def _public_classes(module: ModuleType) -> dict[type, list[str]]:
    """Returns each public class of a Keras module with its names in that module."""
    classes: dict[type, list[str]] = {}
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) and name[:1].isupper():
            classes.setdefault(value, []).append(name)
    return classes


def _canonical(cls: type, names: list[str]) -> str:
    return cls.__name__ if cls.__name__ in names else max(names, key=len)


def _arguments(cls: type) -> dict[str, Any]:
    """Returns the arguments of a class: ``{"default": …}``, or ``{}`` for a required one."""
    arguments: dict[str, Any] = {}
    handed_on = ""  # a caller cannot set what a subclass passes to its base by name
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters
        kinds = {parameter.kind for parameter in parameters.values()}
        for name, parameter in list(parameters.items())[1:]:
            own = base is cls or parameter.default is not parameter.empty
            if name in arguments or not own or _is_variadic(parameter) or name.startswith("_"):
                continue
            if base.__name__ in {"Layer", "Operation"} and name not in _COMMON:
                continue
            if name not in _COMMON and re.search(rf"\b{name}=", handed_on):
                continue
            required = parameter.default is parameter.empty
            arguments[name] = {} if required else {"default": _plain(parameter.default)}
        handed_on += inspect.getsource(vars(base)["__init__"])
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    hidden = {name: {"default": value} for name, value in _HIDDEN.get(cls.__name__, {}).items()}
    return arguments | hidden


def _is_variadic(parameter: inspect.Parameter) -> bool:
    return parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a default that is no plain value: {value!r}")


def _identifiers(family: str) -> list[str]:
    """Returns the names that ``keras.<family>.get`` accepts and a layer can use.

    An activation that requires more than a tensor, such as ``threshold``, fails in every layer.
    """
    import importlib

    known = importlib.import_module(f"keras.src.{family}").ALL_OBJECTS_DICT
    abstract = {"constraint", "initializer", "regularizer"}
    return sorted(
        word
        for word, value in known.items()
        if word.lower() not in abstract and not (family == "activations" and _needs_more(value))
    )


def _needs_more(activation: Any) -> bool:
    parameters = list(inspect.signature(activation).parameters.values())
    return any(parameter.default is parameter.empty for parameter in parameters[1:])


if __name__ == "__main__":
    json.dump(collect(), sys.stdout, indent=1, sort_keys=False)
    sys.stdout.write("\n")

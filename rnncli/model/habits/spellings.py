"""Objects in another spelling (Python, PyTorch, Keras 2) → the ObjectSpec that they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rnncli.config import python
from rnncli.config.edits import (
    replace_object,
)
from rnncli.config.spec import Argument, ObjectSpec, Value
from rnncli.config.writing import inline
from rnncli.keras_api.argument_kinds import kind_of
from rnncli.keras_api.signatures import Signature, signatures
from rnncli.model.habits import pytorch
from rnncli.model.mending import first_argument, plain, quoting, signature_of, written
from rnncli.problems import Edits, Fix, Place

# Layer names of Keras 2, and common names for layers of Keras 3.
KERAS_2_LAYERS: Mapping[str, str] = {
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "ThresholdedReLU": "ReLU",
}
_CALLED: Mapping[str, str] = {
    "BatchNorm": "BatchNormalization",
    "LayerNorm": "LayerNormalization",
    "GroupNorm": "GroupNormalization",
    "RMSNorm": "RMSNormalization",
    "UnitNorm": "UnitNormalization",
    "Concat": "Concatenate",
    "FullyConnected": "Dense",
    "FC": "Dense",
    "MHA": "MultiHeadAttention",
}
_BOTH_WAYS = re.compile(r"Bi_?(LSTM|GRU|RNN)", re.IGNORECASE)
_RUN_TOGETHER = re.compile(r"([A-Z]\w*)(?:\s*[:=]\s*|\s+)(\S.*)")
_CALLED_ON = re.compile(r"\)\s*\(")
_TORCH = ("nn", "torch", "torch.nn")


class Respelling(msgspec.Struct, frozen=True):
    """What an object means, and the problem with how it is spelled."""

    spec: ObjectSpec
    code: str
    message: str
    fix: Fix


def respelled(spec: ObjectSpec, family: str, beside: bool = False) -> Respelling | None:
    """What an object in another spelling means; None if it means nothing or is spelled correctly.

    ``beside`` says that its entry has other keys, such as a name.
    """
    for read in _READERS:
        reading = read(spec, family)
        if reading is not None:
            return _repeated(reading, beside) if isinstance(reading, _Torch) else reading
    return None


def as_object(value: Any, place: Place) -> Value:
    """A Python value as the value of an argument; calls become objects.

    Raises:
        ValueError: a call names no class of Keras, or the value is a mapping.
    """
    if isinstance(value, list):
        return Value(tuple(as_object(item, place) for item in value), place)
    if isinstance(value, python.Name):
        return Value(value.last, place)
    if isinstance(value, python.Call):
        return Value(_of_call(value, place), place)
    if isinstance(value, Mapping):
        raise ValueError("a mapping")
    return Value(value, place)


def _of_call(call: python.Call, place: Place) -> ObjectSpec:
    """A call in Python as an object; its arguments get their names."""
    cls = _known_class(call.last)
    signature = signature_of(cls)
    if signature is None:
        raise ValueError(f"no class {cls}")
    names = list(signature.arguments)
    if len(call.positional) > len(names):
        raise ValueError("too many arguments")
    values = {**dict(zip(names, call.positional, strict=False)), **call.keywords}
    first = names[0] if names else None
    arguments = {
        name: as_object(value, place)
        for name, value in values.items()
        # The shape of the input belongs at the top of the config.
        if name not in ("input_shape", "batch_input_shape")
    }
    first_value = arguments.pop(first, None) if first is not None else None
    keywords = {name: Argument(place, value) for name, value in arguments.items()}
    return ObjectSpec(cls, place, first_value, keywords)


def _known_class(name: str) -> str:
    """The class that a Python name stands for: ``l2`` is the function that makes an L2."""
    if signature_of(name) is not None or not name[:1].islower():
        return _CALLED.get(name) or KERAS_2_LAYERS.get(name) or name
    known = signatures()
    wanted = name.replace("_", "").lower()
    for family in ("regularizers", "initializers", "constraints"):
        for cls in known.family(family):
            if cls.lower() == wanted:
                return cls
    return name


# Ways to spell


def _called(spec: ObjectSpec, family: str) -> Respelling | _Torch | None:
    """``LSTM(16, return_sequences=True)``."""
    text = python.call_text(spec.place, spec.cls)
    if text is None:
        return None
    try:
        value = python.understand(text[0])
        if not isinstance(value, python.Call):
            return None
        if value.name.rpartition(".")[0] in _TORCH or pytorch.is_only_torch(value.last):
            arguments = pytorch.named(value.last, value.positional, value.keywords)
            return _torch(spec, value.last, arguments) if arguments is not None else None
        meant = _of_call(value, replace(spec.place, verbatim=False))
    except ValueError:
        return None
    respelling = _python(replace(spec, place=text[1]), meant)
    if _CALLED_ON.search(text[0]):
        # The tensor that the layer is called on is ignored: it may not be the one before it.
        respelling = replace(respelling, fix=replace(respelling.fix, safe=False))
    return respelling


def _assigned(spec: ObjectSpec, _family: str) -> Respelling | None:
    """``LSTM: units=3, dropout=0.2`` and ``LSTM: {units=3}``."""
    words = [name for name in spec.keywords if "=" in name]
    if spec.first is not None and isinstance(spec.first.data, str) and not spec.keywords:
        words = [spec.first.data]
    keywords = python.keywords(", ".join(words)) if words else None
    if keywords is None or signature_of(spec.cls) is None:
        return None
    place = replace(spec.place, verbatim=False)
    try:
        values = {
            name: Argument(place, as_object(value, place)) for name, value in keywords.items()
        }
    except ValueError:
        return None
    rest = {name: argument for name, argument in spec.keywords.items() if name not in words}
    return _python(spec, ObjectSpec(spec.cls, place, None, {**values, **rest}))


def _python(spec: ObjectSpec, meant: ObjectSpec) -> Respelling:
    entry = written(meant)
    edits = replace_object(spec.place, entry)
    words = quoting("write it as YAML", entry)
    if len(edits) == 1 and edits[0].text.startswith("{"):
        words = f"write it as YAML: {edits[0].text}"
    fix = Fix(words, edits)
    message = "a config is YAML, and this is Python's spelling"
    return Respelling(meant, "python-spelling", message, fix)


def _run_together(spec: ObjectSpec, _family: str) -> Respelling | None:
    """``LSTM:3`` and ``LSTM 3``, which YAML reads as one word."""
    match = _RUN_TOGETHER.fullmatch(spec.cls) if spec.first is None and not spec.keywords else None
    if match is None or signature_of(match[1]) is None:
        return None
    from rnncli.config import parse_text

    place = replace(spec.place, verbatim=False)
    value = parse_text(match[2], place)
    if value is None:
        return None
    meant = ObjectSpec(match[1], place, value)
    entry = written(meant)
    fix = Fix(quoting("put a colon and a space between", entry), replace_object(spec.place, entry))
    return Respelling(meant, "bad-entry", f"{spec.cls} is one word to YAML", fix)


class _Torch(msgspec.Struct, frozen=True):
    """A module of PyTorch, what it means in Keras, and how many of them are stacked."""

    spec: ObjectSpec
    meant: ObjectSpec
    message: str
    count: int


def _of_torch(spec: ObjectSpec, _family: str) -> _Torch | None:
    """Modules of PyTorch, and layers of Keras with arguments of PyTorch's."""
    prefix, _, name = spec.cls.rpartition(".")
    its_own = [key for key in spec.keywords if key in pytorch.ITS_OWN]
    is_torch = prefix in _TORCH or pytorch.is_only_torch(name) or (its_own and not prefix)
    if not is_torch or not pytorch.is_module(name):
        return None
    arguments = {key: plain(argument.value) for key, argument in spec.keywords.items()}
    if spec.first is not None:
        arguments = {pytorch.first_name(name): plain(spec.first), **arguments}
    if any(isinstance(value, dict) for value in arguments.values()):
        return None
    return _torch(spec, name, arguments)


def _torch(spec: ObjectSpec, name: str, arguments: Mapping[str, Any]) -> _Torch:
    translated, count = pytorch.translated(name, arguments)
    place = replace(spec.place, verbatim=False)
    its_own = [key for key in arguments if key in pytorch.ITS_OWN]
    message = f"{spec.cls.partition('(')[0]} is PyTorch's"
    if signature_of(spec.cls) is not None:
        are = "is" if len(its_own) == 1 else "are"
        message = f"{' and '.join(its_own)} of {spec.cls} {are} PyTorch's"
    return _Torch(spec, _object(translated, place), message, count)


def _object(translated: Any, place: Place) -> ObjectSpec:
    cls, arguments = translated
    first = first_argument(signature_of(cls) or Signature(cls, {}))
    values = {
        name: Value(_object(value, place), place) if isinstance(value, tuple)
        else as_object(value, place)
        for name, value in arguments.items()
    }  # fmt: skip
    first_value = values.pop(first, None) if first is not None else None
    return ObjectSpec(
        cls, place, first_value, {n: Argument(place, value) for n, value in values.items()}
    )


def _repeated(module: _Torch, beside: bool) -> Respelling:
    """The respelling of a module of PyTorch: one layer, or a repeated block."""
    entry = written(module.meant)
    if module.count == 1:
        fix = Fix(quoting("in Keras", entry), replace_object(module.spec.place, entry))
        return Respelling(module.meant, "pytorch-spelling", module.message, fix)
    from rnncli.config.edits import replace_entry

    block = {"repeat": module.count, "layers": [entry]}
    words = f"in Keras: - repeat: {module.count}, and below it layers: [{inline(entry)}]"
    edits = () if beside else replace_entry(module.spec.place, block)
    return Respelling(module.meant, "pytorch-spelling", module.message, Fix(words, edits))


def _in_a_module(spec: ObjectSpec, family: str) -> Respelling | None:
    """``keras.layers.LSTM``."""
    prefix, _, name = spec.cls.rpartition(".")
    if not prefix or name not in signatures().family(family):
        return None
    meant = replace(spec, cls=name)
    edits = _renamed(spec, name)
    message = f"a layer goes by its name alone, and {spec.cls} is Python's spelling"
    return Respelling(meant, "python-spelling", message, Fix(f"write {name}", edits))


def _by_another_name(spec: ObjectSpec, family: str) -> Respelling | None:
    """Names that are not typos: those of Keras 2, and abbreviations."""
    if family != "layers":
        return None
    old = KERAS_2_LAYERS.get(spec.cls)
    if old is not None:
        message = f"Keras 3 has no {spec.cls}"
        why = ": it runs on the fused kernel by itself" if spec.cls.startswith("CuDNN") else ""
        meant = replace(spec, cls=old)
        fix = Fix(quoting(f"write {old}{why}", written(meant)), _renamed(spec, old))
        return Respelling(meant, "keras-2-layer", message, fix)
    called = _CALLED.get(spec.cls)
    if called is not None:
        meant = replace(spec, cls=called)
        fix = Fix(quoting("Keras calls it", written(meant)), _renamed(spec, called))
        return Respelling(meant, "unknown-layer", f"Keras has no layer {spec.cls}", fix)
    both = _BOTH_WAYS.fullmatch(spec.cls)
    if both is None:
        return None
    cls = {"RNN": "SimpleRNN"}.get(both[1].upper(), both[1].upper())
    place = replace(spec.place, verbatim=False)
    inner = replace(spec, cls=cls, place=place)
    meant = ObjectSpec("Bidirectional", place, Value(inner, place))
    entry = written(meant)
    fix = Fix(quoting("wrap it", entry), replace_object(spec.place, entry))
    return Respelling(meant, "unknown-layer", f"Keras has no layer {spec.cls}", fix)


def _renamed(spec: ObjectSpec, cls: str) -> Edits:
    from rnncli.config.edits import rename

    return rename(spec.place, spec.cls, cls)


def _positional(spec: ObjectSpec, family: str) -> Respelling | None:
    """``Embedding: [1000, 64]``: a list in the place of several arguments."""
    signature = signature_of(spec.cls)
    if signature is None or spec.first is None or not isinstance(spec.first.data, tuple):
        return None
    names, items = list(signature.arguments), spec.first.data
    kind = kind_of(spec.cls, names[0], signature.arguments[names[0]]) if names else None
    if kind is None or kind.fits([1]) or kind.fits([[1]]) or not 0 < len(items) <= len(names):
        return None
    if kind.family and not (len(items) == 1 and isinstance(items[0].data, ObjectSpec)):
        return None
    if kind.family is None and not all(isinstance(item.data, int | float) for item in items):
        return None
    place = replace(spec.place, verbatim=False)
    keywords = {name: Argument(place, item) for name, item in zip(names, items, strict=False)}
    first = keywords.pop(names[0]).value
    meant = ObjectSpec(spec.cls, place, first, {**keywords, **spec.keywords})
    if spec.cls == "RNN" and kind.family:
        return None
    entry = written(meant)
    message = f"{names[0]} of {spec.cls} must be {kind.expects}, not a list"
    fix = Fix(quoting("name the arguments", entry), replace_object(spec.place, entry))
    if len(items) == 1:
        fix = replace(fix, text=quoting("leave the brackets out", entry))
    return Respelling(meant, "wrong-type", message, fix)


_READERS = (
    _called, _assigned, _run_together, _of_torch, _in_a_module, _by_another_name, _positional,
)  # fmt: skip

"""JSON as ``model.to_json()`` gives it → Container."""

from __future__ import annotations

from typing import Any

from rnncli.readers.containers import bounded_json
from rnncli.readers.containers.container import Container, refuse_file, text_or_none

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
# Where the class of a model is in a text that breaks off.
_HEAD = 2**16


def may_be_json(data: bytes) -> bool:
    """Whether a file starts as JSON does: an object, a list, or a string with JSON inside."""
    start = data.removeprefix(_BYTE_ORDER_MARK).lstrip(_SPACE)[:1]
    return start in (b"{", b"[", b'"') and start != b""


def open_json(file: str, data: bytes) -> Container | None:
    """The model in a JSON text; None where it is none, such as a config.

    Raises:
        ConfigError: it is a report, or a damaged or oversized model.
    """
    try:
        value = bounded_json.loads(file, data)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            # json.dump(model.to_json(), file) writes the JSON as one string of JSON.
            value = bounded_json.loads(file, value.encode())
    except ValueError:
        if b'"class_name"' in data[:_HEAD]:
            refuse_file(
                file,
                "model-damaged",
                "this starts as the JSON of a Keras model, and is not valid JSON",
                "write it again with model.to_json(): the end may be missing",
            )
        return None
    if _is_report(value):
        refuse_file(
            file,
            "report-file",
            "this is a report that rnncli wrote, not a model",
            "name the config or the model file that the report is about",
        )
    if isinstance(value, dict) and isinstance(value.get("weight_map"), dict):
        refuse_file(
            file,
            "weights-only",
            "this lists which file has which weights, and no file of them has the layers",
            "name the model's own file: its .keras file, or the JSON of to_json",
        )
    if not isinstance(value, dict) or not is_architecture(value):
        return None
    return Container(
        format="keras-json",
        architecture=value,
        keras=text_or_none(value.get("keras_version")),
        backend=text_or_none(value.get("backend")),
    )


def is_architecture(value: dict[Any, Any]) -> bool:
    """Whether a JSON object describes a model: of Keras 1 to 3 by its class, of 0 by its name."""
    if "class_name" in value:
        return True
    if "keras_version" in value and "config" in value:
        return True
    layers = value.get("layers")
    return (
        value.get("name") in ("Sequential", "Graph")
        and not {"input", "inputs"} & value.keys()
        and isinstance(layers, list)
        and all(isinstance(layer, dict) and "name" in layer for layer in layers)
    )


def _is_report(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    schema = first.get("schema") if isinstance(first, dict) else None
    return isinstance(schema, str) and schema.startswith("rnncli.")

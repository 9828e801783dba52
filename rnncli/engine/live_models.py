"""A live Keras model → what a file of it would say: its architecture and its weights."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rnncli.problems import ConfigError, problem_of_file
from rnncli.report.model_file import StoredWeight

# What messages call a model that is in no file.
LIVE = "<model>"


class LiveModel(msgspec.Struct, frozen=True):
    """The architecture of a live model as ``to_json`` has it, and the weights of each layer by
    its path, such as ``encoder/lstm``.

    ``saved_as`` is the content of a ``.keras`` file of the model, where its numbers are asked for.
    """

    architecture: Any
    weights: Mapping[str, tuple[StoredWeight, ...]]
    keras: str
    saved_as: bytes | None = None


def describe(model: Any, input_shape: Any = None, *, with_weights: bool = False) -> LiveModel:
    """Returns what a file of the model would say.

    A subclass of ``keras.Model`` is called on symbolic inputs, of ``input_shape`` with the batch
    axis, or of the shape that it was built for. ``with_weights`` saves it in memory.

    Raises:
        ConfigError: the model cannot be described, such as a subclass that was never built.
        TypeError: it is not a Keras model.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise TypeError(f"inspect takes a Keras model, not {type(model).__name__}")
    functional = _functional(model, input_shape)
    try:
        architecture = json.loads(functional.to_json())
    except (NotImplementedError, TypeError, ValueError) as error:
        message = f"Keras cannot describe this model: {_first_line(error)}"
        fix = "give each custom layer a get_config that returns its arguments"
        raise _cannot(message, fix) from error
    _name_layers(architecture["config"]["layers"], functional.layers)
    return LiveModel(
        architecture,
        dict(_weights(functional.layers, "")),
        keras.__version__,
        _saved(functional) if with_weights else None,
    )


def _saved(model: Any) -> bytes:
    """Returns the content of a ``.keras`` file of the model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
        except Exception as error:
            message = f"Keras cannot save this model: {_first_line(error)}"
            raise _cannot(message, "convert to .yaml has the model without its weights") from error
        return path.read_bytes()


def _name_layers(entries: list[Any], layers: Sequence[Any]) -> None:
    """Names the layers of a Sequential model: those of a custom class may have no name in it."""
    own = [entry for entry in entries if entry["class_name"] != "InputLayer"]
    if len(own) == len(layers):
        for entry, layer in zip(own, layers, strict=True):
            entry.setdefault("name", layer.name)


def _functional(model: Any, input_shape: Any) -> Any:
    """Returns the model itself, or the graph of the calls of a subclass."""
    import keras

    if isinstance(model, keras.Sequential):
        if not model.built and input_shape is not None:
            model.build(tuple(input_shape))
        return model
    if hasattr(model, "operations") and getattr(model, "outputs", None):
        return model
    shape = input_shape or _built_shape(model)
    if shape is None:
        message = f"{type(model).__name__} was never called: the shape of its input is not known"
        raise _cannot(message, "call it once, or use inspect(model, input_shape=(None, 5, 8))")
    try:
        inputs = keras.tree.map_shape_structure(
            lambda one: keras.Input(batch_shape=tuple(one)), _tuples(shape)
        )
        return keras.Model(inputs, model.call(inputs), name=model.name)
    except Exception as error:
        message = (
            f"{type(model).__name__} cannot be called on symbolic inputs: {_first_line(error)}"
        )
        fix = (
            "its call must not depend on the values or on the batch size of its inputs: "
            "let layers make the states that they start from"
        )
        raise _cannot(message, fix) from error


def _built_shape(model: Any) -> Any:
    """Returns the shape or the shapes that a subclass was built for; None if it was not."""
    built = model.get_build_config() or {}
    shapes = built.get("input_shape") or built.get("shapes_dict")
    if isinstance(shapes, Mapping) and len(shapes) == 1:
        shapes = next(iter(shapes.values()))
    return shapes


def _tuples(shape: Any) -> Any:
    if isinstance(shape, Mapping):
        return {name: _tuples(inner) for name, inner in shape.items()}
    if isinstance(shape, list | tuple) and any(isinstance(size, list | tuple) for size in shape):
        return [_tuples(inner) for inner in shape]
    # The number of samples is that of the call that built it.
    return (None, *shape[1:])


def _weights(layers: Sequence[Any], prefix: str) -> Iterator[tuple[str, tuple[StoredWeight, ...]]]:
    import keras

    for layer in layers:
        path = f"{prefix}{layer.name}"
        if isinstance(layer, keras.Model) and layer.layers:
            yield from _weights(layer.layers, f"{path}/")
        else:
            yield (
                path,
                tuple(
                    [
                        StoredWeight(weight.path, tuple(weight.shape), str(weight.dtype))
                        for weight in layer.weights
                    ]
                ),
            )


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _cannot(message: str, fix: str) -> ConfigError:
    return ConfigError(problem_of_file(LIVE, "cannot-inspect", message, fix))

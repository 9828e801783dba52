"""A path → ModelSpec: a config, or a model file that Keras wrote, told by its content."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from rnncli.config import ModelSpec, name_of, parse, read, text_of
from rnncli.config.files import decode_within_limit, read_bytes
from rnncli.problems import ConfigError, Source, problem_of_file
from rnncli.report.model_file import ModelFile, StoredWeight

if TYPE_CHECKING:
    from rnncli.readers.containers.container import Container
    from rnncli.readers.saved import SavedModel
    from rnncli.readers.translation.graph import Translated

Weights = Mapping[str, tuple[StoredWeight, ...]]
_HEAD = 64
_LAYERS = 30_000
# What model files begin with: a zip archive, HDF5 and, behind spaces, JSON.
_STARTS = (b"PK", b"\x89HDF", b"{", b"[", b'"')
_SPACE = b"\xef\xbb\xbf \t\r\n"
# Names that Keras gives to a model by itself.
_AUTOMATIC = re.compile(r"(functional|sequential|model)(_\d+)?")


def read_spec(path: str, allow_outside: bool = False) -> ModelSpec:
    """The model in a file, or in standard input for ``-``.

    Raises:
        ConfigError: the file cannot be read, or holds no model; what else is wrong is in the
            model's problems.
    """
    if _is_regular(path):
        return read_model(path) or parse(read(path), allow_outside, read_model)
    data = read_bytes(path)
    model = model_of_bytes(path, data)
    if model is not None:
        return model
    return parse(decode_within_limit(name_of(path), data), allow_outside, read_model)


def model_of_bytes(path: str, data: bytes) -> ModelSpec | None:
    """The model in the content of a model file; None where it is none, such as a config.

    Raises:
        ConfigError: the file is damaged, or holds no model.
    """
    if not _may_be_model(data[:_HEAD]):
        return None
    from rnncli.readers.containers.opening import open_container

    container = open_container(path, data)
    return None if container is None else _model(container, path, data)


def read_model(path: str) -> ModelSpec | None:
    """The model in a model file; None where the file is none, such as a config.

    Raises:
        ConfigError: the file is damaged, or holds no model.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return None
    if not _may_be_model(head):
        return None
    from rnncli.readers.containers.opening import open_container

    container = open_container(path)
    return None if container is None else _model(container, path)


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _may_be_model(head: bytes) -> bool:
    return head.lstrip(_SPACE).startswith(_STARTS)


def _model(container: Container, path: str, content: bytes | None = None) -> ModelSpec:
    """The model of a file that is open; ``content`` is that of one that is read only once.

    Raises:
        ConfigError: it has no architecture, or one that no version of Keras writes.
    """
    from rnncli.readers.weights_only import WeightsOnly

    name = name_of(path)
    if container.architecture is None:
        raise WeightsOnly.of_file(name, container)
    saved = saved_model(container.architecture, container.keras, name)
    if saved.problems and not saved.layers:
        raise WeightsOnly(saved.problems, container)
    return model_of(saved, name, _file(container, path, saved, content))


def _file(container: Container, path: str, saved: SavedModel, content: bytes | None) -> ModelFile:
    """What a file records beside its architecture, with its arrays by layer."""
    from rnncli.readers.weights import weights_by_layer

    weights, unclaimed = weights_by_layer(container, saved)
    return replace(container.file(path, weights, unclaimed), content=content)


def live_model(
    architecture: Any, keras: str, name: str, weights: Weights, saved_as: bytes | None = None
) -> ModelSpec:
    """The model that a live Keras model describes, with its weights by the paths of the layers.

    ``saved_as`` is the content of the ``.keras`` file that it was saved in, if it was: the weights
    can then be read.

    Raises:
        ConfigError: the architecture is not one that Keras writes.
    """
    saved = saved_model(architecture, keras, name)
    file = ModelFile(path=name, format="keras-json", keras=keras, weights=weights)
    if saved_as is not None:
        from rnncli.readers.containers.opening import open_container

        container = open_container(name, saved_as)
        assert container is not None, "Keras wrote it"
        file = _file(container, name, saved, saved_as)
    return model_of(saved, name, file)


def model_of(saved: SavedModel, name: str, file: ModelFile) -> ModelSpec:
    """The model of an architecture, with what the file records beside it.

    Raises:
        ConfigError: the file knows too little of the model.
    """
    from rnncli.readers.translation.graph import translate

    if saved.problems and not saved.layers:
        raise ConfigError(*saved.problems)
    with _refusing(name):
        translated = translate(saved, name, file.weights or {})
    data = _named(translated.data, name)
    spec = parse(Source(name, text_of(name, data), generated=True))
    file = replace(
        file,
        weights=_renamed(file.weights, translated),
        shapes=translated.shapes,
        written_as={
            translated.names.get(layer.name, layer.name): layer.written_as
            for layer in saved.layers
            if layer.written_as
        },
    )
    return replace(spec, problems=(*translated.problems, *spec.problems), file=file)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turns what no version of Keras writes into a problem of the file.

    Raises:
        ConfigError: the file holds such a thing.
    """
    from rnncli.readers.checked import Malformed

    try:
        yield
    except (Malformed, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ConfigError(
            problem_of_file(
                name,
                "model-malformed",
                f"this is no model that Keras writes: {why}",
                "save the model again with Keras",
            )
        ) from None


def saved_model(architecture: Any, keras: str | None, name: str) -> SavedModel:
    """The architecture, read in the dialect of the Keras that wrote it."""
    from rnncli.readers.dialects import keras1, keras2, keras3

    _bound_layers(architecture, name)
    with _refusing(name):
        if keras1.match(architecture, keras):
            return keras1.open_model(architecture, name)
        if keras2.match(architecture, keras):
            return keras2.open_model(architecture, name)
        return keras3.open_model(architecture, name)


def _bound_layers(architecture: Any, name: str) -> None:
    """Checks that a model has no more layers than can be planned in little time.

    Raises:
        ConfigError: it has more.
    """
    left, count = [architecture], 0
    while left:
        document = left.pop()
        config = document.get("config") if isinstance(document, Mapping) else None
        layers = config.get("layers") if isinstance(config, Mapping) else config
        if isinstance(layers, list):
            count += len(layers)
            left += layers
    if count > _LAYERS:
        raise ConfigError(
            problem_of_file(
                name,
                "model-limit",
                f"the model has {count:,} layers, more than any model has",
                f"a model has at most {_LAYERS:,}",
            )
        )


def _named(data: Mapping[str, Any], file: str) -> dict[str, Any]:
    """The config, named after the file where Keras gave the name of the model."""
    named = {**data}
    if _AUTOMATIC.fullmatch(str(data["name"])):
        named["name"] = PurePath(file).stem or "model"
    return named


def _renamed(weights: Any, translated: Translated) -> Any:
    """The weights by the names that the layers have in the config."""
    if weights is None:
        return None
    return {_new_path(path, translated.names): stored for path, stored in weights.items()}


def _new_path(path: str, names: Mapping[str, str]) -> str:
    """A path by the names in the config. A name in a file may have slashes of its own."""
    parts = path.split("/")
    for count in range(len(parts), 0, -1):
        start = "/".join(parts[:count])
        if start in names:
            return "/".join([names[start], *parts[count:]])
    return path

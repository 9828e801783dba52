"""IncludeSpec → a model inside the model: an entry of its own, or in the place of a layer."""

from __future__ import annotations

from collections.abc import Callable

from rnncli.config.spec import IncludeSpec, ModelSpec
from rnncli.keras_api.signatures import Signature
from rnncli.model.graph import MODEL, KerasObject, Model
from rnncli.model.naming import Namer
from rnncli.problems import Problem, problem

_NO_ARGUMENTS = Signature("", {})

Bind = Callable[[ModelSpec, frozenset[str]], Model]


class Models:
    """The models inside a model, each bound once. ``outside`` are the names around all of them."""

    def __init__(self, bind: Bind, outside: frozenset[str]) -> None:
        self._bind = bind
        self._outside = outside
        self._bound: dict[int, Model] = {}

    def bound(self, spec: IncludeSpec, names: set[str]) -> Model:
        """The model of an entry; ``names`` are those of the model that it stands in."""
        assert spec.model is not None
        model = self._bound.get(id(spec.model))
        if model is None:
            outside = self._outside | names if spec.in_place else frozenset[str]()
            model = self._bound[id(spec.model)] = self._bind(spec.model, frozenset(outside))
        return model


class Nested:
    """Makes layers of the models inside one model; what is wrong is added to ``problems``.

    ``names`` are those that the model around them has so far.
    """

    def __init__(
        self, models: Models, namer: Namer, problems: list[Problem], names: set[str]
    ) -> None:
        self.names = names
        self._models = models
        self._namer = namer
        self._problems = problems

    def model(self, spec: IncludeSpec, name: str | None = None) -> KerasObject:
        """The model as a layer; an invalid one where it cannot be read."""
        if spec.model is None:
            name = name or self._namer.name("model")
            return KerasObject("models", MODEL, _NO_ARGUMENTS, spec.place, name, invalid=True)
        model = self._models.bound(spec, self.names)
        self._problems += model.problems
        name = name or self._namer.name(model.name)
        return KerasObject("models", MODEL, _NO_ARGUMENTS, spec.place, name, {"model": model})


def wraps_no_model(spec: IncludeSpec, what: str) -> Problem:
    """The problem with a model where Keras takes none, such as the layer of another wrapper than
    TimeDistributed."""
    cls = what.rpartition(" ")[2]
    fix = f"use {cls} inside the model, on one of its layers; TimeDistributed takes a model"
    return problem("wraps-no-model", f"{what} cannot be a model", fix, place=spec.place)

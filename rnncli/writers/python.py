"""A model as Keras code: a Sequential where it is a stack, the Functional API otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnncli.model.graph import KerasObject, Model
from rnncli.model.stack import is_stack
from rnncli.model.tensor_names import is_model
from rnncli.problems import Problem, problem
from rnncli.writers.origin import origin
from rnncli.writers.python_graph import Statements, sequential
from rnncli.writers.python_helpers import POSITIONS, random_class
from rnncli.writers.python_layout import Code, call, keyword, statement
from rnncli.writers.python_names import Variables, class_of_random, needs_name
from rnncli.writers.python_values import Values, string
from rnncli.writers.writer import CannotWrite, Convertible, Written

NAME = "py"
SUFFIX = ".py"


def write(source: Convertible) -> Written:
    """Returns the code.

    Raises:
        CannotWrite: the model has a custom layer, of which no code is known.
    """
    unknown = [*_custom_layers(source.model)]
    if unknown:
        raise CannotWrite(unknown)
    text = origin(source.spec.file) + _Module(source.model).text()
    return Written({SUFFIX: text.encode("utf-8")})


class _Module:
    """Writes a module: helpers, functions that make the models inside, then the model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._values = Values(needs_name(model), self._make_model)
        self._variables = Variables()
        # The function of each model inside, and how many layers it is made for.
        self._functions: dict[int, str] = {}
        self._definitions: list[list[str]] = []
        self._objects = [*_objects(model)]
        self._uses: dict[int, set[str]] = {}
        for keras_object in self._objects:
            if is_model(keras_object):
                self._uses.setdefault(id(keras_object["model"]), set()).add(keras_object.name)

    def text(self) -> str:
        """The whole module."""
        body = self._body(self._model, (string(_model_name(self._model.name)),), "model = ", 0)
        blocks = [*self._helpers(), *self._definitions]
        code = "".join(f"\n\n{_joined(block)}" for block in blocks)
        code += ("\n\n" if blocks else "\n") + _joined(body)
        return _joined([*_imports(code)]) + code

    def _body(self, model: Model, name: Code, start: str, indent: int) -> list[str]:
        """The statements that make a model; the last begins with ``start``."""
        if is_stack(model):
            return statement((start, *sequential(model, self._values, name)), indent)
        statements = Statements(model, self._values, indent)
        lines = statements.lines()
        made = statements.model(name, named_outputs=not indent)
        return [*lines, *statement((start, *made), indent)]

    def _make_model(self, layer: KerasObject) -> Code:
        """The call of the function that makes a model inside, which is written at its first use."""
        model = layer["model"]
        is_reused = len(self._uses[id(model)]) > 1
        function = self._functions.get(id(model))
        if function is None:
            function = self._functions[id(model)] = self._variables.new(f"make_{model.name}")
            parameter = "name" if is_reused else ""
            name = ("name",) if is_reused else (string(layer.name),)
            lines = self._body(model, name, "return ", 4)
            self._definitions.append([f"def {function}({parameter}):", *lines])
        return call(function, [keyword("name", (string(layer.name),))] if is_reused else [])

    def _helpers(self) -> Iterator[list[str]]:
        """The definitions of what Keras has no function for."""
        functions = sorted({one.cls: one for one in self._objects if one.is_operation}.items())
        for name, operation in functions:
            if name == "ops.arange":
                yield POSITIONS.splitlines()
            elif name.startswith("random."):
                yield [*random_class(class_of_random(operation), name)]


def _imports(code: str) -> Iterator[str]:
    yield "import keras\n"
    names = [name for name in ("layers", "ops") if re.search(rf"\b{name}\.", code)]
    if names:
        yield f"from keras import {', '.join(names)}\n"


def _joined(lines: list[str]) -> str:
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _model_name(name: str) -> str:
    """The name without what Keras allows in none."""
    return name.replace("/", "_")


def _objects(model: Model) -> Iterator[KerasObject]:
    """All layers and operations, with those inside."""
    for node in model.nodes:
        yield from _within(node.layer)


def _within(value: object) -> Iterator[KerasObject]:
    if isinstance(value, list):
        for item in value:
            yield from _within(item)
    elif isinstance(value, KerasObject):
        yield value
        if is_model(value):
            yield from _objects(value["model"])
        else:
            for argument in value.arguments.values():
                yield from _within(argument)


def _custom_layers(model: Model) -> Iterator[Problem]:
    for layer in _objects(model):
        if layer.is_custom:
            yield problem(
                "cannot-convert",
                f"{layer.label} is a custom layer, and its code is not known",
                "convert the model without it, or put the layer into the code by hand",
                place=layer.place,
                layer=layer.name,
            )

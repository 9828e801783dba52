"""Model → the class of a PyTorch module: its layers, and the statements of ``forward``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rnncli.model.graph import Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, output_names
from rnncli.problems import Problem, problem
from rnncli.report.layer import Layer
from rnncli.writers.pytorch.attention import CAUSAL
from rnncli.writers.pytorch.formatting import lines_of
from rnncli.writers.pytorch.layers import equivalent
from rnncli.writers.pytorch.names import Variables, class_name, identifier, unique
from rnncli.writers.pytorch.operations import operation
from rnncli.writers.pytorch.parts import (
    UNUSED,
    Call,
    Mask,
    NoEquivalent,
    Part,
    Statement,
    UnknownShape,
    WeightTree,
)
from rnncli.writers.writer import CannotWrite

_BY_HAND = "leave it out, and write that part of the module by hand"


class Module(msgspec.Struct, frozen=True):
    """A PyTorch module: its class, and what it needs.

    ``weights`` gives the weights of each layer in the module, by attribute, with the layer's name.
    ``text`` is the class as Python; ``inner`` are those of the models inside.
    """

    name: str
    text: str
    weights: WeightTree
    helpers: frozenset[str]
    without: tuple[str, ...]
    inner: tuple[Module, ...] = ()

    def flat(self) -> Iterator[Module]:
        """Yields the modules inside, at any depth, and then this one."""
        for module in self.inner:
            yield from module.flat()
        yield self


def module_of(model: Model, records: Sequence[Layer], reserved: Sequence[str]) -> Module:
    """Returns a model as a module; ``reserved`` are names that its attributes must not have.

    Raises:
        CannotWrite: some of its layers have no equivalent; the problems name all of them.
    """
    name = class_name(model.name)
    return _module(model, records, reserved, name, {name}, model.output_names)


def _module(
    model: Model,
    records: Sequence[Layer],
    reserved: Sequence[str],
    name: str,
    classes: set[str],
    names: Sequence[str] | None,
) -> Module:
    """Returns a module of this name; ``names`` are the keys of what it returns, if any."""
    writing = _Writing(model, reserved, classes)
    by_name = {record.name: record for record in records}
    for node in model.nodes:
        writing.add(node, by_name[node.layer.name])
    if writing.problems:
        raise CannotWrite(writing.problems)
    return writing.module(name, names)


class _Writing:
    """A module as it is written, layer by layer."""

    def __init__(self, model: Model, reserved: Sequence[str], classes: set[str]) -> None:
        self.problems: list[Problem] = []
        self._model = model
        self._reserved = reserved
        self._taken = {*reserved}
        self._classes = classes
        self._inner: dict[str, Module] = {}
        self._variables = Variables()
        self._attributes: dict[str, str] = {}
        self._parts: dict[str, Part] = {}
        self._statements: list[Statement] = []
        self._made: dict[TensorRef, str] = {}
        self._masks: dict[TensorRef, Mask | None] = {}
        self._inputs = [
            self._variables.of("x" if model_input.name == "input" else model_input.name)
            for model_input in model.inputs
        ]
        for model_input, variable in zip(model.inputs, self._inputs, strict=True):
            self._made[TensorRef(model_input.name)] = variable

    def add(self, node: Node, record: Layer) -> None:
        """Writes a layer; one without an equivalent is added to the problems."""
        layer = node.layer
        try:
            _check_call(node, record)
            part = self._part(node, record)
        except NoEquivalent as error:
            # What is refused already may be why a shape is not known.
            is_new = not (self.problems and isinstance(error, UnknownShape))
            self.problems += [
                problem(
                    "no-torch-equivalent",
                    f"{layer.label} cannot be written in PyTorch: {reason}",
                    fix or _BY_HAND,
                    place=layer.place,
                    layer=layer.name,
                )
                for reason, fix in error.reasons
                if is_new
            ]
            part = Part((), {})
        except CannotWrite as error:
            self.problems += error.problems
            part = Part((), {})
        self._parts.setdefault(node.shared_with or layer.name, part)
        self._statements += part.statements
        returned = [*record.outputs, *record.states]
        for tensor in returned:
            ref = TensorRef(layer.name, tensor.name)
            self._made[ref] = part.outputs.get(tensor.name, UNUSED)
            self._masks[ref] = part.mask if tensor in record.outputs else None

    def _part(self, node: Node, record: Layer) -> Part:
        layer = node.layer
        owner = node.shared_with or layer.name
        if owner not in self._attributes:
            self._attributes[owner] = unique(identifier(owner), self._taken)
        call = Call(
            node,
            record,
            f"self.{self._attributes[owner]}",
            tuple(self._made[ref] for ref in node.inbound),
            tuple(self._made[ref] for ref in node.initial_state),
            tuple(self._masks.get(ref) for ref in node.inbound),
            self._variables,
        )
        if is_model(layer):
            return self._of_model(call, owner)
        write = operation if layer.is_operation else equivalent(layer.cls)
        if write is None:
            raise NoEquivalent((f"rnncli has no equivalent of {layer.class_name}", None))
        return write(call)

    def _of_model(self, call: Call, owner: str) -> Part:
        """A model inside, as a module of its own, which is written once."""
        model: Model = call.layer["model"]
        if call.used_mask():
            raise NoEquivalent(("it uses a mask from outside of it", "make the mask inside of it"))
        if owner not in self._inner:
            name = unique(class_name(owner), self._classes)
            self._inner[owner] = _module(
                model, call.record.layers, self._reserved, name, self._classes, None
            )
        module = self._inner[owner]
        names = output_names(call.layer)
        targets = tuple(call.variable("" if len(names) == 1 else name) for name in names)
        statement = Statement(
            targets,
            f"{call.module}({', '.join(call.reads)})",
            call.reads,
            ", ".join("{}" for _ in targets),
        )
        outputs = dict(zip(names, targets, strict=True))
        return Part((statement,), outputs, None, f"{module.name}()", module.weights)

    def module(self, name: str, names: Sequence[str] | None) -> Module:
        """The whole class, without what no output depends on."""
        outputs = [self._made[ref] for ref in self._model.outputs]
        statements = [*_needed(self._statements, outputs)]
        code = "\n".join(statement.value for statement in statements)
        made = {
            self._attributes[name]: (name, part)
            for name, part in self._parts.items()
            if part.constructor and f"self.{self._attributes[name]}" in _modules(code)
        }
        functions = {name for part in self._parts.values() for name in part.helpers}
        returned = ", ".join(outputs)
        if names:
            pairs = zip(names, outputs, strict=True)
            returned = f"{{{', '.join(f'{json.dumps(name)}: {output}' for name, output in pairs)}}}"
        elif len(returned) > 70:
            returned = f"({returned})"
        lines = [
            *self._constructors(made),
            "",
            *lines_of(f"def forward(self, {', '.join(self._inputs)}):", 4),
            *(line for statement in statements for line in lines_of(_written(statement), 8)),
            *lines_of(f"return {returned}", 8),
        ]
        return Module(
            name,
            "\n".join(lines),
            {attribute: (name, part.weights) for attribute, (name, part) in made.items()},
            frozenset(name for name in functions if f"{name}(" in code),
            tuple(f"{name}: {part.without}" for name, part in self._parts.items() if part.without),
            tuple(self._inner[name] for name, _ in made.values() if name in self._inner),
        )

    def _constructors(self, made: Mapping[str, tuple[str, Part]]) -> Iterator[str]:
        yield "    def __init__(self):"
        yield "        super().__init__()"
        for attribute, (_, part) in made.items():
            yield from lines_of(f"self.{attribute} = {part.constructor}", 8)


def _check_call(node: Node, record: Layer) -> None:
    """Refuses what is the same for all layers: dtypes, and arguments of the call.

    Raises:
        NoEquivalent: the layer computes in another dtype, or is called with more than tensors.
    """
    layer = node.layer
    if layer.is_custom:
        raise NoEquivalent(("a custom layer is known by its shapes alone", None))
    if not layer.is_operation and not is_model(layer) and layer["dtype"] not in (None, "float32"):
        raise NoEquivalent((f"it computes in {layer['dtype']}", "leave dtype out"))
    told: dict[str, Any] = {**layer.call, **node.keywords} if not layer.is_operation else {}
    further = [
        name for name, value in told.items() if name != CAUSAL and value not in (None, False)
    ]
    if further:
        raise NoEquivalent((f"it is called with {' and '.join(further)}", None))
    if any(ref.node == layer.name for ref in node.reads) or not record.inputs:
        raise NoEquivalent(("it reads no tensor", None))


def _needed(statements: Sequence[Statement], outputs: Sequence[str]) -> Iterator[Statement]:
    """Those statements that the outputs depend on; targets that nothing reads are ``_``."""
    live = {*outputs}
    kept: list[Statement] = []
    for statement in reversed(statements):
        if not live & {*statement.targets}:
            continue
        targets = tuple(name if name in live else UNUSED for name in statement.targets)
        live -= {*statement.targets}
        live |= {*statement.reads}
        kept.append(Statement(targets, statement.value, statement.reads, statement.pattern))
    return reversed(kept)


def _modules(code: str) -> set[str]:
    return set(re.findall(r"self\.\w+", code))


def _written(statement: Statement) -> str:
    left = statement.pattern.format(*statement.targets)
    return f"{left.replace('(_, _)', UNUSED)} = {statement.value}"

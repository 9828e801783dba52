"""A planned model as boxes and arrows: what Mermaid and Graphviz draw, each in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rnncli.formats import phrases
from rnncli.formats.text import one_line
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import traits
from rnncli.model.graph import KerasObject, Model, Node, TensorRef
from rnncli.model.tensor_names import is_model, output_names, state_names
from rnncli.report.layer import Layer, Tensor
from rnncli.report.report import Report


class Box(msgspec.Struct, frozen=True):
    """An input or a layer: an id, and lines of text."""

    id: str
    lines: tuple[str, ...]
    is_input: bool = False
    is_output: bool = False


class Arrow(msgspec.Struct, frozen=True):
    """A tensor, or several, from one box to another; ``label`` says what they are."""

    source: str
    target: str
    label: str


class Group(msgspec.Struct, frozen=True):
    """A model inside the model: what is in it, in order."""

    id: str
    lines: tuple[str, ...]
    content: tuple[Box | Group, ...]


class Drawing(msgspec.Struct, frozen=True):
    """All of a model; the arrows lead from and to boxes at any depth."""

    content: tuple[Box | Group, ...]
    arrows: tuple[Arrow, ...]


def drawn(model: Model, report: Report) -> Drawing:
    """The drawing of a model and its plan."""
    artist = _Artist()
    outputs = frozenset(model.outputs)
    content, _ = artist.model(model, report.inputs, report.layers, outputs)
    return Drawing(tuple(content), tuple(artist.arrows()))


# The box that each tensor of a model comes from.
_Sources = dict[TensorRef, str]


class _Artist:
    def __init__(self) -> None:
        self._count = 0
        self._labels: dict[tuple[str, str], dict[str, None]] = {}

    def arrows(self) -> Iterator[Arrow]:
        """One arrow for each pair of boxes, with all that leads from one to the other."""
        for (source, target), labels in self._labels.items():
            yield Arrow(source, target, ", ".join(filter(None, labels)))

    def model(
        self,
        model: Model,
        inputs: Sequence[Tensor | None],
        layers: Sequence[Layer],
        outputs: frozenset[TensorRef] = frozenset(),
    ) -> tuple[list[Box | Group], _Sources]:
        """The boxes of a model; ``outputs`` are the tensors whose boxes stand out."""
        content: list[Box | Group] = []
        sources: _Sources = {}
        for model_input, tensor in zip(model.inputs, inputs, strict=True):
            lines = [model_input.name, model_input.dtype]
            if tensor is not None:
                lines.insert(1, phrases.shape(tensor.shape, tensor.letters))
            box = Box(self._id("n"), _clean(lines), is_input=True)
            sources[TensorRef(model_input.name)] = box.id
            content.append(box)
        for node, record in zip(model.nodes, layers, strict=True):
            inner = _model_in(node.layer)
            is_output = any(ref.node == node.layer.name for ref in outputs)
            if inner is None or node.shared_with is not None:
                content.append(self._box(node, record, sources, is_output))
            else:
                content.append(self._group(node, record, inner, sources, outputs))
        return content, sources

    def _box(self, node: Node, record: Layer, sources: _Sources, is_output: bool) -> Box:
        box = Box(self._id("n"), _clean(_lines(record)), is_output=is_output)
        for ref, label in _reads(node):
            self._arrow(sources[ref], box.id, label)
        for name in (*output_names(node.layer), *state_names(node.layer)):
            sources[TensorRef(node.layer.name, name)] = box.id
        return box

    def _group(
        self,
        node: Node,
        record: Layer,
        inner: Model,
        sources: _Sources,
        outputs: frozenset[TensorRef],
    ) -> Group:
        """A model inside: arrows lead to its inputs, and from the boxes that its outputs are of."""
        group_id = self._id("cluster_")
        layers = record.layers
        while len(layers) == 1 and not is_model(node.layer) and layers[0].is_model:
            layers = layers[0].layers
        tensors = record.inputs if is_model(node.layer) else [None] * len(inner.inputs)
        returned = [TensorRef(node.layer.name, name) for name in output_names(node.layer)]
        pairs = [*zip(returned, inner.outputs, strict=False)]
        ends = frozenset(ref for outer, ref in pairs if outer in outputs)
        content, within = self.model(inner, tensors, layers, ends)
        for (ref, label), model_input in zip(_reads(node), inner.inputs, strict=False):
            more = "" if label == model_input.name else label
            self._arrow(sources[ref], within[TensorRef(model_input.name)], more)
        sources |= {outer: within[ref] for outer, ref in pairs}
        return Group(group_id, _clean(_lines(record)), tuple(content))

    def _arrow(self, source: str, target: str, label: str) -> None:
        self._labels.setdefault((source, target), {})[one_line(label)] = None

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"


def _model_in(layer: KerasObject) -> Model | None:
    """The model that a layer is, or that it calls at each time step."""
    if is_model(layer):
        model: Model = layer["model"]
        return model
    inner = layer.arguments.get("layer")
    return _model_in(inner) if isinstance(inner, KerasObject) and is_model(inner) else None


def _lines(record: Layer) -> list[str]:
    """The text of a layer: its name, its class, its outputs and its parameters."""
    lines = [record.name, record.cls, *phrases.tensors(record.outputs).split("\n")]
    if record.shared_with:
        lines.append(f"shared with {record.shared_with}")
    elif record.params is None:
        lines.append(f"{phrases.UNKNOWN} parameters")
    elif record.params.total:
        plural = "s" if record.params.total > 1 else ""
        lines.append(f"{phrases.number(record.params.total)} parameter{plural}")
    return lines


def _reads(node: Node) -> Iterator[tuple[TensorRef, str]]:
    """The tensors that a layer reads, each with what it is to the layer, or where it is from."""
    roles = _roles(node)
    for number, ref in enumerate(node.inbound):
        role = roles[number] if number < len(roles) else ""
        yield ref, role or ("" if ref.tensor == "output" else ref.tensor)
    states = state_names(node.layer)
    for number, ref in enumerate(node.initial_state):
        yield ref, states[number] if ref.tensor == "output" else ref.tensor
    for name, ref in node.named.items():
        yield ref, name


def _roles(node: Node) -> Sequence[str]:
    layer = node.layer
    if len(node.inbound) < 2:
        return ()
    if is_model(layer):
        return tuple(model_input.name for model_input in layer["model"].inputs)
    if layer.is_custom:
        return layer.reads
    if layer.is_operation:
        return () if OPERATIONS[layer.cls].several else layer.reads
    return traits(layer.cls).roles


def _clean(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(one_line, lines))

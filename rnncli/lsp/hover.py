"""What is known of the word under the mouse, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lsprotocol import types

from rnncli.config.spans import Mark, Span
from rnncli.config.values import is_object_name, is_operation
from rnncli.formats import markdown
from rnncli.formats.phrases import NOTHING_RETURNED, number, shape
from rnncli.formats.sections.section import Heading, Section
from rnncli.keras_api.call_arguments import CALL_KIND, plain_arguments
from rnncli.keras_api.signatures import Parameter
from rnncli.lsp.cursor import class_around, key_of, name_at, span_at, use_at
from rnncli.lsp.documents import Analysis
from rnncli.lsp.known import keys_of_config, kind_of, parameters_of
from rnncli.lsp.scopes import Name, Use
from rnncli.lsp.shapes import tensor_of
from rnncli.report.layer import Layer, Tensor


def hover(analysis: Analysis, mark: Mark) -> tuple[str, Span | None] | None:
    """The Markdown for a mark, and the word that it is about; None where nothing is known."""
    root = analysis.root
    span = span_at(root, mark) if root is not None else None
    used = use_at(analysis, mark)
    if used is not None:
        return of_use(used[1]), span
    if span is not None and span.is_key:
        text = _of_key(span)
        if text is not None:
            return text, span
    defined = name_at(analysis, mark)
    if defined is not None:
        return of_name(defined[1]), span
    return None


def markup(text: str) -> types.MarkupContent:
    """Markdown as the protocol has it."""
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def of_name(name: Name) -> str:
    """An input, or all that the plan knows of a layer."""
    if name.tensor is not None:
        return f"**{_code(name.name)}** input {_shape(name.tensor)} {name.tensor.dtype or ''}"
    if name.layer is None:
        return f"**{_code(name.name)}**"
    return of_layer(name.layer, len(name.layers))


def of_layer(layer: Layer, times: int = 1) -> str:
    """The outputs, states, weights and counts of a layer."""
    repeated = f", the first of {times} iterations" if times > 1 else ""
    parts = [f"**{_code(layer.name)}** {layer.cls}{repeated}", _outputs(layer)]
    if layer.states:
        parts.append(_states(layer))
    if layer.weights:
        parts.append(_weights(layer))
    facts = []
    if layer.shared_with:
        facts.append(f"weights shared with {_code(layer.shared_with)}")
    elif layer.params is not None:
        formula = f": {layer.params.formula}" if layer.params.formula else ""
        facts.append(f"{number(layer.params.total)} parameters{_plain(formula)}")
    if layer.macs is not None:
        facts.append(f"{number(layer.macs)} MACs")
    if layer.mask:
        facts.append(f"{layer.mask} the mask")
    if layer.cudnn is not None and not layer.cudnn.eligible:
        facts.append(f"no fused kernel (cuDNN): {_plain(layer.cudnn.why or '')}")
    parts.append("\n".join(f"- {fact}" for fact in facts))
    return "\n\n".join(part for part in parts if part)


def of_use(use: Use) -> str:
    """A reference, and the tensor that it reads."""
    tensors = tensor_of(use.name, use.tensor)
    of = use.name.layer.cls if use.name.layer else "input"
    lines = [f"**{_code(use.written)}** of {_code(use.name.name)} ({of})"]
    lines += [f"- {tensor.name} {_shape(tensor)} {tensor.dtype or ''}" for tensor in tensors]
    return "\n".join([lines[0], "", *lines[1:]])


def of_argument(cls: str, name: str, parameter: Parameter) -> str:
    """What an argument takes, and its default."""
    expects = kind_of(cls, name, parameter).expects
    default = "required" if parameter.required else f"default {_code(written(parameter.default))}"
    return f"**{_code(name)}** of {_code(cls)}: {_plain(expects)}\n\n{default}"


def written(value: Any) -> str:
    """A value as a config writes it."""
    from rnncli.config.writing import flow

    return flow(value)


def _of_key(span: Span) -> str | None:
    """An argument, an argument of a call, or a key of the config."""
    name, parent = span.value, span.parent
    outer = key_of(parent) if parent is not None else None
    if is_object_name(name) or is_operation(name):
        around = class_around(span)
        # A class among the arguments of another one, such as Bidirectional: {LSTM: 3}.
        return _of_class(name) if around is not None else None
    if outer is not None and (is_object_name(outer.value) or is_operation(outer.value)):
        known = parameters_of(outer.value)
        return of_argument(outer.value, name, known[name]) if name in known else None
    if outer is not None and outer.value == "call":
        return _of_call(outer, name)
    about = keys_of_config().get(name)
    is_inside = parent is not None and parent.parent is not None and parent.is_item
    if about and (is_inside or parent is None or parent.parent is None):
        return f"**{_code(name)}**: {_plain(about)}"
    return None


def _of_class(cls: str) -> str | None:
    known = parameters_of(cls)
    if not known:
        return None
    rows = [
        (name, kind_of(cls, name, value).expects, _default(value)) for name, value in known.items()
    ]
    return f"**{_code(cls)}**\n\n{_table(('Argument', 'Takes', 'Default'), rows)}"


def _of_call(call: Span, name: str) -> str | None:
    cls = next((key.value for key, _ in _beside(call) if is_object_name(key.value)), "")
    parameter = plain_arguments(cls).get(name)
    if parameter is None:
        return None
    return (
        f"**{_code(name)}** of the call of {_code(cls)}: {CALL_KIND.expects}\n\n"
        f"default {_code(written(parameter.default))}"
    )


def _beside(span: Span) -> Iterable[tuple[Span, Span]]:
    return span.parent.pairs() if span.parent is not None else ()


def _default(parameter: Parameter) -> str:
    return "required" if parameter.required else written(parameter.default)


def _outputs(layer: Layer) -> str:
    rows = [(tensor.name, _shape(tensor), tensor.dtype or "") for tensor in layer.outputs]
    return _table(("Output", "Shape", "Dtype"), rows)


def _states(layer: Layer) -> str:
    rows = [
        (
            state.name,
            _shape(state),
            "yes" if state.returned else "no",
            state.equals or NOTHING_RETURNED,
        )
        for state in layer.states
    ]
    return _table(("State", "Shape", "Returned", "Equals"), rows)


def _weights(layer: Layer) -> str:
    rows = [
        (weight.name, shape(weight.shape), number(weight.count), weight.formula or "")
        for weight in layer.weights or ()
    ]
    return _table(("Weight", "Shape", "Count", "Sizes"), rows)


def _shape(tensor: Tensor) -> str:
    return shape(tensor.shape, tensor.letters)


def _table(headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    return markdown.draw(Section("", tuple(map(Heading, headings)), tuple(rows)))


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("_", "\\_").replace("<", "\\<")

"""The value of ``length``: one size for all unknown lengths, or one for each input named."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import ProblemCollector, span
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import Argument, LengthSpec, Value
from rnncli.problems import ConfigError, Place, problem

_MESSAGE = "length is a positive integer, or one for each input"
_FIX = "such as length: 200, or length: {source: 12, target: 7}"


def parse_length(pair: Pair | None, collector: ProblemCollector) -> LengthSpec | None:
    """The lengths of a config; None if it has none. Sizes that are not valid are reported."""
    if pair is None:
        return None
    node = pair.value
    if not isinstance(node.value, Mapping):
        size = _size(node, collector)
        return None if size is None else LengthSpec(node.place, size)
    sizes = {
        name: (_size(input_pair.value, collector), input_pair)
        for name, input_pair in node.value.items()
    }
    inputs = {
        name: (size, span(input_pair))
        for name, (size, input_pair) in sizes.items()
        if size is not None
    }
    return LengthSpec(node.place, inputs=inputs)


def _size(node: Node, collector: ProblemCollector) -> int | None:
    if _is_size(node.value):
        assert isinstance(node.value, int)
        return node.value
    collector.add("not-positive", _MESSAGE, _FIX, node.place)
    return None


def length_setting(before: LengthSpec | None, path: tuple[str, ...], value: Value) -> LengthSpec:
    """The lengths as ``--set length=50`` or ``--set length.source=12`` changes them.

    Raises:
        ConfigError: a length is not a positive integer.
    """
    if path:
        kept = before.inputs if before and before.size is None else {}
        return LengthSpec(value.place, inputs={**kept, ".".join(path): _set_size(value)})
    if isinstance(value.data, Mapping):
        named: Mapping[str, Argument] = value.data
        sizes = {name: _set_size(argument.value, value.place) for name, argument in named.items()}
        return LengthSpec(value.place, inputs=sizes)
    return LengthSpec(value.place, _set_size(value)[0])


def _set_size(value: Value, place: Place | None = None) -> tuple[int, Place]:
    place = place or value.place
    if isinstance(value.data, int) and _is_size(value.data):
        return value.data, place
    raise ConfigError(problem("bad-set", _MESSAGE, "such as --set length=200", place=place))


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0

"""Nodes → the inputs of a model: their shapes, dtypes and bounds."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from rnncli.config.findings import ProblemCollector
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import InputSpec

INPUT_KEYS = ("shape", "dtype", "below")


class Inputs:
    """Reads what stands under ``input`` and ``inputs``."""

    def __init__(self, collector: ProblemCollector) -> None:
        self._collector = collector

    def all(self, pairs: Mapping[str, Pair]) -> tuple[InputSpec, ...]:
        """The inputs of a config, from ``input`` or ``inputs``."""
        if "input" in pairs and "inputs" in pairs:
            from rnncli.config.habits import one_of_both

            pairs = one_of_both(pairs, self._collector)
        inputs: list[InputSpec | None] = []
        if "input" in pairs:
            pair = pairs["input"]
            inputs += self._named(pair) or [self.parse_one("input", pair)]
        if "inputs" in pairs:
            inputs += self._parse_many(pairs["inputs"])
        return tuple(spec for spec in inputs if spec is not None)

    def _named(self, pair: Pair) -> list[InputSpec | None]:
        """Several inputs under ``input``, which is reported; empty if there is only one."""
        node = pair.value
        if not isinstance(node.value, Mapping) or node.value.keys() & {*INPUT_KEYS}:
            return []
        values = [input_pair.value.value for input_pair in node.value.values()]
        if not values or not all(isinstance(value, tuple | Mapping) for value in values):
            return []
        from rnncli.config.edits import rename

        self._collector.add(
            "bad-input",
            f"several inputs go under inputs, and this is {', '.join(node.value)} under input",
            "write inputs: in place of input:",
            pair.key,
            edits=rename(pair.key, "input", "inputs"),
        )
        return [self.parse_one(name, input_pair) for name, input_pair in node.value.items()]

    def _parse_many(self, pair: Pair) -> list[InputSpec | None]:
        """The inputs under ``inputs``, a mapping of names."""
        node = pair.value
        if isinstance(node.value, Mapping) and node.value:
            return [
                self.parse_one(name, input_pair) for name, input_pair in self._apart(node.value)
            ]
        fix = "write inputs: {source: [5, 8], target: [7, 4]}"
        if not isinstance(node.value, tuple) or not node.value:
            self._collector.add(
                "bad-input", "inputs is a mapping of names to shapes", fix, node.place
            )
            return []
        from rnncli.config.edits import rename

        self._collector.add(
            "bad-input",
            "inputs is a mapping of names to shapes",
            f"write input: in place of inputs: for one; {fix} for several",
            pair.key,
            edits=rename(pair.key, "inputs", "input"),
        )
        return [self.parse_one("input", pair)]

    def _apart(self, pairs: Mapping[str, Pair]) -> list[tuple[str, Pair]]:
        """The pairs without the rests of tuples: YAML reads ``{a: (5, 8)}`` as two pairs."""
        kept: list[tuple[str, Pair]] = []
        for name, pair in pairs.items():
            if kept and name.endswith(")") and pair.value.value is None:
                before = kept[-1][1].value
                if isinstance(before.value, str) and before.value.startswith("("):
                    continue
            kept.append((name, pair))
        return kept

    def parse_one(self, name: str, pair: Pair) -> InputSpec | None:
        """One input: a shape alone, or a mapping; None if it is not valid, which is reported."""
        fields = self._fields(pair)
        if "shape" not in fields:
            self._collector.add(
                "missing-key", "this input has no shape", "shape: [5, 8]", pair.value.place
            )
            return None
        unshaped = InputSpec(name, (), pair.value.place)
        return self._with_fields(unshaped, fields)

    def changed(self, before: InputSpec, pair: Pair) -> InputSpec | None:
        """An input with another shape, or with what a mapping names; None as for ``parse_one``."""
        return self._with_fields(before, self._fields(pair))

    def _fields(self, pair: Pair) -> Mapping[str, Pair]:
        """What is written of an input, by its keys: a shape alone, or a mapping."""
        if not isinstance(pair.value.value, Mapping):
            return {"shape": pair}
        fields = dict(self._apart(pair.value.value))
        self._collector.check_keys(fields, INPUT_KEYS, "an input")
        return fields

    def _with_fields(self, spec: InputSpec, fields: Mapping[str, Pair]) -> InputSpec | None:
        if "dtype" in fields and (dtype := self.dtype(fields["dtype"])) is not None:
            spec = replace(spec, dtype=dtype, dtype_place=fields["dtype"].value.place)
        if "below" in fields and (below := self._below(fields["below"])) is not None:
            spec = replace(spec, below=below)
        if "shape" not in fields:
            return spec
        shape = self.shape(fields["shape"].value)
        return (
            None if shape is None else replace(spec, shape=shape, place=fields["shape"].value.place)
        )

    def dtype(self, pair: Pair) -> str | None:
        """The dtype that is written; None if it is no word, which is reported."""
        if isinstance(pair.value.value, str):
            return pair.value.value
        from rnncli.config.edits import replace_value

        place = pair.value.place
        edits = replace_value(place, "int32")
        self._collector.add(
            "bad-input", "a dtype is a word", "such as dtype: int32", place, edits=edits, safe=False
        )
        return None

    def _below(self, pair: Pair) -> int | None:
        below = pair.value.value
        if isinstance(below, int) and not isinstance(below, bool) and below > 0:
            return below
        from rnncli.config.edits import replace_value

        place = pair.value.place
        fix, edits = "integers are drawn from [0, below): write below: 50", replace_value(place, 50)
        message = "below is a positive integer"
        self._collector.add("bad-input", message, fix, place, edits=edits, safe=False)
        return None

    def shape(self, node: Node) -> tuple[int | None, ...] | None:
        """A shape, without the batch axis; None if it is not valid, which is reported."""
        if isinstance(node.value, tuple):
            axes: list[int | None] = []
            for axis in node.value:
                size = axis.value
                if size is None or (type(size) is int and size >= 0):
                    axes.append(size)
            if len(axes) == len(node.value):
                return tuple(axes)
        from rnncli.config.shapes import mended, mended_axes

        shape = mended_axes(self._collector, node) or mended(self._collector, node)
        if shape is None and not isinstance(node.value, tuple):
            self._collector.add(
                "bad-input",
                "a shape is a list of sizes, without the batch axis",
                "write [5, 8] for 5 time steps of 8 features",
                node.place,
            )
        return shape

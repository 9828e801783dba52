"""Nodes → the inputs of a model: their shapes, dtypes and bounds."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import Findings
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import InputSpec

INPUT_KEYS = ("shape", "dtype", "below")


class Inputs:
    """Reads what stands under ``input`` and ``inputs``."""

    def __init__(self, found: Findings) -> None:
        self._found = found

    def several(self, pair: Pair, beside_input: bool) -> list[InputSpec]:
        """Those under ``inputs``, a mapping of names."""
        node = pair.value
        if beside_input:
            fix = "move it under inputs: {input: …}"
            self._found.add("duplicate-key", "both input and inputs are given", fix, pair.key)
        if not isinstance(node.value, Mapping) or not node.value:
            fix = "write inputs: {source: [5, 8], target: [7, 4]}"
            self._found.add("bad-input", "inputs is a mapping of names to shapes", fix, node.place)
            return []
        found = [self.one(name, each) for name, each in node.value.items()]
        return [each for each in found if each is not None]

    def one(self, name: str, pair: Pair) -> InputSpec | None:
        """One input: a shape alone, or a mapping; None where it is neither, which is told."""
        node = pair.value
        dtype: str | None = None
        below: int | None = None
        if isinstance(node.value, Mapping):
            fields = node.value
            self._found.check_keys(fields, INPUT_KEYS, "an input")
            if "shape" not in fields:
                self._found.add(
                    "missing-key", "this input has no shape", "shape: [5, 8]", node.place
                )
                return None
            dtype = self._dtype(fields.get("dtype"))
            below = self._below(fields.get("below"))
            node = fields["shape"].value
        shape = self._shape(node)
        return None if shape is None else InputSpec(name, shape, node.place, dtype, below)

    def _dtype(self, pair: Pair | None) -> str | None:
        if pair is None:
            return None
        if isinstance(pair.value.value, str):
            return pair.value.value
        self._found.add("bad-input", "a dtype is a word", "dtype: int32", pair.value.place)
        return None

    def _below(self, pair: Pair | None) -> int | None:
        if pair is None:
            return None
        below = pair.value.value
        if isinstance(below, int) and not isinstance(below, bool) and below > 0:
            return below
        fix = "integers are drawn from [0, below): write below: 50"
        self._found.add("bad-input", "below is a positive integer", fix, pair.value.place)
        return None

    def _shape(self, node: Node) -> tuple[int | None, ...] | None:
        if not isinstance(node.value, tuple):
            written = node.value if isinstance(node.value, int | str) else "5"
            self._found.add(
                "bad-input",
                "a shape is a list of sizes, without the batch axis",
                f"write [{written}], or [5, 8] for 5 time steps of 8 features",
                node.place,
            )
            return None
        axes = [self._axis(each) for each in node.value]
        return tuple(axes) if len(axes) == len([a for a in axes if a != -1]) else None

    def _axis(self, node: Node) -> int | None:
        """The size of an axis, None for an unknown one, -1 for what is no size."""
        size = node.value
        if size is None:
            return None
        if isinstance(size, int) and not isinstance(size, bool):
            if size > 0:
                return size
            fix = "write null where the size is unknown"
            self._found.add(
                "bad-input", f"an axis has at least size 1, not {size}", fix, node.place
            )
        elif size == "None":
            fix = "write null: it is YAML's word for Keras's None"
            self._found.add("python-none", "None is Python's word", fix, node.place)
        else:
            fix = "write an integer, or null where the size is unknown"
            self._found.add("bad-input", "an axis is a positive integer or null", fix, node.place)
        return -1

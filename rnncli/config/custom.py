"""Nodes → a custom layer: a layer of a class that only its author has, described by its shapes."""

from __future__ import annotations

from collections.abc import Mapping

from rnncli.config.findings import ProblemCollector, span
from rnncli.config.inputs import Inputs
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import CustomSpec, TensorSpec

CUSTOM_KEYS = ("class", "output", "outputs", "weights")
OUTPUT_KEYS = ("shape", "dtype")
WEIGHT_KEYS = ("shape", "dtype", "trainable")

_EXAMPLE = 'write custom: {class: "mypkg>Pool", output: [64], weights: {kernel: [64, 10]}}'
_SEVERAL = {
    "output": "outputs: {context: [64], scores: [null, 1]}",
    "weight": "weights: {kernel: [64, 10], bias: [10]}",
}


def parse_custom(pair: Pair, collector: ProblemCollector) -> CustomSpec | None:
    """The custom layer under a key; None if it does not say what it returns, which is reported."""
    return _Custom(collector).parse(pair)


class _Custom:
    def __init__(self, collector: ProblemCollector) -> None:
        self._collector = collector
        self._inputs = Inputs(collector)

    def parse(self, pair: Pair) -> CustomSpec | None:
        fields = pair.value.value
        if not isinstance(fields, Mapping):
            message = "custom describes a layer: its class, its output and its weights"
            self._collector.add("bad-custom", message, _EXAMPLE, pair.key)
            return None
        self._collector.check_keys(fields, CUSTOM_KEYS, "custom")
        cls = None
        if "class" in fields:
            cls = self._collector.name(fields["class"].value, "the class of a custom layer")
        else:
            message = "this custom layer has no class"
            self._collector.add("missing-key", message, 'such as class: "mypkg>Pool"', pair.key)
        outputs = self._outputs(fields, pair)
        weights = self._several(fields.get("weights"), WEIGHT_KEYS, "weight")
        # A class that is not valid is reported, and what the layer returns is known all the same.
        return CustomSpec(cls or "Layer", span(pair), outputs, weights) if outputs else None

    def _outputs(self, fields: Mapping[str, Pair], pair: Pair) -> tuple[TensorSpec, ...]:
        if "output" in fields and "outputs" in fields:
            from rnncli.config.edits import remove

            key = fields["outputs"].key
            self._collector.add(
                "bad-custom",
                "output and outputs are both given",
                "keep output for one tensor, or outputs for several by name",
                key,
                edits=remove(key),
                safe=False,
            )
        if "output" in fields:
            output = self._tensor("output", fields["output"], OUTPUT_KEYS)
            return (output,) if output else ()
        if "outputs" in fields:
            return self._several(fields["outputs"], OUTPUT_KEYS, "output")
        from rnncli.config.edits import insert_key

        first = next(iter(fields.values()), None)
        self._collector.add(
            "missing-key",
            "this custom layer does not say what it returns",
            "write output: [64], its shape without the batch axis",
            pair.key,
            edits=insert_key(first.key, "output", [64]) if first else (),
            safe=False,
        )
        return ()

    def _several(
        self, pair: Pair | None, keys: tuple[str, ...], what: str
    ) -> tuple[TensorSpec, ...]:
        """The tensors under ``outputs`` or ``weights``, a mapping of names to shapes."""
        if pair is None:
            return ()
        if not isinstance(pair.value.value, Mapping) or not pair.value.value:
            message = f"{what}s is a mapping of names to shapes"
            self._collector.add("bad-custom", message, f"write {_SEVERAL[what]}", pair.key)
            return ()
        tensors = [self._tensor(name, inner, keys) for name, inner in pair.value.value.items()]
        return tuple([tensor for tensor in tensors if tensor is not None])

    def _tensor(self, name: str, pair: Pair, keys: tuple[str, ...]) -> TensorSpec | None:
        """A shape alone, or a mapping; None if it is not valid, which is reported."""
        node = pair.value
        fields: Mapping[str, Pair] = {}
        what = "a weight" if keys is WEIGHT_KEYS else "an output"
        if isinstance(node.value, Mapping):
            fields = node.value
            self._collector.check_keys(fields, keys, what)
            if "shape" not in fields:
                message, fix = f"{what} has a shape, and {name} has none", "such as shape: [64]"
                self._collector.add("missing-key", message, fix, pair.key)
                return None
            node = fields["shape"].value
        is_unknown = node.value is None and keys is OUTPUT_KEYS
        shape = None if is_unknown else self._inputs.shape(node)
        if shape is None and not is_unknown:
            return None
        if keys is WEIGHT_KEYS and None in (shape or ()):
            message = f"the size of each axis of a weight is known, and {name} has null"
            self._collector.add("bad-custom", message, "write its size", node.place)
            return None
        dtype = self._inputs.dtype(fields["dtype"]) if "dtype" in fields else None
        dtype_place = fields["dtype"].value.place if dtype else None
        trainable = self._trainable(fields["trainable"].value) if "trainable" in fields else True
        return TensorSpec(name, shape, pair.key, dtype, dtype_place, trainable)

    def _trainable(self, node: Node) -> bool:
        if isinstance(node.value, bool):
            return node.value
        message = "trainable of a weight must be true or false"
        self._collector.add("bad-custom", message, "write trainable: false", node.place)
        return True

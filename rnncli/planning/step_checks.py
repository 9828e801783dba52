"""Checks whether a layer can run a step at a time, as ``decode`` runs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from rnncli.keras_api.operation_arguments import constant_shape
from rnncli.keras_api.operations import OPERATIONS
from rnncli.keras_api.traits import traits
from rnncli.model.decoding import looks_back
from rnncli.model.graph import KerasObject, Node
from rnncli.model.tensor_names import is_model, returned_states, state_names
from rnncli.problems import Fix, Place, Problem, problem
from rnncli.rules.rule import PlannedLayer

# Why what is inside a layer cannot be checked: of a model, and of a custom layer.
_OPAQUE = {
    True: (
        "is a model of its own, which is not taken apart",
        "write its layers here instead of including them",
    ),
    False: ("is a custom layer, and what it does with each step is not known", "leave decode out"),
}


class StepCheck(msgspec.Struct, frozen=True):
    """A layer that is to run a step at a time; ``fed`` names what depends on the fed input.

    With ``feeds_prefix`` it reads all steps so far each time. It must then not look ahead, and need
    carry no state.
    """

    node: Node
    planned: PlannedLayer
    fed: Collection[str]
    feeds_prefix: bool

    def problem(self) -> Problem | None:
        """What prevents it; None where nothing does."""
        layer = self.node.layer
        if layer.invalid or not self.planned.facts.known:
            return None
        if obstacle := self._opaque() or self._across_steps():
            return self._ahead(*obstacle)
        if state_names(layer):
            return self._recurrent(layer)
        reads_fed = [ref.node in self.fed for ref in self.node.inbound]
        if traits(layer.cls).attends:
            return self._attending(layer, reads_fed) if any(reads_fed[1:]) else None
        is_safe = self._by_itself(layer, reads_fed) or self._only_looks_back(layer)
        why = "looks at more than one step at a time"
        fix = "leave it out between decode's input and output, or put it in the encoder"
        return None if is_safe else self._ahead(why, fix)

    def _opaque(self) -> tuple[str, str] | None:
        """Why what is inside of the layer cannot be checked, and what to do."""
        is_inside = is_model(self.node.layer)
        return _OPAQUE[is_inside] if is_inside or self.node.layer.is_custom else None

    def _across_steps(self) -> tuple[str, str] | None:
        """The reason where an argument of the call is about all steps, and what to do."""
        argument = self._argument_across_steps()
        if argument is None:
            return None
        return f"is called with {argument}, for all steps", f"leave {argument} out"

    def _argument_across_steps(self) -> str | None:
        if self.node.keywords.get("use_causal_mask") and not self.feeds_prefix:
            return "use_causal_mask"
        for name, ref in self.node.named.items():
            is_fed = ref.node in self.fed
            of_steps = self.feeds_prefix and is_fed and name != "attention_mask"
            if not (of_steps or (name in ("value_mask", "key_mask") and not is_fed)):
                return name
        return None

    def _attending(self, layer: KerasObject, reads_fed: Sequence[bool]) -> Problem | None:
        """Attention over the steps that are decoded: each must read the earlier ones alone."""
        if not reads_fed[0]:
            return self._ahead(
                "attends over the steps that are decoded, from steps that are not",
                "let its query be what is decoded, too",
            )
        if self.node.keywords.get("use_causal_mask"):
            return None
        from rnncli.config.edits import add_beside

        return self._ahead(
            "attends over later steps as well",
            Fix(
                "write call: {use_causal_mask: true} beside it, or let it attend over the encoder",
                add_beside(self._place(), "call", {**layer.call, "use_causal_mask": True}),
                safe=False,
            ),
        )

    def _only_looks_back(self, layer: KerasObject) -> bool:
        """Whether a layer over several steps gives each step what only earlier ones decide."""
        if layer.is_operation:
            return looks_back(self.node, self.fed) and layer["axis"] == 1
        return layer.arguments.get("padding") == "causal" and layer["strides"] in (1, [1])

    def _by_itself(self, layer: KerasObject, reads_fed: Sequence[bool]) -> bool:
        """Whether a layer treats each step by itself."""
        when = _per_step(layer)
        if when == "merged":
            return self._merges_steps(layer, reads_fed)
        if when == "last axis":
            rank = self.planned.facts.output.rank
            last = layer["axis"] in (-1, rank - 1, [-1], [rank - 1])
            return rank >= 3 and last and all(reads_fed)
        return when == "always"

    def _merges_steps(self, layer: KerasObject, reads_fed: Sequence[bool]) -> bool:
        """Whether all that is merged is fed step by step, or is the same for all steps."""
        pairs = list(zip(self.planned.inputs, reads_fed, strict=True))
        others = [tensor for tensor, is_fed in pairs if not is_fed]
        if not layer.is_operation:
            return all(tensor.rank < 2 or tensor.axes[1] == 1 for tensor in others)
        # Operations align all axes on the right: that of steps must be at the same place.
        constants = [value for value in layer.arguments.values() if isinstance(value, list)]
        rank = max(tensor.rank for tensor, _ in pairs)
        if any(len(constant_shape(constant)) >= rank - 1 for constant in constants):
            return False
        return all(tensor.rank == rank for tensor, is_fed in pairs if is_fed) and all(
            tensor.rank < rank - 1 or (tensor.rank == rank and tensor.axes[1] == 1)
            for tensor in others
        )

    def _recurrent(self, layer: KerasObject) -> Problem | None:
        inner = layer["layer"] if layer.cls == "Bidirectional" else layer
        if layer.cls == "Bidirectional" or inner["go_backwards"]:
            return self._ahead(
                "reads the sequence from its end, which is not there yet",
                "use a layer that goes forward in the decoder",
            )
        if any(ref.node in self.fed for ref in self.node.initial_state):
            return self._ahead(
                "starts from a state that is computed from all steps",
                "start it from the encoder, or from zeros",
            )
        if inner["stateful"]:
            return self._ahead("is stateful, and keeps its states itself", "leave stateful out")
        for argument, has, why in (
            ("return_sequences", inner["return_sequences"], "gives only its last step"),
            ("return_state", bool(returned_states(layer)), "keeps its states to itself"),
        ):
            if not has and not (self.feeds_prefix and argument == "return_state"):
                from rnncli.model.mending import set_on

                return problem(
                    "decode-no-state" if argument == "return_state" else "decode-no-sequence",
                    f"{layer.label} {why}, so decode cannot take it a step at a time",
                    set_on(layer, argument, True),
                    place=self._place(),
                    layer=layer.name,
                )
        return None

    def _ahead(self, why: str, fix: str | Fix) -> Problem:
        return problem(
            "decode-looks-ahead",
            f"{self.node.layer.label} {why}: decode cannot take it a step at a time",
            fix,
            place=self._place(),
            layer=self.node.layer.name,
        )

    def _place(self) -> Place:
        return self.node.layer.place


def _per_step(layer: KerasObject) -> str:
    row = OPERATIONS[layer.cls] if layer.is_operation else traits(layer.cls)
    return row.per_step

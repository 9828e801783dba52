"""``decode``: a model run a step at a time. Which of its layers are, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rnncli.keras_api.traits import traits
from rnncli.model.decoding import DecodeSchedule, decode_schedule, is_ids
from rnncli.model.graph import Decode, KerasObject, Model, Node
from rnncli.model.tensor_names import is_model, returned_states, state_names
from rnncli.planning.masked_steps import masked_steps
from rnncli.problems import Place, Problem, problem
from rnncli.report.shapes import shown
from rnncli.rules.rule import PlannedLayer
from rnncli.rules.tensors import Tensor


def check_decode(
    model: Model, decode: Decode, held: Mapping[str, PlannedLayer], problems: list[Problem]
) -> bool:
    """Adds what keeps the model from being run a step at a time; whether that is nothing.

    ``held`` are the planned layers by name.
    """
    parts = decode_schedule(model, decode)
    fed = {decode.input, *(each.layer.name for each in parts.every)}
    found = list(_fitting(model, decode, parts, held))
    if not found:
        found = [
            each
            for node in parts.every
            if (each := _StepCheck(node, held[node.layer.name], fed).problem()) is not None
        ]
    if not found:
        problems += masked_steps(model, decode, parts.every, held)
    problems += found
    return not found


def _fitting(
    model: Model, decode: Decode, parts: DecodeSchedule, held: Mapping[str, PlannedLayer]
) -> Iterator[Problem]:
    """Whether what comes out of a step can go into the next one."""
    given = next(each for each in model.inputs if each.name == decode.input)
    output = _output(decode, held)
    if not given.shape:
        fix = "give it a shape [null] for ids, or [null, 8] for vectors"
        yield _decode_problem(decode, f"{decode.input} has no axis of steps", fix)
    elif decode.output.node not in {each.layer.name for each in parts.every}:
        yield _decode_problem(
            decode,
            f"{decode.output.display_name} does not depend on {decode.input}",
            "name an output that the decoder computes from it",
        )
    elif not parts.carrying:
        yield problem(
            "decode-no-state",
            f"nothing carries a state from one step to the next between {decode.input} and "
            f"{decode.output.display_name}",
            "put a recurrent layer with return_state: true between them",
            place=decode.place,
        )
    elif output is None or output.shape is None:
        return
    elif is_ids(model, decode):
        classes = output.shape[-1]
        if output.rank == 3 and given.below and classes is not None and classes > given.below:
            yield _decode_problem(
                decode,
                f"{decode.output.display_name} gives {classes} classes, but {decode.input} takes "
                f"ids below {given.below}",
                "give both the same number, the size of the vocabulary",
            )
        elif not isinstance(decode.first, int) or not 0 <= decode.first < (given.below or 2**31):
            yield _decode_problem(
                decode,
                f"first is {decode.first}, but {decode.input} takes ids below {given.below}",
                "first is the id of the start token",
            )
    elif output.shape[2:] != given.shape[1:] and output.rank >= 3:
        yield _decode_problem(
            decode,
            f"a step of {decode.output.display_name} is {shown(output.shape[2:])}, and one of "
            f"{decode.input} is {shown(given.shape[1:])}: it cannot be fed back",
            "give the output the width of the input, or make the input one of ids",
        )


def _output(decode: Decode, held: Mapping[str, PlannedLayer]) -> Tensor | None:
    step = held.get(decode.output.node)
    outputs = step.facts.outputs if step else ()
    return next((each for each in outputs if each.name == decode.output.tensor), None)


def _decode_problem(decode: Decode, message: str, fix: str) -> Problem:
    return problem("bad-decode", message, fix, place=decode.place)


class _StepCheck(msgspec.Struct, frozen=True):
    """A layer that is to be run a step at a time; ``fed`` are what depends on the input."""

    node: Node
    held: PlannedLayer
    fed: set[str]

    def problem(self) -> Problem | None:
        """What forbids it; None where nothing does."""
        layer = self.node.layer
        if layer.invalid or not self.held.facts.known:
            return None
        if state_names(layer):
            return self._recurrent(layer)
        reads_fed = [each.node in self.fed for each in self.node.sources]
        if is_model(layer):
            why = "is a model of its own, which is not taken apart"
            fix = "write its layers here instead of including them"
        elif traits(layer.cls).attends and any(reads_fed[1:]):
            why = "attends over the very steps that are decoded, and would need them all at once"
            fix = "let it attend over the encoder: from: {query: decoder, value: encoder}"
        elif not traits(layer.cls).attends and not self._by_itself(layer, reads_fed):
            why = "looks at more than one step at a time"
            fix = "leave it out between decode's input and output, or put it in the encoder"
        else:
            return None
        return self._ahead(why, fix)

    def _by_itself(self, layer: KerasObject, reads_fed: Sequence[bool]) -> bool:
        """Whether a layer treats each step by itself."""
        rank = self.held.inputs[0].rank
        if traits(layer.cls).per_step == "merged":
            # What is no sequence of steps must be alike for all of them.
            return all(
                is_fed or each.rank < 2 or each.axes[1] == 1
                for is_fed, each in zip(reads_fed, self.held.inputs, strict=True)
            )
        if traits(layer.cls).per_step == "last axis":
            last = layer["axis"] in (-1, rank - 1, [-1], [rank - 1])
            return rank >= 3 and last and all(reads_fed)
        return traits(layer.cls).per_step == "always"

    def _recurrent(self, layer: KerasObject) -> Problem | None:
        inner = layer["layer"] if layer.cls == "Bidirectional" else layer
        if layer.cls == "Bidirectional" or inner["go_backwards"]:
            return self._ahead(
                "reads the sequence from its end, which is not there yet",
                "use a layer that goes forward in the decoder",
            )
        if {each.node for each in self.node.initial_state} & self.fed:
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
            if not has:
                from rnncli.model.mending import set_on

                return problem(
                    "decode-no-state" if argument == "return_state" else "decode-no-sequence",
                    f"{layer.label} {why}, so decode cannot take it a step at a time",
                    set_on(layer, argument, True),
                    place=self._place(),
                    layer=layer.name,
                )
        return None

    def _ahead(self, why: str, fix: str) -> Problem:
        return problem(
            "decode-looks-ahead",
            f"{self.node.layer.label} {why}: decode cannot take it a step at a time",
            fix,
            place=self._place(),
            layer=self.node.layer.name,
        )

    def _place(self) -> Place:
        return self.node.layer.place

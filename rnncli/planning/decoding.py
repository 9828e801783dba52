"""Plans ``decode``, a model that runs one time step at a time, and reports what prevents it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from rnncli.keras_api.traits import traits
from rnncli.model.decoding import DecodeSchedule, decode_schedule, is_ids
from rnncli.model.graph import Decode, KerasObject, Model, Node
from rnncli.model.tensor_names import is_model, returned_states, state_names
from rnncli.planning.masked_steps import masked_steps
from rnncli.planning.records import in_numbers, tensor_record
from rnncli.planning.steps import ModelEvaluator
from rnncli.problems import Place, Problem, errors, problem
from rnncli.report.decoding import Carried, StepLayer
from rnncli.report.decoding import Decode as DecodeRecord
from rnncli.report.layer import Shape
from rnncli.report.layer import Tensor as TensorRecord
from rnncli.report.shapes import add, product, shown
from rnncli.rules.rule import PlannedLayer
from rnncli.rules.tensors import Tensor


def plan_decode(
    evaluator: ModelEvaluator,
    decode: Decode,
    shapes: Sequence[Shape],
    planned: Mapping[str, PlannedLayer],
    problems: list[Problem],
) -> DecodeRecord | None:
    """What one step of decoding computes, and the whole loop.

    ``planned`` are the layers by name, with inputs of these shapes, without the batch. Returns
    None where a layer is unknown, or where the model cannot run a step at a time: the reason is
    added to the problems.
    """
    schedule = decode_schedule(evaluator.model, decode)
    if not _check(evaluator.model, decode, schedule, planned, problems):
        return None
    return _record(evaluator, decode, schedule, [in_numbers(shape) for shape in shapes], planned)


def _check(
    model: Model,
    decode: Decode,
    schedule: DecodeSchedule,
    planned: Mapping[str, PlannedLayer],
    problems: list[Problem],
) -> bool:
    """Whether the model can run a step at a time; what prevents it is added to the problems."""
    fed = {decode.input, *(node.layer.name for node in schedule.in_loop)}
    obstacles = list(_check_fed_back(model, decode, schedule, planned))
    if not obstacles:
        checks = [_StepCheck(node, planned[node.layer.name], fed) for node in schedule.in_loop]
        obstacles = [problem for check in checks if (problem := check.problem()) is not None]
    if not obstacles:
        problems += masked_steps(model, decode, schedule.in_loop, planned)
    problems += obstacles
    return not obstacles


def _record(
    evaluator: ModelEvaluator,
    decode: Decode,
    schedule: DecodeSchedule,
    shapes: Sequence[Shape],
    planned: Mapping[str, PlannedLayer],
) -> DecodeRecord | None:
    """The record of a loop that works; None where a layer in it is unknown."""
    model, batch = evaluator.model, evaluator.batch
    fed = next(
        number
        for number, model_input in enumerate(model.inputs)
        if model_input.name == decode.input
    )
    _, *rest = shapes[fed]
    part = replace(model, nodes=(*schedule.before_loop, *schedule.in_loop))
    one_step = [*shapes[:fed], (1, *rest), *shapes[fed + 1 :]]
    evaluated = ModelEvaluator(part, batch).concrete(one_step)
    steps = {step.layer.name: step for step in evaluated.layers}
    output = steps[decode.output.node].facts.output
    if errors(evaluated.problems) or output.shape is None:
        return None
    in_loop = [steps[node.layer.name] for node in schedule.in_loop]
    step_macs = add(*(step.facts.macs for step in in_loop))
    dtype = model.inputs[fed].dtype
    return DecodeRecord(
        input=decode.input,
        output=decode.output.display_name,
        steps=decode.steps,
        first=decode.first,
        feeds="argmax" if is_ids(model, decode) else "itself",
        once=tuple(node.layer.name for node in schedule.before_loop),
        every=tuple(
            StepLayer(
                name=step.layer.name,
                cls=step.layer.cls,
                outputs=tuple(tensor_record(output, output) for output in step.facts.outputs),
                macs=step.facts.macs,
            )
            for step in in_loop
        ),
        carried=tuple(
            Carried(
                layer=node.layer.name,
                states=tuple(
                    TensorRecord(name=state.name, shape=state.shape or (), dtype=state.dtype or "")
                    for state in steps[node.layer.name].facts.states
                ),
                starts_from=tuple(ref.display_name for ref in node.initial_state),
            )
            for node in schedule.carrying
        ),
        step_input=TensorRecord(name=decode.input, shape=(batch, 1, *rest), dtype=dtype),
        loop_input=TensorRecord(name=decode.input, shape=(batch, decode.steps, *rest), dtype=dtype),
        loop_output=TensorRecord(
            name=decode.output.display_name,
            shape=(batch, decode.steps, *output.shape[2:]),
            dtype=output.dtype,
        ),
        macs=add(
            *(_as_number(planned[node.layer.name].facts.macs) for node in schedule.before_loop),
            product((step_macs, decode.steps)),
        ),
    )


def _as_number(macs: int | None) -> int | None:
    """A count as a plain number, without its expression of the lengths."""
    return None if macs is None else int(macs)


def _check_fed_back(
    model: Model, decode: Decode, schedule: DecodeSchedule, planned: Mapping[str, PlannedLayer]
) -> Iterator[Problem]:
    """The reasons why the output of a step cannot be the input of the next one."""
    fed = next(model_input for model_input in model.inputs if model_input.name == decode.input)
    output = _output(decode, planned)
    if not fed.shape:
        fix = "give it a shape [null] for ids, or [null, 8] for vectors"
        yield _decode_problem(decode, f"{decode.input} has no axis of steps", fix)
    elif decode.output.node not in {node.layer.name for node in schedule.in_loop}:
        yield _decode_problem(
            decode,
            f"{decode.output.display_name} does not depend on {decode.input}",
            "name an output that the decoder computes from it",
        )
    elif not schedule.carrying:
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
        if output.rank == 3 and fed.below and classes is not None and classes > fed.below:
            yield _decode_problem(
                decode,
                f"{decode.output.display_name} gives {classes} classes, but {decode.input} takes "
                f"ids below {fed.below}",
                "give both the same number, the size of the vocabulary",
            )
        elif not isinstance(decode.first, int) or not 0 <= decode.first < (fed.below or 2**31):
            yield _decode_problem(
                decode,
                f"first is {decode.first}, but {decode.input} takes ids below {fed.below}",
                "first is the id of the start token",
            )
    elif output.shape[2:] != fed.shape[1:] and output.rank >= 3:
        yield _decode_problem(
            decode,
            f"a step of {decode.output.display_name} is {shown(output.shape[2:])}, and one of "
            f"{decode.input} is {shown(fed.shape[1:])}: it cannot be fed back",
            "give the output the width of the input, or make the input one of ids",
        )


def _output(decode: Decode, planned: Mapping[str, PlannedLayer]) -> Tensor | None:
    step = planned.get(decode.output.node)
    outputs = step.facts.outputs if step else ()
    return next((output for output in outputs if output.name == decode.output.tensor), None)


def _decode_problem(decode: Decode, message: str, fix: str) -> Problem:
    return problem("bad-decode", message, fix, place=decode.place)


class _StepCheck(msgspec.Struct, frozen=True):
    """A layer that is to run a step at a time; ``fed`` names what depends on the fed input."""

    node: Node
    planned: PlannedLayer
    fed: set[str]

    def problem(self) -> Problem | None:
        """What prevents it; None where nothing does."""
        layer = self.node.layer
        if layer.invalid or not self.planned.facts.known:
            return None
        if across := self._across_steps():
            return self._ahead(f"is called with {across}, for all steps", f"leave {across} out")
        if state_names(layer):
            return self._recurrent(layer)
        reads_fed = [ref.node in self.fed for ref in self.node.inbound]
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

    def _across_steps(self) -> str | None:
        """An argument of the call that is about all steps that are fed."""
        if self.node.keywords.get("use_causal_mask"):
            return "use_causal_mask"
        of_values = ("value_mask", "key_mask")
        named = self.node.named.items()
        return next((n for n, ref in named if n not in of_values or ref.node in self.fed), None)

    def _by_itself(self, layer: KerasObject, reads_fed: Sequence[bool]) -> bool:
        """Whether a layer treats each step by itself."""
        rank = self.planned.inputs[0].rank
        if traits(layer.cls).per_step == "merged":
            # An input that is not a sequence must be the same for all steps.
            return all(
                is_fed or tensor.rank < 2 or tensor.axes[1] == 1
                for is_fed, tensor in zip(reads_fed, self.planned.inputs, strict=True)
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
        if {ref.node for ref in self.node.initial_state} & self.fed:
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

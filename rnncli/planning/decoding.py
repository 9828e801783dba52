"""Plans ``decode``, a model that runs one time step at a time, and reports what prevents it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import comb

import msgspec
from msgspec.structs import replace

from rnncli.model.decoding import DecodeSchedule, decode_schedule, is_ids
from rnncli.model.graph import Decode, Model
from rnncli.planning.masked_steps import masked_steps
from rnncli.planning.records import in_numbers, tensor_record
from rnncli.planning.step_checks import StepCheck
from rnncli.planning.steps import EvaluatedModel, ModelEvaluator
from rnncli.problems import Problem, errors, problem
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
    numbers = [in_numbers(shape) for shape in shapes]
    return _record(evaluator, decode, schedule, numbers, planned, problems)


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
        checks = [
            StepCheck(node, planned[node.layer.name], fed, schedule.feeds_prefix)
            for node in schedule.in_loop
        ]
        obstacles = [problem for check in checks if (problem := check.problem()) is not None]
    if not obstacles and not schedule.feeds_prefix:
        problems += masked_steps(model, decode, schedule.in_loop, planned)
    problems += obstacles
    return not obstacles


def _record(
    evaluator: ModelEvaluator,
    decode: Decode,
    schedule: DecodeSchedule,
    shapes: Sequence[Shape],
    planned: Mapping[str, PlannedLayer],
    problems: list[Problem],
) -> DecodeRecord | None:
    """The record of a loop that works; None where a layer in it is unknown, or cannot run."""
    model, batch = evaluator.model, evaluator.batch
    fed = next(
        number
        for number, model_input in enumerate(model.inputs)
        if model_input.name == decode.input
    )
    _, *rest = shapes[fed]
    part = replace(model, nodes=(*schedule.before_loop, *schedule.in_loop))
    loop = _Loop(ModelEvaluator(part, batch), schedule, shapes, fed)
    # The last step is the longest where each step feeds all steps so far.
    length = decode.steps if schedule.feeds_prefix else 1
    evaluated = loop.fed_with(length)
    steps = {step.layer.name: step for step in evaluated.layers}
    output = steps[decode.output.node].facts.output
    if failures := errors(evaluated.problems):
        problems.append(
            _decode_problem(
                decode,
                f"at step {decode.steps}, {failures[0].message}",
                "let it run for fewer steps",
            )
        )
    if failures or output.shape is None:
        return None
    in_loop = [steps[node.layer.name] for node in schedule.in_loop]
    if schedule.feeds_prefix:
        loop_macs = loop.macs_of_prefixes(decode.steps)
    else:
        loop_macs = product((add(*(step.facts.macs for step in in_loop)), decode.steps))
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
        step_input=TensorRecord(name=decode.input, shape=(batch, length, *rest), dtype=dtype),
        loop_input=TensorRecord(name=decode.input, shape=(batch, decode.steps, *rest), dtype=dtype),
        loop_output=TensorRecord(
            name=decode.output.display_name,
            shape=(batch, decode.steps, *output.shape[2:]),
            dtype=output.dtype,
        ),
        macs=add(
            *(_as_number(planned[node.layer.name].facts.macs) for node in schedule.before_loop),
            loop_macs,
        ),
        feeds_prefix=schedule.feeds_prefix or msgspec.UNSET,
    )


class _Loop(msgspec.Struct, frozen=True):
    """The layers of one step, to be evaluated for a part of the input of this number."""

    evaluator: ModelEvaluator
    schedule: DecodeSchedule
    shapes: Sequence[Shape]
    fed: int

    def fed_with(self, length: int) -> EvaluatedModel:
        """The layers as they run on this many steps of the input."""
        _, *rest = self.shapes[self.fed]
        before, behind = self.shapes[: self.fed], self.shapes[self.fed + 1 :]
        return self.evaluator.concrete([*before, (length, *rest), *behind])

    def macs(self, length: int) -> int | None:
        """The MACs of the layers in the loop on this many steps."""
        in_loop = {node.layer.name for node in self.schedule.in_loop}
        layers = self.fed_with(length).layers
        return add(*(step.facts.macs for step in layers if step.layer.name in in_loop))

    def macs_of_prefixes(self, steps: int) -> int | None:
        """The MACs of 1 step, of 2, and so on, in all; None where they are not known.

        They grow with the number of steps, and with its square in attention to earlier ones, and
        so follow from their first three values (Newton's forward differences).
        """
        first, second, third = (self.macs(length) for length in (1, 2, 3))
        if first is None or second is None or third is None:
            return None
        growth, again = second - first, third - 2 * second + first
        return first * steps + growth * comb(steps, 2) + again * comb(steps, 3)


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
    elif not schedule.carrying and not schedule.feeds_prefix:
        yield problem(
            "decode-no-state",
            f"nothing carries a state from one step to the next between {decode.input} and "
            f"{decode.output.display_name}, and nothing looks back at earlier steps",
            "put a recurrent layer with return_state: true between them, or attention with "
            "use_causal_mask",
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

"""ModelSpec → Report by the rules alone, in a blink.

The rules are asked twice where an axis is unknown: once with it unknown, for the shapes, and once
with a number in place of every unknown length, for the counts that depend on it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from rnncli import __version__
from rnncli.config import ModelSpec
from rnncli.gc_pause import gc_paused
from rnncli.layers.catalogue import Rules
from rnncli.model.binding import bind
from rnncli.model.blame import with_layers
from rnncli.model.decoding import decode_schedule, is_ids
from rnncli.model.graph import Decode, Input, KerasObject, Model, TensorRef
from rnncli.model.lengths import Lengths, check_lengths, only, wanted_lengths
from rnncli.model.tensor_names import is_model
from rnncli.planning.decoding import check_decode
from rnncli.planning.follow import follow
from rnncli.planning.nested import RULES as NESTED
from rnncli.planning.records import LayerEvaluations, in_numbers, layer_record, tensor_record
from rnncli.planning.settling import Settled, identity, in_letters, settle
from rnncli.problems import Fix, Problem, errors, problem
from rnncli.report.decoding import Carried, StepLayer
from rnncli.report.decoding import Decode as DecodeRecord
from rnncli.report.layer import Shape
from rnncli.report.layer import Tensor as TensorRecord
from rnncli.report.report import Length, Report, Versions
from rnncli.report.shapes import add, product
from rnncli.report.totals import totals
from rnncli.rules.rule import PlannedLayer
from rnncli.rules.tensors import Tensor

RULES = Rules(NESTED)


@gc_paused()
def plan(spec: ModelSpec, batch: int | None = None, length: Lengths | None = None) -> Report:
    """What Keras will make of a model, without Keras.

    ``batch`` is the size of the batch axis: that of the config, or 1, where none is given.
    ``length`` stands for axes of unknown size where a number depends on them: that of the config,
    or one that fits, where none is given. A model with problems gives a report all the same: they
    are in its ``problems``, and what depends on them is unknown.

    Raises:
        ConfigError: a ``--set`` or a length names what is not there.
    """
    model = bind(spec)
    check_lengths(length, model)
    problems = list(model.problems)
    if batch is None and model.batch is None:
        problems += _stateful(model)
    batch = batch or model.batch or 1
    unknown = [each.shape for each in model.inputs]
    symbolic = _steps(model, batch, unknown, problems)
    settled = Settled(symbolic, unknown)
    if errors(problems):
        if any(None in shape for shape in unknown):
            problems = in_letters(model, partial(_concrete, model, batch), problems)
    elif _has_unknown(unknown, symbolic):
        settled = _settled(model, batch, length, problems)
        if errors(problems):
            # No length fits, say: then nothing is known of it beyond the shapes.
            settled = Settled(symbolic, unknown)
    concrete = settled.steps
    letters = None if concrete is symbolic else settled.letters
    layers = tuple(
        [
            layer_record(LayerEvaluations(*pair, letters))
            for pair in zip(symbolic, concrete, strict=True)
        ]
    )
    decode = None
    if model.decode is not None and not errors(problems):
        by_name = {each.layer.name: each for each in concrete}
        if check_decode(model, model.decode, by_name, problems):
            known = [in_numbers((batch, *shape)) for shape in settled.shapes]
            decode = _decode(model, model.decode, known, by_name)
    return Report(
        name=model.name,
        source=model.source,
        stage="plan",
        versions=_versions(),
        batch=batch,
        length=only(each.size for each in settled.lengths),
        lengths=tuple(
            [
                Length(letter=each.letter, inputs=each.inputs, size=each.size, chosen=each.chosen)
                for each in settled.lengths
            ]
        ),
        seed=None,
        inputs=tuple(
            [
                tensor_record(
                    _tensor(each, (batch, *shape)), _tensor(each, (batch, *filled)), letters
                )
                for each, shape, filled in zip(model.inputs, unknown, settled.shapes, strict=True)
            ]
        ),
        outputs=tuple(str(each) for each in model.outputs),
        output_names=model.output_names,
        layers=layers,
        totals=totals(layers),
        decode=decode,
        problems=in_order(with_layers(problems, model)),
    )


def unreadable(source: str, problems: Iterable[Problem]) -> Report:
    """The report of a config that cannot be read: its problems alone."""
    return Report(
        name=source,
        source=source,
        stage="plan",
        versions=_versions(),
        batch=1,
        seed=None,
        inputs=(),
        outputs=(),
        layers=(),
        totals=totals(()),
        problems=tuple(problems),
    )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems as a reader meets them in the file, each told once."""
    return tuple(
        sorted(dict.fromkeys(problems), key=lambda each: (each.line or 0, each.column or 0))
    )


def _versions() -> Versions:
    return Versions(rnncli=__version__, python=platform.python_version())


def _tensor(given: Input, shape: Shape) -> Tensor:
    return Tensor(given.name, shape, given.dtype, input_place=given.place)


def _has_unknown(shapes: Iterable[Shape], steps: Iterable[PlannedLayer]) -> bool:
    """Whether an input or a layer has an axis of unknown size."""
    return any(None in shape for shape in shapes) or any(
        None in (out.shape or ()) for step in steps for out in step.facts.outputs
    )


def _settled(model: Model, batch: int, length: Lengths | None, problems: list[Problem]) -> Settled:
    """The model at lengths that fit it; what is wrong there alone is added to the problems."""
    told = {identity(each) for each in problems}

    def follow_at(shapes: Sequence[Shape]) -> tuple[list[PlannedLayer], list[Problem]]:
        steps, found = _concrete(model, batch, shapes)
        return steps, [each for each in found if identity(each) not in told]

    settled = settle(model, wanted_lengths(model, length), follow_at)
    problems += settled.problems
    return settled


def _concrete(
    model: Model, batch: int, shapes: Sequence[Shape]
) -> tuple[list[PlannedLayer], list[Problem]]:
    """The model followed from inputs of known shapes, and what is wrong with it there."""
    found: list[Problem] = []
    return _steps(model, batch, shapes, found, filled=True), found


def _steps(
    model: Model,
    batch: int,
    shapes: Sequence[Shape],
    problems: list[Problem],
    filled: bool = False,
) -> list[PlannedLayer]:
    """The model followed from inputs of these shapes, which are without the batch."""
    inputs = {
        TensorRef(each.name): _tensor(each, (batch, *shape))
        for each, shape in zip(model.inputs, shapes, strict=True)
    }
    return follow(model, inputs, RULES, problems, filled)


def _decode(
    model: Model, decode: Decode, shapes: Sequence[Shape], planned: Mapping[str, PlannedLayer]
) -> DecodeRecord | None:
    """What one step of decoding computes, and the whole loop; None where a layer is unknown."""
    parts = decode_schedule(model, decode)
    number = [each.name for each in model.inputs].index(decode.input)
    batch, _, *rest = shapes[number]
    one = [*shapes[:number], (batch, 1, *rest), *shapes[number + 1 :]]
    part = replace(model, nodes=(*parts.once, *parts.every))
    found: list[Problem] = []
    behind = [shape[1:] for shape in one]
    stepwise = _steps(part, batch or 1, behind, found, filled=True)
    steps = {each.layer.name: each for each in stepwise}
    output = steps[decode.output.node].facts.output
    if errors(found) or output.shape is None:
        return None
    every = [steps[each.layer.name] for each in parts.every]
    step_macs = add(*(each.facts.macs for each in every))
    fed = model.inputs[number]

    def written(name: str, shape: Shape, dtype: str) -> TensorRecord:
        return TensorRecord(name=name, shape=shape, dtype=dtype)

    return DecodeRecord(
        input=decode.input,
        output=decode.output.display_name,
        steps=decode.steps,
        first=decode.first,
        feeds="argmax" if is_ids(model, decode) else "itself",
        once=tuple(each.layer.name for each in parts.once),
        every=tuple(
            StepLayer(
                name=each.layer.name,
                cls=each.layer.cls,
                outputs=tuple(tensor_record(out, out) for out in each.facts.outputs),
                macs=each.facts.macs,
            )
            for each in every
        ),
        carried=tuple(
            Carried(
                layer=each.layer.name,
                states=tuple(
                    written(state.name, state.shape or (), state.dtype or "")
                    for state in steps[each.layer.name].facts.states
                ),
                starts_from=tuple(ref.display_name for ref in each.initial_state),
            )
            for each in parts.carrying
        ),
        step_input=written(decode.input, (batch, 1, *rest), fed.dtype),
        loop_input=written(decode.input, (batch, decode.steps, *rest), fed.dtype),
        loop_output=written(
            decode.output.display_name, (batch, decode.steps, *output.shape[2:]), output.dtype
        ),
        macs=add(
            *(_number(planned[each.layer.name].facts.macs) for each in parts.once),
            product((step_macs, decode.steps)),
        ),
    )


def _number(size: int | None) -> int | None:
    """A count as a plain number, whatever it knows of lengths."""
    return None if size is None else int(size)


def _stateful(model: Model) -> Iterator[Problem]:
    """Stateful layers keep a state for every sequence of a batch, whose size must be said."""
    for node in model.nodes:
        if _is_stateful(node.layer):
            from rnncli.config.edits import insert_key
            from rnncli.config.restructuring import at_top

            top = at_top(node.layer.place, "layers")
            edits = insert_key(top, "batch", 32) if top else ()
            words = "write batch: 32 at the top of the config, or use --batch"
            yield problem(
                "stateful-batch",
                f"{node.layer.label} is stateful, and keeps its states for a batch of a fixed size",
                Fix(words, edits, safe=False),
                place=node.layer.places.get("stateful", node.layer.place),
                layer=node.layer.name,
            )


def _is_stateful(given: KerasObject) -> bool:
    if given.invalid:
        return False
    if is_model(given):
        return any(_is_stateful(node.layer) for node in given["model"].nodes)
    inner = [each for each in given.arguments.values() if isinstance(each, KerasObject)]
    return given.arguments.get("stateful") is True or any(map(_is_stateful, inner))

"""ModelSpec → Report by the rules alone.

The rules are applied twice where an axis is unknown: once with it unknown, for the shapes, and once
with a number in place of every unknown length, for the counts that depend on it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from rnncli import __version__
from rnncli.config import ModelSpec
from rnncli.config.spec import IncludeSpec
from rnncli.gc_pause import gc_paused
from rnncli.model.binding import bind
from rnncli.model.blame import with_layers
from rnncli.model.graph import Model
from rnncli.model.lengths import (
    ChosenLengths,
    WantedLength,
    check_against_data,
    checked_lengths,
    checked_size,
    only,
    wanted_lengths,
)
from rnncli.model.tensor_names import is_stateful
from rnncli.planning.records import LayerEvaluations, layer_record, tensor_record
from rnncli.planning.settling import Settled, in_letters, settle
from rnncli.planning.steps import EvaluatedModel, ModelEvaluator
from rnncli.problems import Fix, Problem, errors, problem
from rnncli.report.report import Length, Report, Versions
from rnncli.report.totals import totals


@gc_paused()
def plan(spec: ModelSpec, batch: int | None = None, length: ChosenLengths | None = None) -> Report:
    """Plans what Keras builds from a model, without Keras.

    ``batch`` is the size of the batch axis: that of the config, or 1, where none is given.
    ``length`` stands for axes of unknown size where a number depends on them: that of the config,
    or one that fits, where none is given. Both are those of the data, where the run reads any. A
    model with problems has a report, too: they are
    in its ``problems``, and what depends on them is unknown.

    Raises:
        ConfigError: a ``--set`` or a length names something that does not exist, or a length or
            ``batch`` is not a positive integer, or not that of the data.
    """
    if batch is not None:
        batch = checked_size(batch, "batch", "such as batch=32")
    model = bind(spec)
    length = checked_lengths(length, model)
    if spec.data is not None:
        check_against_data(spec.data, model, batch, length)
        batch = spec.data.batch
    problems = [*model.problems]
    if batch is None and model.batch is None:
        problems += stateful_problems(model)
    evaluator = ModelEvaluator(model, batch or model.batch or 1)
    symbolic = evaluator.symbolic()
    problems += symbolic.problems
    wanted = wanted_lengths(model, length, spec.data)
    settled, problems = settled_model(evaluator, symbolic, wanted, problems)
    letters = None if settled.layers is symbolic.layers else settled.letters
    inputs = zip(
        evaluator.input_tensors(evaluator.input_shapes),
        evaluator.input_tensors(settled.shapes),
        strict=True,
    )
    pairs = zip(symbolic.layers, settled.layers, strict=True)
    layers = tuple([layer_record(LayerEvaluations(*pair, letters)) for pair in pairs])
    decode = None
    if model.decode is not None and not errors(problems):
        from rnncli.planning.decoding import plan_decode

        by_name = {planned.layer.name: planned for planned in settled.layers}
        decode = plan_decode(evaluator, model.decode, settled.shapes, by_name, problems)
    report = Report(
        name=model.name,
        source=model.source,
        stage="plan",
        versions=_versions(),
        batch=evaluator.batch,
        length=only(free.size for free in settled.lengths),
        lengths=tuple(
            [
                Length(letter=free.letter, inputs=free.inputs, size=free.size, chosen=free.chosen)
                for free in settled.lengths
            ]
        ),
        seed=None,
        inputs=tuple([tensor_record(*pair, letters) for pair in inputs]),
        outputs=tuple(str(output) for output in model.outputs),
        output_names=model.output_names,
        layers=layers,
        totals=totals(layers),
        decode=decode,
        data=UNSET if spec.data is None else spec.data.path,
    )
    if model.budget is not None and not errors(problems):
        from rnncli.planning.budget import budget_problems

        problems += budget_problems(spec, model, report)
    return replace(report, problems=placed(in_order(with_layers(problems, model)), spec))


def placed(problems: Iterable[Problem], spec: ModelSpec) -> tuple[Problem, ...]:
    """The problems; those of model files, which have no lines, without one.

    Models that Keras wrote have been run: ids that are floats are no mistake there.
    """
    files = {*_model_files(spec)} if spec.file or spec.included else set()
    return tuple(
        [
            replace(problem, line=None, column=None) if problem.file in files else problem
            for problem in problems
            if problem.file not in files or problem.code != "not-ids"
        ]
    )


def _model_files(spec: ModelSpec) -> Iterator[str]:
    """The names of the model files among a model and those that it includes."""
    if spec.source.generated:
        yield spec.source.name
    for entry in spec.layers:
        if isinstance(entry, IncludeSpec) and entry.model is not None:
            yield from _model_files(entry.model)


def settled_model(
    evaluator: ModelEvaluator,
    symbolic: EvaluatedModel,
    wanted: Mapping[str, Sequence[WantedLength]],
    problems: list[Problem],
) -> tuple[Settled, list[Problem]]:
    """The model at lengths that fit it, and its problems, with those of its lengths."""
    unsettled = Settled(symbolic.layers, evaluator.input_shapes)
    if errors(problems):
        has_unknown_inputs = any(None in shape for shape in evaluator.input_shapes)
        return unsettled, in_letters(evaluator, problems) if has_unknown_inputs else problems
    if not _has_unknown(evaluator, symbolic):
        return unsettled, problems
    settled = settle(evaluator, wanted, problems)
    problems = [*problems, *settled.problems]
    # Where no length fits, nothing is known of the model beyond the shapes.
    return unsettled if errors(problems) else settled, problems


def _has_unknown(evaluator: ModelEvaluator, symbolic: EvaluatedModel) -> bool:
    """Whether an input or a layer has an axis of unknown size."""
    return any(None in shape for shape in evaluator.input_shapes) or any(
        None in (output.shape or ())
        for planned in symbolic.layers
        for output in planned.facts.outputs
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
    """The problems in the order of the file, without duplicates."""
    return tuple(
        sorted(
            dict.fromkeys(problems), key=lambda problem: (problem.line or 0, problem.column or 0)
        )
    )


def _versions() -> Versions:
    return Versions(rnncli=__version__, python=platform.python_version())


def stateful_problems(model: Model) -> Iterator[Problem]:
    """Reports stateful layers: they need a batch size, as they keep a state for each sequence."""
    for node in model.nodes:
        if is_stateful(node.layer):
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

"""Source → ModelSpec: the grammar of a config. All problems are collected, not only the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from msgspec.structs import replace

from rnncli.config.entries import Entries
from rnncli.config.findings import ProblemCollector
from rnncli.config.includes import Files, ReadModel, Storage
from rnncli.config.inputs import Inputs
from rnncli.config.lengths import parse_length
from rnncli.config.nesting import MODEL_KEYS, Nesting, without_outer_keys
from rnncli.config.nodes import Pair, parse_nodes
from rnncli.config.references import References
from rnncli.config.spec import (
    BudgetSpec,
    DecodeSpec,
    EntrySpec,
    InputSpec,
    ModelSpec,
    Reference,
    Value,
)
from rnncli.config.values import Values
from rnncli.gc_pause import gc_paused
from rnncli.problems import ConfigError, Edits, Place, Source, problem

VERSION = 1
TOP_KEYS = (
    "version", "name", "input", "inputs", "batch", "length", "layers", "outputs", "decode",
    "budget",
)  # fmt: skip
SCHEMA = "$schema"
DECODE_KEYS = ("input", "output", "steps", "first")
DECODE_STEPS = 10
STEP_LIMIT = 10_000

_SCRIPT = re.compile(r"^(import|from|def|class)\s|\.add\(|^\w+ = \w", re.MULTILINE)
_EXAMPLE = "write input: [5, 8] and layers:, a list such as\n    layers:\n      - LSTM: 3"
_DECODE_EXAMPLE = "write decode: {input: target, output: probabilities, steps: 12, first: 1}"


@gc_paused()
def parse(
    source: Source,
    allow_outside: bool = False,
    read_model: ReadModel | None = None,
    storage: Storage | None = None,
) -> ModelSpec:
    """The model that a config describes, with the models that it includes.

    ``read_model`` reads model files that it includes; ``storage`` reads all files that it includes,
    where they are not on the disk.

    Raises:
        ConfigError: the text is not a YAML mapping; all other errors are in ``problems``.
    """
    return _parse(source, Files.of(source, allow_outside, storage or Storage(read_model)))


def parse_text(text: str, place: Place) -> Value | None:
    """Parses a value inside another word, as if it were at a place; None if it is not YAML."""
    collector = ProblemCollector(text)
    try:
        value = Values(collector).value(parse_nodes(Source("", text)))
    except ConfigError:
        return None
    return None if collector.problems else replace(value, place=place)


def _parse(source: Source, files: Files) -> ModelSpec:
    root = parse_nodes(source)
    if not isinstance(root.value, Mapping):
        is_script = isinstance(root.value, str) and _SCRIPT.search(source.text[:2000])
        message = "this is a Python script" if is_script else "a config is a mapping of keys"
        raise ConfigError(problem("not-a-config", message, _EXAMPLE, place=root.place))
    return _Grammar(source, files).model(root.value, root.place)


def _parsed(source: Source, files: Files, pair: Pair | None = None) -> ModelSpec:
    """The model of a file, or the one that is written under a key of it."""
    if pair is None:
        return _parse(source, files)
    assert isinstance(pair.value.value, Mapping)
    return _Grammar(source, files, in_place=True).model(pair.value.value, pair.key)


class _Grammar:
    """Reads the nodes of one config, or of a model written in one, and collects its problems."""

    def __init__(self, source: Source, files: Files, in_place: bool = False) -> None:
        self.source = source
        self.files = files
        self.in_place = in_place
        self.noun = "model" if in_place else "config"
        self.collector = ProblemCollector(source.text)
        self.references = References(self.collector)

    def model(self, pairs: Mapping[str, Pair], place: Place) -> ModelSpec:
        keys = MODEL_KEYS if self.in_place else TOP_KEYS
        if self.in_place:
            pairs = without_outer_keys(pairs, TOP_KEYS, self.collector)
        if SCHEMA in pairs and not self.in_place:
            # It is for editors.
            pairs = {key: pair for key, pair in pairs.items() if key != SCHEMA}
        if not pairs.keys() <= {*keys}:
            from rnncli.config.habits import understood

            pairs = understood(pairs, keys, self.collector)
        self._check_version(pairs.get("version"))
        if "input" not in pairs and "inputs" not in pairs:
            pairs = self._with_input(pairs, place)
        if "layers" not in pairs:
            message = f"this {self.noun} has no layers"
            self.collector.add("missing-key", message, _EXAMPLE, place)
        return ModelSpec(
            name=self._model_name(pairs.get("name")),
            source=self.source,
            inputs=self._inputs(pairs),
            layers=self._layers(pairs),
            outputs=self._outputs(pairs.get("outputs")),
            batch=self._batch(pairs.get("batch")),
            length=parse_length(pairs.get("length"), self.collector),
            decode=self._decode(pairs.get("decode")),
            budget=self._budget(pairs.get("budget")),
            problems=tuple(self.collector.problems),
            included=tuple(self.files.included),
        )

    def _outputs(self, pair: Pair | None) -> tuple[Reference, ...] | None:
        if pair is None:
            return None
        if isinstance(pair.value.value, Mapping):
            for name, named in pair.value.value.items():
                self._check_output_name(name, named.key)
        return self.references.parse_many(pair.value, "outputs")

    def _check_output_name(self, name: str, place: Place) -> None:
        if not name.strip() or not name.isprintable():
            message = "an output's name must be a word, without control characters"
            self.collector.add("bad-name", message, "such as priority", place)

    def _with_input(self, pairs: Mapping[str, Pair], place: Place) -> Mapping[str, Pair]:
        """The config with the input that its first layer names; a missing input is reported."""
        edits: Edits = ()
        if "layers" in pairs:
            from rnncli.config.edits import insert_key
            from rnncli.config.habits import with_input

            mended = with_input(pairs, self.collector)
            if mended is not None:
                return mended
            edits = insert_key(pairs["layers"].key, "input", [5, 8])
        fix = "write input: [5, 8] above layers, for 5 time steps of 8 features"
        fix = fix if edits else _EXAMPLE
        message = f"this {self.noun} has no input"
        self.collector.add("missing-key", message, fix, place, edits=edits, safe=False)
        return pairs

    def _check_version(self, pair: Pair | None) -> None:
        if pair and (pair.value.value != VERSION or isinstance(pair.value.value, bool)):
            from rnncli.config.edits import replace_value

            self.collector.add(
                "bad-version",
                f"the config's version is {VERSION}",
                f"write version: {VERSION}",
                pair.value.place,
                edits=replace_value(pair.value.place, VERSION),
            )

    def _model_name(self, pair: Pair | None) -> str:
        if pair:
            return self.collector.name(pair.value, "the model's name") or "model"
        if self.in_place:
            return "functional"
        stem = PurePath(self.source.name).stem
        return "model" if self.source.name.startswith("<") else stem or "model"

    def _inputs(self, pairs: Mapping[str, Pair]) -> tuple[InputSpec, ...]:
        return Inputs(self.collector).all(pairs)

    def _layers(self, pairs: Mapping[str, Pair]) -> tuple[EntrySpec, ...]:
        entries = Entries(self.collector, Nesting(self.source, self.files, self.collector, _parsed))
        return entries.parse_many(pairs["layers"]) if "layers" in pairs else ()

    def _batch(self, pair: Pair | None) -> int | None:
        return self.collector.positive(pair.value, "batch", "batch: 32") if pair else None

    def _budget(self, pair: Pair | None) -> BudgetSpec | None:
        if pair is None:
            return None
        from rnncli.config.budget import parse_budget

        return parse_budget(pair, self.collector)

    # Decoding

    def _decode(self, pair: Pair | None) -> DecodeSpec | None:
        if pair is None:
            return None
        fields = pair.value.value
        if not isinstance(fields, Mapping):
            self.collector.add(
                "bad-decode", "decode is a mapping", _DECODE_EXAMPLE, pair.value.place
            )
            return None
        self.collector.check_keys(fields, DECODE_KEYS, "decode")
        input_pair = fields.get("input")
        if input_pair is None or not isinstance(input_pair.value.value, str):
            place = input_pair.value.place if input_pair else pair.key
            self.collector.add("bad-decode", "decode names no input", _DECODE_EXAMPLE, place)
            return None
        output = self.references.parse_one(fields["output"].value) if "output" in fields else None
        return DecodeSpec(
            input=input_pair.value.value,
            output=output,
            steps=self._steps(fields.get("steps")),
            first=self._first(fields.get("first")),
            place=pair.key,
            input_place=input_pair.value.place,
        )

    def _steps(self, pair: Pair | None) -> int:
        steps = self.collector.positive(pair.value, "steps", "steps: 12") if pair else DECODE_STEPS
        if pair and steps and steps > STEP_LIMIT:
            fix = "as many as the longest answer has"
            self.collector.add(
                "bad-decode", f"decode takes at most {STEP_LIMIT} steps", fix, pair.value.place
            )
        return steps or DECODE_STEPS

    def _first(self, pair: Pair | None) -> int | float:
        first = pair.value.value if pair else 0
        if isinstance(first, int | float) and not isinstance(first, bool):
            return first
        assert pair is not None
        fix = "the id of the start token, such as first: 1; or the number to fill a vector with"
        self.collector.add("bad-decode", "first is a number", fix, pair.value.place)
        return 0

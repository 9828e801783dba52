"""Source → ModelSpec: the grammar of a config. All problems are collected, not only the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from msgspec.structs import replace

from rnncli.config.entries import Entries
from rnncli.config.files import read
from rnncli.config.findings import ProblemCollector
from rnncli.config.includes import Files
from rnncli.config.inputs import Inputs
from rnncli.config.lengths import parse_length
from rnncli.config.nodes import Node, Pair, parse_nodes
from rnncli.config.references import References
from rnncli.config.spec import DecodeSpec, EntrySpec, InputSpec, ModelSpec, Reference, Value
from rnncli.config.values import Values
from rnncli.gc_pause import gc_paused
from rnncli.problems import ConfigError, Edits, Place, Source, problem

VERSION = 1
TOP_KEYS = (
    "version", "name", "input", "inputs", "batch", "length", "layers", "outputs", "decode",
)  # fmt: skip
_TOP_KEYS = frozenset(TOP_KEYS)
DECODE_KEYS = ("input", "output", "steps", "first")
DECODE_STEPS = 10
STEP_LIMIT = 10_000

_SCRIPT = re.compile(r"^(import|from|def|class)\s|\.add\(|^\w+ = \w", re.MULTILINE)
_EXAMPLE = "write input: [5, 8] and layers:, a list such as\n    layers:\n      - LSTM: 3"
_INCLUDE_FIXES = {"file-missing": "a path is relative to the file that it is written in"}
_DECODE_EXAMPLE = "write decode: {input: target, output: probabilities, steps: 12, first: 1}"


@gc_paused()
def parse(source: Source, allow_outside: bool = False) -> ModelSpec:
    """The model that a config describes, with the models that it includes.

    Raises:
        ConfigError: the text is not a YAML mapping; all other errors are in ``problems``.
    """
    return _parse(source, Files.of(source, allow_outside))


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


class _Grammar:
    """Reads the nodes of one config and collects its problems."""

    def __init__(self, source: Source, files: Files) -> None:
        self.source = source
        self.files = files
        self.collector = ProblemCollector(source.text)
        self.references = References(self.collector)

    def model(self, pairs: Mapping[str, Pair], place: Place) -> ModelSpec:
        if not pairs.keys() <= _TOP_KEYS:
            from rnncli.config.habits import understood

            pairs = understood(pairs, TOP_KEYS, self.collector)
        self._check_version(pairs.get("version"))
        if "input" not in pairs and "inputs" not in pairs:
            pairs = self._with_input(pairs, place)
        if "layers" not in pairs:
            self.collector.add("missing-key", "this config has no layers", _EXAMPLE, place)
        return ModelSpec(
            name=self._model_name(pairs.get("name")),
            source=self.source,
            inputs=self._inputs(pairs),
            layers=self._layers(pairs),
            outputs=self._outputs(pairs.get("outputs")),
            batch=self._batch(pairs.get("batch")),
            length=parse_length(pairs.get("length"), self.collector),
            decode=self._decode(pairs.get("decode")),
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
        message = "this config has no input"
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
        stem = PurePath(self.source.name).stem
        return "model" if self.source.name.startswith("<") else stem or "model"

    def _inputs(self, pairs: Mapping[str, Pair]) -> tuple[InputSpec, ...]:
        return Inputs(self.collector).all(pairs)

    def _layers(self, pairs: Mapping[str, Pair]) -> tuple[EntrySpec, ...]:
        entries = Entries(self.collector, self._include)
        return entries.parse_many(pairs["layers"]) if "layers" in pairs else ()

    def _batch(self, pair: Pair | None) -> int | None:
        return self.collector.positive(pair.value, "batch", "batch: 32") if pair else None

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

    # A model within the model

    def _include(self, node: Node) -> ModelSpec | None:
        if not isinstance(node.value, str) or not node.value or "\0" in node.value:
            fix = "write include: encoder.yaml"
            self.collector.add("bad-include", "include names a config file", fix, node.place)
            return None
        path, files = self.files.next(self.source, node.value)
        if files.is_cycle:
            way = " → ".join(file.name for file in files.chain)
            self._refuse("this file includes itself", f"break the circle: {way}", node)
        elif files.is_too_deep:
            self._refuse("files include one another too deeply", "write some in one file", node)
        elif files.is_outside:
            fix = "move the file there, or allow it with --allow-outside"
            self._refuse(f"{node.value} lies outside the config's folder", fix, node)
        else:
            return self._included(path, files, node)
        return None

    def _included(self, path: str, files: Files, node: Node) -> ModelSpec | None:
        if files.path in files.models:
            return files.models[files.path]
        try:
            model = files.models[files.path] = _parse(read(path), files)
            return model
        except ConfigError as error:
            for cause in error.problems:
                fix = cause.fix or _INCLUDE_FIXES.get(cause.code, "mend that file first")
                if cause.code == "file-missing":
                    # The suggestion becomes relative to this file.
                    fix = fix.replace(path.removesuffix(str(node.value)) or path, "")
                at = f" (line {cause.line})" if cause.line else ""
                edits = tuple(replace(edit, file=edit.file or cause.file) for edit in cause.edits)
                self._refuse(
                    f"{path}{at}: {cause.message}", fix, node, edits, safe=bool(cause.safe)
                )
        return None

    def _refuse(
        self, message: str, fix: str, node: Node, edits: Edits = (), *, safe: bool = True
    ) -> None:
        self.collector.add("bad-include", message, fix, node.place, edits=edits, safe=safe)

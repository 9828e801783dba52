"""Models inside a model: ``include`` names a file, ``model`` is written where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from rnncli.config.findings import ProblemCollector, span
from rnncli.config.includes import Files
from rnncli.config.nodes import Node, Pair
from rnncli.config.spec import IncludeSpec, ModelSpec
from rnncli.problems import ConfigError, Edits, Source

# The keys of an entry, or under a wrapper, that make a model of what they hold.
NESTED = ("include", "model")
# The keys of a model that is written in place: all others belong to the whole config.
MODEL_KEYS = ("name", "input", "inputs", "layers", "outputs")

_INCLUDE_FIXES = {"file-missing": "a path is relative to the file that it is written in"}

# Source, files and the pair that a model is under, or None for the whole file → the model.
Parse = Callable[[Source, Files, Pair | None], ModelSpec]


class Nesting:
    """Reads the models that are inside the model of one source."""

    def __init__(
        self, source: Source, files: Files, collector: ProblemCollector, parse: Parse
    ) -> None:
        self._source = source
        self._files = files
        self._collector = collector
        self._parse = parse

    def model(self, key: str, pair: Pair) -> IncludeSpec:
        """The model under ``include`` or ``model``; what is wrong is reported."""
        if key == "include":
            return IncludeSpec(self._include(pair.value), span(pair))
        return IncludeSpec(self._in_place(pair), span(pair), in_place=True)

    def _in_place(self, pair: Pair) -> ModelSpec | None:
        if isinstance(pair.value.value, Mapping) and pair.value.value:
            return self._parse(self._source, self._files, pair)
        fix = "write model: {input: [5, 8], layers: [{LSTM: 3}]}"
        if isinstance(pair.value.value, str):
            fix = f"{fix}; for a model in a file, include: {pair.value.value}"
        message = "model holds a model: its input and its layers"
        self._collector.add("bad-include", message, fix, pair.key)
        return None

    # Files

    def _include(self, node: Node) -> ModelSpec | None:
        if not isinstance(node.value, str) or not node.value or "\0" in node.value:
            fix = "write include: encoder.yaml"
            if isinstance(node.value, Mapping):
                fix = f"{fix}; a model that is written here stands under model:"
            self._collector.add("bad-include", "include names a config file", fix, node.place)
            return None
        path, files = self._files.next(self._source, node.value)
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
            model = files.read_model(path) if files.read_model else None
            files.models[files.path] = model or self._parse(files.read_source(path), files, None)
            return files.models[files.path]
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
        self._collector.add("bad-include", message, fix, node.place, edits=edits, safe=safe)


def without_outer_keys(
    pairs: Mapping[str, Pair], top_keys: Sequence[str], collector: ProblemCollector
) -> Mapping[str, Pair]:
    """The pairs of a model in place, without keys of a whole config, each of which is reported."""
    kept: dict[str, Pair] = {}
    for key, pair in pairs.items():
        if key not in top_keys or key in MODEL_KEYS:
            kept[key] = pair
            continue
        from rnncli.config.edits import remove

        collector.add(
            "unknown-key",
            f"a model inside another has no {key}: only the whole config has one",
            f"leave {key} out, or write it at the top",
            pair.key,
            edits=remove(pair.key),
            safe=False,
        )
    return kept

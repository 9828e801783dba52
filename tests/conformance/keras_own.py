"""Keras's own layer tests: what they expect of a layer, held against its plan.

Keras installs its tests with itself. Each call of their ``run_layer_test`` is recorded in place
of being run: the arguments and inputs become a config, what the test expects is compared.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
import unittest
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import MagicMock

from rnncli.config import parse
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import signatures
from rnncli.keras_api.traits import traits
from rnncli.planning.plan import plan
from rnncli.problems import Source, errors
from rnncli.report.layer import Layer

BATCH = 2


class NoConfig(Exception):
    """A test of what a config cannot say."""


@dataclass(frozen=True)
class Recorded:
    """One call of run_layer_test, and whether its test expects it to fail."""

    test: str
    cls: type
    arguments: Mapping[str, Any]
    expected: Mapping[str, Any]
    fails: bool


@dataclass
class Tally:
    """What came of the recorded calls."""

    agreed: int = 0
    shapes: int = 0
    weights: int = 0
    no_config: dict[str, int] = field(default_factory=dict)
    differed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        reasons = [f"  {count} {why}" for why, count in sorted(self.no_config.items())]
        none = sum(self.no_config.values())
        of = f"({self.shapes} state shapes, {self.weights} counts of weights)"
        lines = [*self.differed, f"{self.agreed} of Keras's own layer tests agreed {of}"]
        lines += [f"{len(self.differed)} differed", f"{none} are not compared:", *reasons]
        return "\n".join(lines) + "\n"


def hold() -> Tally:
    """Every recorded call, planned and compared."""
    tally = Tally()
    for call in recorded():
        try:
            config = as_config(call)
            found = differences(call, config)
        except NoConfig as reason:
            tally.no_config[str(reason)] = tally.no_config.get(str(reason), 0) + 1
            continue
        if found:
            tally.differed.append(f"--- {call.test}\n{json.dumps(config)}\n  {'; '.join(found)}")
        else:
            tally.agreed += 1
            tally.shapes += _shapes(call.expected) is not None
            tally.weights += "expected_num_trainable_weights" in call.expected
    return tally


# Recording


def recorded() -> list[Recorded]:
    """The calls of run_layer_test in all tests of keras.layers."""
    import keras  # noqa: F401 - before anything inside it
    from keras.src.testing.test_case import TestCase

    calls: list[tuple[Any, ...]] = []

    def record(self: Any, layer_cls: type, init_kwargs: Any, **expected: Any) -> None:
        calls.append((self.id(), layer_cls, init_kwargs or {}, expected))

    TestCase.run_layer_test = record
    # Modules that some of the tests import, and these tests do not need.
    for name in ("grain", "conftest"):
        sys.modules.setdefault(name, MagicMock())
    outcome = unittest.TestResult()
    unittest.TestSuite(_tests(TestCase)).run(outcome)
    # A test that expects an error fails where the layer is not even made.
    failing = {case.id() for case, text in outcome.failures if "not raised" in text}
    last = {call[0]: number for number, call in enumerate(calls)}
    return [
        Recorded(*call, fails=call[0] in failing and last[call[0]] == number)
        for number, call in enumerate(calls)
    ]


def _tests(base: type) -> Iterator[unittest.TestCase]:
    import keras.src.layers as package

    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("_test"):
            continue
        module = importlib.import_module(found.name)
        for cls in vars(module).values():
            if not (isinstance(cls, type) and issubclass(cls, base)):
                continue
            for name in unittest.defaultTestLoader.getTestCaseNames(cls):  # type: ignore[type-var]
                if "run_layer_test" in inspect.getsource(getattr(cls, name)):
                    yield cls(name)


# Configs


def as_config(call: Recorded) -> dict[str, Any]:
    """The config of a call.

    Raises:
        NoConfig: there is none, and why.
    """
    name = _public_name(call.cls)
    if name in RUNS_CODE:
        raise NoConfig("of a layer that runs code")
    if name in NOT_A_LAYER:
        raise NoConfig("of a layer that no model can hold")
    if call.expected.get("input_ragged"):
        raise NoConfig("of ragged tensors")
    if set(call.expected.get("call_kwargs") or ()) - {"training"}:
        raise NoConfig("with arguments of the call")
    inputs = _inputs(call.expected)
    if not inputs:
        raise NoConfig("without an input")
    if any(None in each["shape"] for each in inputs.values()):
        raise NoConfig("of an unknown size")
    if any(0 in each["shape"] for each in inputs.values()):
        raise NoConfig("of an empty axis")
    arguments = {key: _plain(value) for key, value in call.arguments.items()}
    entry = {name: arguments, **({"from": list(inputs)} if traits(name).several else {})}
    shown = {
        key: {"shape": each["shape"][1:], "dtype": each["dtype"]} for key, each in inputs.items()
    }
    batch = next(iter(inputs.values()))["shape"][0]
    return {"batch": batch, "inputs": shown, "layers": [entry]}


def _public_name(cls: type) -> str:
    import keras

    known = signatures().layers
    for name in known:
        if getattr(keras.layers, name) is cls:
            return name
    raise NoConfig("of a class made for the test")


def _inputs(expected: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The inputs by name, with shape and dtype."""
    shapes, dtypes = expected.get("input_shape"), expected.get("input_dtype")
    if shapes is None:
        data = expected.get("input_data")
        if data is None:
            return {}
        several = data if isinstance(data, (list, tuple)) else [data]
        pairs = [(each.shape, _dtype(each)) for each in several]
        return _named({f"input_{n}": pair for n, pair in enumerate(pairs)})
    if isinstance(shapes, Mapping):
        return _named(
            {
                key.removesuffix("_shape"): (shape, (dtypes or {}).get(key, "float32"))
                for key, shape in shapes.items()
            }
        )
    if not isinstance(shapes[0], (list, tuple)):
        return _named({"input": (shapes, dtypes or "float32")})
    kinds = dtypes or ["float32"] * len(shapes)
    return _named({f"input_{n}": pair for n, pair in enumerate(zip(shapes, kinds, strict=True))})


def _named(pairs: Mapping[str, tuple[Any, str]]) -> dict[str, dict[str, Any]]:
    return {key: {"shape": list(shape), "dtype": dtype} for key, (shape, dtype) in pairs.items()}


def _dtype(data: Any) -> str:
    import keras

    kind = getattr(data.dtype, "kind", "")
    return "string" if kind in ("U", "S", "O") else str(keras.backend.standardize_dtype(data.dtype))


def _plain(value: Any) -> Any:
    """An argument as a config writes it."""
    import keras

    if callable(value) and not isinstance(value, (keras.Layer, type)):
        is_config = hasattr(value, "get_config")
        if not is_config:
            raise NoConfig("with a function for an argument")
    return _written(keras.saving.serialize_keras_object(value))


def _written(value: Any) -> Any:
    """A value that Keras has serialized, in a config's grammar."""
    if isinstance(value, list):
        return [_written(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    cls, config = value.get("class_name"), value.get("config")
    if cls is None:
        raise NoConfig("with a mapping for an argument")
    if cls == "__tuple__":
        return [_written(each) for each in config["value"]]
    if cls.startswith("__"):
        raise NoConfig("with an array for an argument")
    if cls == "DTypePolicy":
        return config["name"]
    known = [signatures().family(each).get(cls) for each in _FAMILIES]
    signature = next((each for each in known if each), None)
    if value.get("registered_name") or signature is None:
        raise NoConfig("with an object made for the test")
    arguments = {
        key: _written(each)
        for key, each in config.items()
        if key in signature.arguments and key != "name" and each is not None
    }
    return {cls: arguments}


_FAMILIES = ("layers", "initializers", "regularizers", "constraints")


# Comparing


def differences(call: Recorded, config: Mapping[str, Any]) -> list[str]:
    """What a plan says that the test does not expect."""
    spec = parse(
        Source("keras.yaml", json.dumps({k: v for k, v in config.items() if k != "batch"}))
    )
    report = plan(spec, config["batch"] or BATCH)
    refused = [f"{each.code}: {each.message}" for each in errors(report.problems)]
    if call.fails:
        return [] if refused else ["planned, and Keras's test expects an error"]
    if refused:
        return [f"refused: {', '.join(refused)}"]
    layer = report.layers[-1]
    if layer.outputs[0].shape is None:
        raise NoConfig("of a layer whose plan is unknown")
    if layer.cls == "RandomCrop":
        raise NoConfig("of what a layer gives while it trains")
    given = [*layer.outputs, *(each for each in layer.states if each.returned)]
    found = _compare("shape", _shapes(call.expected), [each.shape for each in given])
    kinds = call.expected.get("expected_output_dtype")
    if isinstance(kinds, str):
        found += _compare("dtype", [kinds], [given[0].dtype])
    for kind in (True, False):
        argument = f"expected_num_{'' if kind else 'non_'}trainable_weights"
        wanted, count = call.expected.get(argument), _count(layer, kind)
        if None not in (wanted, count) and wanted != count:
            found.append(f"{argument} {wanted}, planned {count}")
    return found


def _shapes(expected: Mapping[str, Any]) -> list[Any] | None:
    """The shapes of the outputs that a test expects; None where it expects none."""
    import keras

    shapes = expected.get("expected_output_shape")
    if shapes is not None:
        return list(shapes) if isinstance(shapes[0], (list, tuple)) else [shapes]
    values = expected.get("expected_output")
    return None if values is None else [each.shape for each in keras.tree.flatten(values)]


def _compare(what: str, expected: list[Any] | None, planned: list[Any]) -> list[str]:
    if expected is None or (len(expected) == len(planned) and all(map(_same, expected, planned))):
        return []
    return [f"{what} {expected}, planned {planned}"]


def _same(expected: Any, planned: Any) -> bool:
    if isinstance(expected, str) or planned is None:
        return bool(expected == planned)
    return len(expected) == len(planned) and all(
        a in (None, b) for a, b in zip(expected, planned, strict=True)
    )


def _count(layer: Layer, trainable: bool) -> int | None:
    """How many weights a layer has, and what it holds; None where they are not known."""
    if layer.weights is None:
        return None
    own = sum(each.trainable is trainable for each in layer.weights)
    return own + sum(_count(each, trainable) or 0 for each in layer.layers)

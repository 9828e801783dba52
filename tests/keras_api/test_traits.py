"""A layer is one rule and one row: nothing else in the package lists classes of layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from rnncli.keras_api.operations import MODULES as OPERATION_MODULES
from rnncli.keras_api.refused import NOT_A_LAYER, RUNS_CODE
from rnncli.keras_api.signatures import signatures
from rnncli.keras_api.traits import MODULES, TRAITS
from tests.sources import nodes

PACKAGE = Path(__file__).parents[2] / "rnncli"
# Keras's own data, and the words of another program or of an older Keras for its classes.
LISTS_CLASSES = (
    "keras_api/", "model/habits/", "writers/pytorch/", "readers/dialects/", "engine/old_weights.py",
)  # fmt: skip


def test_every_layer_of_keras_has_a_row_or_a_reason():
    assert {*MODULES} == {*signatures().layers} - {*RUNS_CODE, *NOT_A_LAYER}
    assert {*TRAITS} - {*MODULES} == {"Functional", "custom"}


@pytest.mark.parametrize("module", sorted({*MODULES.values()}))
def test_a_rule_is_in_the_module_that_its_row_names(module):
    rules = import_module(f"rnncli.layers.{module}").RULES
    assert [*rules] == [cls for cls, place in MODULES.items() if place == module]


def test_every_module_of_rules_is_named():
    files = {".".join(path.relative_to(PACKAGE / "layers").with_suffix("").parts)
             for path in (PACKAGE / "layers").rglob("*.py")}  # fmt: skip
    with_rules = {
        name
        for name in files
        if not name.endswith("__init__")
        and hasattr(import_module(f"rnncli.layers.{name}"), "RULES")
    }
    operations = {f"ops.{module}" for module in OPERATION_MODULES.values()}
    assert with_rules == {*MODULES.values(), *operations, "catalogue"}


def collections(path: Path) -> Iterator[list[str]]:
    """The classes that each literal of a file lists."""
    for node in nodes(path):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            items = node.elts
        elif isinstance(node, ast.Dict):
            items = [key for key in node.keys if key is not None]
        else:
            continue
        words = [item.value for item in items if isinstance(item, ast.Constant)]
        yield [word for word in words if isinstance(word, str) and word in MODULES]


def test_no_other_file_lists_classes():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(LISTS_CLASSES):
            continue
        folder = name.removeprefix("layers/").rpartition("/")[0]
        own = folder or name.removeprefix("layers/").removesuffix(".py")
        for classes in collections(path):
            others = [cls for cls in classes if not MODULES[cls].startswith(own)]
            assert len(others) < 3, f"{name} lists {others}: a field of Traits says it of each one"

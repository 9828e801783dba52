"""The shipped configs, as templates to start from."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def templates() -> Mapping[str, str]:
    """Each template's text by its name, sorted."""
    return {
        file.name.removesuffix(".yaml"): file.read_text(encoding="utf-8")
        for file in sorted(_folder().iterdir(), key=lambda entry: entry.name)
        if file.name.endswith(".yaml")
    }


def about(template: str) -> str:
    """The comment that a template opens with."""
    return template.partition("\n")[0].removeprefix("#").strip()


def _folder() -> Traversable:
    """The folder inside the installed package, or beside the package in a checkout."""
    packaged = files("rnncli").joinpath("templates")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "configs"

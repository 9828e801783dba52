"""What each problem code means, with a broken and a mended config."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml


class Explanation(msgspec.Struct, frozen=True):
    """``broken`` has the problem, ``mended`` does not; both are None if no config can show it."""

    means: str
    broken: str | None = None
    mended: str | None = None


@cache
def explanations() -> Mapping[str, Explanation]:
    """Every problem code, in the order in which a config is read."""
    text = files("rnncli.reference").joinpath("problem_codes.yaml").read_text(encoding="utf-8")
    return {code: Explanation(**fields) for code, fields in yaml.safe_load(text).items()}

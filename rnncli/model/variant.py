"""A model as it is measured beside others."""

from __future__ import annotations

import msgspec

from rnncli.config.spec import InputData
from rnncli.model.graph import Model
from rnncli.model.lengths import Lengths
from rnncli.report.model_file import ModelFile


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the models that are measured: its graph, and the lengths of its inputs.

    ``file`` has its weights and ``data`` what it reads; None where they are random. ``strict`` says
    that each layer must have its weights there. ``length`` is the number of steps of its inputs,
    ``compared_as`` the class that its recurrent layers have here in place of their own.
    """

    model: Model
    file: ModelFile | None
    data: InputData | None
    strict: bool
    batch: int
    lengths: Lengths | None
    length: int
    compared_as: str | None = None

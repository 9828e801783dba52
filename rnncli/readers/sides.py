"""A file, a file of a commit, or a saved report → ModelSpec or Report."""

from __future__ import annotations

import os

from rnncli.config import STANDARD_INPUT, ModelSpec, name_of, parse
from rnncli.config.files import decode_within_limit, read_bytes
from rnncli.problems import ConfigError
from rnncli.readers.commits import InCommit, file_bytes, in_commit, read_commit
from rnncli.readers.reading import model_of_bytes, read_model, read_spec
from rnncli.readers.reports import report_of_bytes
from rnncli.report.report import Report


def read_side(path: str, allow_outside: bool = False) -> ModelSpec | Report:
    """The model in a config, a model file or a file of a commit, or the report in a saved one.

    Raises:
        ConfigError: there is no such file, or it holds neither.
    """
    file = in_commit(path)
    if file is not None:
        return _report_of_commit(file) or read_commit(file, allow_outside)
    if path != STANDARD_INPUT:
        return _report_of_file(path) or read_spec(path, allow_outside)
    data = read_bytes(path)
    report = report_of_bytes(path, data)
    if report is not None:
        return report
    model = model_of_bytes(path, data)
    if model is not None:
        return model
    return parse(decode_within_limit(name_of(path), data), allow_outside, read_model)


def _report_of_commit(file: InCommit) -> Report | None:
    if not file.path.endswith(".json"):
        return None
    return report_of_bytes(file.name, file_bytes(file))


def _report_of_file(path: str) -> Report | None:
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return None
    if not head.lstrip().startswith(b"{"):
        return None
    try:
        return report_of_bytes(path, read_bytes(path))
    except ConfigError as error:
        if error.problems[0].code == "report-file":
            raise
        return None

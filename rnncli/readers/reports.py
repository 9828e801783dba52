"""What ``--json`` wrote → Report."""

from __future__ import annotations

import msgspec

from rnncli.config.files import name_of
from rnncli.readers.containers import bounded_json, keras_json
from rnncli.readers.containers.container import refuse_file
from rnncli.report.report import Report

_SCHEMA = "rnncli.report.v1"


def report_of_bytes(path: str, data: bytes) -> Report | None:
    """The report in the content of a file; None where it is none, such as a config.

    Raises:
        ConfigError: the file has several documents, another kind of document, or a damaged one.
    """
    name = name_of(path)
    if not keras_json.may_be_json(data[:64]) or b'"rnncli.' not in data[:4096]:
        return None
    try:
        value = bounded_json.loads(name, data)
    except ValueError:
        refuse_file(
            name,
            "report-file",
            "this is a report that is cut off, or several in one file",
            "write the report of each model into a file of its own",
        )
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema != _SCHEMA:
        return None
    try:
        return msgspec.convert(value, Report)
    except msgspec.ValidationError as error:
        refuse_file(
            name, "report-file", f"this report is damaged: {error}", "write it again with --json"
        )

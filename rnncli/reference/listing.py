"""The tables of ``rnncli layers``, stored in a file: planning an example of every layer is slow.

``python -m rnncli.reference.listing > rnncli/reference/listing.json`` plans the examples again; a
test compares the result with the file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from rnncli.formats.sections.section import Section

_WRITTEN = Path(__file__).with_name("listing.json")


def load() -> list[Section]:
    """A table for each family, titled with its name: a row for each layer or operation."""
    return msgspec.json.decode(_WRITTEN.read_bytes(), type=list[Section])


def regenerate() -> list[Section]:
    """The same tables, planned from the rules."""
    from rnncli.formats.sections.layer import listed, listed_operations
    from rnncli.layers.catalogue import FAMILIES
    from rnncli.layers.ops.catalogue import OPERATION_FAMILIES
    from rnncli.reference.examples import example

    layers = [
        listed(family, {cls: sample.report if (sample := example(cls)) else None for cls in rules})
        for family, rules in FAMILIES.items()
    ]
    operations = [
        listed_operations(
            family,
            {
                name: (sample.config, sample.report)
                for name in names
                if (sample := example(name)) is not None
            },
        )
        for family, names in OPERATION_FAMILIES.items()
    ]
    return [*layers, *operations]


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.format(msgspec.json.encode(regenerate()), indent=1) + b"\n"
    )

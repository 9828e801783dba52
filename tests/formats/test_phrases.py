"""Numbers and their units, as people read them."""

from __future__ import annotations

from rnncli.formats.phrases import seconds


def test_times_have_units():
    assert seconds(12.34e-6) == "12.3 µs"
    assert seconds(-0.00043) == "−0.43 ms"
    assert seconds(1.25) == "1.25 s"
    assert seconds(None) == ""

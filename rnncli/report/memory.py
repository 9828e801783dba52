"""Amounts of memory in words."""

from __future__ import annotations


def bytes_in_words(count: int) -> str:
    """``8.2 MB``, or ``736 bytes``; units are powers of 1,000."""
    if count < 1000:
        return f"{count} bytes"
    size = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        # What would be rounded to 1,000.0 is 1.0 of the next unit.
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:,.1f} PB"

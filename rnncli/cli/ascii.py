"""Plain ASCII if the locale has no Unicode: in results, help, problems and errors."""

from __future__ import annotations

import io
import os
import sys

from rnncli.formats.text import ascii_only, speaks_unicode

# What Python itself sets LC_CTYPE to where it finds the C locale (PEP 538).
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


class AsciiStream(io.TextIOWrapper):
    """A stream that spells all other characters in ASCII.

    Its encoding is named UTF-8: click takes a stream with the ASCII encoding for a mistake, and
    bypasses it to write UTF-8.
    """

    def write(self, text: str) -> int:
        """Writes a text."""
        return super().write(ascii_only(text))


def speak_ascii() -> None:
    """Makes the standard streams write ASCII if the user's locale asks for it or is only ASCII."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if _is_c_locale() or not speaks_unicode(stream.encoding):
            buffered = stream.line_buffering
            binary = stream.detach()
            setattr(sys, name, AsciiStream(binary, encoding="utf-8", line_buffering=buffered))


def _is_c_locale() -> bool:
    """Whether the user asks for the C locale, by name. Python itself then writes UTF-8.

    Where no locale is set at all, as in many containers, nobody asks for ASCII.
    """
    if "PYTHONIOENCODING" in os.environ or "PYTHONUTF8" in os.environ:
        return False
    names = [os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if sys.flags.utf8_mode and names[1] in _COERCED:
        del names[1]
    return next(filter(None, names), None) in ("C", "POSIX")

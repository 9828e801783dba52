"""Text that is safe to print: control characters quoted, and ASCII where the locale is no more."""

from __future__ import annotations


def safe(text: str) -> str:
    """Text with its control and escape characters written out, so that none reaches a terminal."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def one_line(text: str) -> str:
    """Safe text on one line: what a user wrote never starts a line that CI takes for a command."""
    return safe(text).replace("\n", "\\n")


# How rnncli's own characters are spelled where there is ASCII alone.
_SPELLED = str.maketrans(
    {
        "·": "*",
        "×": "x",
        **dict.fromkeys("─━", "-"),
        **dict.fromkeys("╭╮╰╯", "+"),
        "│": "|",
        "–": "-",
        "—": "-",
        "…": "...",
        "→": "->",
        "−": "-",
        "⌈": "ceil(",
        "⌉": ")",
        "⌊": "floor(",
        "⌋": ")",
        "≥": ">=",
        "≤": "<=",
        "√": "sqrt ",
    }
)


def speaks_unicode(encoding: str | None) -> bool:
    """Whether rnncli's own characters can be written in an encoding."""
    try:
        "".join(map(chr, _SPELLED)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def ascii_only(text: str) -> str:
    """Text in ASCII alone; a user's other characters are written out as escapes."""
    if text.isascii():
        return text
    return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode("ascii")


def wrapped(text: str, width: int | None, indent: str = "") -> list[str]:
    """The lines of a text: broken between words alone, where a line is wider than ``width``.

    ``indent`` opens every line but the first.
    """
    if width is None or len(text) <= width:
        return [text]
    # Imported here: it is not needed where nothing is too wide.
    from textwrap import wrap

    lines = wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return lines or [""]

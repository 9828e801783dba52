"""Text that is safe to print: control characters escaped, and ASCII if the locale has no more."""

from __future__ import annotations


def safe(text: str) -> str:
    """Escapes all control characters but line breaks, so that none reaches a terminal."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def one_line(text: str) -> str:
    """Returns safe text on one line, so that it starts no line that CI reads as a command."""
    return safe(text).replace("\n", "\\n")


# The spelling of rnncli's own characters in ASCII.
_SPELLED = str.maketrans(
    {
        "·": "*",
        "×": "x",
        **dict.fromkeys("─━", "-"),
        "═": "=",
        "░": ":",
        "▒": "x",
        "▓": "%",
        "█": "#",
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
        "▌": "",
    }
)


def speaks_unicode(encoding: str | None) -> bool:
    """Returns whether an encoding has rnncli's own characters."""
    try:
        "".join(map(chr, _SPELLED)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def ascii_only(text: str) -> str:
    """Returns text in ASCII; a user's characters outside ASCII are escaped."""
    if text.isascii():
        return text
    return text.translate(_SPELLED).encode("ascii", "backslashreplace").decode("ascii")


def wrapped(text: str, width: int | None, indent: str = "") -> list[str]:
    """Wraps a text that is wider than ``width`` into lines, and breaks only between words.

    ``indent`` starts every line but the first.
    """
    if width is None or len(text) <= width:
        return [text]
    # Imported here: most texts need no wrapping.
    from textwrap import wrap

    lines = wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return lines or [""]

"""The console of Windows, which shows escape codes as text unless a program asks for them."""

from __future__ import annotations

import sys

# From the Windows API: STD_OUTPUT_HANDLE, STD_ERROR_HANDLE, ENABLE_VIRTUAL_TERMINAL_PROCESSING.
_STREAMS = (-11, -12)
_ESCAPE_CODES = 0x0004


def enable_escape_codes() -> None:
    """Asks the console for colours and for lines that can be cleared; elsewhere does nothing."""
    if sys.platform != "win32":
        return
    import ctypes

    kernel = ctypes.windll.kernel32
    for stream in _STREAMS:
        handle = kernel.GetStdHandle(stream)
        mode = ctypes.c_ulong()
        # A file or a pipe has no mode.
        if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            kernel.SetConsoleMode(handle, mode.value | _ESCAPE_CODES)

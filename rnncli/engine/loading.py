"""Keras and TensorFlow, imported in the shortest time there is.

Two things make most of it: TensorFlow's shared libraries, which are a gigabyte, and thousands of
Python modules. The first load on a thread meanwhile, and the second without a search for garbage.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import Any

from rnncli.engine.errors import EngineMissing
from rnncli.uncollected import uncollected

_LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")


def _load_libraries() -> None:
    """Loads TensorFlow's shared libraries.

    They log while they load, as the import does: both are to be held back. Where they cannot be
    loaded, the import says so.
    """
    import ctypes
    import os
    from importlib.util import find_spec

    if sys.platform != "linux" or "tensorflow" in sys.modules:
        return
    with suppress(OSError, ValueError, AttributeError):
        found = find_spec("tensorflow")
        # Called as a foreign function, unlike ctypes.CDLL, dlopen lets other threads go on.
        opened = ctypes.CDLL(None).dlopen
        opened.restype = ctypes.c_void_p
        for folder in (found and found.submodule_search_locations) or ():
            for name in _LIBRARIES:
                path = os.path.join(folder, name)
                if os.path.exists(path):
                    opened(os.fsencode(path), os.RTLD_LAZY)


def load() -> Any:
    """Keras, imported.

    Raises:
        EngineMissing: it, or the TensorFlow below it, is not there or broken.
    """
    libraries = threading.Thread(target=_load_libraries, daemon=True)
    libraries.start()
    try:
        with uncollected():
            import keras
    except Exception as error:
        raise EngineMissing(f"{type(error).__name__}: {error}") from error
    finally:
        # What they log is not to come when nobody holds it back any more.
        libraries.join()
    return keras

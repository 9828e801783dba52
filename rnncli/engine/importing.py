"""Imports Keras on the requested engine, as fast as possible.

TensorFlow takes most of its time to load its shared libraries, which are a gigabyte, and thousands
of Python modules. The libraries load on a thread meanwhile; garbage collection pauses.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from rnncli.engine.errors import EngineMissing
from rnncli.gc_pause import gc_paused

DEFAULT_ENGINE = "tensorflow"
# The packages that Keras imports to compute on each engine.
_NEEDS = {
    "tensorflow": ("tensorflow",),
    "jax": ("jax",),
    "torch": ("torch",),
    "numpy": ("jax", "scipy"),
}
_LIBRARIES = ("libtensorflow_framework.so.2", "libtensorflow_cc.so.2")
_WITHOUT = "plan, check, layers and schema work without it"


def import_keras(engine: str | None = None) -> Any:
    """Imports Keras and returns the module.

    Without an ``engine``, Keras computes on TensorFlow, or, if a program has already loaded Keras,
    on the engine that it was loaded with.

    Raises:
        EngineMissing: Keras, or the engine below it, is not installed or does not load, or Keras
            is already loaded with another engine.
    """
    loaded = sys.modules.get("keras")
    if loaded is not None:
        return _loaded(loaded, engine)
    engine = engine or DEFAULT_ENGINE
    # TensorFlow turns oneDNN off on some processors, and then supports fewer layouts on them.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    check_installed(engine)
    libraries = threading.Thread(target=_load_libraries, daemon=True)
    if engine == "tensorflow":
        libraries.start()
    try:
        with gc_paused(), _asked_for(engine):
            import keras
    except Exception as error:
        raise EngineMissing(f"{type(error).__name__}: {error}", _repair(engine, error)) from error
    finally:
        # The libraries must not log after the capture of output has ended.
        if engine == "tensorflow":
            libraries.join()
    return keras


def version(engine: str) -> str:
    """The version of an engine that is loaded."""
    return str(sys.modules[engine].__version__)


def _loaded(keras: Any, engine: str | None) -> Any:
    """Returns Keras as it was imported before; its engine can no longer be changed."""
    loaded_engine = keras.config.backend()
    if engine in (None, loaded_engine):
        return keras
    raise EngineMissing(
        f"Keras is loaded already, and computes on {loaded_engine}",
        f"ask for {engine} before Keras is imported, or in another process",
    )


def check_installed(engine: str) -> None:
    """Checks that Keras and the engine below it are there, without importing them.

    Raises:
        EngineMissing: one of them is not installed.
    """
    missing = [name for name in ("keras", *_NEEDS[engine]) if not _is_installed(name)]
    if missing:
        raise EngineMissing(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not installed",
            f"pip install {' '.join(missing)}; {_WITHOUT}",
        )


def _is_installed(name: str) -> bool:
    with suppress(ImportError, ValueError):
        return name in sys.modules or find_spec(name) is not None
    return False


def _repair(engine: str, error: Exception) -> str:
    """Returns the fix for an engine that is installed but does not load."""
    if isinstance(error, ValueError) and "configuration" in str(error):
        from rnncli.engine.settings import config_path

        return f"correct or remove {config_path()}"
    name = error.name if isinstance(error, ModuleNotFoundError) and error.name else None
    requirement = name or f"--force-reinstall {engine}"
    return f"pip install {requirement}; {_WITHOUT}"


@contextmanager
def _asked_for(engine: str) -> Iterator[None]:
    """Sets Keras's environment variable to the engine while Keras is imported."""
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = engine
    try:
        yield
    finally:
        if before is None:
            del os.environ["KERAS_BACKEND"]
        else:
            os.environ["KERAS_BACKEND"] = before


def _load_libraries() -> None:
    """Loads TensorFlow's shared libraries.

    They log while they load, as the import does: the output of both must be captured. If they
    cannot be loaded, the import reports it.
    """
    import ctypes

    if sys.platform != "linux" or "tensorflow" in sys.modules:
        return
    with suppress(OSError, ValueError, AttributeError):
        spec = find_spec("tensorflow")
        # Called as a foreign function, dlopen lets other threads run; ctypes.CDLL does not.
        opened = ctypes.CDLL(None).dlopen
        opened.restype = ctypes.c_void_p
        for folder in (spec and spec.submodule_search_locations) or ():
            for name in _LIBRARIES:
                path = os.path.join(folder, name)
                if os.path.exists(path):
                    opened(os.fsencode(path), os.RTLD_LAZY)

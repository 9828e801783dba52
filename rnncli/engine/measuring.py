"""The time and the memory that a function takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from time import perf_counter
from typing import Any

from rnncli.report.profile import PeakMemory, Timing, Work


def timed(function: Callable[[], object], runs: int) -> Timing:
    """Calls a function once, which may trace or compile it, and then times so many calls."""
    import tensorflow as tf

    def run() -> float:
        started = perf_counter()
        function()
        # A GPU goes on after the call has returned.
        tf.test.experimental.sync_devices()
        return perf_counter() - started

    run()
    seconds = [run() for _ in range(runs)]
    return Timing(runs=runs, minimum_seconds=min(seconds), median_seconds=median(seconds))


def device_name() -> str:
    """The name of the GPU that TensorFlow computes on; ``CPU`` where it has none."""
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        return str(tf.config.experimental.get_device_details(gpu).get("device_name", "GPU"))
    return "CPU"


def has_gpu() -> bool:
    """Whether TensorFlow computes on a GPU."""
    return device_name() != "CPU"


def peak_memory(work: Work, function: Callable[[], object]) -> PeakMemory:
    """Calls a function, and returns by how much the memory in use grew at most."""
    if has_gpu():
        return PeakMemory(work=work, bytes=_peak_of_gpu(function), witness="device")
    import psutil

    process = psutil.Process()
    _release()
    is_reset = _reset_mark()
    before = process.memory_info().rss
    function()
    grown = max(_mark(process) - before, 0)
    return PeakMemory(work=work, bytes=grown, witness="process" if is_reset else "lifetime")


def _peak_of_gpu(function: Callable[[], object]) -> int:
    import tensorflow as tf

    config = tf.config.experimental
    config.reset_memory_stats("GPU:0")
    before = config.get_memory_info("GPU:0")["current"]
    function()
    tf.test.experimental.sync_devices()
    return int(config.get_memory_info("GPU:0")["peak"] - before)


def _release() -> None:
    """Gives the memory that was freed back to the system, where the C library can."""
    import ctypes
    import gc

    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def _reset_mark() -> bool:
    """Sets the high-water mark of the process to what it uses now; returns whether it can."""
    if sys.platform != "linux":
        return False
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def _mark(process: Any) -> int:
    """The most memory that the process has used, in bytes."""
    if sys.platform == "win32":
        return int(process.memory_info().peak_wset)
    import resource

    mark = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return mark if sys.platform == "darwin" else mark * 1024

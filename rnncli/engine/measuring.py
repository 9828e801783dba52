"""The time and the memory that a function takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from statistics import median
from time import perf_counter

from rnncli.engine.peak_memory import HighWaterMark
from rnncli.report.profile import PeakMemory, Timing, Witness, Work


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
    before = process.memory_info().rss
    with HighWaterMark() as mark:
        function()
    witness: Witness = "process" if mark.is_counted else "samples"
    return PeakMemory(work=work, bytes=max(mark.bytes - before, 0), witness=witness)


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

"""TensorFlow, loaded without its talk and on few threads; import this before keras."""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def prepare() -> None:
    """One thread for each kind of work: a case is small, and workers are many."""
    import tensorflow as tf
    from absl import logging

    warnings.simplefilter("ignore")
    logging.set_verbosity(logging.FATAL)
    tf.get_logger().setLevel("ERROR")
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # a test before this one has run an operation
        return
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

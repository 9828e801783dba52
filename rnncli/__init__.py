"""rnncli: every shape, state and parameter of a Keras sequence model.

As a library::

    import rnncli

    spec = rnncli.load("configs/many_to_one.yaml")
    rnncli.plan(spec)     # from rules, without TensorFlow
    rnncli.build(spec)    # built and run in Keras, and compared
"""

__version__ = "0.1.0"

from rnncli.library import ModelReport, build, load, plan

__all__ = ["ModelReport", "__version__", "build", "load", "plan"]

"""rnncli: every shape, state and parameter of a Keras sequence model."""

__version__ = "0.1.0"

"""A Keras model file → ModelSpec, and what else the file records. Nothing in a file runs code."""

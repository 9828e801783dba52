"""The kinds of file that Keras writes models into: one module a kind, none of them runs code."""

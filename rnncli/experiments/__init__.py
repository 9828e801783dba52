"""The library's experiments: what a model does, beyond its shapes."""

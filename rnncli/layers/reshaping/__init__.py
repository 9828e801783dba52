"""Layers that change the shape alone."""

"""Layers that prepare images, sounds, numbers and words."""

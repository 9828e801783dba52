"""Recurrent layers and the wrappers around them."""

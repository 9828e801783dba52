"""Keras's API as data: signatures, the values that arguments take, traits of its classes."""

"""Keras itself: builds a model, runs it, and reports what came out.

The only folder that imports keras or tensorflow, and only inside its functions.
"""

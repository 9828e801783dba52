"""Whole processes side by side: rnncli against the Keras script that one would have written."""

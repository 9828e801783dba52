"""Spellings of other programs and typos in a config, and what they mean."""

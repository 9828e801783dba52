"""Sweeps that are run: jobs as text, and what runs them, here or on other machines."""

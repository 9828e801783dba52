"""Configs that nobody would write, thrown at plan and check."""

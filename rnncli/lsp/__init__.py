"""A language server for configs. Needs pygls, which only ``server`` imports when it starts."""

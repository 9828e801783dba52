"""Words of other programs and slips of the pen in a config, and what was meant."""

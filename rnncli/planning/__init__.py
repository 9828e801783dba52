"""Model → Report, by the rules alone."""

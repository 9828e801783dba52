"""SavedModel → the same model in the grammar of a config, as plain data."""

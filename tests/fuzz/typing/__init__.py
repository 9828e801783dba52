"""Random edits of configs, one by one, typed to a running language server."""

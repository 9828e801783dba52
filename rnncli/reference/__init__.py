"""What rnncli says of itself: layers, problem codes, templates, the schema of a config."""

"""The exit codes, as the page ``cli`` of the manual lists them."""

FINE = 0
MODEL_ERROR = 1
USAGE_ERROR = 2
ENGINE_ERROR = 3
INTERRUPTED = 130

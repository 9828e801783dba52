"""The exit codes, as the page ``cli`` of the manual lists them."""

FINE = 0
DISAGREES = 1
UNREADABLE = 2
UNFORESEEN = 3
INTERRUPTED = 130

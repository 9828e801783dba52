"""The exit codes, as the README lists them."""

FINE = 0
DISAGREES = 1
UNREADABLE = 2
UNFORESEEN = 3
INTERRUPTED = 130

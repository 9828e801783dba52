"""The records that every command prints and every format reads."""

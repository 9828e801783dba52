"""What each part of a report shows, as rows that every format draws in its own way."""

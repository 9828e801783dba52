"""What each part of a report shows, as rows that each format draws in its own way."""

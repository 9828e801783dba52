"""A built model and its inputs → what a special run of it shows."""

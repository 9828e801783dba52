"""Reports → what follows from comparing them."""

"""Reports → pictures, as SVG. They need a report alone."""

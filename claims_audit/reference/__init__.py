"""Published tables and the practice's own lists: read, checked and kept as editions side by side."""

"""A whole home in one file, and back: packed, encrypted with age where there are recipients, proved on the way back."""

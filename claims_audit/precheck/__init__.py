"""Claims that are not sent yet, held against the history: what to fix first. Nothing is kept."""

"""What the checks found, kept across runs under stable ids."""

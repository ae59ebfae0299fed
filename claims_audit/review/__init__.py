"""What people decide about findings: an append-only log in `review.sqlite`, and what it says of each finding now."""

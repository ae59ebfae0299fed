"""X12: segments, envelopes, and the claims (837P) and remittances (835) in them."""

"""When it happens: the nightly Prefect flow and the command line. What happens is in claims_audit and beside it."""

"""The DuckDB file, its tables, and the reference data that they are filled with."""

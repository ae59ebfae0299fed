"""Tables: CSV, Excel and Parquet, with native columns or by mapping profiles."""
